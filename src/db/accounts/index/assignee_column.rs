//! Account manager of each account in the index.

use fixedbitset::FixedBitSet;

use super::filter_columns::{retain_where, set_at};
use super::row::to_u32;
use crate::domain::account_filter::AssigneeFilter;
use crate::domain::ids::StaffId;

/// Account manager of each account, as a number. 0 stands for none.
#[derive(Debug, Default)]
pub(super) struct AssigneeColumn {
    numbers: Vec<u32>,
    /// Everyone who is or was an account manager. The first one has number 1.
    people: Vec<StaffId>,
}

impl AssigneeColumn {
    /// Returns an empty column with reserved memory for this many accounts.
    pub fn with_capacity(accounts: usize) -> Self {
        Self {
            numbers: Vec::with_capacity(accounts),
            people: Vec::new(),
        }
    }

    /// Writes the account manager of an account at its position, or appends it.
    pub fn set(&mut self, at: usize, assignee: Option<StaffId>) {
        let number = assignee.map_or(0, |id| {
            self.number_of(id).unwrap_or_else(|| {
                self.people.push(id);
                to_u32(self.people.len())
            })
        });
        set_at(&mut self.numbers, at, number);
    }

    /// Returns the account manager of an account.
    pub fn get(&self, at: usize) -> Option<StaffId> {
        let number = self.numbers.get(at)?.checked_sub(1)?;
        self.people.get(number as usize).copied()
    }

    /// Keeps the positions of the accounts that match the filter.
    pub fn retain(&self, places: &mut FixedBitSet, filter: AssigneeFilter) {
        let wanted = match filter {
            AssigneeFilter::Nobody => Some(0),
            AssigneeFilter::Person(id) => self.number_of(id),
            AssigneeFilter::Me => None,
        };
        retain_where(places, &self.numbers, |number| Some(*number) == wanted);
    }

    /// Returns the rank of each account manager: their position in the list of all `staff`.
    /// Someone who is not in the list comes last.
    pub fn ranks(&self, staff: &[StaffId]) -> Ranks<'_> {
        let rank = |id: &StaffId| staff.iter().position(|other| other == id);
        let ranks = self.people.iter().map(|id| rank(id).unwrap_or(staff.len()));
        Ranks {
            numbers: &self.numbers,
            ranks: ranks.collect(),
        }
    }

    fn number_of(&self, id: StaffId) -> Option<u32> {
        let at = self.people.iter().position(|other| *other == id)?;
        Some(to_u32(at + 1))
    }
}

/// Ranks of all account managers.
pub(super) struct Ranks<'a> {
    numbers: &'a [u32],
    /// Rank of each account manager, in the order of their numbers.
    ranks: Vec<usize>,
}

impl Ranks<'_> {
    /// Returns the rank of an account's account manager.
    pub fn of(&self, at: usize) -> Option<usize> {
        let number = self.numbers.get(at)?.checked_sub(1)?;
        self.ranks.get(number as usize).copied()
    }
}
