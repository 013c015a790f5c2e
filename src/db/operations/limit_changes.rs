//! Confirmed changes of channel limits, with the limits before and after.

use super::OperationId;
use crate::db::{Db, Result};
use crate::domain::account::shown_name;
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::AccountId;
use crate::domain::operation::{Change, OperationOutcome, PriorState};
use crate::domain::time::Timestamp;

/// Number of changes that are read at a time.
const BATCH_SIZE: i64 = 2_000;

/// Confirmed change of a channel limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitChange {
    /// Account whose limit was changed.
    pub account: AccountId,
    /// Name of the account at that time.
    pub name: String,
    /// Limit before; `None` if it was not known.
    pub before: Option<ChannelLimit>,
    /// Limit that Telnyx confirmed.
    pub after: ChannelLimit,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: OperationId,
    account_id: AccountId,
    label: String,
    input: Change,
    before: PriorState,
    outcome: Option<OperationOutcome>,
    finished_at: Timestamp,
}

impl Row {
    fn into_change(self) -> Option<LimitChange> {
        let Change::ChannelLimit { limit, .. } = self.input else {
            return None;
        };
        let confirmed = self.outcome.and_then(|outcome| outcome.channel_limit);
        Some(LimitChange {
            account: self.account_id,
            name: shown_name(&self.label).to_owned(),
            before: self.before.channel_limit,
            after: confirmed.unwrap_or(limit),
        })
    }
}

// The expression keeps SQLite from reading all changes with the index on the state.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, account_id, label, input, before, outcome, finished_at FROM operations \
             WHERE finished_at >= $1 AND kind = 'channel_limit' AND state || '' = 'done' AND account_id IS NOT NULL ",
            $rest
        )
    };
}

/// Returns the latest changes since this time, newest first, at most `limit`.
pub async fn latest(db: &Db, since: Timestamp, limit: i64) -> Result<Vec<LimitChange>> {
    let rows: Vec<Row> = on!(db => query_as(
        select!("ORDER BY finished_at DESC, id DESC LIMIT $2"), since, limit,
    ).fetch_all);
    Ok(rows.into_iter().filter_map(Row::into_change).collect())
}

/// Returns by how many channels limits were raised and lowered in this time.
/// Leaves out changes of unknown limits. `until` is exclusive.
pub async fn sums(db: &Db, from: Timestamp, until: Timestamp) -> Result<(i64, i64)> {
    let (mut given, mut taken) = (0, 0);
    let (mut from, mut last) = (from, OperationId::from_uuid(uuid::Uuid::nil()));
    loop {
        let rows: Vec<Row> = on!(db => query_as(
            select!("AND finished_at < $2 AND (finished_at > $1 OR id > $3) ORDER BY finished_at, id LIMIT $4"),
            from, until, last, BATCH_SIZE,
        ).fetch_all);
        let Some(end) = rows.last() else {
            return Ok((given, taken));
        };
        (from, last) = (end.finished_at, end.id);
        for change in rows.into_iter().filter_map(Row::into_change) {
            if let Some(before) = change.before {
                let moved = i64::from(change.after.get()) - i64::from(before.get());
                given += moved.max(0);
                taken += (-moved).max(0);
            }
        }
    }
}
