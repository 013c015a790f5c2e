//! Strict parser for whole numbers that people type. It never guesses.

use super::text;

/// Reason why a text is not a whole number, in words for its field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNumber {
    /// The field is empty.
    #[error("Enter a whole number, 0 or more.")]
    Empty,
    /// The text contains something other than digits.
    #[error("Enter a whole number, 0 or more. “{0}” is not one.")]
    NotWhole(String),
    /// A comma does not separate groups of three digits.
    #[error(
        "Enter a whole number, 0 or more. “{0}” is not one: commas only separate groups of three digits, as in 1,200."
    )]
    Grouping(String),
    /// The number needs more than 64 bits.
    #[error("This number is too large.")]
    TooLarge,
}

/// Parses ASCII digits, either without `,` or with one between all groups of three.
///
/// Ignores surrounding space and invisible characters. Everything else is refused, because it is
/// ambiguous or comes from a script whose digits read differently.
///
/// # Errors
/// Fails with an [`InvalidNumber`] whose text is meant for the form field.
pub fn parse_whole(typed: &str) -> Result<u64, InvalidNumber> {
    let bare = text::trim_invisible(typed);
    if bare.is_empty() {
        return Err(InvalidNumber::Empty);
    }
    if !bare.chars().all(|c| c.is_ascii_digit() || c == ',') {
        return Err(InvalidNumber::NotWhole(text::printable_excerpt(bare)));
    }
    if !is_grouped(bare) {
        return Err(InvalidNumber::Grouping(text::printable_excerpt(bare)));
    }
    bare.replace(',', "")
        .parse()
        .map_err(|_| InvalidNumber::TooLarge)
}

/// Returns `true` if commas separate full groups.
/// `0,005` has full groups, but no one writes a whole number like that.
fn is_grouped(digits: &str) -> bool {
    let Some((first, rest)) = digits.split_once(',') else {
        return true;
    };
    matches!(first.len(), 1..=3)
        && !first.starts_with('0')
        && rest.split(',').all(|group| group.len() == 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_with_full_groups_of_three_or_none() {
        for (typed, number) in [
            ("0", 0),
            ("007", 7),
            (" 12\t", 12),
            ("\u{feff}12\u{200b}", 12),
            ("\u{a0}12\u{202f}", 12),
            ("1,200", 1_200),
            ("12,345,678", 12_345_678),
            ("999,999", 999_999),
            ("00000000000000000000000000000000000005", 5),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(parse_whole(typed), Ok(number), "{typed:?}");
        }
    }

    #[test]
    fn everything_else_is_refused_with_what_was_read() {
        for typed in [
            "2,5",
            "12,",
            ",5",
            ",",
            "1,20",
            "1,2000",
            "12,34,567",
            "1234,567",
            "1,,200",
            "0,005",
            "001,200",
            "1,200,",
        ] {
            assert_eq!(
                parse_whole(typed),
                Err(InvalidNumber::Grouping(typed.to_owned())),
                "{typed}"
            );
        }
        for typed in [
            "1.5",
            "1.200",
            "+5",
            "-0",
            "-5",
            "\u{2212}5",
            "１２",
            "٣",
            "१२",
            "1e3",
            "0x10",
            "1 200",
            "1\u{a0}200",
            "1\u{202f}200",
            "1'200",
            "1_000",
            "12k",
            "½",
            "Ⅳ",
            "1،200",
            "ten",
            "5-10",
            "=5",
            "\"5\"",
        ] {
            assert_eq!(
                parse_whole(typed),
                Err(InvalidNumber::NotWhole(typed.to_owned())),
                "{typed}"
            );
        }
        for typed in ["", " ", "\u{feff}", "\u{200b}\u{2060}"] {
            assert_eq!(parse_whole(typed), Err(InvalidNumber::Empty), "{typed:?}");
        }
        assert_eq!(
            parse_whole("99999999999999999999"),
            Err(InvalidNumber::TooLarge)
        );
        assert_eq!(
            parse_whole("1\u{200b}2"),
            Err(InvalidNumber::NotWhole("1\u{fffd}2".to_owned()))
        );
        assert_eq!(
            parse_whole(&"9.".repeat(500))
                .unwrap_err()
                .to_string()
                .chars()
                .count(),
            "Enter a whole number, 0 or more. “” is not one."
                .chars()
                .count()
                + text::MAX_ECHOED_CHARS
        );
    }
}
