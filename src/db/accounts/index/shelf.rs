//! The accounts as the index holds them: what filters look at in small entries, what searches look through in one text.

use super::order::{Key, Orders};
use crate::domain::account::AccountStatus;
use crate::domain::account_filter::Looks;
use crate::domain::time::Timestamp;

/// An account's place on the shelf; it keeps it for good.
pub(super) type Slot = u32;

/// An account as a row of the database has it.
pub(super) struct Placed {
    pub id: String,
    /// The name that lists show, folded.
    pub name: String,
    pub email: String,
    /// What a search looks through besides name, e-mail and id, folded.
    pub rest: String,
    pub looks: Looks,
    /// Whether the last whole reading confirms it.
    pub swept: bool,
    pub gone: bool,
}

/// What is kept of it; the texts stand in [`Shelf::text`], one after the other.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    start: u32,
    id: u32,
    name: u32,
    email: u32,
    /// From the name on.
    searched: u32,
    created_at: Option<Timestamp>,
    changed_elsewhere_at: Option<Timestamp>,
    available_micros: Option<i64>,
    status_at: Timestamp,
    limit: Option<u32>,
    status: AccountStatus,
    custom_pricing: Option<bool>,
    rollup_billing: Option<bool>,
    swept: bool,
    pub gone: bool,
    pub tags: Box<[u32]>,
    /// Its notes, folded.
    pub notes: Option<Box<str>>,
}

/// All accounts that the directory has, gone ones too.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub entries: Vec<Entry>,
    text: String,
    /// How many bytes of the text no entry uses any more.
    wasted: usize,
    pub orders: Orders,
    /// How many there are of each status, gone ones aside, in the order of [`AccountStatus::ALL`].
    pub counts: [i64; 5],
    /// When the last whole reading that was taken over began.
    pub swept_at: Option<Timestamp>,
    /// The tags that any account has, by the number that entries carry.
    pub tags: Vec<uuid::Uuid>,
}

/// A status as its place in [`AccountStatus::ALL`].
pub(super) fn place(status: AccountStatus) -> usize {
    AccountStatus::ALL
        .iter()
        .position(|other| *other == status)
        .unwrap_or_default()
}

