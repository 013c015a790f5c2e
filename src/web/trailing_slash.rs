//! Redirects of addresses with a slash at the end to the page without it.

use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::error::Error;
use super::paths;

/// Answers requests without a route. An address with a slash at the end gets 308, so that a
/// submitted form keeps its data. It does not check if the target exists.
pub(super) async fn fallback(uri: Uri) -> Response {
    match without_slash(&uri).and_then(|to| HeaderValue::from_str(&to).ok()) {
        Some(to) => (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, to)]).into_response(),
        None => Error::NotFound.into_response(),
    }
}

fn without_slash(uri: &Uri) -> Option<String> {
    let path = uri.path();
    if path == "/" || !path.ends_with('/') {
        return None;
    }
    // Also remove slashes at the start, because `//evil.example` is an address of another site.
    let bare = format!("/{}", path.trim_matches('/'));
    let to = match uri.query() {
        Some(query) => format!("{bare}?{query}"),
        None => bare,
    };
    paths::local(&to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_at_the_end_leads_to_a_page_of_this_portal_or_nowhere() {
        for (address, to) in [
            ("/accounts/", Some("/accounts")),
            ("/accounts//", Some("/accounts")),
            ("/accounts/?q=a%2F%20b/", Some("/accounts?q=a%2F%20b/")),
            ("//", Some("/")),
            ("//accounts/", Some("/accounts")),
            ("//evil.example/", Some("/evil.example")),
            ("///evil.example//?x=/", Some("/evil.example?x=/")),
            ("/a/..//evil.example/", None),
            ("/", None),
            ("/accounts", None),
            ("/accounts?next=/", None),
        ] {
            let uri: Uri = format!("http://portal.example{address}")
                .parse()
                .expect("an address");
            assert_eq!(without_slash(&uri).as_deref(), to, "{address}");
        }
    }
}
