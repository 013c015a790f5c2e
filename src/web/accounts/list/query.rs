//! What an address of the list asks for. Whatever it says, there is a sensible list; what was ignored is told in words.

use url::form_urlencoded;

use crate::db::accounts::{ListFilter, Order, Sort};
use crate::domain::account::AccountStatus;
use crate::domain::account_filter::AccountFilter;
use crate::domain::ids::AccountId;
use crate::web::paths;

/// Rows a page that can be chosen.
pub(super) const PER: [u32; 3] = [25, 50, 100];
const USUAL_PER: u32 = 50;
/// The longest search, in characters; ids have 36, names of organizations seldom more.
const LONGEST_SEARCH: usize = 200;
/// Shorter ones are words that somebody types, not ids that were pasted, in characters.
const SHORTEST_ID: usize = 16;

/// The list that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::web::accounts) struct Query {
    /// What is searched for, trimmed.
    pub q: String,
    /// The tab.
    pub status: Option<AccountStatus>,
    /// The order.
    pub sort: Order,
    /// From 1.
    pub page: u32,
    /// Rows a page.
    pub per: u32,
    /// What was ignored or changed, a sentence each.
    pub ignored: Vec<String>,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            q: String::new(),
            status: None,
            sort: Order::default(),
            page: 1,
            per: USUAL_PER,
            ignored: Vec::new(),
        }
    }
}

/// What is searched for in a query, and whether it was cut short.
pub(in crate::web::accounts) fn search_of(raw: &str) -> (String, bool) {
    let typed = last(raw, "q").unwrap_or_default();
    let typed = typed.trim();
    match typed.char_indices().nth(LONGEST_SEARCH) {
        None => (typed.to_owned(), false),
        Some((end, _)) => (typed[..end].trim_end().to_owned(), true),
    }
}

fn last(raw: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(raw.as_bytes())
        .filter(|(key, _)| key == name)
        .last()
        .map(|(_, value)| value.into_owned())
}

impl Query {
    /// Reads the query of an address.
    pub fn parse(raw: &str) -> Self {
        let given = |name| {
            last(raw, name)
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        let mut query = Self::default();
        let (q, cut) = search_of(raw);
        query.q = q;
        if cut {
            query.ignore(format!("Only the first {LONGEST_SEARCH} characters were searched for."));
        }
        if let Some(status) = given("status").filter(|status| status != "all") {
            match status.to_lowercase().parse() {
                Ok(status) => query.status = Some(status),
                Err(_) => query.ignore(format!("There is no status {}: all are shown.", brief(&status))),
            }
        }
        if let Some(sort) = given("sort") {
            match Order::parse(&sort) {
                Some(order) => query.sort = order,
                None => query.ignore(format!("Accounts are not sorted by {}: this is by name.", brief(&sort))),
            }
        }
        if let Some(per) = given("per") {
            match per.parse().ok().filter(|per| PER.contains(per)) {
                Some(per) => query.per = per,
                None => query.ignore(format!("A page has 25, 50 or 100 rows, not {}.", brief(&per))),
            }
        }
        if let Some(page) = given("page") {
            let digits = page.chars().all(|c| c.is_ascii_digit());
            match page.parse::<u32>() {
                Ok(page) if page > 0 => query.page = page,
                // However large the number: the last page is the nearest.
                Err(_) if digits => query.page = u32::MAX,
                _ => query.ignore(format!("There is no page {}: this is the first.", brief(&page))),
            }
        }
        query
    }

    fn ignore(&mut self, sentence: String) {
        self.ignored.push(sentence);
    }

    /// As the directory takes it.
    pub fn filter(&self) -> ListFilter {
        ListFilter {
            criteria: AccountFilter {
                status: self.status,
                ..AccountFilter::searching(&self.q)
            }
            .into(),
            sort: self.sort,
            page: self.page,
            per: self.per,
        }
    }

    /// Goes back to the last page where there are fewer; whether it did.
    pub fn keep_within(&mut self, total: i64) -> bool {
        let last = u32::try_from((total - 1).max(0) / i64::from(self.per) + 1).unwrap_or(u32::MAX);
        if self.page <= last {
            return false;
        }
        self.page = last;
        self.ignore(format!("There are not so many pages: this is the last, page {last}."));
        true
    }

    /// The search where it can be nothing but a whole id that somebody pasted.
    pub fn pasted_id(&self) -> Option<AccountId> {
        let telling = self.q.len() >= SHORTEST_ID && self.q.chars().any(|c| c.is_ascii_digit());
        telling.then(|| self.q.parse().ok()).flatten()
    }

    /// The address of this list, without what goes without saying.
    pub fn href(&self) -> String {
        let page = if self.page == 1 {
            String::new()
        } else {
            self.page.to_string()
        };
        paths::with_query(
            "/accounts",
            [
                ("q", self.q.as_str()),
                ("status", self.status_text()),
                ("sort", &self.sort_text()),
                ("page", &page),
                ("per", &self.per_text()),
            ],
        )
    }

    /// Rows a page as addresses say it; empty for the usual number.
    pub fn per_text(&self) -> String {
        if self.per == USUAL_PER {
            String::new()
        } else {
            self.per.to_string()
        }
    }

    /// The order as addresses say it; empty for the usual one.
    pub fn sort_text(&self) -> String {
        if self.sort == Order::default() {
            String::new()
        } else {
            self.sort.as_text()
        }
    }

    /// The status as addresses say it; empty for all.
    pub fn status_text(&self) -> &'static str {
        self.status.map_or("", AccountStatus::as_str)
    }

