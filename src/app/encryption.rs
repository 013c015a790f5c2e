//! Encryption of secrets for storage.
//!
//! The key is derived from the secret key, for one purpose. Each value is bound to its owner, so
//! that a value copied to another owner is worthless.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use super::App;

/// Length of the nonce in bytes. The nonce precedes the encrypted secret.
const NONCE_LENGTH: usize = 24;

/// Error of encrypting a secret.
#[derive(Debug, thiserror::Error)]
#[error("a secret could not be encrypted: {0}")]
pub struct EncryptionError(String);

impl App {
    /// Encrypts a secret for its owner.
    ///
    /// # Errors
    /// Fails if the system gives no random bytes.
    pub fn encrypt(
        &self,
        purpose: &'static str,
        owner: &[u8],
        secret: &[u8],
    ) -> Result<Vec<u8>, EncryptionError> {
        let mut nonce = [0; NONCE_LENGTH];
        getrandom::fill(&mut nonce).map_err(|error| EncryptionError(error.to_string()))?;
        let payload = Payload {
            msg: secret,
            aad: owner,
        };
        let sealed = self
            .cipher(purpose)
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|error| EncryptionError(error.to_string()))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Decrypts a secret. Returns `None` if it was encrypted with another secret key, for another
    /// purpose, or for another owner.
    #[must_use]
    pub fn decrypt(&self, purpose: &'static str, owner: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LENGTH>()?;
        let payload = Payload {
            msg: sealed,
            aad: owner,
        };
        self.cipher(purpose)
            .decrypt(&XNonce::from(*nonce), payload)
            .ok()
    }

    fn cipher(&self, purpose: &'static str) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.derived_key(purpose).into())
    }
}
