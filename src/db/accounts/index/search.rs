//! Finds the accounts that match a filter and a search.
//! Also sorts them, and counts them by status.

use fixedbitset::FixedBitSet;
use memchr::memmem::Finder;
use uuid::Uuid;

use super::columns::{Columns, status_index, verdict_index};
use super::row::{RowId, to_u32};
use super::sort_orders::sort_key;
use crate::db::accounts::SortOrder;
use crate::domain::account_filter::Criteria;
use crate::domain::call_verdict::CallVerdict;
use crate::domain::ids::StaffId;

/// Search, with the tags that its words and its filter refer to.
pub(in crate::db::accounts) struct Search<'a> {
    /// Filter of the list.
    pub criteria: &'a Criteria,
    /// Words of the searched text, all of which must match; empty to find all accounts.
    pub words: Vec<SearchWord>,
    /// Tags that an account must all have; `None` if one of them does not exist.
    pub tags: Option<Vec<Uuid>>,
    /// All staff by name, if accounts are sorted by account manager; otherwise empty.
    pub staff_by_name: Vec<StaffId>,
    /// All tags by name, if accounts are sorted by tag; otherwise empty.
    pub tags_by_name: Vec<Uuid>,
}

/// Word of a search.
pub(in crate::db::accounts) struct SearchWord {
    /// Folded text, never empty.
    pub text: String,
    /// Tags whose name contains the word.
    pub tags: Vec<Uuid>,
}

impl<'a> Search<'a> {
    /// Returns a search that has only a filter, without text and tags.
    pub fn without_text(criteria: &'a Criteria) -> Self {
        Self {
            criteria,
            words: Vec::new(),
            tags: Some(Vec::new()),
            staff_by_name: Vec::new(),
            tags_by_name: Vec::new(),
        }
    }
}

/// Accounts that a search found.
pub(super) struct Matches {
    rows: FixedBitSet,
    /// Number of accounts of each status that match the filter, in the statuses' order.
    /// Ignores the searched text, and the filter's status and calls.
    pub counts: [i64; 5],
    /// Number of accounts that cannot call. Ignores the same.
    pub cannot_call: i64,
}

impl Matches {
    pub fn contains(&self, slot: RowId) -> bool {
        self.rows.contains(slot as usize)
    }

    /// Keeps the accounts that pass the test.
    pub fn retain(&mut self, takes: impl Fn(RowId) -> bool) {
        self.rows = self.rows.ones().filter(|at| takes(to_u32(*at))).collect();
    }

    pub fn row_ids(&self) -> impl Iterator<Item = RowId> {
        self.rows.ones().map(to_u32)
    }

    /// Returns the number of accounts found.
    pub fn total(&self) -> i64 {
        to_i64(self.rows.count_ones(..))
    }
}

