//! Retention: deletes the oldest events and leaves a sealed stub in their place.
//! Only this file deletes events; triggers in the database reject any other deletion.

use super::prune_records::{self, PruneRecord};
use super::{AuditKey, hex};
use crate::db::{Db, Error, Result};
use crate::domain::time::Timestamp;

/// Maximum number of events under one stub, which one transaction deletes.
/// It is small enough that other writers do not wait long.
pub const BATCH_SIZE: i64 = 10_000;

/// Range of events to prune.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PruneRange {
    /// Number of the oldest event.
    pub first: i64,
    /// Number of the last event to prune.
    pub last: i64,
    /// True if the range ends early, at an event of an unfinished change.
    pub held_back: bool,
}

/// Returns the range of events older than `before`, or `None` if there are none.
/// The range ends before the first event of a change that is still open.
pub async fn range(db: &Db, before: Timestamp) -> Result<Option<PruneRange>> {
    let (first, kept, open): (Option<i64>, Option<i64>, Option<i64>) = on!(db => query_as(
        "SELECT (SELECT MIN(seq) FROM audit_events), (SELECT MIN(seq) FROM audit_events WHERE at >= $1),
         (SELECT MIN(e.seq) FROM audit_events e JOIN operations o ON o.id = e.operation_id
          WHERE o.state NOT IN ('done', 'refused'))",
        before,
    ).fetch_one);
    // The newest event always stays, so that the chain can continue from it.
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

/// Details of a pruning, which its stubs record.
#[derive(Clone, Debug)]
pub struct PruneOrder {
    /// Time before which events are pruned.
    pub before: Timestamp,
    /// Time of the pruning.
    pub at: Timestamp,
    /// Person who prunes.
    pub by: String,
    /// Reason for the pruning.
    pub reason: String,
    /// Name of the file to which the events were exported.
    pub file: String,
    /// SHA-256 of the file, as hexadecimal.
    pub file_sha256: String,
}

/// Replaces the events from `first` to `last`, both included, by a stub.
/// They must be the oldest events.
///
/// # Errors
/// Fails if the database fails, or if some of the events are missing. Then all of them stay.
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
