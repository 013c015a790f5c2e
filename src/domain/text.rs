//! Text that people type: folding for search, length limits, forbidden characters, number groups.

mod fold;
mod matching;
mod visible;

pub use fold::{folded, search_words};
pub use matching::{MarkedPart, MatchRank, TextSearch, WHOLE_WORD_SCORE};
pub use visible::is_format;
use visible::{is_bidi_control, is_blank, strip_format_chars};

/// Formats an integer with `,` between groups of three digits.
#[must_use]
pub fn group_thousands(number: i64) -> String {
    let sign = if number < 0 { "\u{2212}" } else { "" };
    format!("{sign}{}", group_digits(&number.unsigned_abs().to_string()))
}

/// Inserts `,` between groups of three digits.
#[must_use]
pub fn group_digits(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Returns a label for the middle of a sentence.
/// Only its first letter becomes lower case. Names and abbreviations stay as they are.
#[must_use]
pub fn mid_sentence(label: &str) -> String {
    let mut chars = label.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => label.to_owned(),
    }
}

/// Reason why a text is refused, in words for its field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// Empty, or only space.
    #[error("This is required.")]
    Empty,
    /// Only characters that show nothing, such as zero-width spaces.
    #[error("This has no visible characters. Use letters or digits.")]
    Invisible,
    /// Longer than the field allows, in characters.
    #[error("This is too long: at most {0} characters.")]
    TooLong(usize),
    /// A control character, NUL, or a line break in a field of one line.
    #[error("This contains a line break or a control character. Remove it.")]
    Control,
    /// Not an email address.
    #[error("Enter an email address, such as name@example.com.")]
    NotAnEmail,
}

/// Maximum length of the input repeated in an error, in characters.
pub(super) const MAX_ECHOED_CHARS: usize = 40;

/// Returns the beginning of an input for an error. Characters that cannot be seen are replaced.
#[must_use]
pub fn printable_excerpt(text: &str) -> String {
    let visible = |c: char| {
        if c.is_control() || is_format(c) {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    text.chars().map(visible).take(MAX_ECHOED_CHARS).collect()
}

/// Removes surrounding white space and invisible characters, which people paste by accident.
#[must_use]
pub fn trim_invisible(text: &str) -> &str {
    text.trim_matches(|c: char| is_blank(c) || is_format(c))
}

/// Returns a name for the middle of a sentence.
/// Whatever the direction of its script, it does not change the direction of the text around it.
#[must_use]
pub fn isolate_bidi(name: &str) -> String {
    let name = name.chars().filter(|c| !is_bidi_control(*c));
    let first_strong = std::iter::once('\u{2068}');
    first_strong
        .chain(name)
        .chain(std::iter::once('\u{2069}'))
        .collect()
}

/// Parses one line of text.
/// The result is trimmed and has no format characters, at most `longest` characters, and no control
/// characters.
///
/// # Errors
/// Fails with an [`InvalidText`] whose text is meant for the form field.
pub fn parse_line(text: &str, longest: usize) -> Result<String, InvalidText> {
    clean(text, longest, |c| {
        c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
    })
}

/// Parses several lines of text, like [`parse_line`] but with line breaks and tabs.
///
/// # Errors
/// Fails with an [`InvalidText`] whose text is meant for the form field.
pub fn parse_lines(text: &str, longest: usize) -> Result<String, InvalidText> {
    clean(&text.replace("\r\n", "\n"), longest, |c| {
        c.is_control() && c != '\n' && c != '\t'
    })
}

/// Returns the visible part of a text.
/// Fails if nothing is visible, the text is too long, or it contains a forbidden character.
fn clean(
    text: &str,
    longest: usize,
    is_refused: impl Fn(char) -> bool,
) -> Result<String, InvalidText> {
    if text.trim().is_empty() {
        return Err(InvalidText::Empty);
    }
    let shown = strip_format_chars(text.trim());
    let shown = shown.trim_matches(is_blank);
    if shown.chars().any(|c| is_refused(c) || is_bidi_control(c)) {
        return Err(InvalidText::Control);
    }
    // A text of accents only contains nothing that could be searched for.
    if folded(shown).is_empty() {
        return Err(InvalidText::Invisible);
    }
    if shown.chars().count() > longest {
        return Err(InvalidText::TooLong(longest));
    }
    Ok(shown.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{InvalidText, parse_line, parse_lines};

    #[test]
    fn a_text_has_at_most_as_many_characters_as_are_allowed() {
        assert_eq!(parse_line(" äöü ", 3).unwrap(), "äöü");
        assert!(matches!(
            parse_line("äöüß", 3),
            Err(InvalidText::TooLong(3))
        ));
        assert_eq!(parse_lines("a\nb", 3).unwrap(), "a\nb");
        assert!(matches!(
            parse_lines("a\nbc", 3),
            Err(InvalidText::TooLong(3))
        ));
    }
}
