//! Codes that people type or paste, without separators and formatting.

use unicode_normalization::UnicodeNormalization;

/// Zeros of scripts whose digits are in common use. The digits 1 to 9 follow each of them.
const DIGIT_ZEROS: [char; 14] = [
    '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}',
    '\u{be6}', '\u{c66}', '\u{ce6}', '\u{d66}', '\u{e50}', '\u{ed0}',
];

/// Returns the letters and digits of a code in lower case.
/// They become ASCII if possible (NFKC). Removes spaces, dashes of any kind and invisible
/// characters.
#[must_use]
pub fn normalize(typed: &str) -> String {
    typed
        .nfkc()
        .map(|c| ascii_digit(c).unwrap_or(c))
        // Japanese keyboards type this character for a dash, but it counts as a letter.
        .filter(|c| c.is_alphanumeric() && *c != '\u{30fc}')
        .flat_map(char::to_lowercase)
        .collect()
}

fn ascii_digit(c: char) -> Option<char> {
    let value = |zero: &char| {
        u32::from(c)
            .checked_sub(u32::from(*zero))
            .filter(|value| *value < 10)
    };
    DIGIT_ZEROS
        .iter()
        .find_map(value)
        .and_then(|value| char::from_digit(value, 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_was_typed() {
        for typed in [
            "123456",
            " 123 456 ",
            "123-456",
            "123\u{2013}456",
            "123\u{2011}456",
            "123\u{2212}456",
            "123\u{ff0d}456",
            "123\u{30fc}456",
            "123\u{a0}456\u{200b}",
            "\u{feff}1\u{200d}2\u{2060}3\u{ad}4.5_6",
            "\u{202d}123456\u{202c}",
            "１２３４５６",
            "１２３　４５６",
            "𝟏𝟐𝟑𝟺𝟻𝟼",
            "١٢٣٤٥٦",
            "۱۲۳۴۵۶",
            "१२३४५६",
        ] {
            assert_eq!(normalize(typed), "123456", "{typed:?}");
        }
        assert_eq!(normalize("ＡＢＣｄ－２３４５"), "abcd2345");
        for typed in ["12345", "1234567", "12345é", "", "½"] {
            assert_ne!(normalize(typed), "123456", "{typed:?}");
        }
    }
}
