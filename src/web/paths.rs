//! Addresses within the portal: safe targets of redirects, and queries.

use axum::http::{HeaderMap, header};
use url::Url;

use crate::domain::ids::AccountId;

/// Maximum length of an address to redirect to, in bytes.
const MAX_LENGTH: usize = 2_000;

/// Returns `next` if it is a path of this portal, with its query. Returns `None` if it could lead
/// to another site.
#[must_use]
pub fn local(next: &str) -> Option<String> {
    if next.len() > MAX_LENGTH
        || !next.starts_with('/')
        || next.contains(|c: char| c.is_control() || c == '\\')
    {
        return None;
    }
    // Parse the path as browsers do, relative to a host that no one can own. The origin then shows
    // if the path stays on this site.
    let base = Url::parse("http://portal.invalid/").ok()?;
    let url = base.join(next).ok()?;
    let path = path_and_query(&url);
    (url.origin() == base.origin() && !path.starts_with("//")).then_some(path)
}

/// Returns path and query of an absolute address, whatever its host is.
#[must_use]
pub fn local_of_url(url: &str) -> Option<String> {
    let url = Url::parse(url)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))?;
    local(&path_and_query(&url))
}

/// Returns the page that sent the request, as the browser reports it.
#[must_use]
pub fn referrer(headers: &HeaderMap) -> Option<String> {
    headers
        .get(header::REFERER)
        .and_then(|value| value.to_str().ok())
        .and_then(local_of_url)
}

fn path_and_query(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

/// Returns an address of a list of accounts, at the row of this account. Returns `None` if the
/// address is of another page.
#[must_use]
pub fn at_row(list: &str, account: &AccountId) -> Option<String> {
    let list = local(list)?;
    let row = match list.split('?').next()? {
        "/accounts" => "account",
        "/channels" => "row",
        _ => return None,
    };
    Some(format!("{list}#{row}-{account}"))
}

/// Returns `path?name=value&…`. Leaves out pairs with an empty value.
#[must_use]
pub fn with_query<'a>(path: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    match query.finish() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_this_portal_is_gone_on_to() {
        for (next, stays) in [
            ("/", Some("/")),
            ("/accounts?q=a%20b&page=2", Some("/accounts?q=a%20b&page=2")),
            ("/a/../b", Some("/b")),
            ("//evil.example", None),
            ("///evil.example", None),
            ("/\\evil.example", None),
            ("/..//evil.example", None),
            ("/\t/evil.example", None),
            ("https://evil.example/", None),
            ("javascript:alert(1)", None),
            ("accounts", None),
            ("", None),
        ] {
            assert_eq!(local(next).as_deref(), stays, "{next:?}");
        }
        assert_eq!(local(&format!("/{}", "a".repeat(3_000))), None);
    }

    #[test]
    fn a_query_leaves_out_what_has_no_value() {
        assert_eq!(
            with_query("/a", [("q", "x & y"), ("sort", "")]),
            "/a?q=x+%26+y"
        );
        assert_eq!(with_query("/a", [("q", "")]), "/a");
    }
}
