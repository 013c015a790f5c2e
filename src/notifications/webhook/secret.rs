//! Secret with which events are signed. It is shown once and stored encrypted.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};

use super::Error;
use crate::app::{App, StoredSetting};
use crate::db::{self, Tx, settings};
use crate::domain::webhook::WebhookSettings;

/// Purpose of the key that encrypts the secret, and owner of the secret.
const PURPOSE: &str = "webhook";
/// Prefix by which people and scanners recognize a secret.
const PREFIX: &str = "whsec_";

/// Creates a secret, and returns it with its encrypted form.
pub(super) fn create(app: &App) -> Result<(SecretString, String), Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Error::Random(error.to_string()))?;
    let secret = SecretString::from(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)));
    let sealed = seal(app, secret.expose_secret().as_bytes())?;
    Ok((secret, sealed))
}

fn seal(app: &App, secret: &[u8]) -> Result<String, Error> {
    Ok(STANDARD.encode(app.encrypt(PURPOSE, PURPOSE.as_bytes(), secret)?))
}

/// Returns the secret. Returns `None` if there is none, or if another secret key encrypted it.
pub(super) fn open(app: &App, sealed: &str) -> Option<SecretString> {
    let sealed = STANDARD.decode(sealed).ok()?;
    let secret = app.decrypt(PURPOSE, PURPOSE.as_bytes(), &sealed)?;
    String::from_utf8(secret).ok().map(SecretString::from)
}

/// Encrypts the secret with the key of `new` instead of that of `old`. Returns `false` if neither
/// key decrypts it.
///
/// # Errors
/// Fails if the database or the system's randomness fails.
pub async fn reencrypt_secret(tx: &mut Tx, old: &App, new: &App) -> Result<bool, Error> {
    let stored = settings::lock(tx, settings::WEBHOOK).await?;
    let mut now = WebhookSettings::parse(stored.as_deref());
    if now.sealed_secret.is_empty() || open(new, &now.sealed_secret).is_some() {
        return Ok(true);
    }
    let Some(secret) = open(old, &now.sealed_secret) else {
        return Ok(false);
    };
    now.sealed_secret = seal(new, secret.expose_secret().as_bytes())?;
    let stored = serde_json::json!(now).to_string();
    let written: db::Result<()> = settings::set(tx, settings::WEBHOOK, &stored).await;
    written?;
    Ok(true)
}
