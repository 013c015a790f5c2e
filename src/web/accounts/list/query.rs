//! What an address of the list asks for. Whatever it says, there is a sensible list; what was ignored is told in words.

use url::form_urlencoded;

use super::filter_params;
use crate::db::accounts::{ListFilter, SortColumn, SortOrder};
use crate::domain::account::AccountStatus;
use crate::domain::account_filter::{AccountFilter, FilterContext};
use crate::domain::ids::AccountId;
use crate::domain::number::{self, InvalidNumber};
use crate::web::paths;
use crate::web::search::{self, SearchText, quote_shortened};

/// Rows a page that can be chosen.
pub(super) const PAGE_SIZES: [u32; 3] = [25, 50, 100];
const DEFAULT_PAGE_SIZE: u32 = 50;
/// Shorter ones are words that somebody types, not ids that were pasted, in characters.
const MIN_ID_LENGTH: usize = 16;
/// How many sentences about what was ignored stand on a page.
const MAX_IGNORED: usize = 5;

/// The list that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::web::accounts) struct AccountsQuery {
    /// Which accounts; the search is trimmed.
    pub filter: AccountFilter,
    /// The order.
    pub sort: SortOrder,
    /// From 1.
    pub page: u32,
    /// Rows a page.
    pub page_size: u32,
    /// All accounts are meant, said so that no default view takes their place.
    pub skips_default_view: bool,
    /// The ticks of this page are set: without scripts nothing else sets them all.
    pub select_page: bool,
    /// What was ignored or changed, a sentence each.
    pub ignored: Vec<String>,
}

impl Default for AccountsQuery {
    fn default() -> Self {
        Self {
            filter: AccountFilter::default(),
            sort: SortOrder::default(),
            page: 1,
            page_size: DEFAULT_PAGE_SIZE,
            skips_default_view: false,
            select_page: false,
            ignored: Vec::new(),
        }
    }
}

/// What is searched for in a query; of a name that comes twice the last counts.
pub(in crate::web::accounts) fn parse_search(raw: &str) -> SearchText {
    let typed = form_urlencoded::parse(raw.as_bytes())
        .filter(|(key, _)| key == "q")
        .last();
    typed
        .map(|(_, value)| SearchText::parse(&value))
        .unwrap_or_default()
}

