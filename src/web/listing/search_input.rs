//! Text typed into the search of a list.

use crate::domain::text::search_words;

/// Maximum length of a search, in characters. IDs have 36, and names of organizations are seldom
/// longer.
pub const MAX_LENGTH: usize = 200;

/// Search text after cleaning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchInput {
    /// Trimmed words.
    pub q: String,
    /// True if invisible characters were removed.
    pub is_stripped: bool,
    /// True if the text was too long and was shortened.
    pub is_truncated: bool,
}

impl SearchInput {
    pub fn parse(typed: &str) -> Self {
        // No name contains invisible characters. Control characters that are spaces come from
        // copied tables.
        let is_invisible = |c: char| c.is_control() && !c.is_whitespace();
        let shown = typed.chars().filter(|c| !is_invisible(*c));
        let shown: String = shown
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let shown = if search_words(&shown).is_empty() {
            ""
        } else {
            shown.trim()
        };
        let end = shown.char_indices().nth(MAX_LENGTH).map(|(end, _)| end);
        Self {
            q: shown[..end.unwrap_or(shown.len())].trim_end().to_owned(),
            is_stripped: typed.contains(is_invisible)
                || (shown.is_empty() && !typed.trim().is_empty()),
            is_truncated: end.is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_cut_between_characters() {
        let typed = SearchInput::parse(&"é".repeat(10_000));
        assert_eq!(
            (typed.q.chars().count(), typed.is_truncated),
            (MAX_LENGTH, true)
        );
        assert!(!SearchInput::parse(&"é".repeat(MAX_LENGTH)).is_truncated);
    }

    #[test]
    fn what_cannot_be_seen_is_not_searched_for_and_a_tab_is_a_space() {
        let typed = SearchInput::parse("Ac\0me\tLtd\u{1b}");
        assert_eq!((&*typed.q, typed.is_stripped), ("Acme Ltd", true));
        let typed = SearchInput::parse("\ta\rb");
        assert_eq!((&*typed.q, typed.is_stripped), ("a b", false));
        let typed = SearchInput::parse("\u{200b}\u{3164}");
        assert_eq!((&*typed.q, typed.is_stripped), ("", true));
    }
}
