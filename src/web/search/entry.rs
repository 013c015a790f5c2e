//! Result of a search: what it shows, where it leads, and how well it matches.

use crate::domain::account::AccountStatus;
use crate::domain::text::{MarkedPart, MatchRank, TextSearch, folded};
use crate::web::paths;

/// Maximum length of a text that a result shows, in characters. It bounds the size of the answer.
const MAX_TEXT: usize = 90;

/// Group of results of one kind.
pub(super) struct Group {
    pub title: &'static str,
    pub entries: Vec<Entry>,
}

impl Group {
    pub const fn new(title: &'static str, entries: Vec<Entry>) -> Self {
        Self { title, entries }
    }

    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns how well its best result matches.
    pub fn best_rank(&self) -> MatchRank {
        let ranks = self.entries.iter().map(|entry| entry.rank);
        ranks.min().unwrap_or(MatchRank::Fuzzy)
    }

    /// Returns the key of its title, for an ID.
    pub fn key(&self) -> String {
        self.title.to_lowercase().replace(' ', "-")
    }
}

/// Effect of choosing a result.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// Opens a page.
    Page(String),
    /// Opens a form, as a dialog where there are scripts.
    Dialog(String),
    /// Signs out.
    SignOut,
}

impl Target {
    /// Returns the list of accounts with this search.
    pub fn list(q: &str) -> Self {
        Self::Page(paths::with_query("/accounts", [("q", q)]))
    }

    /// Returns the address that it opens.
    pub fn href(&self) -> &str {
        match self {
            Self::Page(href) | Self::Dialog(href) => href,
            Self::SignOut => "/logout",
        }
    }

    pub const fn is_dialog(&self) -> bool {
        matches!(self, Self::Dialog(_))
    }

    pub const fn is_sign_out(&self) -> bool {
        matches!(self, Self::SignOut)
    }
}

/// One result.
pub(super) struct Entry {
    pub icon: &'static str,
    pub title: Vec<MarkedPart>,
    pub detail: Vec<MarkedPart>,
    /// Name of another field that matches, and its value; empty if title and detail show it all.
    pub why: Vec<(&'static str, Vec<MarkedPart>)>,
    pub status: Option<AccountStatus>,
    pub target: Target,
    pub rank: MatchRank,
}

impl Entry {
    /// Returns an entry without marks.
    pub fn plain(icon: &'static str, title: &str, target: Target) -> Self {
        Self {
            icon,
            title: MarkedPart::plain(&shortened(title)),
            detail: Vec::new(),
            why: Vec::new(),
            status: None,
            target,
            rank: MatchRank::Exact,
        }
    }

    /// Returns the entry with a second line.
    pub fn with_detail(mut self, detail: &str) -> Self {
        if !detail.is_empty() {
            self.detail = MarkedPart::plain(&shortened(detail));
        }
        self
    }

    /// Returns the entry with marks, and with its rank, if its texts or `keywords` match.
    pub fn matched(
        self,
        title: &str,
        detail: &str,
        keywords: &str,
        text: &mut TextSearch,
    ) -> Option<Self> {
        let folded = [title, detail, keywords].map(folded);
        let (rank, _) = text.rank_fuzzy(&folded.each_ref().map(String::as_str))?;
        Some(self.marked(title, detail, keywords, rank, text))
    }

    /// Returns the entry with marks on what was typed.
    pub fn marked(
        mut self,
        title: &str,
        detail: &str,
        keywords: &str,
        rank: MatchRank,
        text: &mut TextSearch,
    ) -> Self {
        let fuzzy = rank == MatchRank::Fuzzy;
        let (title, in_title) = text.mark(&shortened(title), fuzzy);
        let (detail, in_detail) = text.mark(&shortened(detail), fuzzy);
        let mut shown = in_title.iter().zip(&in_detail);
        if !keywords.is_empty() && !shown.all(|(title, detail)| *title || *detail) {
            let (keywords, _) = text.mark(keywords, fuzzy);
            self.why.push(("Also", keywords));
        }
        self.title = title;
        self.detail = detail;
        self.rank = rank;
        self
    }
}

/// Returns a text, cut to the maximum length.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}\u{2026}", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// Returns the `most` entries that match best. Equal ones keep their order.
pub(super) fn best(mut entries: Vec<Entry>, most: usize) -> Vec<Entry> {
    entries.sort_by_key(|entry| entry.rank);
    entries.truncate(most);
    entries
}
