//! Email addresses: parsing, and the test if two of them are the same.

use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;

use super::text::{self, InvalidText};

/// Returns the form in which addresses are compared.
///
/// It is in lower case, with the domain in its ASCII form (IDNA). The input may be any text,
/// because neither Telnyx nor people always write valid addresses. Accents count; this is not the
/// folded form of searches.
#[must_use]
pub fn key(address: &str) -> String {
    let address = text::trim_invisible(address);
    if address.is_ascii() {
        return address.to_ascii_lowercase();
    }
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{}@{}", local_key(local), domain_key(domain)),
        None => local_key(address),
    }
}

/// Returns `true` if two texts are the same address. An empty text equals no other.
#[must_use]
pub fn is_same(one: &str, other: &str) -> bool {
    let one = key(one);
    !one.is_empty() && one == key(other)
}

/// Converts to lower case and composed form (NFC).
/// A letter that only looks like an ASCII one, such as the Kelvin sign, stays unchanged, because
/// someone else can own that mailbox.
fn local_key(local: &str) -> String {
    let becomes_ascii = |c: char| !c.is_ascii() && c.to_lowercase().nfc().any(|c| c.is_ascii());
    if local.chars().any(becomes_ascii) {
        return local.to_ascii_lowercase();
    }
    local.to_lowercase().nfc().collect()
}

fn domain_key(domain: &str) -> String {
    idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_lowercase())
}

/// Email address as typed, without surrounding space.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// Maximum length that mail allows (RFC 5321), in characters.
    pub const LONGEST: usize = 254;

    /// Returns the address as typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the form for comparison; see [`key`].
    #[must_use]
    pub fn key(&self) -> String {
        key(&self.0)
    }

    /// Returns the mailbox and the domain as mail servers accept them. The domain is ASCII.
    #[must_use]
    pub fn mailbox_and_domain(&self) -> (&str, String) {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        (local, domain_key(domain))
    }
}

impl FromStr for Email {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let typed = text::trim_invisible(text);
        let text = text::parse_line(typed, Self::LONGEST)?;
        let options = email_address::Options::default()
            .without_display_text()
            .without_domain_literal()
            .with_required_tld();
        let hidden = |c: char| c.is_whitespace() || text::is_format(c);
        if typed.contains(hidden)
            || email_address::EmailAddress::parse_with_options(&text, options).is_err()
        {
            return Err(InvalidText::NotAnEmail);
        }
        let domain = text.rsplit_once('@').map_or("", |(_, domain)| domain);
        if idna::domain_to_ascii_strict(domain).is_err() {
            return Err(InvalidText::NotAnEmail);
        }
        Ok(Self(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_same_in_any_case_and_with_its_domain_in_ascii() {
        for (one, other) in [
            ("Info@Example.COM", "info@example.com"),
            ("info@bücher.example", "INFO@BÜCHER.example"),
            ("info@bücher.example", "info@xn--bcher-kva.example"),
            ("info@bücher.example", "info@XN--BCHER-KVA.EXAMPLE"),
            ("info@bu\u{308}cher.example", "info@bücher.example"),
            ("info@bücher。example", "info@bücher.example"),
            ("JÖRG@example.com", "jörg@example.com"),
            ("jo\u{308}rg@example.com", "jörg@example.com"),
            ("\u{feff} a@example.com\u{200b}", "a@example.com"),
            (
                "ΝΊΚΟΣ@παράδειγμα.example",
                "νίκος@xn--hxajbheg2az3al.example",
            ),
        ] {
            assert!(
                is_same(one, other),
                "{one} {other}: {} {}",
                key(one),
                key(other)
            );
        }
    }

    #[test]
    fn what_only_looks_alike_is_another_address() {
        for (one, other) in [
            ("info@bucher.example", "info@bücher.example"),
            ("jorg@example.com", "jörg@example.com"),
            ("info@strasse.example", "info@straße.example"),
            ("\u{212a}im@example.com", "kim@example.com"),
            ("\u{130}o@example.com", "io@example.com"),
            ("o'neil@example.com", "o’neil@example.com"),
            ("a.b@example.com", "ab@example.com"),
            ("", ""),
            (" ", "\u{feff}"),
        ] {
            assert!(!is_same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_and_still_has_a_key() {
        for text in [
            "",
            "a",
            "a@b",
            "a@-ä.example",
            "a@xn--99999999.example",
            "a\u{200b}b@example.com",
            "a@b\u{200d}c.example",
        ] {
            assert!(text.parse::<Email>().is_err(), "{text}");
            let _ = key(text);
        }
        let email: Email = " \u{feff}Jörg@Bücher.example\u{200b}".parse().unwrap();
        assert_eq!(email.as_str(), "Jörg@Bücher.example");
        assert_eq!(
            email.mailbox_and_domain(),
            ("Jörg", "xn--bcher-kva.example".to_owned())
        );
    }
}
