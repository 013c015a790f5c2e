//! Words in which letters are left out, or one letter is wrong.

use memchr::memmem::Finder;
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// Minimum length of a typed word in which letters may be left out, in characters.
const MIN_FUZZY_LENGTH: usize = 3;
/// Minimum length of a typed word in which one letter may be wrong, in characters.
/// Shorter words would match too many others.
const MIN_TYPO_LENGTH: usize = 4;
/// Share of the best possible score, in percent, that a word with left-out letters must reach.
const MIN_SCORE_PERCENT: u32 = 60;
/// Maximum number of letters left out in a row within a word.
/// With longer gaps, the letters are scattered over the text by chance.
const MAX_GAP: usize = 2;
/// Share of the best possible score, in percent, that a word with a typo gets.
const TYPO_SCORE_PERCENT: u32 = 90;
/// Maximum share of the best possible score, in percent, that a word with left-out letters gets.
const MAX_SCORE_PERCENT: u32 = 85;
/// Minimum length of a typed word that is compared with IDs letter by letter, in characters.
pub(super) const MIN_ID_LENGTH: usize = 6;

/// Typed word with what is needed to find it.
#[derive(Debug)]
pub(super) struct SearchTerm {
    pub text: String,
    chars: Vec<char>,
    pub finder: Finder<'static>,
    /// Score of the best possible match; 0 until it is needed.
    best_score: u32,
}

impl SearchTerm {
    pub fn new(text: String) -> Self {
        Self {
            chars: text.chars().collect(),
            finder: Finder::new(&text).into_owned(),
            text,
            best_score: 0,
        }
    }

    pub fn is_in(&self, text: &str) -> bool {
        self.finder.find(text.as_bytes()).is_some()
    }

    /// Returns where the typed word starts a word of the text.
    pub fn find_at_start(&self, text: &str) -> Option<usize> {
        let bytes = text.as_bytes();
        self.finder
            .find_iter(bytes)
            .find(|at| text[..*at].chars().next_back().is_none_or(is_separator))
    }
}

fn is_separator(c: char) -> bool {
    !c.is_alphanumeric()
}

/// Matcher of words with left-out letters or one typo. It holds a large buffer.
#[derive(Debug)]
pub(super) struct FuzzyMatcher {
    matcher: Matcher,
    chars: Vec<char>,
}

impl Default for FuzzyMatcher {
    fn default() -> Self {
        // Folded texts need no other treatment of case and accents.
        let mut config = Config::DEFAULT;
        config.normalize = false;
        config.ignore_case = false;
        Self {
            matcher: Matcher::new(config),
            chars: Vec::new(),
        }
    }
}

impl FuzzyMatcher {
    /// Returns the best score of a word in these folded texts; more is better.
    pub fn best_of(&mut self, term: &mut SearchTerm, texts: &[&str]) -> Option<u32> {
        if term.chars.len() < MIN_FUZZY_LENGTH {
            return None;
        }
        if term.best_score == 0 {
            term.best_score = self.best_score(term);
        }
        let scores = texts.iter().filter_map(|text| self.score(term, text));
        scores.max()
    }

    /// Returns the score of a match; more is better.
    fn score(&mut self, term: &SearchTerm, text: &str) -> Option<u32> {
        if find_typo(term, text).is_some() {
            return Some(term.best_score * TYPO_SCORE_PERCENT / 100);
        }
        let haystack = Utf32Str::new(text, &mut self.chars);
        let score = self.matcher.fuzzy_match(haystack, needle(term))?;
        let score = u32::from(score);
        let is_close = score * 100 >= term.best_score * MIN_SCORE_PERCENT
            && !self.places_of_letters(term, text).is_empty();
        is_close.then(|| score.min(term.best_score * MAX_SCORE_PERCENT / 100))
    }

