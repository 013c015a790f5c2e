//! The audit: events that are only ever appended. Each event seals the one before it.
//!
//! An event is appended as the last step of the transaction that it describes: take the next number
//! from the head, insert the event, move the head. Its hash is HMAC-SHA-256 over the previous hash,
//! its number, and the payload's text as stored.
//!
//! Each verb has a file: `append`, `read` (`timeline` for display), `verify` and `prune`.
//! `search_text` holds the searchable text, `keys` the sealing keys, `jsonl` the format of exports,
//! `prune_records` the stubs that replace pruned events, and `verification_log` the results of
//! verifications.

mod append;
pub mod jsonl;
pub mod keys;
pub mod prune;
pub mod prune_records;
mod read;
pub(in crate::db) mod search_text;
pub mod timeline;
pub mod verification_log;
pub mod verify;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::types::Json;
use crate::domain::audit::Event;
use crate::domain::time::Timestamp;

pub use append::{append, record};
pub use read::{EventFilter, count, has_job, latest, oldest};

/// Key that seals the audit, derived from `PORTAL_SECRET_KEY`.
#[derive(Clone)]
pub struct AuditKey {
    mac: Hmac<Sha256>,
    bytes: [u8; 32],
    fingerprint: String,
}

impl AuditKey {
    /// Creates the key from 32 derived bytes.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        // HMAC pads a shorter key to its block with zeros. Doing so here fixes the length at
        // compile time.
        let mut block = [0; 64];
        block[..bytes.len()].copy_from_slice(bytes);
        let mut key = Self {
            mac: <Hmac<Sha256> as KeyInit>::new(&block.into()),
            bytes: *bytes,
            fingerprint: String::new(),
        };
        key.fingerprint = hex(&key.derive_key("fingerprint")[..8]);
        key
    }

    /// Returns a text that identifies the key and reveals nothing of it.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Derives a key for one purpose.
    fn derive_key(&self, purpose: &str) -> [u8; 32] {
        let mut derived = [0; 32];
        let expanded = Hkdf::<Sha256>::from_prk(&self.bytes)
            .map(|key| key.expand(purpose.as_bytes(), &mut derived));
        if !matches!(expanded, Ok(Ok(()))) {
            unreachable!("HKDF takes 32 bytes and gives 32 bytes");
        }
        derived
    }

    fn seal(&self, previous: &[u8], seq: i64, payload: &str) -> Vec<u8> {
        let mut mac = self.mac.clone();
        mac.update(previous);
        mac.update(&seq.to_be_bytes());
        mac.update(payload.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    /// Seals a text that is not an event.
    /// The purpose prevents using the seal for another kind of text.
    fn seal_as(&self, purpose: &str, payload: &str) -> Vec<u8> {
        let mut mac = self.mac.clone();
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(payload.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }
}

impl std::fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuditKey(…)")
    }
}

/// Stored and sealed form of an event, with its number and time.
#[derive(Serialize, Deserialize)]
struct SealedEvent {
    seq: i64,
    at: Timestamp,
    #[serde(flatten)]
    event: Event,
}

/// Event as it was stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Entry {
    /// Number of the event, from 1 without gaps.
    pub seq: i64,
    /// Time of the event.
    pub at: Timestamp,
    /// Content of the event.
    #[sqlx(flatten, try_from = "Payload")]
    pub event: Event,
    /// Hash of the event, as hexadecimal.
    #[sqlx(flatten, try_from = "Hash")]
    pub hash: String,
}

from_columns!(Payload { payload: Json<SealedEvent> } => Event: payload.0.event);
from_columns!(Hash { hash: Vec<u8> } => String: hex(&hash));

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.trim().chars().map(|c| c.to_digit(16)).collect();
    let pairs = digits.filter(|digits| digits.len() % 2 == 0)?;
    pairs
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok())
        .collect()
}

/// Returns bytes as hexadecimal, the format in which heads are printed.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
