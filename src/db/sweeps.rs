//! Sweeps, which read whole lists, and their results.
//! `checkpoint` has the progress of a running sweep. `pending_changes` has the changes that a sweep
//! must not touch because an operation is making them.

use std::collections::HashSet;
use std::time::Duration;

use uuid::Uuid;

use super::{Db, Result, Tx, replace_nul};
use crate::domain::string_enum::string_enum;
use crate::domain::time::Timestamp;

pub mod checkpoint;
mod pending_changes;
pub(crate) mod state;

pub use pending_changes::{PendingChanges, pending_changes};

string_enum! {
    /// List that a sweep reads.
    pub enum SweepKind {
        /// All managed accounts, by status.
        Accounts = "accounts";
        /// Users of the organization.
        OrgUsers = "org_users";
    }
}

string_enum! {
    /// Outcome of a sweep.
    pub enum SweepOutcome {
        /// The whole list was read and applied.
        Done = "done";
        /// Telnyx did not answer, or its answer is not readable.
        Failed = "failed";
        /// The data contradicts itself, so some of it must be missing.
        Partial = "partial";
        /// The list has far fewer accounts than before.
        TooFew = "too_few";
        /// The accounts belong to another manager.
        OtherManager = "other_manager";
    }
}

/// Finished sweep.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Sweep {
    /// Start of the sweep.
    pub started_at: Timestamp,
    /// End of the sweep.
    pub finished_at: Timestamp,
    /// Outcome of the sweep.
    pub outcome: SweepOutcome,
    /// Sentence about the outcome; empty if there is nothing to say.
    pub message: String,
    /// Number of accounts or users that it saw.
    pub seen: i64,
    /// Number of accounts or users that had changed or were new.
    pub changed: i64,
    /// Duration without the pauses that limit its pace.
    #[sqlx(flatten, try_from = "BusyTime")]
    pub busy: Duration,
}

/// Records that a sweep starts or continues.
pub async fn start(db: &Db, id: Uuid, kind: SweepKind, at: Timestamp) -> Result<()> {
    on!(db => query(
        "INSERT INTO sweeps (id, kind, started_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
        id, kind, at,
    ).execute);
    Ok(())
}

/// Time for which finished sweeps are kept.
const RETENTION: Duration = Duration::from_hours(7 * 24);

/// Records the result of a sweep. Deletes sweeps of its kind older than a week.
pub async fn finish(tx: &mut Tx, id: Uuid, kind: SweepKind, sweep: &Sweep) -> Result<()> {
    within!(tx => query(
        "UPDATE sweeps SET finished_at = $2, outcome = $3, message = $4, seen = $5, changed = $6, busy_ms = $7
         WHERE id = $1",
        id, sweep.finished_at, sweep.outcome, replace_nul(&sweep.message), sweep.seen, sweep.changed,
        i64::try_from(sweep.busy.as_millis()).unwrap_or(i64::MAX),
    ).execute);
    // Keeps the last success, however old. It shows that the directory has been read before.
    within!(tx => query(
        "DELETE FROM sweeps WHERE kind = $1 AND started_at < $2 AND started_at < (
            SELECT MAX(started_at) FROM sweeps WHERE kind = $1 AND outcome = 'done')",
        kind, sweep.finished_at - RETENTION,
    ).execute);
    Ok(())
}

from_columns!(BusyTime {
    busy_ms: i64
} => Duration: Duration::from_millis(u64::try_from(busy_ms).unwrap_or(0)));

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT started_at, finished_at, outcome, COALESCE(message, '') AS message, seen, changed, busy_ms \
             FROM sweeps WHERE kind = $1 AND finished_at IS NOT NULL AND ",
            $rest,
            " ORDER BY started_at DESC, id DESC LIMIT 1"
        )
    };
}

/// Returns the last finished sweep of a kind, whatever its outcome.
pub async fn latest(db: &Db, kind: SweepKind) -> Result<Option<Sweep>> {
    Ok(on!(db => query_as(select!("outcome IS NOT NULL"), kind).fetch_optional))
}

/// Returns the last sweep of a kind that was applied.
/// Its start is the age of what lists show.
pub async fn latest_done(db: &Db, kind: SweepKind) -> Result<Option<Sweep>> {
    Ok(on!(db => query_as(select!("outcome = 'done'"), kind).fetch_optional))
}

/// Returns the last finished sweep of a kind and the last one that was applied.
/// Usually they are the same.
pub async fn latest_and_done(db: &Db, kind: SweepKind) -> Result<(Option<Sweep>, Option<Sweep>)> {
    let latest = latest(db, kind).await?;
    let done = match &latest {
        Some(sweep) if sweep.outcome == SweepOutcome::Done => latest.clone(),
        Some(_) => latest_done(db, kind).await?,
        None => None,
    };
    Ok((latest, done))
}

/// Returns `true` if no later sweep of this kind was applied.
/// Later means that it started after `started_at`.
pub async fn is_latest(tx: &mut Tx, kind: SweepKind, started_at: Timestamp) -> Result<bool> {
    let later: Option<i64> = within!(tx => query_scalar(
        "SELECT MAX(started_at) FROM sweeps WHERE kind = $1 AND outcome = 'done' AND started_at > $2",
        kind, started_at,
    ).fetch_one);
    Ok(later.is_none())
}

/// Returns the IDs of organization users that operations removed at or after `since`.
/// Lists may still show them.
pub async fn removed_users(tx: &mut Tx, since: Timestamp) -> Result<HashSet<String>> {
    let ids: Vec<String> = within!(tx => query_scalar(
        "SELECT org_user_id FROM operations
         WHERE finished_at >= $1 AND state = 'done' AND kind = 'remove_org_user' AND org_user_id IS NOT NULL",
        since,
    ).fetch_all);
    Ok(ids.into_iter().collect())
}