    /// Returns the bytes of a folded text that match.
    pub fn places(&mut self, term: &SearchTerm, text: &str) -> Vec<usize> {
        if self.score(term, text).is_none() {
            return Vec::new();
        }
        if let Some(start) = find_typo(term, text) {
            let rest = &text[start..];
            let end = rest.find(is_separator).unwrap_or(rest.len());
            return (start..start + end.min(term.text.len())).collect();
        }
        self.places_of_letters(term, text)
    }

    /// Returns the bytes of the letters that match, if few are left out between them. A letter may
    /// also start the next word, as in initials.
    fn places_of_letters(&mut self, term: &SearchTerm, text: &str) -> Vec<usize> {
        let mut numbers = Vec::new();
        let haystack = Utf32Str::new(text, &mut self.chars);
        self.matcher
            .fuzzy_indices(haystack, needle(term), &mut numbers);
        let mut numbers = numbers.into_iter().map(|at| at as usize).peekable();
        let mut places = Vec::new();
        let (mut before, mut last, mut skips_word) = (' ', None, false);
        for (number, (at, c)) in text.char_indices().enumerate() {
            let starts_word = is_separator(before) && !is_separator(c);
            before = c;
            if numbers.next_if_eq(&number).is_none() {
                skips_word |= starts_word;
                continue;
            }
            // The first letter starts a word, and so does one that is not near the one before it.
            let is_close = match last {
                Some(last) if number - last - 1 <= MAX_GAP => true,
                Some(_) => starts_word && !skips_word,
                None => starts_word,
            };
            if !is_close {
                return Vec::new();
            }
            (last, skips_word) = (Some(number), false);
            places.extend(at..at + c.len_utf8());
        }
        places
    }

    fn best_score(&mut self, term: &SearchTerm) -> u32 {
        let whole = self.matcher.fuzzy_match(needle(term), needle(term));
        whole.map_or(1, u32::from)
    }
}

fn needle(term: &SearchTerm) -> Utf32Str<'_> {
    if term.text.is_ascii() {
        Utf32Str::Ascii(term.text.as_bytes())
    } else {
        Utf32Str::Unicode(&term.chars)
    }
}

/// Returns the start of a word of the text that starts with the typed word, apart from one letter.
fn find_typo(term: &SearchTerm, text: &str) -> Option<usize> {
    if term.chars.len() < MIN_TYPO_LENGTH {
        return None;
    }
    // With one typo, one of the first two letters is still there, at most one place away.
    let typed = term.text.as_bytes();
    let is_similar = |start: &[u8]| {
        let [first, second, ..] = *start else {
            return false;
        };
        first == typed[0] || first == typed[1] || second == typed[0] || second == typed[1]
    };
    let is_start = |before: Option<u8>| {
        before.is_none_or(|before| before.is_ascii() && is_separator(char::from(before)))
    };
    let mut before = None;
    for (at, byte) in text.bytes().enumerate() {
        if is_start(before)
            && is_similar(&text.as_bytes()[at..])
            && starts_with_typo(&text[at..], &term.text)
        {
            return Some(at);
        }
        before = Some(byte);
    }
    None
}

/// Returns `true` if the text starts with the typed word, apart from one typo.
/// A letter may be wrong, missing or extra, or two letters may be swapped.
fn starts_with_typo(text: &str, typed: &str) -> bool {
    let same = typed
        .char_indices()
        .zip(text.chars())
        .find(|((_, typed), other)| typed != other)
        .map_or(typed.len().min(text.len()), |((at, _), _)| at);
    let (text, typed) = (&text[same..], &typed[same..]);
    let (mut after_text, mut after_typed) = (text.chars(), typed.chars());
    let (letter, typed_letter) = (after_text.next(), after_typed.next());
    let (after_text, after_typed) = (after_text.as_str(), after_typed.as_str());
    let is_swapped = || {
        let (mut rest, mut typed_rest) = (after_text.chars(), after_typed.chars());
        letter.is_some()
            && rest.next() == typed_letter
            && typed_rest.next() == letter
            && rest.as_str().starts_with(typed_rest.as_str())
    };
    after_text.starts_with(after_typed)
        || text.starts_with(after_typed)
        || after_text.starts_with(typed)
        || is_swapped()
}