    /// With another search.
    pub fn with_q(&self, q: &str) -> Self {
        Self {
            q: q.to_owned(),
            ..self.at_page(1)
        }
    }

    /// On another tab.
    pub fn with_status(&self, status: Option<AccountStatus>) -> Self {
        Self {
            status,
            ..self.at_page(1)
        }
    }

    /// With so many rows a page.
    pub fn with_per(&self, per: u32) -> Self {
        Self { per, ..self.at_page(1) }
    }

    /// On another page.
    pub fn at_page(&self, page: u32) -> Self {
        Self { page, ..self.clone() }
    }

    /// Sorted by this; the other way round where it is already.
    pub fn sorted_by(&self, by: Sort) -> Self {
        let descending = self.sort.by == by && !self.sort.descending;
        Self {
            sort: Order { by, descending },
            ..self.at_page(1)
        }
    }
}

/// What somebody typed, in quotes and short enough for a sentence.
fn brief(text: &str) -> String {
    match text.char_indices().nth(30) {
        None => format!("\u{201c}{text}\u{201d}"),
        Some((end, _)) => format!("\u{201c}{}\u{2026}\u{201d}", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_written_without_what_goes_without_saying() {
        let full = "q=acme+%26+co&status=disabled&sort=-created&page=3&per=25";
        for (raw, href) in [
            ("", "/accounts".to_owned()),
            ("q=&status=&sort=name&page=1&per=50", "/accounts".to_owned()),
            (full, format!("/accounts?{full}")),
            ("q=a&q=b", "/accounts?q=b".to_owned()),
        ] {
            let query = Query::parse(raw);
            assert_eq!(query.href(), href, "{raw}");
            assert_eq!(query.ignored, Vec::<String>::new(), "{raw}");
        }
    }

    #[test]
    fn what_cannot_be_is_ignored_in_words() {
        for raw in [
            "status=gone",
            "sort=size",
            "sort=--name",
            "per=0",
            "per=1000000",
            "page=0",
            "page=-1",
            "page=two",
        ] {
            let query = Query::parse(raw);
            assert_eq!(query.ignored.len(), 1, "{raw}");
            assert_eq!(
                Query {
                    ignored: Vec::new(),
                    ..query
                },
                Query::default(),
                "{raw}"
            );
        }
        assert!(Query::parse(&format!("status={}", "x".repeat(9_000))).ignored[0].len() < 120);
    }

    #[test]
    fn a_page_beyond_the_last_is_the_last() {
        let mut query = Query::parse("page=1000000000000&per=25");
        assert!(query.keep_within(51));
        assert_eq!(query.page, 3);
        assert!(!query.keep_within(51));
        let mut empty = Query::parse("page=2");
        assert!(empty.keep_within(0));
        assert_eq!(empty.page, 1);
    }

    #[test]
    fn a_search_is_cut_between_characters() {
        let (q, cut) = search_of(&format!("q={}", "é".repeat(10_000)));
        assert_eq!((q.chars().count(), cut), (200, true));
    }

    #[test]
    fn another_sort_tab_or_number_of_rows_begins_at_the_first_page() {
        let query = Query::parse("q=a&page=4&sort=-limit");
        assert_eq!(query.sorted_by(Sort::Limit).href(), "/accounts?q=a&sort=limit");
        assert_eq!(query.sorted_by(Sort::Email).href(), "/accounts?q=a&sort=email");
        assert_eq!(query.with_per(100).href(), "/accounts?q=a&sort=-limit&per=100");
        assert_eq!(query.at_page(5).href(), "/accounts?q=a&sort=-limit&page=5");
    }

    #[test]
    fn a_whole_id_is_told_from_words() {
        assert!(
            Query::parse("q=4f1c2b7e-55aa-4a3e-8d1f-0b7f3d6c9a2e")
                .pasted_id()
                .is_some()
        );
        assert!(Query::parse("q=internationalization").pasted_id().is_none());
        assert!(Query::parse("q=acme-1").pasted_id().is_none());
    }
}
