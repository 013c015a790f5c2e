//! Retention: the oldest events go, and a sealed stub stays in their place. Only here are events deleted; the database's
//! triggers refuse it to everybody else.

use super::prune_records::{self, PruneRecord};
use super::{AuditKey, hex};
use crate::db::{Db, Error, Result};
use crate::domain::time::Timestamp;

/// Events that go under one stub, in one transaction: so few that nobody who writes meanwhile waits for long.
pub const BATCH_SIZE: i64 = 10_000;

/// Range of events to prune.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PruneRange {
    /// The oldest event that there is.
    pub first: i64,
    /// The newest that goes.
    pub last: i64,
    /// True if the range ends before the date, at an event of an unfinished change.
    pub held_back: bool,
}

/// Returns the range of events to prune. It ends before the first event that is not older than `before`, and before
/// the events of changes that are still open.
pub async fn range(db: &Db, before: Timestamp) -> Result<Option<PruneRange>> {
    let (first, kept, open): (Option<i64>, Option<i64>, Option<i64>) = on!(db => query_as(
        "SELECT (SELECT MIN(seq) FROM audit_events), (SELECT MIN(seq) FROM audit_events WHERE at >= $1),
         (SELECT MIN(e.seq) FROM audit_events e JOIN operations o ON o.id = e.operation_id
          WHERE o.state NOT IN ('done', 'refused'))",
        before,
    ).fetch_one);
    // The newest event always stays, so that the chain has an end to go on from.
    let newest: Option<i64> = on!(db => query_scalar(
        "SELECT MAX(seq) FROM audit_events",
    ).fetch_one);
    let (Some(first), Some(end)) = (first, kept.or(newest)) else {
        return Ok(None);
    };
    let last = open.map_or(end, |open| open.min(end)) - 1;
    Ok((last >= first).then_some(PruneRange {
        first,
        last,
        held_back: open.is_some_and(|open| open < end),
    }))
}

/// Why and by whom events are pruned, and what has them from now on.
#[derive(Clone, Debug)]
pub struct PruneOrder {
    /// Time before which events are pruned.
    pub before: Timestamp,
    /// When it goes.
    pub at: Timestamp,
    /// Person who prunes.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The file that has the events.
    pub file: String,
    /// Its SHA-256, as hexadecimal.
    pub file_sha256: String,
}

/// Puts a stub in the place of the events from `first` to `last`, both included, which must be the oldest.
///
/// # Errors
/// When the database fails, or they are not all there; then all of them stay.
pub async fn prune_batch(
    db: &Db,
    key: &AuditKey,
    order: &PruneOrder,
    first: i64,
    last: i64,
) -> Result<()> {
    let mut tx = db.begin().await?;
    let hash_before = prune_records::hash_before(&mut tx, first).await?;
    let (from, to, hash): (Timestamp, Timestamp, Vec<u8>) = within!(&mut tx => query_as(
        "SELECT f.at, l.at, l.hash FROM audit_events f, audit_events l WHERE f.seq = $1 AND l.seq = $2",
        first, last,
    ).fetch_one);
    let stub = PruneRecord {
        first,
        last,
        count: last - first + 1,
        hash_before,
        hash_after: hex(&hash),
        from,
        to,
        before: order.before,
        pruned_at: order.at,
        by: order.by.clone(),
        reason: order.reason.clone(),
        file: order.file.clone(),
        file_sha256: order.file_sha256.clone(),
    };
    prune_records::open(&mut tx, key, &stub).await?;
    within!(&mut tx => query(
        "DELETE FROM audit_words WHERE seq >= $1 AND seq <= $2", first, last,
    ).execute);
    let gone = within!(&mut tx => query(
        "DELETE FROM audit_events WHERE seq >= $1 AND seq <= $2", first, last,
    ).execute);
    if i64::try_from(gone).ok() != Some(stub.count) {
        return Err(Error::stored(format_args!(
            "{gone} of the events {first} to {last} were there, not all"
        )));
    }
    prune_records::close(&mut tx, &stub).await?;
    tx.commit().await
}
