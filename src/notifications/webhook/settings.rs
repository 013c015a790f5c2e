//! Settings of the webhook: its address, its kinds of events, and the replacement of its secret.

use secrecy::SecretString;

use super::{Error, secret};
use crate::app::{App, StoredSetting, read_json, write_json};
use crate::db::{self, settings as stored_settings};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind};
use crate::domain::notification::NotificationKind;
use crate::domain::webhook::WebhookSettings;

impl StoredSetting for WebhookSettings {
    const NAME: &'static str = stored_settings::WEBHOOK;
    const TARGET: &'static str = "Webhook";
    const EVENT: EventKind = EventKind::WebhookChanged;

    fn read(stored: &str) -> Option<Self> {
        read_json(stored)
    }

    fn write(&self) -> String {
        write_json(self)
    }

    fn describe(&self) -> String {
        self.describe()
    }

    fn event(&self, before: &Self, actor: &Actor) -> Event {
        if (&before.url, &before.kinds) == (&self.url, &self.kinds) {
            return Event {
                message: "Its secret was replaced.".to_owned(),
                ..Self::bare_event(actor)
            };
        }
        Event {
            before: Some(before.describe()),
            after: Some(self.describe()),
            ..Self::bare_event(actor)
        }
    }
}

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
    app.setting().await
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
    let mut outcome = SaveOutcome::Done;
    let decide = |now: &WebhookSettings| {
        if (&now.url, &now.kinds) == (&url, &kinds) {
            return Ok::<_, Error>(None);
        }
        if now.version != version {
            outcome = SaveOutcome::Stale(now.clone());
            return Ok(None);
        }
        let mut new = WebhookSettings {
            url,
            kinds,
            version: now.version + 1,
            ..now.clone()
        };
        if new.is_on() && new.sealed_secret.is_empty() {
            let (secret, sealed) = secret::create(app)?;
            new.sealed_secret = sealed;
            outcome = SaveOutcome::FirstSecret(secret);
        }
        Ok(Some(new))
    };
    app.change_setting(actor, decide).await?;
    Ok(outcome)
}

/// Replaces the secret, and returns the new one. Returns `None` while the webhook is off.
///
/// # Errors
/// Fails with [`Error`].
pub async fn replace_secret(app: &App, actor: &Actor) -> Result<Option<SecretString>, Error> {
    let mut replaced = None;
    let decide = |now: &WebhookSettings| {
        if !now.is_on() {
            return Ok::<_, Error>(None);
        }
        let (secret, sealed_secret) = secret::create(app)?;
        replaced = Some(secret);
        Ok(Some(WebhookSettings {
            sealed_secret,
            version: now.version + 1,
            ..now.clone()
        }))
    };
    app.change_setting(actor, decide).await?;
    Ok(replaced)
}
