//! Cache of whole accounts that pages showed recently.
//! A list that is read repeatedly then asks the database only for changes. The cache is never older
//! than the index: a change that the index reads is removed here first. It serves
//! `benches/accounts_page.rs`.

use std::collections::HashMap;
use std::sync::Arc;

use crate::db::accounts::Account;
use crate::domain::ids::AccountId;

/// Maximum number of cached accounts: several pages, a few hundred kilobytes.
const CAPACITY: usize = 1_000;

/// Whole accounts by ID.
#[derive(Debug, Default)]
pub(super) struct RowCache {
    accounts: HashMap<String, Arc<Account>>,
    /// Number that grows with each invalidation.
    generation: u64,
}

/// State of the cache when a question was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::db::accounts) struct Generation(u64);

impl RowCache {
    pub fn generation(&self) -> Generation {
        Generation(self.generation)
    }

    /// Returns all of these accounts, or `None` if one is missing.
    pub fn get_all(&self, ids: &[AccountId]) -> Option<Vec<Arc<Account>>> {
        ids.iter()
            .map(|id| self.accounts.get(id.as_str()).cloned())
            .collect()
    }

    /// Caches accounts that were read at this generation.
    /// Caches none of them if anything was invalidated since, because one of them may have been
    /// read before its change.
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

    /// Removes the accounts that changed.
    pub fn invalidate<'a>(&mut self, ids: impl Iterator<Item = &'a str>) {
        self.generation += 1;
        ids.for_each(|id| drop(self.accounts.remove(id)));
    }

    /// Removes all accounts.
    pub fn clear(&mut self) {
        self.generation += 1;
        self.accounts = HashMap::new();
    }
}
