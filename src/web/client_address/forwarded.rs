//! Parser of the headers in which proxies name their clients: `X-Forwarded-For` and `Forwarded`
//! (RFC 7239).
//!
//! Both are read from the right, because the nearest proxy appends its part last. Anything that a
//! client sent is further left and cannot change how that part is read.

use std::net::IpAddr;

use axum::http::HeaderMap;

/// Client that a proxy names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hop {
    Address(IpAddr),
    /// Text that is not an address.
    Unreadable(String),
}

/// Returns the hops of `X-Forwarded-For`, nearest first.
pub(super) fn x_forwarded_for(headers: &HeaderMap) -> Vec<Hop> {
    elements(headers, "x-forwarded-for", &[])
        .iter()
        .map(|element| parse_hop(element))
        .collect()
}

/// Returns the hops of `Forwarded`, nearest first.
pub(super) fn forwarded(headers: &HeaderMap) -> Vec<Hop> {
    elements(headers, "forwarded", &['"'])
        .iter()
        .map(|element| parse_element(element))
        .collect()
}

/// Returns the elements between commas, last first, without empty ones.
fn elements(headers: &HeaderMap, name: &str, quotes: &[char]) -> Vec<String> {
    let mut elements = Vec::new();
    for line in headers.get_all(name).iter().rev() {
        // Invalid bytes are replaced, so that they spoil only their own element.
        let line = String::from_utf8_lossy(line.as_bytes());
        elements.extend(
            rsplit_unquoted(&line, ',', quotes)
                .into_iter()
                .map(str::to_owned),
        );
    }
    elements.retain(|element| !element.trim().is_empty());
    elements
}

/// Splits a text at separators outside of quotes. Returns the parts, last first.
fn rsplit_unquoted<'a>(text: &'a str, separator: char, marks: &[char]) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let (mut end, mut quoted) = (text.len(), false);
    for (at, c) in text.char_indices().rev() {
        if marks.contains(&c) {
            let before = text.get(..at).unwrap_or_default();
            let escapes = before.len() - before.trim_end_matches('\\').len();
            quoted ^= escapes % 2 == 0;
        } else if c == separator && !quoted {
            parts.push(text.get(at + c.len_utf8()..end).unwrap_or_default());
            end = at;
        }
    }
    parts.push(text.get(..end).unwrap_or_default());
    parts
}

/// Parses an element of `Forwarded` such as `for="[2001:db8::1]:4711";proto=https`.
fn parse_element(element: &str) -> Hop {
    let pairs = rsplit_unquoted(element, ';', &['"']);
    let mut found = pairs.iter().filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("for")
            .then(|| value.trim())
    });
    match (found.next(), found.next()) {
        (Some(value), None) => match value.strip_prefix('"') {
            Some(quoted) => match quoted.strip_suffix('"') {
                Some(text) => parse_hop(&unescaped(text)),
                None => unreadable(element),
            },
            None => parse_hop(value),
        },
        _ => unreadable(element),
    }
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    plain
}

/// Parses an address, with or without brackets, a port, a zone or quotes.
fn parse_hop(text: &str) -> Hop {
    let bare = text.trim().trim_matches('"').trim();
    let address = match bare.strip_prefix('[') {
        Some(rest) => rest
            .split_once(']')
            .filter(|(_, port)| is_port(port))
            .and_then(|(address, _)| without_zone(address).parse().ok()),
        // Without brackets, the port of an IPv6 address cannot be told apart.
        None => without_zone(bare).parse().ok().or_else(|| {
            let (address, _) = bare
                .split_once(':')
                .filter(|(address, port)| is_port(&bare[address.len()..]) && !port.contains(':'))?;
            address.parse().ok()
        }),
    };
    address.map_or_else(
        || unreadable(text),
        |address: IpAddr| Hop::Address(address.to_canonical()),
    )
}

/// Returns `true` for a port with its colon as proxies write it, or for nothing. The number itself
/// is not checked, because it does not identify the client.
fn is_port(text: &str) -> bool {
    text.is_empty()
        || text.strip_prefix(':').is_some_and(|port| {
            let number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
            number && port.len() <= 5 || port.starts_with('_')
        })
}

