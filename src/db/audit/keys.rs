//! Keys that seal the audit: the current one and the earlier ones.
//! The head names the key by its fingerprint. Earlier keys are stored, encrypted with the current
//! one, so that events from before a rotation can still be verified.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use super::{AuditKey, prune_records, unhex, verification_log};
use crate::db::{Db, Error, Result, Tx, settings};

/// Length of a nonce, in bytes.
const NONCE_LEN: usize = 24;

/// All keys that sealed events. An earlier key has the number of its last event.
pub(super) struct KeyRing {
    earlier: Vec<(i64, AuditKey)>,
    current: AuditKey,
}

impl KeyRing {
    /// Returns the key that sealed the event with this number.
    pub(super) fn key_of(&self, seq: i64) -> &AuditKey {
        let earlier = self.earlier.iter().find(|(last, _)| seq <= *last);
        earlier.map_or(&self.current, |(_, key)| key)
    }
}

/// Number and key fingerprint of the stored head.
type Head = (i64, Option<String>);

/// Binds the database to this key, or checks that it is bound to it.
/// Of two concurrent calls, the first one binds.
///
/// # Errors
/// Fails with [`Error::OtherSecretKey`] if it is bound to another key, or if another key sealed its
/// latest event.
pub async fn bind(db: &Db, key: &AuditKey) -> Result<()> {
    let mut tx = db.begin().await?;
    lock_head(&mut tx, key).await?;
    set_fingerprint(&mut tx, key).await?;
    tx.commit().await
}

/// Checks like [`bind`], but writes nothing. For commands that only read.
///
/// # Errors
/// Fails with [`Error::OtherSecretKey`] if it is bound to another key, or if another key sealed its
/// latest event.
pub async fn check_binding(db: &Db, key: &AuditKey) -> Result<()> {
    let mut tx = db.begin().await?;
    let head: Option<Head> = within!(&mut tx => query_as(
        "SELECT seq, key_fingerprint FROM audit_head WHERE id = 1",
    ).fetch_optional);
    match head {
        Some((seq, fingerprint)) => check_key(&mut tx, key, seq, fingerprint).await,
        None => Ok(()),
    }
}

/// Locks the head for this transaction and checks that this key may continue from it.
/// Returns the number of the latest event.
async fn lock_head(tx: &mut Tx, key: &AuditKey) -> Result<i64> {
    within!(tx => query(
        "INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, $1) ON CONFLICT (id) DO NOTHING",
        Vec::<u8>::new(),
    ).execute);
    let (seq, fingerprint): Head = within!(tx => query_as(
        "UPDATE audit_head SET seq = seq WHERE id = 1 RETURNING seq, key_fingerprint",
    ).fetch_one);
    check_key(tx, key, seq, fingerprint).await?;
    Ok(seq)
}

/// Checks that this key may continue after the event `seq`.
/// A head has no fingerprint if it is older than fingerprints, or if nothing was appended yet. Then
/// the key must have sealed the latest event, if there is one.
pub(super) async fn check_key(
    tx: &mut Tx,
    key: &AuditKey,
    seq: i64,
    fingerprint: Option<String>,
) -> Result<()> {
    let fits = match &fingerprint {
        Some(fingerprint) => *fingerprint == key.fingerprint(),
        None => seq == 0 || has_sealed(tx, key, seq).await?,
    };
    if fits {
        return Ok(());
    }
    Err(Error::OtherSecretKey {
        expected: fingerprint,
        given: key.fingerprint().to_owned(),
    })
}

/// Returns `true` if this key sealed the event with this number.
async fn has_sealed(tx: &mut Tx, key: &AuditKey, seq: i64) -> Result<bool> {
    let event: Option<(String, Vec<u8>)> = within!(tx => query_as(
        "SELECT payload, hash FROM audit_events WHERE seq = $1", seq,
    ).fetch_optional);
    let previous = unhex(&prune_records::hash_before(tx, seq).await?);
    Ok(match (event, previous) {
        (Some((payload, hash)), Some(previous)) => key.seal(&previous, seq, &payload) == hash,
        _ => false,
    })
}

async fn set_fingerprint(tx: &mut Tx, key: &AuditKey) -> Result<()> {
    within!(tx => query(
        "UPDATE audit_head SET key_fingerprint = $1 WHERE id = 1", key.fingerprint(),
    ).execute);
    Ok(())
}

