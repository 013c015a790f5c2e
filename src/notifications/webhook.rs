//! The team's webhook: its settings with the secret, and the delivery of events.

mod delivery;
mod secret;
mod settings;

pub use delivery::{deliver_due, redeliver, send_test};
pub use secret::reencrypt_secret;
pub use settings::{SaveOutcome, replace_secret, save, settings};

use crate::app::EncryptionError;
use crate::db;

/// Reason why the webhook could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The secret could not be encrypted.
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
    /// The system gives no random bytes.
    #[error("no random bytes: {0}")]
    Random(String),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}
