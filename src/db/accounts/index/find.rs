//! Going through the shelf with a filter and a search: which accounts, in which order, how many of each status.

use memchr::memmem::Finder;
use uuid::Uuid;

use super::order::Key;
use super::shelf::{Entry, Shelf, Slot, place};
use crate::domain::account_filter::Criteria;

/// What somebody searches for, and the tags that the search or the filter means.
pub(in crate::db::accounts) struct Wanted<'a> {
    /// The filter.
    pub criteria: &'a Criteria,
    /// The search, folded; empty for all.
    pub needle: String,
    /// The tags whose names the search finds.
    pub needle_tags: Vec<Uuid>,
    /// The tags that an account must have all of; none of them where one does not exist.
    pub tags: Option<Vec<Uuid>>,
}

impl<'a> Wanted<'a> {
    /// A filter without search and tags.
    pub fn all(criteria: &'a Criteria) -> Self {
        Self {
            criteria,
            needle: String::new(),
            needle_tags: Vec::new(),
            tags: Some(Vec::new()),
        }
    }
}

/// The accounts that were found, a bit for each place on the shelf.
pub(super) struct Found {
    bits: Vec<u64>,
    /// How many.
    pub total: i64,
    /// How many of each status the filter takes, whatever is searched for, in the order of the statuses.
    pub counts: [i64; 5],
}

impl Found {
    pub fn has(&self, slot: Slot) -> bool {
        self.bits[slot as usize / 64] >> (slot % 64) & 1 == 1
    }
}

/// A search made ready.
pub(super) struct Search<'a> {
    finder: Option<Finder<'a>>,
    tags: Vec<u32>,
}

impl<'a> Search<'a> {
    pub fn new(accounts: &Shelf, needle: &'a str, tags: &[Uuid]) -> Self {
        Self {
            finder: (!needle.is_empty()).then(|| Finder::new(needle)),
            tags: numbers(accounts, tags),
        }
    }

    pub fn finds(&self, accounts: &Shelf, entry: &Entry) -> bool {
        let Some(finder) = &self.finder else { return true };
        finder.find(accounts.searched(entry).as_bytes()).is_some()
            || entry
                .notes
                .as_ref()
                .is_some_and(|notes| finder.find(notes.as_bytes()).is_some())
            || entry.tags.iter().any(|tag| self.tags.contains(tag))
    }
}

fn numbers(accounts: &Shelf, tags: &[Uuid]) -> Vec<u32> {
    let number = |tag| accounts.tags.iter().position(|other| other == tag);
    let numbers = tags.iter().filter_map(number);
    numbers.filter_map(|number| u32::try_from(number).ok()).collect()
}

impl Shelf {
    /// What is found of all accounts.
    pub fn found(&self, wanted: &Wanted<'_>) -> Found {
        let mut found = Found {
            bits: vec![0; self.entries.len().div_ceil(64)],
            total: 0,
            counts: [0; 5],
        };
        // A tag that no account has finds none.
        let needed = match &wanted.tags {
            Some(tags) => Some(numbers(self, tags)).filter(|numbers| numbers.len() == tags.len()),
            None => None,
        };
        let Some(needed) = needed else { return found };
        let search = Search::new(self, &wanted.needle, &wanted.needle_tags);
        let status = wanted.criteria.filter.status;
        for (at, entry) in self.entries.iter().enumerate() {
            if entry.gone || !needed.iter().all(|tag| entry.tags.contains(tag)) {
                continue;
            }
            let looks = self.looks(entry);
            if !wanted.criteria.takes_but_status(&looks) {
                continue;
            }
            found.counts[place(looks.status)] += 1;
            if status.is_none_or(|status| status == looks.status) && search.finds(self, entry) {
                found.bits[at / 64] |= 1 << (at % 64);
                found.total += 1;
            }
        }
        found
    }

    /// The ids of one page. Where nothing is filtered or searched for, nothing is gone through.
    pub fn page(&self, found: Option<&Found>, order: (Key, bool), skip: usize, take: usize) -> Vec<String> {
        let (key, descending) = order;
        let walk = self.orders.walk(self, key, descending);
        let ids = |slots: &mut dyn Iterator<Item = Slot>| slots.map(|slot| self.id(slot).to_owned()).collect();
        match found {
            None => ids(&mut walk.skip(skip).take(take)),
            Some(found) => ids(&mut walk.filter(|slot| found.has(*slot)).skip(skip).take(take)),
        }
    }
}
