//! Going through the shelf with a filter and a search: which accounts, in which order, how many of each status.

use fixedbitset::FixedBitSet;
use memchr::memmem::Finder;
use uuid::Uuid;

use super::order::Key;
use super::shelf::{Shelf, Slot, place, size};
use crate::domain::account_filter::Criteria;

/// A search, with the tags that the search or the filter means.
pub(in crate::db::accounts) struct Wanted<'a> {
    /// The filter.
    pub criteria: &'a Criteria,
    /// The search, folded; empty for all.
    pub needle: String,
    /// Its words, each of which must be found; none for all.
    pub words: Vec<Word>,
    /// The tags that an account must have all of; none of them where one does not exist.
    pub tags: Option<Vec<Uuid>>,
}

/// A word of a search.
pub(in crate::db::accounts) struct Word {
    /// Folded, not empty.
    pub text: String,
    /// The tags in whose names it is found.
    pub tags: Vec<Uuid>,
}

impl<'a> Wanted<'a> {
    /// A filter without search and tags.
    pub fn all(criteria: &'a Criteria) -> Self {
        Self {
            criteria,
            needle: String::new(),
            words: Vec::new(),
            tags: Some(Vec::new()),
        }
    }
}

/// The accounts that were found.
pub(super) struct Found {
    places: FixedBitSet,
    /// How many of each status the filter takes, whatever is searched for, in the order of the statuses.
    pub counts: [i64; 5],
}

impl Found {
    pub fn has(&self, slot: Slot) -> bool {
        self.places.contains(slot as usize)
    }

    pub fn slots(&self) -> impl Iterator<Item = Slot> {
        self.places.ones().map(size)
    }

    /// How many.
    pub fn total(&self) -> i64 {
        count(self.places.count_ones(..))
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Shelf {
    /// What is found of all accounts.
    pub fn found(&self, wanted: &Wanted<'_>) -> Found {
        let mut places = self.passing(wanted);
        let counts = self
            .of_status
            .each_ref()
            .map(|status| count(places.intersection_count(status)));
        if let Some(status) = wanted.criteria.filter.status {
            places.intersect_with(&self.of_status[place(status)]);
        }
        if let Some(searched) = self.searched(wanted) {
            places.intersect_with(&searched);
        }
        Found { places, counts }
    }

    /// All accounts, gone ones aside.
    fn all(&self) -> FixedBitSet {
        let mut all = FixedBitSet::with_capacity(self.len());
        for status in &self.of_status {
            all.union_with(status);
        }
        all
    }

    /// Those that the filter takes, whatever their status and whatever is searched for.
    fn passing(&self, wanted: &Wanted<'_>) -> FixedBitSet {
        // A tag that does not exist is on no account.
        let Some(tags) = &wanted.tags else {
            return FixedBitSet::with_capacity(self.len());
        };
        let mut passing = self.all();
        if !tags.is_empty() {
            let tagged = self
                .tags
                .iter()
                .filter(|(_, of)| tags.iter().all(|tag| of.contains(tag)));
            passing.intersect_with(&tagged.map(|(slot, _)| *slot as usize).collect());
        }
        self.facts.keep(&mut passing, wanted.criteria, self.swept_at);
        passing
    }

    /// Those in which every word of the search is found, gone ones too; `None` for all, where nothing is searched for.
    fn searched(&self, wanted: &Wanted<'_>) -> Option<FixedBitSet> {
        let mut searched: Option<FixedBitSet> = None;
        for word in &wanted.words {
            let mut found = self.named(&word.text);
            self.add_annotated(word, &mut found);
            match &mut searched {
                Some(searched) => searched.intersect_with(&found),
                None => searched = Some(found),
            }
        }
        searched
    }

    /// Those in whose name, email or ID this is found.
    pub fn named(&self, word: &str) -> FixedBitSet {
        let mut found = FixedBitSet::with_capacity(self.len());
        self.texts.search(word, &mut found);
        self.ids.search(word, &mut found);
        found
    }

    /// Adds those in whose tags or notes a word is found.
    fn add_annotated(&self, word: &Word, found: &mut FixedBitSet) {
        if !word.tags.is_empty() {
            let tagged = self
                .tags
                .keys()
                .filter(|slot| self.tags_with(**slot, word).next().is_some());
            found.extend(tagged.map(|slot| *slot as usize));
        }
        if !self.notes.is_empty() {
            let finder = Finder::new(&word.text);
            let noted = self.notes.iter();
            let noted = noted.filter(|(_, notes)| finder.find(notes.as_bytes()).is_some());
            found.extend(noted.map(|(slot, _)| *slot as usize));
        }
    }

    /// Those tags of an account in whose names the word is found.
    pub fn tags_with(&self, slot: Slot, word: &Word) -> impl Iterator<Item = Uuid> {
        let tags = self.tags.get(&slot).into_iter().flatten();
        tags.copied().filter(|tag| word.tags.contains(tag))
    }

    /// The ids of one page of what was found, or of all. Where nothing is filtered or searched for, nothing is gone through;
    /// else it is what lies between the page and the nearer end.
    pub fn page(&self, found: Option<&Found>, order: (Key, bool), skip: usize, take: usize) -> Vec<String> {
        let total = found.map_or_else(|| self.live(), Found::total);
        let total = usize::try_from(total).unwrap_or_default();
        let cut = Cut {
            found,
            skip,
            take,
            total,
        };
        let (key, descending) = order;
        let (known, unknown) = self.orders.parts(self, key);
        let slots = if descending {
            cut.of(known.iter().rev().chain(unknown.iter().rev()))
        } else {
            cut.of(known.iter().chain(unknown))
        };
        slots.into_iter().map(|slot| self.id(slot).to_owned()).collect()
    }
}

/// A page to be cut out of an order.
struct Cut<'a> {
    found: Option<&'a Found>,
    skip: usize,
    take: usize,
    total: usize,
}

impl Cut<'_> {
    fn of<'a>(&self, order: impl DoubleEndedIterator<Item = &'a Slot>) -> Vec<Slot> {
        match self.found {
            None => self.cut(order),
            Some(found) => self.cut(order.filter(|slot| found.has(**slot))),
        }
    }

    fn cut<'a>(&self, order: impl DoubleEndedIterator<Item = &'a Slot>) -> Vec<Slot> {
        let after = self.total.saturating_sub(self.skip);
        let take = self.take.min(after);
        if self.skip <= after {
            return order.skip(self.skip).take(take).copied().collect();
        }
        let mut last: Vec<Slot> = order.rev().skip(after - take).take(take).copied().collect();
        last.reverse();
        last
    }
}
