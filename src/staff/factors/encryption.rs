//! Encryption of seeds and hashing of recovery codes, for storage.
//!
//! The keys are derived from the secret key. Each value is bound to its owner, so that a row copied
//! to another person is worthless.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::app::App;
use crate::db::{Tx, factors};
use crate::domain::ids::StaffId;
use crate::staff::{Error, random_bytes};

/// Length of the nonce in bytes. The nonce precedes the encrypted seed.
const NONCE_LENGTH: usize = 24;

/// Encrypts a seed for its owner.
pub(super) fn encrypt(app: &App, staff: StaffId, seed: &[u8]) -> Result<Vec<u8>, Error> {
    let nonce = random_bytes::<NONCE_LENGTH>()?;
    let holder = staff.as_uuid();
    let payload = Payload {
        msg: seed,
        aad: holder.as_bytes(),
    };
    let sealed = cipher(app).encrypt(&XNonce::from(nonce), payload);
    let sealed = sealed.map_err(|_| Error::Hash("a seed could not be encrypted".to_owned()))?;
    Ok([&nonce[..], &sealed].concat())
}

/// Decrypts a seed. Returns `None` if it was encrypted with another secret key.
pub(super) fn decrypt(app: &App, staff: StaffId, sealed: &[u8]) -> Option<Vec<u8>> {
    let opened = try_decrypt(app, staff, sealed);
    if opened.is_none() {
        tracing::error!(
            "the seed of an authenticator app cannot be decrypted: was PORTAL_SECRET_KEY changed?"
        );
    }
    opened
}

fn try_decrypt(app: &App, staff: StaffId, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LENGTH>()?;
    let holder = staff.as_uuid();
    let payload = Payload {
        msg: sealed,
        aad: holder.as_bytes(),
    };
    cipher(app).decrypt(&XNonce::from(*nonce), payload).ok()
}

/// Encrypts every seed with the key of `new` instead of that of `old`. Returns the owner of a seed
/// that neither key decrypts, if there is one.
///
/// # Errors
/// Fails if the database or the system's randomness fails.
pub async fn reencrypt_seeds(tx: &mut Tx, old: &App, new: &App) -> Result<Option<StaffId>, Error> {
    for (staff, sealed) in factors::seeds(tx).await? {
        if let Some(seed) = try_decrypt(old, staff, &sealed) {
            factors::set_seed(tx, staff, &encrypt(new, staff, &seed)?).await?;
        } else if try_decrypt(new, staff, &sealed).is_none() {
            return Ok(Some(staff));
        }
    }
    Ok(None)
}

fn cipher(app: &App) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&app.derived_key("totp").into())
}

/// Returns the stored hash of a recovery code.
pub(super) fn hash_code(app: &App, staff: StaffId, code: &str) -> Vec<u8> {
    // HMAC pads a shorter key to its block size with zeros. Padding it here makes the length always
    // valid.
    let mut block = [0; 64];
    block[..32].copy_from_slice(&app.derived_key("recovery codes"));
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new(&block.into());
    mac.update(staff.as_uuid().as_bytes());
    mac.update(code.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
