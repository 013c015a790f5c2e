//! Memory that the index reserves before it is filled.

use crate::db::{Db, Result};

/// Size of all accounts, counted just before they are read.
/// Reserving it at once avoids growing, which takes twice the memory.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub(super) struct Capacity {
    accounts: i64,
    /// Length of all IDs, in bytes.
    ids: i64,
    /// Length of all names and email addresses, in bytes.
    texts: i64,
}

impl Capacity {
    pub async fn read(db: &Db) -> Result<Self> {
        Ok(on!(db => query_as(
            "SELECT COUNT(*) AS accounts, CAST(COALESCE(SUM(octet_length(id)), 0) AS BIGINT) AS ids,
                CAST(COALESCE(SUM(octet_length(name_folded) + octet_length(email_folded)
                    + COALESCE(octet_length(display_name), 0)), 0) AS BIGINT) AS texts
             FROM accounts",
        ).fetch_one))
    }

    pub fn accounts(self) -> usize {
        usize::try_from(self.accounts).unwrap_or_default()
    }

    pub fn ids(self) -> usize {
        usize::try_from(self.ids).unwrap_or_default()
    }

    pub fn texts(self) -> usize {
        usize::try_from(self.texts).unwrap_or_default()
    }
}
