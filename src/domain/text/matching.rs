//! Matching of names with what people type: beginnings, parts, letters left out, and one typo.
//! Texts are compared in their folded form.

use super::fold::{folded, search_words};

mod fuzzy;

use fuzzy::{FuzzyMatcher, MIN_ID_LENGTH, SearchTerm};

/// Score of a word that the text contains as it was typed.
pub const WHOLE_WORD_SCORE: u32 = 10_000;

/// Rank of a match, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MatchRank {
    /// A text is exactly what was typed.
    Exact,
    /// A text starts with what was typed.
    Prefix,
    /// Each typed word starts a word of the texts.
    WordPrefix,
    /// Each typed word is part of the texts.
    Substring,
    /// Letters are left out of a word, or one of them is wrong.
    Fuzzy,
}

/// Part of a text, with or without a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkedPart {
    /// The part of the text.
    pub text: String,
    /// True if the search matched this part.
    pub is_match: bool,
}

impl MarkedPart {
    /// Returns a text without marks.
    #[must_use]
    pub fn plain(text: &str) -> Vec<Self> {
        vec![Self {
            text: text.to_owned(),
            is_match: false,
        }]
    }
}

/// Text that a person typed to find something.
#[derive(Debug)]
pub struct TextSearch {
    text: String,
    parts: Vec<SearchTerm>,
    matcher: Option<Box<FuzzyMatcher>>,
}

impl TextSearch {
    /// Returns the search for a text.
    #[must_use]
    pub fn new(typed: &str) -> Self {
        Self {
            text: folded(typed),
            parts: search_words(typed)
                .into_iter()
                .map(SearchTerm::new)
                .collect(),
            matcher: None,
        }
    }

    /// Returns the typed text, folded.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns `true` if nothing visible was typed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Returns the number of typed words that are compared.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.parts.len()
    }

    /// Returns how well these folded texts match. Ignores left-out and wrong letters.
    #[must_use]
    pub fn rank(&self, texts: &[&str]) -> Option<MatchRank> {
        if self.is_empty() {
            return None;
        }
        if texts.iter().any(|text| *text == self.text) {
            return Some(MatchRank::Exact);
        }
        if texts.iter().any(|text| text.starts_with(&self.text)) {
            return Some(MatchRank::Prefix);
        }
        if self.starts_words_of(texts) {
            return Some(MatchRank::WordPrefix);
        }
        let is_found = |part: &SearchTerm| texts.iter().any(|text| part.is_in(text));
        self.parts
            .iter()
            .all(is_found)
            .then_some(MatchRank::Substring)
    }

    /// Returns `true` if each typed word starts a word of these folded texts.
    #[must_use]
    pub fn starts_words_of(&self, texts: &[&str]) -> bool {
        self.parts.iter().all(|part| {
            let mut texts = texts.iter();
            texts.any(|text| part.find_at_start(text).is_some())
        })
    }

    /// Returns how well these folded texts match, and the score of a fuzzy match.
    pub fn rank_fuzzy(&mut self, texts: &[&str]) -> Option<(MatchRank, u32)> {
        if let Some(rank) = self.rank(texts) {
            return Some((rank, 0));
        }
        let mut total = 0;
        for at in 0..self.len() {
            total += self.word_score(at, texts)?;
        }
        (total > 0).then_some((MatchRank::Fuzzy, total))
    }

    /// Returns the score of a typed word, by its number, in these folded texts.
    pub fn word_score(&mut self, number: usize, texts: &[&str]) -> Option<u32> {
        let part = &self.parts[number];
        if texts.iter().any(|text| part.is_in(text)) {
            return Some(WHOLE_WORD_SCORE);
        }
        self.fuzzy_score(number, texts)
    }

    /// Returns the score of a typed word, by its number, in folded texts that do not contain it.
    pub fn fuzzy_score(&mut self, number: usize, texts: &[&str]) -> Option<u32> {
        let matcher = self.matcher.get_or_insert_default();
        matcher.best_of(&mut self.parts[number], texts)
    }

    /// Returns `true` if a typed word, by its number, may be the beginning of an ID.
    #[must_use]
    pub fn is_hexadecimal(&self, number: usize) -> bool {
        let text = &self.parts[number].text;
        text.len() >= MIN_ID_LENGTH && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
    }

    /// Returns a text in parts, with marks on what was typed.
    /// The second value tells for each typed word if the text shows it.
    pub fn mark(&mut self, text: &str, fuzzy: bool) -> (Vec<MarkedPart>, Vec<bool>) {
        let plain = FoldedText::new(text);
        let mut is_marked = vec![false; text.len()];
        let mut shown = Vec::with_capacity(self.parts.len());
        for number in 0..self.parts.len() {
            if fuzzy {
                self.fuzzy_score(number, &[]);
            }
            let part = &self.parts[number];
            let start = part
                .find_at_start(&plain.text)
                .or_else(|| part.finder.find(plain.text.as_bytes()));
            let places = match start {
                Some(start) => (start..start + part.text.len()).collect(),
                None if fuzzy => {
                    let matcher = self.matcher.get_or_insert_default();
                    matcher.places(part, &plain.text)
                }
                None => Vec::new(),
            };
            shown.push(!places.is_empty());
            for place in places {
                is_marked[plain.origins[place].clone()].fill(true);
            }
        }
        (split_at_marks(text, &is_marked), shown)
    }
}

