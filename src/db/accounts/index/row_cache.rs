//! The accounts that pages showed last, whole, so that a list that is read again and again asks the database only what
//! changed. They are as old as the index and no older: whatever it is told of as changed is forgotten here first. The
//! cache serves `benches/accounts_page.rs`.

use std::collections::HashMap;
use std::sync::Arc;

use crate::db::accounts::Account;
use crate::domain::ids::AccountId;

/// Number of accounts that are kept: some pages' worth, a few hundred kilobytes.
const CAPACITY: usize = 1_000;

/// Whole accounts by id.
#[derive(Debug, Default)]
pub(super) struct RowCache {
    accounts: HashMap<String, Arc<Account>>,
    /// Moves on whenever something is forgotten.
    generation: u64,
}

/// The state of the index at which a question was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::db::accounts) struct Generation(u64);

impl RowCache {
    pub fn generation(&self) -> Generation {
        Generation(self.generation)
    }

    /// All of these; none where one is missing.
    pub fn get_all(&self, ids: &[AccountId]) -> Option<Vec<Arc<Account>>> {
        ids.iter()
            .map(|id| self.accounts.get(id.as_str()).cloned())
            .collect()
    }

    /// Keeps accounts that were read after a question was answered at this age. Where something was forgotten since, one
    /// of them may have been read before its change and come here after it: none is kept.
    pub fn insert_all(&mut self, age: Generation, accounts: &[Arc<Account>]) {
        if age != self.generation() || accounts.len() > CAPACITY {
            return;
        }
        if self.accounts.len() + accounts.len() > CAPACITY {
            self.accounts.clear();
        }
        let kept = accounts
            .iter()
            .map(|account| (account.id.to_string(), Arc::clone(account)));
        self.accounts.extend(kept);
    }

    /// Forgets those that changed.
    pub fn invalidate<'a>(&mut self, ids: impl Iterator<Item = &'a str>) {
        self.generation += 1;
        ids.for_each(|id| drop(self.accounts.remove(id)));
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.generation += 1;
        self.accounts = HashMap::new();
    }
}
