//! Stubs that replace pruned events. A stub is sealed. It keeps the hashes before and after the events that it covers,
//! so that the chain is proved across it.

use serde::{Deserialize, Serialize};

use super::{AuditKey, hex, unhex};
use crate::db::types::Json;
use crate::db::{Db, Error, Result, Tx};
use crate::domain::time::Timestamp;

/// Keeps a stub's seal from passing for another one.
const SEAL_PURPOSE: &str = "audit stub";

/// The events from one number to another, which were pruned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PruneRecord {
    /// The first number.
    pub first: i64,
    /// The last number.
    pub last: i64,
    /// Number of pruned events.
    pub count: i64,
    /// The hash of the event before the first, as hexadecimal; empty where there was none.
    pub hash_before: String,
    /// The hash of the last event, as hexadecimal: what comes after it is chained to it.
    pub hash_after: String,
    /// When the first of them happened.
    pub from: Timestamp,
    /// When the last of them happened.
    pub to: Timestamp,
    /// Time before which events were to be pruned.
    pub before: Timestamp,
    /// When it went.
    pub pruned_at: Timestamp,
    /// Person who pruned them.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The file that has them.
    pub file: String,
    /// That file's SHA-256, as hexadecimal.
    pub file_sha256: String,
}

/// A stub as it is stored.
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
    /// The number with which it begins, as far as the table says.
    pub(super) fn first(&self) -> i64 {
        self.first
    }

    /// Returns the record if it is sealed and continues from this number and hash. Otherwise
    /// returns the reason why not.
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

/// All stubs, the oldest first, as they are stored.
pub(super) async fn all_stored(db: &Db) -> Result<Vec<StoredPruneRecord>> {
    // Each covers up to thousands of events: there are few.
    Ok(on!(db => query_as(
        "SELECT first_seq, last_seq, payload, seal, is_open FROM audit_stubs ORDER BY first_seq",
    ).fetch_all))
}

/// The stub that stands for the newest of the pruned events; none where nothing was ever pruned. Whether it is genuine is
/// for [`verify`](super::verify) to say.
pub async fn latest(db: &Db) -> Result<Option<PruneRecord>> {
    let stub: Option<Json<PruneRecord>> = on!(db => query_scalar(
        "SELECT payload FROM audit_stubs ORDER BY first_seq DESC LIMIT 1",
    ).fetch_optional);
    Ok(stub.map(|Json(stub)| stub))
}

/// The day (UTC) before which the events were pruned; none where nothing was ever pruned. For lists that tell of events.
pub async fn pruned_before(db: &Db) -> Result<Option<jiff::civil::Date>> {
    let latest = latest(db).await?;
    Ok(latest.map(|stub| {
        stub.before
            .to_jiff()
            .to_zoned_datetime(jiff::tz::TimeZone::UTC)
            .date()
    }))
}

/// All stubs that are sealed, the oldest first.
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

/// Writes a stub, open: from now on in this transaction the events that it covers may be deleted.
pub(super) async fn open(tx: &mut Tx, key: &AuditKey, stub: &PruneRecord) -> Result<()> {
    let payload = serde_json::to_string(stub).map_err(Error::stored)?;
    let seal = key.seal_as(SEAL_PURPOSE, &payload);
    within!(tx => query(
        "INSERT INTO audit_stubs (first_seq, last_seq, payload, seal, is_open) VALUES ($1, $2, $3, $4, TRUE)",
        stub.first, stub.last, &payload, &seal,
    ).execute);
    Ok(())
}

/// Seals every stub that `old` sealed with `new`; what stubs say stays as it is.
pub(super) async fn reseal_all(tx: &mut Tx, old: &AuditKey, new: &AuditKey) -> Result<()> {
    let rows: Vec<(i64, String, Vec<u8>)> = within!(tx => query_as(
        "SELECT first_seq, payload, seal FROM audit_stubs",
    ).fetch_all);
    for (first, payload, seal) in rows {
        // One that the old key did not seal stays broken.
        if old.seal_as(SEAL_PURPOSE, &payload) == seal {
            within!(tx => query(
                "UPDATE audit_stubs SET seal = $1 WHERE first_seq = $2",
                new.seal_as(SEAL_PURPOSE, &payload), first,
            ).execute);
        }
    }
    Ok(())
}

/// Closes a stub: nothing more is deleted under it.
pub(super) async fn close(tx: &mut Tx, stub: &PruneRecord) -> Result<()> {
    within!(tx => query(
        "UPDATE audit_stubs SET is_open = FALSE WHERE first_seq = $1", stub.first,
    ).execute);
    Ok(())
}

/// The hash of the event before this number as hexadecimal, as events and stubs tell it; empty before the first.
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
