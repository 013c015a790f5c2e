//! The accounts page: which accounts, in which order, with the counts of its tabs.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::index::{Search, SearchWord};
use super::{Account, load_in_order};
use crate::db::{Db, Error, Result, replace_nul, tags};
use crate::domain::account::AccountStatus;
use crate::domain::account_filter::Criteria;
use crate::domain::ids::AccountId;
use crate::domain::string_enum::string_enum;
use crate::domain::text::{folded, search_words};
use crate::domain::time::Timestamp;

string_enum! {
    /// By what a list of accounts is sorted.
    #[derive(Default)]
    pub enum SortColumn {
        /// By organization name.
        #[default]
        Name = "name";
        /// By e-mail address.
        Email = "email";
        /// By the date of creation; unknown ones last.
        Created = "created";
        /// By channel limit; unknown ones last.
        Limit = "limit";
        /// By status, then by name.
        Status = "status";
        /// By available credit; unknown ones last.
        Balance = "balance";
    }
}

/// A sort with its direction, as addresses write it: `name`, or `-name` for descending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SortOrder {
    /// By what.
    pub by: SortColumn,
    /// The last first.
    pub descending: bool,
}

impl SortOrder {
    /// Reads `name` or `-name`; anything else is no order.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (word, descending) = text
            .strip_prefix('-')
            .map_or((text, false), |word| (word, true));
        let by = SortColumn::ALL
            .into_iter()
            .find(|sort| sort.as_str() == word)?;
        Some(Self { by, descending })
    }

    /// As addresses write it.
    #[must_use]
    pub fn as_text(self) -> String {
        format!(
            "{}{}",
            if self.descending { "-" } else { "" },
            self.by.as_str()
        )
    }
}

/// Which accounts to list, and which page of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListFilter {
    /// Which.
    pub criteria: Criteria,
    /// In this order.
    pub sort: SortOrder,
    /// The page, from 1; the last one where there are fewer.
    pub page: u32,
    /// Rows a page, 1 to 1,000.
    pub per_page: u32,
}

impl Default for ListFilter {
    fn default() -> Self {
        Self {
            criteria: Criteria::default(),
            sort: SortOrder::default(),
            page: 1,
            per_page: 50,
        }
    }
}

/// Number of accounts with a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusCount {
    /// The status.
    pub status: AccountStatus,
    /// Number of accounts with it.
    pub accounts: i64,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountsPage {
    /// The accounts on the page.
    pub rows: Vec<Arc<Account>>,
    /// Which page it is, from 1.
    pub page: u32,
    /// Number of accounts on all pages that the filter and the search match.
    pub total: i64,
    /// Number of accounts by status among those that the filter matches; each status once. Ignores the searched
    /// text and the status that is asked for.
    pub counts: Vec<StatusCount>,
    /// Number of accounts in the directory, without gone ones.
    pub directory_total: i64,
    /// The names of the tags of those rows that have some, by name.
    pub tags: HashMap<AccountId, Vec<String>>,
    /// When the reading of all of Telnyx's lists that it rests on began; none where nothing was read yet.
    pub as_of: Option<Timestamp>,
    /// Why the latest reading changed nothing, in a sentence; empty where it did.
    pub last_error: String,
}

impl AccountsPage {
    /// Returns the number of accounts that the filter matches over all statuses.
    #[must_use]
    pub fn total_of_all_statuses(&self) -> i64 {
        self.counts.iter().map(|count| count.accounts).sum()
    }
}

/// One page of accounts with the counts for the tabs.
pub async fn list(db: &Db, filter: &ListFilter) -> Result<AccountsPage> {
    let wanted = resolve_search(db, &filter.criteria).await?;
    let (mut page, ids, tagged) = db.index().page(db, &wanted, filter).await?;
    let tagged: Vec<AccountId> = tagged.iter().filter_map(|id| id.parse().ok()).collect();
    page.tags = tags::of_accounts(db, &tagged).await?;
    page.rows = load_in_order(db, ids).await?;
    Ok(page)
}

/// Returns the number of accounts by status; each status once, in the pages' order.
pub async fn counts(db: &Db) -> Result<Vec<StatusCount>> {
    db.index().counts(db).await
}

/// Reads what was written since, so that the next list need not.
pub async fn refresh_index(db: &Db) -> Result<()> {
    db.index().counts(db).await.map(drop)
}

/// The ids of all accounts that the criteria let through, in this order.
pub async fn ids(db: &Db, criteria: &Criteria, sort: SortOrder) -> Result<Vec<AccountId>> {
    let wanted = resolve_search(db, criteria).await?;
    let ids = db.index().ids(db, &wanted, sort).await?;
    // The same text goes on: there may be 100,000 of them.
    ids.into_iter()
        .map(|id| id.try_into().map_err(Error::stored))
        .collect()
}

/// The criteria with the tags that they mean.
pub(super) async fn resolve_search<'a>(db: &Db, criteria: &'a Criteria) -> Result<Search<'a>> {
    let filter = &criteria.filter;
    let mut wanted = Search::without_text(criteria);
    wanted.needle = folded(&replace_nul(&filter.q));
    let words = search_words(&wanted.needle);
    if words.is_empty() && filter.tags.is_empty() {
        return Ok(wanted);
    }
    let tags: Vec<(Uuid, String, String)> = on!(db => query_as(
        "SELECT id, name, name_folded FROM tags ORDER BY name_folded LIMIT 10000",
    ).fetch_all);
    let with_tags = |text: String| {
        let tags = tags.iter().filter(|(_, _, folded)| folded.contains(&text));
        SearchWord {
            tags: tags.map(|(id, _, _)| *id).collect(),
            text,
        }
    };
    wanted.words = words.into_iter().map(with_tags).collect();
    let named = |wanted: &String| {
        // Two tags that were made before their names folded to the same are told apart by their exact names.
        let exact = tags.iter().find(|(_, name, _)| name == wanted);
        let folded = folded(&replace_nul(wanted));
        let tag = exact.or_else(|| tags.iter().find(|(_, _, other)| *other == folded));
        tag.map(|(id, _, _)| *id)
    };
    wanted.tags = filter.tags.iter().map(named).collect();
    Ok(wanted)
}