fn split_at_marks(text: &str, is_marked: &[bool]) -> Vec<MarkedPart> {
    let mut parts: Vec<MarkedPart> = Vec::new();
    for (at, c) in text.char_indices() {
        match parts.last_mut() {
            Some(part) if part.is_match == is_marked[at] => part.text.push(c),
            _ => parts.push(MarkedPart {
                text: c.to_string(),
                is_match: is_marked[at],
            }),
        }
    }
    parts
}

/// Folded text in which each byte knows the character that it comes from.
struct FoldedText {
    text: String,
    /// Range of the character in the original text, for each byte of the folded one.
    origins: Vec<std::ops::Range<usize>>,
}

impl FoldedText {
    fn new(original: &str) -> Self {
        let mut folded_text = Self {
            text: String::with_capacity(original.len()),
            origins: Vec::with_capacity(original.len()),
        };
        for (at, c) in original.char_indices() {
            let origin = at..at + c.len_utf8();
            if c.is_whitespace() {
                folded_text.push(" ", &origin);
            } else {
                folded_text.push(&folded(c.encode_utf8(&mut [0; 4])), &origin);
            }
        }
        folded_text
    }

    fn push(&mut self, text: &str, origin: &std::ops::Range<usize>) {
        self.text.push_str(text);
        let origins = std::iter::repeat_n(origin.clone(), text.len());
        self.origins.extend(origins);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank(typed: &str, texts: &[&str]) -> Option<MatchRank> {
        let texts: Vec<String> = texts.iter().map(|text| folded(text)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        TextSearch::new(typed)
            .rank_fuzzy(&texts)
            .map(|(rank, _)| rank)
    }

    fn marked(typed: &str, text: &str) -> String {
        let (parts, _) = TextSearch::new(typed).mark(text, true);
        let parts = parts.into_iter().map(|part| {
            if part.is_match {
                format!("[{}]", part.text)
            } else {
                part.text
            }
        });
        parts.collect()
    }

    #[test]
    fn a_match_is_ranked_by_how_close_it_is() {
        let texts = ["Acme North Bank", "ops@acme.example"];
        for (typed, expected) in [
            ("ACME north bank", Some(MatchRank::Exact)),
            ("acme no", Some(MatchRank::Prefix)),
            ("ops@", Some(MatchRank::Prefix)),
            ("bank acme", Some(MatchRank::WordPrefix)),
            ("orth", Some(MatchRank::Substring)),
            ("nrth", Some(MatchRank::Fuzzy)),
            ("acme bnk", Some(MatchRank::Fuzzy)),
            ("zzqq", None),
            ("", None),
        ] {
            assert_eq!(rank(typed, &texts), expected, "{typed}");
        }
    }

    #[test]
    fn one_typo_is_found_and_two_are_not() {
        for typed in [
            "bakery", "vakery", "bajery", "baery", "bakkery", "bakrey", "bakerz",
        ] {
            assert!(rank(typed, &["Zoë’s Bakery"]).is_some(), "{typed}");
        }
        for typed in ["vajery", "bkaexy", "bxkexy"] {
            assert_eq!(rank(typed, &["Zoë’s Bakery"]), None, "{typed}");
        }
        assert_eq!(rank("bak", &["Bxk"]), None, "too short for a typo");
    }

    #[test]
    fn scattered_letters_do_not_match() {
        for typed in ["bakery", "north", "disable", "settings"] {
            assert_eq!(rank(typed, &["Nordic Blue Karting Society"]), None);
        }
        assert_eq!(rank("nbt", &["North Bank Telecom"]), Some(MatchRank::Fuzzy));
        assert_eq!(rank("voice", &["voip@granite-collections.example"]), None);
    }

    #[test]
    fn the_matched_letters_are_marked_in_the_text_as_it_is_written() {
        assert_eq!(marked("bak", "Zoë’s <Bakery>"), "Zoë’s <[Bak]ery>");
        assert_eq!(marked("strasse", "Große Straße"), "Große [Straße]");
        assert_eq!(marked("zoe", "Zoë’s"), "[Zoë]’s");
        assert_eq!(marked("bajery", "The Bakery"), "The [Bakery]");
        assert_eq!(marked("nbt", "North Bank Tel"), "[N]orth [B]ank [T]el");
        assert_eq!(marked("no such", "Acme"), "Acme");
        assert_eq!(marked("", "Acme"), "Acme");
    }
}
