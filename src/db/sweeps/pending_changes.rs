//! Changes that a sweep must not touch because an operation is making them.

use std::collections::HashMap;

use crate::db::{Result, Tx};
use crate::domain::ids::AccountId;
use crate::domain::operation::{subject_of_account, subject_of_creation};
use crate::domain::time::Timestamp;

/// Changes that operations are making or recently finished, by subject.
#[derive(Clone, Debug, Default)]
pub struct PendingChanges(HashMap<String, ChangeState>);

#[derive(Clone, Copy, Debug)]
enum ChangeState {
    Open,
    Closed(Timestamp),
}

impl PendingChanges {
    /// Returns `true` if an operation is changing this account.
    /// Also returns `true` if one finished at or after `at`, the start of a request.
    #[must_use]
    pub fn affects(&self, account: &AccountId, at: Timestamp) -> bool {
        match self.0.get(&subject_of_account(account)) {
            None => false,
            Some(ChangeState::Open) => true,
            Some(ChangeState::Closed(closed)) => *closed >= at,
        }
    }

    /// Returns `true` if an operation is changing this account.
    #[must_use]
    pub fn is_open(&self, account: &AccountId) -> bool {
        matches!(
            self.0.get(&subject_of_account(account)),
            Some(ChangeState::Open)
        )
    }

    /// Returns the accounts of these changes.
    pub fn accounts(&self) -> impl Iterator<Item = AccountId> {
        self.0
            .keys()
            .filter_map(|subject| subject.strip_prefix("account:")?.parse().ok())
    }

    /// Returns `true` if an account with this folded name or email is being created here.
    /// Also returns `true` if it was created recently.
    #[must_use]
    pub fn has_creation(&self, name_folded: &str, email: &str) -> bool {
        self.0.contains_key(&format!("create:{name_folded}"))
            || self.0.contains_key(&subject_of_creation(email))
    }
}

/// Returns the subjects that an operation holds, or released at or after `since`.
pub async fn pending_changes(tx: &mut Tx, since: Timestamp) -> Result<PendingChanges> {
    let rows: Vec<(String, Option<Timestamp>)> = within!(tx => query_as(
        "SELECT subject, NULL AS finished_at FROM operations WHERE state IN ('running', 'checking', 'unknown')
         UNION ALL
         SELECT subject, finished_at FROM operations WHERE finished_at >= $1",
        since,
    ).fetch_all);
    let mut touched: HashMap<String, ChangeState> = HashMap::with_capacity(rows.len());
    for (subject, finished_at) in rows {
        let entry = touched.entry(subject);
        match finished_at {
            None => *entry.or_insert(ChangeState::Open) = ChangeState::Open,
            Some(closed) => {
                if let ChangeState::Closed(latest) = entry.or_insert(ChangeState::Closed(closed)) {
                    *latest = (*latest).max(closed);
                }
            }
        }
    }
    Ok(PendingChanges(touched))
}
