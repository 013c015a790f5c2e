//! List of accounts: filter, order, pages, and the counts of its tabs.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::index::{Search, SearchWord};
use super::sort_order::{SortColumn, SortOrder};
use super::{Account, load_in_order};
use crate::db::assignees::{self, Assignee};
use crate::db::{Db, Error, Result, replace_nul, tags};
use crate::domain::account::AccountStatus;
use crate::domain::account_filter::Criteria;
use crate::domain::ids::{AccountId, StaffId};
use crate::domain::text::{folded, search_words};
use crate::domain::time::Timestamp;

/// Filter, order and page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListFilter {
    /// Criteria that the accounts must match.
    pub criteria: Criteria,
    /// Order of the accounts.
    pub sort: SortOrder,
    /// Page, from 1. If there are fewer pages, the last one is shown.
    pub page: u32,
    /// Rows per page, 1 to 1,000.
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
    /// Status of the accounts.
    pub status: AccountStatus,
    /// Number of accounts with this status.
    pub accounts: i64,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountsPage {
    /// Accounts on the page.
    pub rows: Vec<Arc<Account>>,
    /// Number of the page, from 1.
    pub page: u32,
    /// Number of accounts on all pages that match the filter and the search.
    pub total: i64,
    /// Number of accounts of each status that match the filter; each status once.
    /// Ignores the searched text, and the status and calls of the filter.
    pub counts: Vec<StatusCount>,
    /// Number of accounts that match the filter and cannot call.
    /// Ignores the searched text, and the status and calls of the filter.
    pub cannot_call: i64,
    /// Number of accounts in the directory, without gone ones.
    pub directory_total: i64,
    /// Names of the tags of each row that has any, sorted by name.
    pub tags: HashMap<AccountId, Vec<String>>,
    /// Account managers of the rows.
    pub assignees: HashMap<StaffId, Assignee>,
    /// Revision of the directory that the rows have at least.
    pub revision: i64,
    /// Start of the complete sweep that the page is based on; `None` before the first.
    pub as_of: Option<Timestamp>,
    /// Sentence that says why the last sweep changed nothing; empty if it succeeded.
    pub last_error: String,
}

impl AccountsPage {
    /// Returns the number of accounts of all statuses that match the filter.
    #[must_use]
    pub fn total_of_all_statuses(&self) -> i64 {
        self.counts.iter().map(|count| count.accounts).sum()
    }
}

/// Returns one page of accounts with the counts for the tabs.
pub async fn list(db: &Db, filter: &ListFilter) -> Result<AccountsPage> {
    let (page, ids, tagged) = find(db, filter).await?;
    let tagged: Vec<AccountId> = tagged.iter().filter_map(|id| id.parse().ok()).collect();
    fill(db, page, ids, &tagged).await
}

/// Returns the page with these accounts as its rows, even if the filter does not match them.
pub async fn list_with_rows(
    db: &Db,
    filter: &ListFilter,
    rows: &[AccountId],
) -> Result<AccountsPage> {
    let (page, _, _) = find(db, filter).await?;
    let ids = rows.iter().map(ToString::to_string).collect();
    fill(db, page, ids, rows).await
}

/// Finds a page without its rows, the IDs of its rows, and those of them that have tags.
async fn find(db: &Db, filter: &ListFilter) -> Result<(AccountsPage, Vec<String>, Vec<String>)> {
    let wanted = resolve_sorted(db, &filter.criteria, filter.sort).await?;
    db.index().page(db, &wanted, filter).await
}

/// Loads the rows of a page, their tags and their account managers.
async fn fill(
    db: &Db,
    mut page: AccountsPage,
    ids: Vec<String>,
    tagged: &[AccountId],
) -> Result<AccountsPage> {
    page.tags = tags::of_accounts(db, tagged).await?;
    page.rows = load_in_order(db, ids).await?;
    let assigned = page.rows.iter().filter_map(|account| account.assignee_id);
    page.assignees = assignees::by_ids(db, assigned).await?;
    Ok(page)
}

/// Returns the number of accounts by status; each status once, in the order of the pages.
pub async fn counts(db: &Db) -> Result<Vec<StatusCount>> {
    db.index().counts(db).await
}

/// Returns the number of accounts in the index, as far as it is read.
#[must_use]
pub fn indexed(db: &Db) -> usize {
    db.index().len()
}

/// Reads recent changes into the index, so that the next list does not have to.
pub async fn refresh_index(db: &Db) -> Result<()> {
    db.index().counts(db).await.map(drop)
}

/// Returns the IDs of all accounts that match the criteria, in this order.
pub async fn ids(db: &Db, criteria: &Criteria, sort: SortOrder) -> Result<Vec<AccountId>> {
    let wanted = resolve_sorted(db, criteria, sort).await?;
    let ids = db.index().ids(db, &wanted, sort).await?;
    // Reuses the strings, because there may be 100,000 of them.
    ids.into_iter()
        .map(|id| id.try_into().map_err(Error::stored))
        .collect()
}

/// Returns a search with the names that accounts are sorted by: those of the staff, or of tags.
async fn resolve_sorted<'a>(
    db: &Db,
    criteria: &'a Criteria,
    sort: SortOrder,
) -> Result<Search<'a>> {
    let mut wanted = resolve_search(db, criteria).await?;
    match sort.by {
        SortColumn::Assignee => {
            let everyone = assignees::all(db).await?.into_iter();
            wanted.staff_by_name = everyone.map(|assignee| assignee.id).collect();
        }
        SortColumn::Tags => {
            let tags = tag_names(db).await?.into_iter();
            wanted.tags_by_name = tags.map(|(id, _, _)| id).collect();
        }
        _ => {}
    }
    Ok(wanted)
}

/// ID, name and folded name of a tag.
pub(super) type TagName = (Uuid, String, String);

/// Returns all tags, by name. At most 10,000.
pub(super) async fn tag_names(db: &Db) -> Result<Vec<TagName>> {
    Ok(on!(db => query_as(
        "SELECT id, name, name_folded FROM tags ORDER BY name_folded LIMIT 10000",
    ).fetch_all))
}

/// Returns a search with the tags that its words and its filter refer to.
pub(super) async fn resolve_search<'a>(db: &Db, criteria: &'a Criteria) -> Result<Search<'a>> {
    let filter = &criteria.filter;
    if search_words(&replace_nul(&filter.q)).is_empty() && filter.tags.is_empty() {
        return Ok(resolve_search_with(criteria, &[]));
    }
    Ok(resolve_search_with(criteria, &tag_names(db).await?))
}

/// Returns a search with those of all `tags` that its words and its filter refer to.
pub(super) fn resolve_search_with<'a>(criteria: &'a Criteria, tags: &[TagName]) -> Search<'a> {
    let filter = &criteria.filter;
    let mut wanted = Search::without_text(criteria);
    let words = search_words(&replace_nul(&filter.q));
    let with_tags = |text: String| {
        let tags = tags.iter().filter(|(_, _, folded)| folded.contains(&text));
        SearchWord {
            tags: tags.map(|(id, _, _)| *id).collect(),
            text,
        }
    };
    wanted.words = words.into_iter().map(with_tags).collect();
    let named = |wanted: &String| {
        // Old tags may have different names that now fold to the same text. The exact name decides.
        let exact = tags.iter().find(|(_, name, _)| name == wanted);
        let folded = folded(&replace_nul(wanted));
        let tag = exact.or_else(|| tags.iter().find(|(_, _, other)| *other == folded));
        tag.map(|(id, _, _)| *id)
    };
    wanted.tags = filter.tags.iter().map(named).collect();
    wanted
}