fn without_zone(address: &str) -> &str {
    address
        .split_once('%')
        .map_or(address, |(address, _)| address)
}

fn unreadable(text: &str) -> Hop {
    Hop::Unreadable(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(name: &'static str, lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(name, HeaderValue::from_bytes(line).expect("a header"));
        }
        headers
    }

    fn words(hops: &[Hop]) -> Vec<String> {
        let word = |hop: &Hop| match hop {
            Hop::Address(address) => address.to_string(),
            Hop::Unreadable(text) => format!("? {text}"),
        };
        hops.iter().map(word).collect()
    }

    #[test]
    fn x_forwarded_for_is_read_in_every_form_that_proxies_write() {
        for (text, expected) in [
            ("203.0.113.9", "203.0.113.9"),
            ("203.0.113.9:51234", "203.0.113.9"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("\"[2001:db8::1]:443\"", "2001:db8::1"),
            ("  \" 203.0.113.9 \" ", "203.0.113.9"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%25eth0]:80", "fe80::1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("[::ffff:203.0.113.9]:1", "203.0.113.9"),
            ("unknown", "? unknown"),
            ("203.0.113.9:", "? 203.0.113.9:"),
            ("203.0.113.9:80:80", "? 203.0.113.9:80:80"),
            ("203.0.113", "? 203.0.113"),
            ("203.0.113.009", "? 203.0.113.009"),
            ("[203.0.113.9", "? [203.0.113.9"),
            ("[2001:db8::1]443", "? [2001:db8::1]443"),
            ("client.example.com", "? client.example.com"),
        ] {
            let found = x_forwarded_for(&headers("x-forwarded-for", &[text.as_bytes()]));
            assert_eq!(words(&found), [expected], "{text}");
        }
        let lines: [&[u8]; 2] = [b"\xff, 192.0.2.1,,", b" , 192.0.2.2 ,192.0.2.3:9 "];
        let found = x_forwarded_for(&headers("x-forwarded-for", &lines));
        assert_eq!(
            words(&found),
            ["192.0.2.3", "192.0.2.2", "192.0.2.1", "? \u{fffd}"]
        );
        assert_eq!(x_forwarded_for(&HeaderMap::new()), []);
    }

    #[test]
    fn forwarded_is_read_as_the_standard_says_and_from_the_right() {
        for (text, expected) in [
            (
                "for=192.0.2.60;proto=http;by=203.0.113.43",
                vec!["192.0.2.60"],
            ),
            (
                "For=\"[2001:db8:cafe::17]:4711\"",
                vec!["2001:db8:cafe::17"],
            ),
            (
                "for=192.0.2.43, for=198.51.100.17",
                vec!["198.51.100.17", "192.0.2.43"],
            ),
            (
                "proto=https; FOR = 192.0.2.43 ;host=\"a,b;c\\\"d\"",
                vec!["192.0.2.43"],
            ),
            ("for=\"192.0.2.43:_port\"", vec!["192.0.2.43"]),
            ("for=\"\\1\\9\\2.0.2.43\"", vec!["192.0.2.43"]),
            ("for=_hidden, for=unknown", vec!["? unknown", "? _hidden"]),
            ("proto=https", vec!["? proto=https"]),
            (
                "for=192.0.2.1;for=192.0.2.2",
                vec!["? for=192.0.2.1;for=192.0.2.2"],
            ),
            // A client left a quote open, but the proxy's own part can still be read.
            (
                "for=192.0.2.1;x=\", for=198.51.100.17",
                vec!["198.51.100.17", "? for=192.0.2.1;x=\""],
            ),
        ] {
            let found = words(&forwarded(&headers("forwarded", &[text.as_bytes()])));
            assert_eq!(
                found.first().map(String::as_str),
                expected.first().copied(),
                "{text}"
            );
            if !text.contains("x=\"") {
                assert_eq!(found, expected, "{text}");
            }
        }
    }
}
