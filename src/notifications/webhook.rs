//! The team's webhook: its settings with the secret, and the delivery of events.

mod delivery;
mod secret;
mod settings;

pub use delivery::{deliver_due, redeliver, send_test};
pub use secret::reencrypt_secret;
pub use settings::{Error, SaveOutcome, replace_secret, save, settings};