fn size(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

impl Shelf {
    fn part(&self, from: u32, length: u32) -> &str {
        let from = from as usize;
        self.text.get(from..from + length as usize).unwrap_or_default()
    }

    pub fn entry(&self, slot: Slot) -> &Entry {
        &self.entries[slot as usize]
    }

    pub fn id(&self, slot: Slot) -> &str {
        let entry = self.entry(slot);
        self.part(entry.start, entry.id)
    }

    /// The name that lists show, folded.
    pub fn name(&self, slot: Slot) -> &str {
        let entry = self.entry(slot);
        self.part(entry.start + entry.id, entry.name)
    }

    /// The e-mail address, folded.
    pub fn email(&self, slot: Slot) -> &str {
        let entry = self.entry(slot);
        self.part(entry.start + entry.id + entry.name + 1, entry.email)
    }

    /// What a search looks through, notes and tags aside.
    pub fn searched(&self, entry: &Entry) -> &str {
        self.part(entry.start + entry.id, entry.searched)
    }

    /// What filters look at.
    pub fn looks(&self, entry: &Entry) -> Looks {
        let status_at = match self.swept_at {
            Some(swept_at) if entry.swept => entry.status_at.max(swept_at),
            _ => entry.status_at,
        };
        Looks {
            status: entry.status,
            status_at,
            limit: entry.limit,
            custom_pricing: entry.custom_pricing,
            rollup_billing: entry.rollup_billing,
            created_at: entry.created_at,
            changed_elsewhere_at: entry.changed_elsewhere_at,
            available_micros: entry.available_micros,
        }
    }

    /// How many accounts there are, gone ones aside.
    pub fn live(&self) -> i64 {
        self.counts.iter().sum()
    }

    pub fn find(&self, id: &str) -> Option<Slot> {
        self.orders
            .of(Key::Id)
            .binary_search_by(|slot| self.id(*slot).cmp(id))
            .ok()
            .map(|at| self.orders.of(Key::Id)[at])
    }

    /// Those of these accounts that have tags.
    pub fn tagged(&self, ids: &[String]) -> Vec<String> {
        if self.tags.is_empty() {
            return Vec::new();
        }
        let has = |id: &&String| self.find(id).is_some_and(|slot| !self.entry(slot).tags.is_empty());
        ids.iter().filter(has).cloned().collect()
    }

    /// The number of a tag, a new one where no account had it so far.
    pub fn tag(&mut self, id: uuid::Uuid) -> u32 {
        let at = self.tags.iter().position(|tag| *tag == id).unwrap_or_else(|| {
            self.tags.push(id);
            self.tags.len() - 1
        });
        size(at)
    }

    /// Puts one account's texts and facts down at the end, or in the place that it has already.
    fn put(&mut self, slot: Option<Slot>, placed: &Placed) -> Slot {
        let start = size(self.text.len());
        self.text.push_str(&placed.id);
        let from = self.text.len();
        self.text.push_str(&placed.name);
        for part in [&placed.email, &placed.id.to_lowercase(), &placed.rest] {
            self.text.push('\n');
            self.text.push_str(part);
        }
        let looks = &placed.looks;
        let mut entry = Entry {
            start,
            id: size(placed.id.len()),
            name: size(placed.name.len()),
            email: size(placed.email.len()),
            searched: size(self.text.len() - from),
            created_at: looks.created_at,
            changed_elsewhere_at: looks.changed_elsewhere_at,
            available_micros: looks.available_micros,
            status_at: looks.status_at,
            limit: looks.limit,
            status: looks.status,
            custom_pricing: looks.custom_pricing,
            rollup_billing: looks.rollup_billing,
            swept: placed.swept,
            gone: placed.gone,
            tags: Box::default(),
            notes: None,
        };
        if !entry.gone {
            self.counts[place(entry.status)] += 1;
        }
        let Some(slot) = slot else {
            self.entries.push(entry);
            return size(self.entries.len() - 1);
        };
        let before = &mut self.entries[slot as usize];
        if !before.gone {
            self.counts[place(before.status)] -= 1;
        }
        self.wasted += (before.id + before.searched) as usize;
        std::mem::swap(before, &mut entry);
        before.tags = entry.tags;
        before.notes = entry.notes;
        slot
    }

    /// Takes in accounts that changed or are new. Their tags and notes stay what they were.
    pub fn take(&mut self, changed: &[Placed]) {
        let mut known = Vec::with_capacity(changed.len());
        let mut new = Vec::new();
        for placed in changed {
            let slot = self.find(&placed.id);
            match slot {
                Some(slot) => known.push(slot),
                None => new.push(placed),
            }
            if let Some(slot) = slot {
                self.put(Some(slot), placed);
            }
        }
        let new: Vec<Slot> = new.into_iter().map(|placed| self.put(None, placed)).collect();
        let mut orders = std::mem::take(&mut self.orders);
        orders.take(self, &known, &new);
        self.orders = orders;
        self.tidy();
    }

    /// Puts down an account of a shelf that is being filled; [`Shelf::filled`] ends that.
    pub fn fill(&mut self, placed: &Placed) {
        self.put(None, placed);
    }

    /// Sorts a shelf that was filled.
    pub fn filled(&mut self) {
        self.text.shrink_to_fit();
        self.entries.shrink_to_fit();
        let all: Vec<Slot> = (0..size(self.entries.len())).collect();
        let mut orders = Orders::default();
        orders.take(self, &[], &all);
        self.orders = orders;
    }

    /// Writes the texts anew once a third of them is used by nobody.
    fn tidy(&mut self) {
        if self.wasted < 1 << 20 || self.wasted * 3 < self.text.len() {
            return;
        }
        let mut text = String::with_capacity(self.text.len() - self.wasted);
        for entry in &mut self.entries {
            let from = entry.start as usize;
            let to = from + (entry.id + entry.searched) as usize;
            entry.start = size(text.len());
            text.push_str(self.text.get(from..to).unwrap_or_default());
        }
        self.text = text;
        self.wasted = 0;
    }
}
