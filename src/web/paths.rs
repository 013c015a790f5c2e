//! Addresses within the portal: what may be gone on to after sign-in, and how queries are written.

use url::Url;

/// The longest address that is gone on to, in bytes.
const MAX_LENGTH: usize = 2_000;

/// `next` where it is a path of this portal, query included; nothing where it could lead anywhere else.
#[must_use]
pub fn local(next: &str) -> Option<String> {
    if next.len() > MAX_LENGTH
        || !next.starts_with('/')
        || next.contains(|c: char| c.is_control() || c == '\\')
    {
        return None;
    }
    // The browser's own rules decide where a path leads; a host of ours that nobody can have shows whether it stays.
    let base = Url::parse("http://portal.invalid/").ok()?;
    let url = base.join(next).ok()?;
    let path = path_and_query(&url);
    (url.origin() == base.origin() && !path.starts_with("//")).then_some(path)
}

/// Path and query of an absolute address, whoever's it is.
#[must_use]
pub fn local_of_url(url: &str) -> Option<String> {
    let url = Url::parse(url)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))?;
    local(&path_and_query(&url))
}

fn path_and_query(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

/// `path?name=value&…`, without the pairs that have no value.
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
