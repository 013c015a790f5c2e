//! Text that people type: folding for search, bounds and forbidden characters, numbers for reading.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Letters that are no plain letter with an accent, as whoever lacks their key types them. What is stored was folded with
/// these: another one takes a migration, as 0019 is one.
const LETTERS: [(char, &str); 12] = [
    ('ß', "ss"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('ø', "o"),
    ('ł', "l"),
    ('đ', "d"),
    ('ð', "d"),
    ('þ', "th"),
    ('ħ', "h"),
    ('ŧ', "t"),
    ('ı', "i"),
    ('ς', "σ"),
];

/// Lower case, without accents and outer space: what searches compare.
#[must_use]
pub fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let plain = text.trim().nfkd().filter(|c| !is_combining_mark(*c));
    for c in plain.flat_map(char::to_lowercase) {
        let letter = LETTERS.iter().find(|(letter, _)| !c.is_ascii() && *letter == c);
        match letter {
            Some((_, letters)) => folded.push_str(letters),
            None => folded.push(c),
        }
    }
    // An accent by itself is a space without it.
    match folded.trim() {
        trimmed if trimmed.len() == folded.len() => folded,
        trimmed => trimmed.to_owned(),
    }
}

/// An integer with `,` between groups of three.
#[must_use]
pub fn grouped(number: i64) -> String {
    let sign = if number < 0 { "\u{2212}" } else { "" };
    format!("{sign}{}", grouped_digits(&number.unsigned_abs().to_string()))
}

/// Digits with `,` between groups of three.
#[must_use]
pub fn grouped_digits(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A label for the middle of a sentence. Only its first letter changes: names and abbreviations in it stay.
#[must_use]
pub fn mid_sentence(label: &str) -> String {
    let mut chars = label.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(chars).collect(),
        _ => label.to_owned(),
    }
}

/// Why a text was not taken, in words for its field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// Nothing but space.
    #[error("This is required.")]
    Empty,
    /// Longer than the field takes, in characters.
    #[error("This is too long: at most {0} characters.")]
    TooLong(usize),
    /// A control character, NUL or a line break where one line is asked for.
    #[error("This contains a character that cannot be used here (a line break or a control character).")]
    Control,
    /// No e-mail address.
    #[error("Enter an e-mail address such as name@example.com.")]
    NotAnEmail,
}

/// Characters that turn the direction of what stands around them: with them one name can be made to read as another.
const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Characters that show nothing where text is copied from: zero-width ones, byte order marks, soft hyphens, marks of
/// direction.
#[must_use]
pub const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
    )
}

/// A value without the white space and the invisible characters around it, which people paste with it.
#[must_use]
pub fn bare(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// A name for the middle of a sentence: whichever way its script runs, it does not turn what stands around it.
#[must_use]
pub fn isolated(name: &str) -> String {
    let name = name.chars().filter(|c| !turns_direction(*c));
    let first_strong = std::iter::once('\u{2068}');
    first_strong.chain(name).chain(std::iter::once('\u{2069}')).collect()
}

/// One line of text: trimmed, at most `longest` characters, no control characters.
///
/// # Errors
/// [`InvalidText`] says what is wrong, in words for the field.
pub fn line(text: &str, longest: usize) -> Result<String, InvalidText> {
    let text = text.trim();
    if text.is_empty() {
        return Err(InvalidText::Empty);
    }
    if text.chars().count() > longest {
        return Err(InvalidText::TooLong(longest));
    }
    if text.chars().any(|c| c.is_control() || turns_direction(c)) {
        return Err(InvalidText::Control);
    }
    Ok(text.to_owned())
}

/// Several lines of text: as [`line()`], but with line breaks and tabs.
///
/// # Errors
/// [`InvalidText`] says what is wrong, in words for the field.
pub fn lines(text: &str, longest: usize) -> Result<String, InvalidText> {
    let text = text.trim().replace("\r\n", "\n");
    if text.is_empty() {
        return Err(InvalidText::Empty);
    }
    if text.chars().count() > longest {
        return Err(InvalidText::TooLong(longest));
    }
    if text
        .chars()
        .any(|c| (c.is_control() && c != '\n' && c != '\t') || turns_direction(c))
    {
        return Err(InvalidText::Control);
    }
    Ok(text)
}
