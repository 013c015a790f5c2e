//! Settings of the webhook: its address, its kinds of events, and the replacement of its secret.

use secrecy::SecretString;

use super::{Error, secret};
use crate::app::App;
use crate::db::{self, Tx, settings as stored_settings};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::notification::NotificationKind;
use crate::domain::webhook::WebhookSettings;

/// Outcome of saving the settings.
#[derive(Debug)]
pub enum SaveOutcome {
    /// The settings are as requested.
    Done,
    /// The settings are as requested, and the webhook got its first secret.
    FirstSecret(SecretString),
    /// Someone else changed them since the form was shown. Holds the current ones.
    Stale(WebhookSettings),
}

/// Returns the settings.
pub async fn settings(app: &App) -> db::Result<WebhookSettings> {
    let stored = stored_settings::value(&app.db, stored_settings::WEBHOOK).await?;
    Ok(WebhookSettings::parse(stored.as_deref()))
}

/// Saves address and kinds. `version` is that of the settings that the form showed. An empty
/// address turns the webhook off.
///
/// # Errors
/// Fails with [`Error`].
pub async fn save(
    app: &App,
    actor: &Actor,
    url: String,
    kinds: Vec<NotificationKind>,
    version: i64,
) -> Result<SaveOutcome, Error> {
    let mut tx = app.db.begin().await?;
    let now = lock(&mut tx).await?;
    if (&now.url, &now.kinds) == (&url, &kinds) {
        return Ok(SaveOutcome::Done);
    }
    if now.version != version {
        return Ok(SaveOutcome::Stale(now));
    }
    let mut new = WebhookSettings {
        url,
        kinds,
        version: now.version + 1,
        ..now.clone()
    };
    let mut first = None;
    if new.is_on() && new.sealed_secret.is_empty() {
        let (secret, sealed) = secret::create(app)?;
        new.sealed_secret = sealed;
        first = Some(secret);
    }
    write(&mut tx, &new).await?;
    let event = Event {
        before: Some(now.describe()),
        after: Some(new.describe()),
        ..event(actor)
    };
    db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    tx.commit().await?;
    Ok(first.map_or(SaveOutcome::Done, SaveOutcome::FirstSecret))
}

/// Replaces the secret, and returns the new one. Returns `None` while the webhook is off.
///
/// # Errors
/// Fails with [`Error`].
pub async fn replace_secret(app: &App, actor: &Actor) -> Result<Option<SecretString>, Error> {
    let mut tx = app.db.begin().await?;
    let mut settings = lock(&mut tx).await?;
    if !settings.is_on() {
        return Ok(None);
    }
    let (secret, sealed) = secret::create(app)?;
    settings.sealed_secret = sealed;
    settings.version += 1;
    write(&mut tx, &settings).await?;
    let event = Event {
        message: "Its secret was replaced.".to_owned(),
        ..event(actor)
    };
    db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    tx.commit().await?;
    Ok(Some(secret))
}

async fn lock(tx: &mut Tx) -> db::Result<WebhookSettings> {
    stored_settings::set_if_absent(tx, stored_settings::WEBHOOK, "").await?;
    let stored = stored_settings::lock(tx, stored_settings::WEBHOOK).await?;
    Ok(WebhookSettings::parse(stored.as_deref()))
}

async fn write(tx: &mut Tx, settings: &WebhookSettings) -> db::Result<()> {
    let stored = serde_json::json!(settings).to_string();
    stored_settings::set(tx, stored_settings::WEBHOOK, &stored).await
}

pub(super) fn event(actor: &Actor) -> Event {
    Event::by_actor(
        actor,
        EventKind::WebhookChanged,
        EventOutcome::Done,
        "Webhook",
    )
}