impl AccountsQuery {
    /// Reads the query of an address; of a name that comes twice the last counts, except of tags.
    pub fn parse(raw: &str) -> Self {
        let mut query = Self::default();
        let typed = parse_search(raw);
        if typed.is_stripped {
            query.ignore("Characters that cannot be seen were not searched for.".to_owned());
        }
        if typed.is_truncated {
            query.ignore(format!(
                "Only the first {} characters were searched for.",
                search::MAX_LENGTH
            ));
        }
        query.filter.q = typed.q;
        for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
            let value = value.trim();
            if !value.is_empty() && name != "q" {
                query.parse_param(&name, value);
            }
        }
        if let Some(sentence) = filter_params::drop_reversed_dates(&mut query.filter) {
            query.ignore(sentence);
        }
        query
    }

    /// Reads what stands after the `?` of a path of the list.
    pub fn from_path(path: &str) -> Self {
        Self::parse(path.split_once('?').map_or("", |(_, query)| query))
    }

    fn parse_param(&mut self, name: &str, value: &str) {
        match name {
            "sort" => match SortOrder::parse(value) {
                Some(order) => self.sort = order,
                None => self.ignore(format!(
                    "Accounts are not sorted by {}: this is by name.",
                    quote_shortened(value)
                )),
            },
            "per" => match number::parse_whole(value)
                .ok()
                .and_then(|per| PAGE_SIZES.into_iter().find(|rows| u64::from(*rows) == per))
            {
                Some(per) => self.page_size = per,
                None => self.ignore(format!(
                    "A page has 25, 50 or 100 rows, not {}.",
                    quote_shortened(value)
                )),
            },
            "select" if value == "page" => self.select_page = true,
            "page" => match number::parse_whole(value) {
                Ok(page) if page > 0 => self.page = u32::try_from(page).unwrap_or(u32::MAX),
                // However large the number: the last page is the nearest.
                Err(InvalidNumber::TooLarge) => self.page = u32::MAX,
                _ => self.ignore(format!(
                    "There is no page {}: this is the first.",
                    quote_shortened(value)
                )),
            },
            _ => match filter_params::parse_param(&mut self.filter, name, value) {
                Some(Ok(())) => self.skips_default_view |= name == "status" && value == "all",
                Some(Err(sentence)) => self.ignore(sentence),
                None => self.ignore(format!(
                    "There is no filter {}: it was ignored.",
                    quote_shortened(name)
                )),
            },
        }
    }

    fn ignore(&mut self, sentence: String) {
        if self.ignored.len() < MAX_IGNORED {
            self.ignored.push(sentence);
        }
    }

    /// As the directory takes it.
    pub fn list_filter(&self, frame: FilterContext<'_>) -> ListFilter {
        ListFilter {
            criteria: self.filter.criteria(frame),
            sort: self.sort,
            page: self.page,
            per_page: self.page_size,
        }
    }

    /// Goes back to the last page where there are fewer; whether it did.
    pub fn clamp_page(&mut self, total: i64) -> bool {
        let last =
            u32::try_from((total - 1).max(0) / i64::from(self.page_size) + 1).unwrap_or(u32::MAX);
        if self.page <= last {
            return false;
        }
        self.page = last;
        self.ignore(format!(
            "There are not so many pages: this is the last, page {last}."
        ));
        true
    }

    /// The search where it can be nothing but a whole id that somebody pasted.
    pub fn pasted_id(&self) -> Option<AccountId> {
        let q = &self.filter.q;
        let telling = q.len() >= MIN_ID_LENGTH && q.chars().any(|c| c.is_ascii_digit());
        telling.then(|| q.parse().ok()).flatten()
    }

    /// The address of this list, without what goes without saying.
    pub fn href(&self) -> String {
        self.href_at("/accounts")
    }

    /// The same query at another address.
    pub fn href_at(&self, path: &str) -> String {
        let pairs = self.to_params();
        paths::with_query(
            path,
            pairs.iter().map(|(name, value)| (*name, value.as_str())),
        )
    }

    /// The query as addresses write it.
    pub fn to_params(&self) -> Vec<(&'static str, String)> {
        let mut pairs = filter_params::to_params(&self.filter);
        if self.sort != SortOrder::default() {
            pairs.push(("sort", self.sort.as_text()));
        }
        if self.page != 1 {
            pairs.push(("page", self.page.to_string()));
        }
        if self.page_size != DEFAULT_PAGE_SIZE {
            pairs.push(("per", self.page_size.to_string()));
        }
        pairs.retain(|(_, value)| !value.is_empty());
        if self.skips_default_view && pairs.is_empty() {
            pairs.push(("status", "all".to_owned()));
        }
        pairs
    }

    /// What a form keeps beside the search that is typed into it; it begins at the first page.
    pub fn search_form_fields(&self) -> Vec<(&'static str, String)> {
        let mut pairs = self.at_page(1).to_params();
        pairs.retain(|(name, _)| *name != "q");
        pairs
    }

    /// What a form keeps beside the order that is chosen in it.
    pub fn sort_form_fields(&self) -> Vec<(&'static str, String)> {
        let mut pairs = self.at_page(1).to_params();
        pairs.retain(|(name, _)| *name != "sort");
        pairs
    }

    /// The address of this page with all its ticks set, or with none.
    pub fn select_page_href(&self, on: bool) -> String {
        let mut pairs = self.to_params();
        pairs.extend(on.then(|| ("select", "page".to_owned())));
        paths::with_query(
            "/accounts",
            pairs.iter().map(|(name, value)| (*name, value.as_str())),
        )
    }

    /// What a form keeps beside the filters that are chosen in it, of which the status is always one.
    pub fn filter_form_fields(&self) -> Vec<(&'static str, String)> {
        let mut pairs = self.to_params();
        pairs.retain(|(name, _)| *name != "status");
        pairs
    }

    /// With other filters.
    pub fn with_filter(&self, filter: AccountFilter) -> Self {
        Self {
            filter,
            ..self.at_page(1)
        }
    }

    /// On another tab.
    pub fn with_status(&self, status: Option<AccountStatus>) -> Self {
        self.with_filter(AccountFilter {
            status,
            ..self.filter.clone()
        })
    }

    /// With so many rows a page.
    pub fn with_page_size(&self, per: u32) -> Self {
        Self {
            page_size: per,
            ..self.at_page(1)
        }
    }

    /// On another page.
    pub fn at_page(&self, page: u32) -> Self {
        Self {
            page,
            ..self.clone()
        }
    }

    /// Sorted by this; the other way round where it is already.
    pub fn sorted_by(&self, by: SortColumn) -> Self {
        let descending = self.sort.by == by && !self.sort.descending;
        Self {
            sort: SortOrder { by, descending },
            ..self.at_page(1)
        }
    }
}

#[cfg(test)]
mod tests;
