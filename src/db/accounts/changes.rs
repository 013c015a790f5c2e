//! Accounts that were written since a revision, for open pages that follow them.

use std::collections::HashMap;

use super::ChannelTotals;
use crate::db::{Db, Error, Result};
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

/// Number of changed accounts above which they are not listed.
const MAX_CHANGED: usize = 1_000;

/// Changes since a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryChanges {
    /// Revision from which the next changes are read.
    pub revision: i64,
    /// Revision of each account that was written. `None` if there are too many, or if the database
    /// was restored, so that any account may have changed.
    pub accounts: Option<HashMap<AccountId, i64>>,
    /// Time of the latest reading of the channel pool.
    pub pool_read_at: Option<Timestamp>,
}

/// Totals of the whole directory. Pages show parts of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryTotals {
    /// Number of accounts by status, in the order of the pages.
    pub by_status: [i64; 5],
    /// Number of accounts by verdict on calls.
    pub by_verdict: [i64; 3],
    /// Totals of the known limits.
    pub channels: ChannelTotals,
}

#[derive(sqlx::FromRow)]
struct Row {
    horizon: i64,
    pool_read_at: Option<Timestamp>,
    id: Option<String>,
    revision: Option<i64>,
}

/// Returns the accounts that were written at this revision or later.
///
/// An account is returned again as long as a transaction that began before its change is open.
/// Its revision then tells that nothing else changed.
pub async fn changes_since(db: &Db, since: i64) -> Result<DirectoryChanges> {
    let most = i64::try_from(MAX_CHANGED + 1).map_err(Error::stored)?;
    let rows: Vec<Row> = on!(db => query_as(
        "SELECT h.revision AS horizon, (SELECT observed_at FROM pool WHERE id = 1) AS pool_read_at, a.id, a.revision
         FROM directory_horizon h LEFT JOIN accounts a ON a.revision >= $1 LIMIT $2",
        since, most,
    ).fetch_all);
    let revision = rows.first().map_or(since, |row| row.horizon);
    let pool_read_at = rows.first().and_then(|row| row.pool_read_at);
    let is_known = rows.len() <= MAX_CHANGED && revision >= since;
    let written = rows
        .into_iter()
        .filter_map(|row| Some((row.id?, row.revision?)))
        .map(|(id, revision)| Ok((id.try_into().map_err(Error::stored)?, revision)));
    Ok(DirectoryChanges {
        revision,
        accounts: is_known
            .then(|| written.collect::<Result<_>>())
            .transpose()?,
        pool_read_at,
    })
}

/// Returns the revision that the lists of this process have at least, if one was read already.
#[must_use]
pub fn known_revision(db: &Db) -> i64 {
    db.index().revision()
}

/// Returns the totals of the whole directory.
pub async fn directory_totals(db: &Db) -> Result<DirectoryTotals> {
    db.index().directory_totals(db).await
}
