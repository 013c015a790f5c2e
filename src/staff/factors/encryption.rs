//! Encryption of seeds and hashing of recovery codes, for storage.
//!
//! The keys are derived from the secret key. Each value is bound to its owner, so that a row copied
//! to another person is worthless. The app's `encrypt` does it for seeds.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::app::App;
use crate::db::{Tx, factors};
use crate::domain::ids::StaffId;
use crate::staff::Error;

/// Purpose of the key that encrypts seeds.
const PURPOSE: &str = "totp";

/// Encrypts a seed for its owner.
pub(super) fn encrypt(app: &App, staff: StaffId, seed: &[u8]) -> Result<Vec<u8>, Error> {
    let sealed = app.encrypt(PURPOSE, staff.as_uuid().as_bytes(), seed);
    sealed.map_err(|error| Error::Hash(error.to_string()))
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
    app.decrypt(PURPOSE, staff.as_uuid().as_bytes(), sealed)
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
