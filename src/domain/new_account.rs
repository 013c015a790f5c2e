//! Rules for the values of a new account. The onboarding form and an import read them with these.

use serde::{Deserialize, Serialize};

use super::channels::{ChannelLimit, InvalidLimit};
use super::email::Email;
use super::ids::StaffId;
use super::text::{self, InvalidText, folded};

/// Maximum length of an organization name, in characters.
pub const MAX_NAME_LENGTH: usize = 255;
/// Maximum length of a display name, in characters.
pub const MAX_DISPLAY_NAME_LENGTH: usize = 200;
/// Maximum length of a note, in characters.
pub const MAX_NOTE_LENGTH: usize = 5_000;
/// Maximum number of tags on an account.
pub const MAX_TAGS: usize = 20;
/// Maximum length of a tag's name, in characters.
pub const MAX_TAG_LENGTH: usize = 50;

/// Reason why a list of tags is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTags {
    /// One of the names is refused.
    #[error("“{name}”: {reason}")]
    Name {
        /// Refused name.
        name: String,
        /// Reason for it.
        reason: InvalidText,
    },
    /// There are more than an account can have.
    #[error("An account has at most {MAX_TAGS} tags. This is {0}.")]
    TooMany(usize),
}

/// Values with which a person's form for new accounts starts.
/// Rollup billing is not among them, because it is chosen for each account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewAccountDefaults {
    /// Channel limit; `None` keeps Telnyx's default.
    pub channel_limit: Option<ChannelLimit>,
    /// True if the accounts get custom pricing.
    pub custom_pricing: bool,
    /// Names of the tags.
    pub tags: Vec<String>,
    /// Account manager.
    pub assignee: Option<StaffId>,
}

/// Parses an organization name.
///
/// # Errors
/// Fails with a sentence for the form field.
pub fn parse_organization_name(text: &str) -> Result<String, String> {
    text::parse_line(text, MAX_NAME_LENGTH).map_err(|error| match error {
        InvalidText::Empty => "Enter the organization's name.".to_owned(),
        other => other.to_string(),
    })
}

/// Parses an email address; `None` if the text is blank.
///
/// # Errors
/// Fails with an [`InvalidText`] whose text is meant for the form field.
pub fn parse_email(text: &str) -> Result<Option<Email>, InvalidText> {
    not_blank(text).map(str::parse).transpose()
}

/// Parses a channel limit; `None` if the text is blank.
///
/// # Errors
/// Fails with an [`InvalidLimit`] whose text is meant for the form field.
pub fn parse_channel_limit(text: &str) -> Result<Option<ChannelLimit>, InvalidLimit> {
    not_blank(text).map(ChannelLimit::parse).transpose()
}

/// Parses a display name; `None` if the text is blank.
///
/// # Errors
/// Fails with an [`InvalidText`] whose text is meant for the form field.
pub fn parse_display_name(text: &str) -> Result<Option<String>, InvalidText> {
    not_blank(text)
        .map(|text| text::parse_line(text, MAX_DISPLAY_NAME_LENGTH))
        .transpose()
}

/// Parses a note; `None` if the text is blank.
///
/// # Errors
/// Fails with an [`InvalidText`] whose text is meant for the form field.
pub fn parse_note(text: &str) -> Result<Option<String>, InvalidText> {
    not_blank(text)
        .map(|text| text::parse_lines(text, MAX_NOTE_LENGTH))
        .transpose()
}

/// Parses names of tags that are separated by commas. A name with a comma is in double quotes.
/// Names that fold to the same text are one tag.
///
/// # Errors
/// Fails with an [`InvalidTags`] whose text is meant for the form field.
pub fn parse_tags(text: &str) -> Result<Vec<String>, InvalidTags> {
    let mut tags: Vec<String> = Vec::new();
    for item in split_tags(text) {
        let name = text::parse_line(item, MAX_TAG_LENGTH).map_err(|reason| InvalidTags::Name {
            name: item.chars().take(MAX_TAG_LENGTH).collect(),
            reason,
        })?;
        if !tags.iter().any(|tag| folded(tag) == folded(&name)) {
            tags.push(name);
        }
    }
    if tags.len() > MAX_TAGS {
        return Err(InvalidTags::TooMany(tags.len()));
    }
    Ok(tags)
}

