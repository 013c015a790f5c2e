//! The accounts as the index holds them: what filters look at in columns, what searches look through in lines.

use std::collections::BTreeMap;

use fixedbitset::FixedBitSet;
use uuid::Uuid;

use super::changes::Room;
use super::facts::Facts;
use super::lines::Lines;
use super::order::{Key, Orders};
use crate::domain::account::AccountStatus;
use crate::domain::account_filter::Looks;
use crate::domain::time::Timestamp;

/// Of how many parts the texts of an account are.
const PARTS: usize = 4;

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

/// Where the texts of an account are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Where its line starts.
    start: u32,
    /// How long its name is.
    name: u32,
    /// How long its e-mail address is.
    email: u32,
    pub gone: bool,
}

/// All accounts that the directory has, gone ones too.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    entries: Vec<Entry>,
    pub facts: Facts,
    /// Name, e-mail address and the rest of each account.
    pub texts: Lines,
    /// The id of each account, in the order of the entries: a search for a letter that no id has need not read them.
    pub ids: Lines,
    /// The accounts of each status, gone ones aside, in the order of [`AccountStatus::ALL`].
    pub of_status: [FixedBitSet; 5],
    /// How many those are.
    pub counts: [i64; 5],
    pub orders: Orders,
    /// When the last whole reading that was taken over began.
    pub swept_at: Option<Timestamp>,
    /// The tags of those that have some.
    pub tags: BTreeMap<Slot, Box<[Uuid]>>,
    /// The notes of those that have some, folded.
    pub notes: BTreeMap<Slot, Box<str>>,
}

/// A status as its place in [`AccountStatus::ALL`].
pub(super) fn place(status: AccountStatus) -> usize {
    AccountStatus::ALL
        .iter()
        .position(|other| *other == status)
        .unwrap_or_default()
}

pub(super) fn size(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

impl Shelf {
    /// An empty one that does not grow while these accounts are put on it.
    pub fn with_room(room: Room) -> Self {
        let accounts = room.accounts();
        Self {
            entries: Vec::with_capacity(accounts),
            facts: Facts::with_room(accounts),
            texts: Lines::with_room(accounts, PARTS, room.texts()),
            ids: Lines::with_room(accounts, 1, room.ids()),
            ..Self::default()
        }
    }

    /// How many there are, gone ones too.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn entry(&self, slot: Slot) -> &Entry {
        &self.entries[slot as usize]
    }

    pub fn id(&self, slot: Slot) -> &str {
        self.ids.whole(slot as usize)
    }

    /// The name that lists show, folded.
    pub fn name(&self, slot: Slot) -> &str {
        let entry = self.entry(slot);
        self.texts.part(entry.start, entry.name)
    }

    /// The e-mail address, folded.
    pub fn email(&self, slot: Slot) -> &str {
        let entry = self.entry(slot);
        self.texts.part(entry.start + entry.name + 1, entry.email)
    }

    /// What filters look at.
    pub fn looks(&self, slot: Slot) -> Looks {
        self.facts.looks(slot as usize, self.swept_at)
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
        let has = |id: &&String| self.find(id).is_some_and(|slot| self.tags.contains_key(&slot));
        ids.iter().filter(has).cloned().collect()
    }

    /// Gives an account these tags and notes in place of those that it had.
    pub fn annotate(&mut self, slot: Slot, tags: Vec<Uuid>, notes: Option<String>) {
        if tags.is_empty() {
            self.tags.remove(&slot);
        } else {
            self.tags.insert(slot, tags.into_boxed_slice());
        }
        match notes {
            Some(notes) => drop(self.notes.insert(slot, notes.into_boxed_str())),
            None => drop(self.notes.remove(&slot)),
        }
    }

    /// Puts one account's texts and facts down at the end, or in the place that it has already.
    fn put(&mut self, slot: Option<Slot>, placed: &Placed) -> Slot {
        let at = slot.unwrap_or_else(|| size(self.entries.len()));
        let id_folded = placed.id.to_lowercase();
        // Ids are searched as they are; one in capitals, which Telnyx does not give, in small letters beside.
        let id = if id_folded == placed.id { "" } else { id_folded.as_str() };
        let parts: [&str; PARTS] = [&placed.name, &placed.email, &placed.rest, id];
        let start = self.texts.add(at, &parts);
        let entry = Entry {
            start,
            name: size(placed.name.len()),
            email: size(placed.email.len()),
            gone: placed.gone,
        };
        if slot.is_some() {
            let before = std::mem::replace(&mut self.entries[at as usize], entry);
            self.texts.drop(before.start);
            if !before.gone {
                let status = place(self.facts.status(at as usize));
                self.counts[status] -= 1;
                self.of_status[status].remove(at as usize);
            }
        } else {
            self.entries.push(entry);
            self.ids.add(at, &[&placed.id]);
        }
        self.facts.put(at as usize, &placed.looks, placed.swept);
        if !entry.gone {
            let status = place(placed.looks.status);
            self.counts[status] += 1;
            self.of_status[status].grow_and_insert(at as usize);
        }
        at
    }

    /// Takes in accounts that changed or are new. Their tags and notes stay what they were.
    pub fn take(&mut self, changed: &[Placed]) {
        let (mut known, mut new) = (Vec::with_capacity(changed.len()), Vec::new());
        for placed in changed {
            match self.find(&placed.id) {
                Some(slot) => known.push(self.put(Some(slot), placed)),
                None => new.push(placed),
            }
        }
        let new: Vec<Slot> = new.into_iter().map(|placed| self.put(None, placed)).collect();
        let mut orders = std::mem::take(&mut self.orders);
        orders.take(self, &known, &new);
        self.orders = orders;
        if self.texts.tidy() {
            for (slot, start) in self.texts.starts() {
                self.entries[slot as usize].start = start;
            }
        }
    }

    /// Puts down an account of a shelf that is being filled; [`Shelf::filled`] ends that.
    pub fn fill(&mut self, placed: &Placed) {
        self.put(None, placed);
    }

    /// Sorts a shelf that was filled.
    pub fn filled(&mut self) {
        let all: Vec<Slot> = (0..size(self.entries.len())).collect();
        let mut orders = Orders::default();
        orders.take(self, &[], &all);
        self.orders = orders;
    }
}
