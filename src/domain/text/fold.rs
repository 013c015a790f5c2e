//! Folded form of texts, in which searches compare them.
//! Characters that look alike or are typed alike become the same.

use icu_properties::CodePointSetData;
use icu_properties::props::{Dash, QuotationMark};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::visible::{is_blank, is_format};

/// Letters that do not decompose to a plain letter and an accent.
/// The replacement is the text that people type if their keyboard lacks the letter.
const LETTER_EXPANSIONS: [(char, &str); 12] = [
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

/// Returns the folded form of a text.
///
/// It is in lower case, without accents, with one form of quotes, dashes and white space.
///
/// Stored folds are compared with new ones. If this function changes, a migration must mark the
/// stored ones as stale, as migration 0025 does.
#[must_use]
pub fn folded(text: &str) -> String {
    let mut folded = FoldBuffer(String::with_capacity(text.len()));
    if text.is_ascii() {
        text.chars()
            .for_each(|c| folded.push(c.to_ascii_lowercase()));
        return folded.finish();
    }
    // Normalize before the decomposition too, because that turns `´` into a space with an accent.
    let plain = text
        .chars()
        .filter(|c| !is_format(*c))
        .map(normalize_punctuation)
        .nfkd();
    let plain = plain.filter(|c| !is_combining_mark(*c) && !is_format(*c));
    for c in plain.flat_map(char::to_lowercase) {
        match LETTER_EXPANSIONS
            .iter()
            .find(|(letter, _)| !c.is_ascii() && *letter == c)
        {
            Some((_, letters)) => letters.chars().for_each(|letter| folded.push(letter)),
            None => folded.push(c),
        }
    }
    folded.finish()
}

/// Returns the folded words of a search, longest first.
/// Leaves out duplicates and words that another word contains.
#[must_use]
pub fn search_words(text: &str) -> Vec<String> {
    let folded = folded(text);
    let mut all: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    all.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let mut words: Vec<String> = Vec::new();
    for word in all {
        if !words.iter().any(|longer| longer.contains(word)) {
            words.push(word.to_owned());
        }
    }
    words
}

struct FoldBuffer(String);

impl FoldBuffer {
    fn push(&mut self, c: char) {
        match normalize_punctuation(c) {
            ' ' if self.0.is_empty() || self.0.ends_with(' ') => {}
            c if c.is_control() => {}
            c => self.0.push(c),
        }
    }

    fn finish(mut self) -> String {
        if self.0.ends_with(' ') {
            self.0.pop();
        }
        self.0
    }
}

/// Returns the normal form of a quote, dash or white space. Other characters stay unchanged.
fn normalize_punctuation(c: char) -> char {
    match c {
        '"' | '\'' | '`' => '\'',
        c if c.is_ascii() && !c.is_ascii_control() => c,
        // Primes, and letters and accents that are typed as an apostrophe.
        '\u{b4}'
        | '\u{2b9}'..='\u{2bf}'
        | '\u{2c8}'
        | '\u{2ca}'
        | '\u{2cb}'
        | '\u{2ee}'
        | '\u{559}'
        | '\u{55a}'
        | '\u{5f3}'
        | '\u{5f4}'
        | '\u{2032}'..='\u{2037}'
        | '\u{2057}'
        | '\u{a78b}'
        | '\u{a78c}' => '\'',
        '\u{2043}' => '-',
        c if is_blank(c) => ' ',
        c if CodePointSetData::new::<QuotationMark>().contains(c) => '\'',
        c if CodePointSetData::new::<Dash>().contains(c) => '-',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::{folded, search_words};

    #[test]
    fn quotes_dashes_and_white_space_have_one_form() {
        for quote in "'\"’‘‚‛“”„‟«»‹›′″`´ʼʻʹˈ＇＂｀「」׳".chars()
        {
            assert_eq!(folded(&format!("O{quote}Brien")), "o'brien", "{quote}");
        }
        for dash in "-‐‑‒–—―−﹘﹣－⁃".chars() {
            assert_eq!(folded(&format!("A{dash}b")), "a-b", "{dash}");
        }
        for space in [
            "  ",
            "\u{a0}",
            "\u{3000}",
            "\t",
            "\r\n",
            "\u{2009}\u{2009}",
            "\u{202f}",
            "\u{2028}",
            "\u{2800}",
        ] {
            assert_eq!(
                folded(&format!("{space}A{space}b{space}")),
                "a b",
                "{space:?}"
            );
        }
    }

    #[test]
    fn what_nobody_sees_is_not_compared_and_compatibility_forms_are_plain() {
        for unseen in [
            "\u{200b}",
            "\u{2060}",
            "\u{ad}",
            "\u{feff}",
            "\u{200d}",
            "\u{3164}",
            "\u{ffa0}",
            "\u{fe0f}",
            "\u{7}",
            "\u{e0041}",
        ] {
            assert_eq!(
                folded(&format!("Zero{unseen}Width{unseen}")),
                "zerowidth",
                "{unseen:?}"
            );
        }
        assert_eq!(folded("Ａｃｍｅ　ﬁber №５ ™ ①"), "acme fiber no5 tm 1");
        assert_eq!(folded("\u{301} \u{a8}"), "");
    }

    #[test]
    fn a_search_is_its_words_without_those_that_others_contain() {
        assert_eq!(search_words(" Corp acme\u{3000}ac CORP "), ["corp", "acme"]);
        assert!(search_words("\u{200b} ").is_empty());
    }
}
