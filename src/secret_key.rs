//! Replacement of `PORTAL_SECRET_KEY`. Everything that depends on the key changes in one
//! transaction, or nothing does.

use crate::app::App;
use crate::db::{self, audit, factors};
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::notifications::webhook::{self, reencrypt_secret};
use crate::staff;
use crate::staff::factors::reencrypt_seeds;

/// Result of a rotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotationResult {
    /// Number of the last event that the old key sealed.
    pub last_event: i64,
    /// Fingerprint of the new key.
    pub fingerprint: String,
    /// Number of people who lost recovery codes and need new ones.
    pub people_without_codes: i64,
}

/// Reason why a key was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The two keys are the same.
    #[error("the new key is the old one; make another with: openssl rand -hex 32")]
    SameKey,
    /// A seed can be decrypted with neither key. Holds the email address of its owner.
    #[error(
        "the authenticator app of {0} can be decrypted with neither key; remove it first with the old key: \
         reseller-portal staff reset-factors {0}"
    )]
    Seed(String),
    /// The secret of the webhook can be decrypted with neither key.
    #[error(
        "the secret of the webhook can be decrypted with neither key; create another one under Settings first"
    )]
    Webhook,
    /// The secret of the webhook could not be encrypted.
    #[error(transparent)]
    WebhookSecret(#[from] webhook::Error),
    /// The credentials of the staff could not be changed.
    #[error(transparent)]
    Staff(#[from] staff::Error),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Replaces the key of `old` with the key of `new`. Both use the same database.
///
/// # Errors
/// Fails with [`Error`]. Everything then stays with the old key.
pub async fn rotate(old: &App, new: &App) -> Result<RotationResult, Error> {
    let (was, is) = (old.audit_key.fingerprint(), new.audit_key.fingerprint());
    if was == is {
        return Err(Error::SameKey);
    }
    let mut tx = new.db.begin().await?;
    // This comes first: it locks the head, so that nothing is sealed with the old key meanwhile.
    let last_event = audit::keys::rotate(&mut tx, &old.audit_key, &new.audit_key).await?;
    if let Some(staff) = reencrypt_seeds(&mut tx, old, new).await? {
        let whose = db::staff::by_id_in_tx(&mut tx, staff).await?;
        return Err(Error::Seed(
            whose.map(|staff| staff.email).unwrap_or_default(),
        ));
    }
    if !reencrypt_secret(&mut tx, old, new).await? {
        return Err(Error::Webhook);
    }
    // Recovery codes cannot be converted: only their hashes are stored, and those depend on the
    // key.
    let without_codes = factors::remove_all_codes(&mut tx).await?;
    let event = Event {
        before: Some(format!("fingerprint {was}")),
        after: Some(format!("fingerprint {is}")),
        message: format!(
            "From the server's command line. Recovery codes of {without_codes} people are void."
        ),
        ..Event::by_system(
            EventKind::SecretKeyReplaced,
            EventOutcome::Done,
            "PORTAL_SECRET_KEY",
        )
    };
    audit::append(&mut tx, &new.audit_key, new.clock.now(), &event).await?;
    tx.commit().await?;
    Ok(RotationResult {
        last_event,
        fingerprint: is.to_owned(),
        people_without_codes: without_codes,
    })
}
