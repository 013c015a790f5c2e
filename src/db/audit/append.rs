//! Appending events to the audit.

use super::{AuditKey, SealedEvent, keys, search_text};
use crate::db::{Db, Error, Result, Tx};
use crate::domain::audit::Event;
use crate::domain::time::Timestamp;

/// Appends an event. This must be the last step of the transaction that it describes.
/// Returns the number of the event.
///
/// # Errors
/// Fails with [`Error::OtherSecretKey`] if another key sealed the previous event, or with the error
/// of the database.
pub async fn append(tx: &mut Tx, key: &AuditKey, at: Timestamp, event: &Event) -> Result<i64> {
    within!(tx => query(
        "INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, $1) ON CONFLICT (id) DO NOTHING",
        Vec::<u8>::new(),
    ).execute);
    let (seq, previous, fingerprint): (i64, Vec<u8>, Option<String>) = within!(tx => query_as(
        "UPDATE audit_head SET seq = seq + 1 WHERE id = 1 RETURNING seq, hash, key_fingerprint",
    ).fetch_one);
    keys::check_key(tx, key, seq - 1, fingerprint).await?;
    let sealed = SealedEvent {
        seq,
        at,
        event: event.clone(),
    };
    let payload = serde_json::to_string(&sealed).map_err(Error::stored)?;
    let hash = key.seal(&previous, seq, &payload);
    within!(tx => query(
        "INSERT INTO audit_events (seq, at, kind, outcome, staff_id, account_id, operation_id, job_id, payload, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        seq, at, event.kind, event.outcome, event.who.as_ref().map(|who| who.staff_id),
        &event.account, event.operation, event.job, &payload, &hash,
    ).execute);
    within!(tx => query(
        "UPDATE audit_head SET hash = $1, key_fingerprint = $2 WHERE id = 1",
        &hash, key.fingerprint(),
    ).execute);
    search_text::insert(tx, seq, &search_text::of_event(event)).await?;
    Ok(seq)
}

/// Appends one event in its own transaction, if nothing else in the database changes.
pub async fn record(db: &Db, key: &AuditKey, at: Timestamp, event: &Event) -> Result<i64> {
    let mut tx = db.begin().await?;
    let seq = append(&mut tx, key, at, event).await?;
    tx.commit().await?;
    Ok(seq)
}