/// Joins names of tags to a text that [`parse_tags`] reads.
#[must_use]
pub fn join_tags<T: AsRef<str>>(tags: &[T]) -> String {
    let names = tags.iter().map(AsRef::as_ref);
    let quoted = names.map(|name| {
        if name.contains(',') {
            format!("\"{name}\"")
        } else {
            name.to_owned()
        }
    });
    quoted.collect::<Vec<_>>().join(", ")
}

/// Splits at commas outside of double quotes. Leaves out blank items.
fn split_tags(text: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let mut rest = Some(text);
    while let Some(text) = rest {
        let text = text.trim_start();
        let (item, after) = quoted_item(text).unwrap_or_else(|| match text.split_once(',') {
            Some((item, after)) => (item, Some(after)),
            None => (text, None),
        });
        if !item.trim().is_empty() {
            items.push(item.trim());
        }
        rest = after;
    }
    items
}

/// Returns the quoted item at the start of the text, and the text after its comma.
fn quoted_item(text: &str) -> Option<(&str, Option<&str>)> {
    let (item, after) = text.strip_prefix('"')?.split_once('"')?;
    let after = after.trim_start();
    match after.strip_prefix(',') {
        None if !after.is_empty() => None,
        after => Some((item, after)),
    }
}

fn not_blank(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_separated_by_commas_and_named_once() {
        for (text, tags) in [
            ("", Vec::<&str>::new()),
            (" , ,", vec![]),
            ("Key account", vec!["Key account"]),
            (
                " Key account ,Pays late, key ACCOUNT,",
                vec!["Key account", "Pays late"],
            ),
            ("\"North, East\", x", vec!["North, East", "x"]),
            ("12\" rack, \"a\" b", vec!["12\" rack", "\"a\" b"]),
            ("\"open, x", vec!["\"open", "x"]),
        ] {
            let found = parse_tags(text).expect("tags");
            assert_eq!(found, tags, "{text}");
        }
    }

    #[test]
    fn joined_tags_are_read_again() {
        let tags = ["Key account", "North, East", "Ünïcode \u{1F600}"].map(str::to_owned);
        assert_eq!(parse_tags(&join_tags(&tags)), Ok(tags.to_vec()));
    }

    #[test]
    fn a_refused_list_of_tags_names_the_tag() {
        let long = "t".repeat(51);
        let error = parse_tags(&format!("ok, {long}")).expect_err("too long");
        assert!(
            error.to_string().contains("at most 50 characters"),
            "{error}"
        );
        assert!(error.to_string().contains(&"t".repeat(50)), "{error}");
        let many: Vec<String> = (0..21).map(|number| format!("tag {number}")).collect();
        assert_eq!(parse_tags(&many.join(",")), Err(InvalidTags::TooMany(21)));
        assert!(parse_tags("a\0b").is_err());
    }

    #[test]
    fn blank_values_are_none_and_others_follow_the_rules() {
        assert_eq!(parse_display_name("  "), Ok(None));
        assert_eq!(parse_display_name(" Acme "), Ok(Some("Acme".to_owned())));
        assert!(parse_display_name(&"n".repeat(201)).is_err());
        assert_eq!(parse_note("\r\n"), Ok(None));
        assert_eq!(parse_note("a\r\nb"), Ok(Some("a\nb".to_owned())));
        assert!(parse_note(&"n".repeat(5_001)).is_err());
        assert_eq!(parse_channel_limit(" "), Ok(None));
        assert_eq!(
            parse_channel_limit("1,200"),
            Ok(ChannelLimit::new(1_200).ok())
        );
        assert!(parse_channel_limit("ten").is_err());
        assert_eq!(parse_email(" "), Ok(None));
        assert!(parse_email("nobody").is_err());
        assert!(parse_organization_name(" ").is_err());
    }
}