/// Replaces the key. Returns the number of the last event that `old` sealed.
/// Events up to that one are still verified with `old`; later ones are sealed with `new`. The
/// caller must append the event that records the rotation.
///
/// # Errors
/// Fails with [`Error::OtherSecretKey`] if `old` is not the current key.
pub async fn rotate(tx: &mut Tx, old: &AuditKey, new: &AuditKey) -> Result<i64> {
    let last = lock_head(tx, old).await?;
    let kept: Vec<(i64, String, Vec<u8>)> = within!(tx => query_as(
        "SELECT last_seq, fingerprint, sealed_key FROM audit_keys ORDER BY last_seq",
    ).fetch_all);
    for (last_seq, fingerprint, sealed) in kept {
        let earlier = decrypt_key(old, last_seq, &fingerprint, &sealed).ok_or_else(|| {
            Error::stored(format_args!(
                "the key of the events up to {last_seq} cannot be decrypted"
            ))
        })?;
        save_earlier_key(tx, new, last_seq, &earlier).await?;
    }
    if last > 0 {
        save_earlier_key(tx, new, last, old).await?;
    }
    prune_records::reseal_all(tx, old, new).await?;
    // If the stored result of the last verification is lost, the next verification replaces it.
    if let Some(kept) = settings::value_in_tx(tx, settings::AUDIT_VERIFICATION).await? {
        match verification_log::unseal(old, &kept) {
            Some(checked) => verification_log::save_result(tx, new, &checked).await?,
            None => settings::remove(tx, settings::AUDIT_VERIFICATION)
                .await
                .map(|_| ())?,
        }
    }
    set_fingerprint(tx, new).await?;
    Ok(last)
}

/// Stores an earlier key, encrypted with the current one.
async fn save_earlier_key(
    tx: &mut Tx,
    with: &AuditKey,
    last_seq: i64,
    earlier: &AuditKey,
) -> Result<()> {
    let bound = associated_data(last_seq, earlier.fingerprint());
    // Derives the nonce from the content: it repeats only with the same content.
    let mut nonce = [0; NONCE_LEN];
    nonce.copy_from_slice(&with.seal_as("nonce of an earlier key", &bound)[..NONCE_LEN]);
    let payload = Payload {
        msg: &earlier.bytes,
        aad: bound.as_bytes(),
    };
    let sealed = cipher(with).encrypt(&XNonce::from(nonce), payload);
    let sealed =
        sealed.map_err(|_| Error::stored("an earlier key of the audit could not be encrypted"))?;
    within!(tx => query(
        "INSERT INTO audit_keys (last_seq, fingerprint, sealed_key) VALUES ($1, $2, $3)
         ON CONFLICT (last_seq) DO UPDATE SET sealed_key = excluded.sealed_key",
        last_seq, earlier.fingerprint(), [&nonce[..], &sealed].concat(),
    ).execute);
    Ok(())
}

/// Decrypts an earlier key.
/// Returns `None` if it was encrypted with another key or was changed.
fn decrypt_key(
    with: &AuditKey,
    last_seq: i64,
    fingerprint: &str,
    sealed: &[u8],
) -> Option<AuditKey> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let bound = associated_data(last_seq, fingerprint);
    let payload = Payload {
        msg: sealed,
        aad: bound.as_bytes(),
    };
    let opened = cipher(with).decrypt(&XNonce::from(*nonce), payload).ok()?;
    Some(AuditKey::new(opened.as_slice().try_into().ok()?))
}

fn associated_data(last_seq: i64, fingerprint: &str) -> String {
    format!("{fingerprint} up to {last_seq}")
}

fn cipher(with: &AuditKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&with.derive_key("earlier keys of the audit").into())
}

/// Returns all keys of the audit.
/// Returns `None` if an earlier one cannot be decrypted with the current one.
pub(super) async fn key_ring(db: &Db, key: &AuditKey) -> Result<Option<KeyRing>> {
    let rows: Vec<(i64, String, Vec<u8>)> = on!(db => query_as(
        "SELECT last_seq, fingerprint, sealed_key FROM audit_keys ORDER BY last_seq",
    ).fetch_all);
    let earlier: Option<Vec<_>> = rows
        .iter()
        .map(|(last, fingerprint, sealed)| {
            Some((*last, decrypt_key(key, *last, fingerprint, sealed)?))
        })
        .collect();
    Ok(earlier.map(|earlier| KeyRing {
        earlier,
        current: key.clone(),
    }))
}
