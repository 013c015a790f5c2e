//! Sealed stubs that replace pruned events.
//! A stub has the hashes before and after the events that it replaces, so that the chain can be
//! verified across it.

use serde::{Deserialize, Serialize};

use super::{AuditKey, hex, unhex};
use crate::db::types::Json;
use crate::db::{Db, Error, Result, Tx};
use crate::domain::time::Timestamp;

/// Purpose of the seal, so that it cannot be used for another kind of text.
const SEAL_PURPOSE: &str = "audit stub";

/// Stub that replaces a range of pruned events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PruneRecord {
    /// Number of the first pruned event.
    pub first: i64,
    /// Number of the last pruned event.
    pub last: i64,
    /// Number of pruned events.
    pub count: i64,
    /// Hash of the event before the first, as hexadecimal; empty if there was none.
    pub hash_before: String,
    /// Hash of the last event, as hexadecimal. The next event is chained to it.
    pub hash_after: String,
    /// Time of the first event.
    pub from: Timestamp,
    /// Time of the last event.
    pub to: Timestamp,
    /// Time before which events were to be pruned.
    pub before: Timestamp,
    /// Time of the pruning.
    pub pruned_at: Timestamp,
    /// Person who pruned them.
    pub by: String,
    /// Reason for the pruning.
    pub reason: String,
    /// Name of the file to which the events were exported.
    pub file: String,
    /// SHA-256 of the file, as hexadecimal.
    pub file_sha256: String,
}

/// Stub as it is stored.
#[derive(sqlx::FromRow)]
pub(super) struct StoredPruneRecord {
    #[sqlx(rename = "first_seq")]
    first: i64,
    #[sqlx(rename = "last_seq")]
    last: i64,
    payload: String,
    seal: Vec<u8>,
    is_open: bool,
}

impl StoredPruneRecord {
    /// Returns the number of its first event according to the table, which is not verified.
    pub(super) fn first(&self) -> i64 {
        self.first
    }

    /// Returns the record if it is sealed and continues from this number and hash.
    /// Otherwise returns the reason why not.
    pub(super) fn verify_after(
        &self,
        key: &AuditKey,
        number: i64,
        previous: &[u8],
    ) -> std::result::Result<PruneRecord, &'static str> {
        if key.seal_as(SEAL_PURPOSE, &self.payload) != self.seal {
            return Err("the seal of the stub that stands for pruned events does not fit");
        }
        let Ok(stub) = serde_json::from_str::<PruneRecord>(&self.payload) else {
            return Err("the stub that stands for pruned events cannot be read");
        };
        let agrees = stub.first == self.first && stub.last == self.last && !self.is_open;
        let counted = stub.count == stub.last - stub.first + 1 && stub.count > 0;
        if !agrees
            || !counted
            || stub.first != number
            || unhex(&stub.hash_before).as_deref() != Some(previous)
        {
            return Err("the stub that stands for pruned events does not fit what is before it");
        }
        Ok(stub)
    }
}

/// Returns all stubs as they are stored, the oldest first.
pub(super) async fn all_stored(db: &Db) -> Result<Vec<StoredPruneRecord>> {
    // A stub covers up to thousands of events, so there are few.
    Ok(on!(db => query_as(
        "SELECT first_seq, last_seq, payload, seal, is_open FROM audit_stubs ORDER BY first_seq",
    ).fetch_all))
}

/// Returns the newest stub, or `None` if nothing was ever pruned.
/// Does not check if it is genuine; [`verify`](super::verify) does.
pub async fn latest(db: &Db) -> Result<Option<PruneRecord>> {
    let stub: Option<Json<PruneRecord>> = on!(db => query_scalar(
        "SELECT payload FROM audit_stubs ORDER BY first_seq DESC LIMIT 1",
    ).fetch_optional);
    Ok(stub.map(|Json(stub)| stub))
}

/// Returns the day (UTC) before which events were pruned, for lists of events.
/// Returns `None` if nothing was ever pruned.
pub async fn pruned_before(db: &Db) -> Result<Option<jiff::civil::Date>> {
    let latest = latest(db).await?;
    Ok(latest.map(|stub| {
        stub.before
            .to_jiff()
            .to_zoned_datetime(jiff::tz::TimeZone::UTC)
            .date()
    }))
}

/// Returns all stubs with a valid seal, the oldest first.
pub async fn authentic(db: &Db, key: &AuditKey) -> Result<Vec<PruneRecord>> {
    let sealed =
        |stored: &StoredPruneRecord| key.seal_as(SEAL_PURPOSE, &stored.payload) == stored.seal;
    let stored = all_stored(db).await?;
    Ok(stored
        .iter()
        .filter(|stored| sealed(stored))
        .filter_map(|stored| serde_json::from_str(&stored.payload).ok())
        .collect())
}

/// Inserts an open stub.
/// From now on, this transaction may delete the events that it covers.
pub(super) async fn open(tx: &mut Tx, key: &AuditKey, stub: &PruneRecord) -> Result<()> {
    let payload = serde_json::to_string(stub).map_err(Error::stored)?;
    let seal = key.seal_as(SEAL_PURPOSE, &payload);
    within!(tx => query(
        "INSERT INTO audit_stubs (first_seq, last_seq, payload, seal, is_open) VALUES ($1, $2, $3, $4, TRUE)",
        stub.first, stub.last, &payload, &seal,
    ).execute);
    Ok(())
}

/// Seals every stub that `old` sealed with `new`. The content of the stubs stays the same.
pub(super) async fn reseal_all(tx: &mut Tx, old: &AuditKey, new: &AuditKey) -> Result<()> {
    let rows: Vec<(i64, String, Vec<u8>)> = within!(tx => query_as(
        "SELECT first_seq, payload, seal FROM audit_stubs",
    ).fetch_all);
    for (first, payload, seal) in rows {
        // A stub that the old key did not seal stays invalid.
        if old.seal_as(SEAL_PURPOSE, &payload) == seal {
            within!(tx => query(
                "UPDATE audit_stubs SET seal = $1 WHERE first_seq = $2",
                new.seal_as(SEAL_PURPOSE, &payload), first,
            ).execute);
        }
    }
    Ok(())
}

/// Closes a stub, so that nothing more can be deleted under it.
pub(super) async fn close(tx: &mut Tx, stub: &PruneRecord) -> Result<()> {
    within!(tx => query(
        "UPDATE audit_stubs SET is_open = FALSE WHERE first_seq = $1", stub.first,
    ).execute);
    Ok(())
}

/// Returns the hash of the event before this number, as hexadecimal.
/// Takes it from the event or its stub. Returns an empty text before the first event.
pub(super) async fn hash_before(tx: &mut Tx, number: i64) -> Result<String> {
    let event: Option<Vec<u8>> = within!(tx => query_scalar(
        "SELECT hash FROM audit_events WHERE seq = $1", number - 1,
    ).fetch_optional);
    if let Some(hash) = event {
        return Ok(hex(&hash));
    }
    let stub: Option<Json<PruneRecord>> = within!(tx => query_scalar(
        "SELECT payload FROM audit_stubs WHERE last_seq = $1", number - 1,
    ).fetch_optional);
    Ok(stub.map(|Json(stub)| stub.hash_after).unwrap_or_default())
}
