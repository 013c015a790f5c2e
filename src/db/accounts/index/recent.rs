//! The accounts that pages showed last, whole, so that a list that is read again and again asks the database only what
//! changed. They are as old as the index and no older: whatever it is told of as changed is forgotten here first.

use std::collections::HashMap;
use std::sync::Arc;

use crate::db::accounts::Account;
use crate::domain::ids::AccountId;

/// How many are kept: some pages' worth, a few hundred kilobytes.
const MOST: usize = 1_000;

/// Whole accounts by id.
#[derive(Debug, Default)]
pub(super) struct Recent {
    accounts: HashMap<String, Arc<Account>>,
    /// Moves on whenever something is forgotten.
    age: u64,
}

/// The state of the index at which a question was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::db::accounts) struct Age(u64);

impl Recent {
    pub fn age(&self) -> Age {
        Age(self.age)
    }

    /// All of these; none where one is missing.
    pub fn all(&self, ids: &[AccountId]) -> Option<Vec<Arc<Account>>> {
        ids.iter().map(|id| self.accounts.get(id.as_str()).cloned()).collect()
    }

    /// Keeps accounts that were read after a question was answered at this age. Where something was forgotten since, one
    /// of them may have been read before its change and come here after it: none is kept.
    pub fn keep(&mut self, age: Age, accounts: &[Arc<Account>]) {
        if age != self.age() || accounts.len() > MOST {
            return;
        }
        if self.accounts.len() + accounts.len() > MOST {
            self.accounts.clear();
        }
        let kept = accounts
            .iter()
            .map(|account| (account.id.to_string(), Arc::clone(account)));
        self.accounts.extend(kept);
    }

    /// Forgets those that changed.
    pub fn forget<'a>(&mut self, ids: impl Iterator<Item = &'a str>) {
        self.age += 1;
        ids.for_each(|id| drop(self.accounts.remove(id)));
    }

    /// Forgets all.
    pub fn forget_all(&mut self) {
        self.age += 1;
        self.accounts = HashMap::new();
    }
}