fn to_i64(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Columns {
    /// Searches all accounts.
    pub fn search(&self, wanted: &Search<'_>) -> Matches {
        let mut places = self.filtered_rows(wanted);
        let counts = self
            .by_status
            .each_ref()
            .map(|status| to_i64(places.intersection_count(status)));
        let cannot_call = &self.by_verdict[verdict_index(CallVerdict::Cannot)];
        let cannot_call = to_i64(places.intersection_count(cannot_call));
        if let Some(status) = wanted.criteria.filter.status {
            places.intersect_with(&self.by_status[status_index(status)]);
        }
        if let Some(verdict) = wanted.criteria.filter.calls {
            places.intersect_with(&self.by_verdict[verdict_index(verdict)]);
        }
        if let Some(searched) = self.rows_with_all_words(wanted) {
            places.intersect_with(&searched);
        }
        Matches {
            rows: places,
            counts,
            cannot_call,
        }
    }

    /// Returns all accounts except gone ones.
    fn live_rows(&self) -> FixedBitSet {
        let mut all = FixedBitSet::with_capacity(self.len());
        for status in &self.by_status {
            all.union_with(status);
        }
        all
    }

    /// Returns the accounts that match the filter, except for its status and calls.
    fn filtered_rows(&self, wanted: &Search<'_>) -> FixedBitSet {
        // No account has a tag that does not exist.
        let Some(tags) = &wanted.tags else {
            return FixedBitSet::with_capacity(self.len());
        };
        let mut passing = self.live_rows();
        if !tags.is_empty() {
            let tagged = self
                .tags
                .iter()
                .filter(|(_, of)| tags.iter().all(|tag| of.contains(tag)));
            passing.intersect_with(&tagged.map(|(slot, _)| *slot as usize).collect());
        }
        self.filters
            .retain(&mut passing, wanted.criteria, self.swept_at);
        if let Some(assignee) = wanted.criteria.assignee {
            self.assignees.retain(&mut passing, assignee);
        }
        passing
    }

    /// Returns the accounts that contain every word of the search, including gone ones.
    /// Returns `None` if there are no words, which means all accounts.
    fn rows_with_all_words(&self, wanted: &Search<'_>) -> Option<FixedBitSet> {
        let mut searched: Option<FixedBitSet> = None;
        for word in &wanted.words {
            let mut found = self.rows_with_text(&word.text);
            self.add_annotation_matches(word, &mut found);
            match &mut searched {
                Some(searched) => searched.intersect_with(&found),
                None => searched = Some(found),
            }
        }
        searched
    }

    /// Returns the accounts whose name, email, other text or ID contains the word.
    pub fn rows_with_text(&self, word: &str) -> FixedBitSet {
        let mut found = FixedBitSet::with_capacity(self.len());
        self.texts.search(word, &mut found);
        self.ids.search(word, &mut found);
        found
    }

    /// Adds the accounts whose tags or notes contain the word.
    fn add_annotation_matches(&self, word: &SearchWord, found: &mut FixedBitSet) {
        if !word.tags.is_empty() {
            let tagged = self
                .tags
                .keys()
                .filter(|slot| self.matching_tags(**slot, word).next().is_some());
            found.extend(tagged.map(|slot| *slot as usize));
        }
        if !self.notes.is_empty() {
            let finder = Finder::new(&word.text);
            let noted = self.notes.iter();
            let noted = noted.filter(|(_, notes)| finder.find(notes.as_bytes()).is_some());
            found.extend(noted.map(|(slot, _)| *slot as usize));
        }
    }

    /// Returns the account's tags whose name contains the word.
    pub fn matching_tags(&self, slot: RowId, word: &SearchWord) -> impl Iterator<Item = Uuid> {
        let tags = self.tags.get(&slot).into_iter().flatten();
        tags.copied().filter(|tag| word.tags.contains(tag))
    }

    /// Returns the IDs on one page of the matches, or of all accounts.
    /// Without a filter or search, skips directly to the page. Otherwise walks from the nearer end.
    pub fn page(
        &self,
        wanted: &Search<'_>,
        found: Option<&Matches>,
        sort: SortOrder,
        (skip, take): (usize, usize),
    ) -> Vec<String> {
        let total = found.map_or_else(|| self.live_count(), Matches::total);
        let total = usize::try_from(total).unwrap_or_default();
        let cut = PageSlice {
            found,
            skip,
            take,
            total,
        };
        let made;
        let (key, descending) = sort_key(sort);
        let (known, unknown) = if let Some(key) = key {
            self.sort_orders.split_nulls(self, key)
        } else {
            made = self.sorted_on_demand(sort.by, wanted);
            (&made.0[..], &made.1[..])
        };
        let slots = if descending {
            cut.row_ids(known.iter().rev().chain(unknown.iter().rev()))
        } else {
            cut.row_ids(known.iter().chain(unknown))
        };
        slots
            .into_iter()
            .map(|slot| self.id(slot).to_owned())
            .collect()
    }
}

/// Page to cut out of a sorted order.
struct PageSlice<'a> {
    found: Option<&'a Matches>,
    skip: usize,
    take: usize,
    total: usize,
}

impl PageSlice<'_> {
    fn row_ids<'a>(&self, order: impl DoubleEndedIterator<Item = &'a RowId>) -> Vec<RowId> {
        match self.found {
            None => self.slice(order),
            Some(found) => self.slice(order.filter(|slot| found.contains(**slot))),
        }
    }

    fn slice<'a>(&self, order: impl DoubleEndedIterator<Item = &'a RowId>) -> Vec<RowId> {
        let after = self.total.saturating_sub(self.skip);
        let take = self.take.min(after);
        if self.skip <= after {
            return order.skip(self.skip).take(take).copied().collect();
        }
        let mut last: Vec<RowId> = order.rev().skip(after - take).take(take).copied().collect();
        last.reverse();
        last
    }
}
