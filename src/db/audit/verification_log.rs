//! Results of verifying the chain, and the progress of a running verification.
//! The result is sealed, because otherwise anyone with write access to the database could fake it.

use serde::{Deserialize, Serialize};

use super::{AuditKey, hex, prune_records, unhex};
use crate::db::{Db, Error, Result, Tx, settings};
use crate::domain::time::Timestamp;

/// Purpose of the seal, so that it cannot be used for another kind of text.
const SEAL_PURPOSE: &str = "audit check";

/// Verdict of a verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The chain holds up to the event with this number.
    Holds {
        /// Number of the last event, which is also how many were ever recorded.
        events: i64,
        /// Number of the oldest events that were pruned under sealed stubs.
        pruned: i64,
        /// Hash of the last event, as hexadecimal.
        head: String,
    },
    /// The chain breaks at this number, for this reason.
    Broken {
        /// Number of the first event that does not fit.
        seq: i64,
        /// Reason why it does not fit.
        why: String,
    },
}

impl Verdict {
    /// Returns number and hash of the last event if the chain holds.
    #[must_use]
    pub fn head(&self) -> Option<(i64, String)> {
        match self {
            Self::Holds { events, head, .. } => Some((*events, head.clone())),
            Self::Broken { .. } => None,
        }
    }
}

/// Result of a finished verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationResult {
    /// Start of the verification.
    pub started_at: Timestamp,
    /// End of the verification.
    pub finished_at: Timestamp,
    /// Verdict of the verification.
    pub verdict: Verdict,
    /// Number and hash of the last event when the chain last held.
    /// Every later verification expects this event in the chain.
    pub noted: Option<(i64, String)>,
}

/// Progress of a running verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationProgress {
    /// Start of the verification.
    pub started_at: Timestamp,
    /// Time of the last report of its progress.
    pub seen_at: Timestamp,
    /// Number of the last event that was verified.
    pub judged: i64,
    /// Number of the last event to verify.
    pub of: i64,
}

/// Returns the result of the last verification.
/// Returns `None` if there was none, or if the stored result was changed.
pub async fn latest_result(db: &Db, key: &AuditKey) -> Result<Option<VerificationResult>> {
    let kept = settings::value(db, settings::AUDIT_VERIFICATION).await?;
    Ok(kept.and_then(|kept| unseal(key, &kept)))
}

/// Returns the stored result if this key sealed it.
pub(super) fn unseal(key: &AuditKey, kept: &str) -> Option<VerificationResult> {
    let (seal, payload) = kept.split_once(' ')?;
    let genuine = unhex(seal)? == key.seal_as(SEAL_PURPOSE, payload);
    serde_json::from_str(payload).ok().filter(|_| genuine)
}

/// Stores the result of a verification.
pub async fn save_result(tx: &mut Tx, key: &AuditKey, checked: &VerificationResult) -> Result<()> {
    let payload = serde_json::to_string(checked).map_err(Error::stored)?;
    let kept = format!("{} {payload}", hex(&key.seal_as(SEAL_PURPOSE, &payload)));
    settings::set(tx, settings::AUDIT_VERIFICATION, &kept).await
}

/// Returns the progress of the running verification, or of one whose process ended.
pub async fn progress(db: &Db) -> Result<Option<VerificationProgress>> {
    let kept = settings::value(db, settings::AUDIT_VERIFICATION_PROGRESS).await?;
    Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()))
}

/// Stores the progress of a verification. `None` means that it ended.
pub async fn set_progress(tx: &mut Tx, running: Option<VerificationProgress>) -> Result<()> {
    match running {
        Some(running) => {
            let kept = serde_json::to_string(&running).map_err(Error::stored)?;
            settings::set(tx, settings::AUDIT_VERIFICATION_PROGRESS, &kept).await
        }
        None => settings::remove(tx, settings::AUDIT_VERIFICATION_PROGRESS)
            .await
            .map(|_| ()),
    }
}

/// Returns `true` if an event with this number and hash is still in the chain.
/// If events were pruned together, only the hash of the last one is known.
pub async fn is_still_in_chain(db: &Db, key: &AuditKey, seq: i64, hash: &str) -> Result<bool> {
    let event: Option<Vec<u8>> = on!(db => query_scalar(
        "SELECT hash FROM audit_events WHERE seq = $1", seq,
    ).fetch_optional);
    if let Some(event) = event {
        return Ok(hex(&event) == hash);
    }
    let stubs = prune_records::authentic(db, key).await?;
    let pruned = stubs
        .iter()
        .find(|stub| stub.first <= seq && seq <= stub.last);
    Ok(pruned.is_some_and(|stub| stub.last != seq || stub.hash_after == hash))
}

/// Returns the number of the newest event; 0 if there is none.
pub async fn newest_seq(db: &Db) -> Result<i64> {
    Ok(on!(db => query_scalar("SELECT COALESCE(MAX(seq), 0) FROM audit_events").fetch_one))
}
