//! Settings that people change in the portal: each is read, and saved with an audit event.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use uuid::Uuid;

use super::App;
use crate::config::Settings;
use crate::db::{self, settings};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};

/// Setting that people change in the portal. The default applies until then.
pub trait StoredSetting: Clone + Default + PartialEq + Send + Sync {
    /// Name under which it is stored.
    const NAME: &'static str;
    /// Target of its events.
    const TARGET: &'static str;
    /// Kind of its events.
    const EVENT: EventKind = EventKind::SettingsChanged;

    /// Reads the stored text.
    fn read(stored: &str) -> Option<Self>;

    /// Writes the text to store.
    fn write(&self) -> String;

    /// Describes the setting for the activity.
    fn describe(&self) -> String;

    /// Returns the event of a change from `before` to this.
    fn event(&self, before: &Self, actor: &Actor) -> Event {
        Event {
            before: Some(before.describe()),
            after: Some(self.describe()),
            ..Self::bare_event(actor)
        }
    }

    /// Returns the event of a change, without what changed.
    #[must_use]
    fn bare_event(actor: &Actor) -> Event {
        Event::by_actor(actor, Self::EVENT, EventOutcome::Done, Self::TARGET)
    }

    /// Returns the value that applies until someone changes it.
    #[must_use]
    fn initial(_: &Settings) -> Self {
        Self::default()
    }

    /// Takes note of the value, each time that it is read or saved.
    fn remember(&self, _: &App) {}

    /// Reads what is stored. Returns the default if that is nothing.
    #[must_use]
    fn parse(stored: Option<&str>) -> Self {
        Self::read_stored(stored).unwrap_or_default()
    }

    /// Reads what is stored. Returns `None` if that is nothing.
    #[must_use]
    fn read_stored(stored: Option<&str>) -> Option<Self> {
        let stored = stored.filter(|stored| !stored.is_empty());
        stored.and_then(Self::read)
    }
}

/// Setting with a number of its changes, so that an outdated form is detected.
pub trait VersionedSetting: StoredSetting {
    /// Returns the number of changes so far.
    fn version(&mut self) -> &mut i64;
}

/// Setting as it was last read or saved, with its version. `None` before that.
#[derive(Debug, Default)]
pub(super) struct KnownSetting<S>(Mutex<Option<(i64, Arc<S>)>>);

impl<S: VersionedSetting> KnownSetting<S> {
    pub(super) fn get(&self) -> Option<Arc<S>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().map(|(_, setting)| Arc::clone(setting))
    }

    pub(super) fn set(&self, setting: &S) {
        let mut setting = setting.clone();
        let version = *setting.version();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A read that began before a change may end after it.
        if known.as_ref().is_none_or(|(newest, _)| version >= *newest) {
            *known = Some((version, Arc::new(setting)));
        }
    }
}

/// Reads a setting that is stored as JSON.
#[must_use]
pub fn read_json<S: DeserializeOwned>(stored: &str) -> Option<S> {
    serde_json::from_str(stored).ok()
}

/// Writes a setting as JSON.
pub fn write_json<S: Serialize>(setting: &S) -> String {
    serde_json::json!(setting).to_string()
}

/// Outcome of saving a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaveOutcome<S> {
    /// The setting is as requested. Holds it with its new version.
    Saved(S),
    /// Someone else changed it since the form was shown. Holds the current one.
    Stale(S),
}

impl App {
    /// Returns a setting.
    ///
    /// # Errors
    /// Fails if the database does.
    pub async fn setting<S: StoredSetting>(&self) -> db::Result<S> {
        let stored = settings::value(&self.db, S::NAME).await?;
        let setting = self.parse_setting::<S>(stored.as_deref());
        setting.remember(self);
        Ok(setting)
    }

    /// Saves a setting. Its version is the one that the form showed.
    ///
    /// # Errors
    /// Fails if the database does.
    pub async fn save_setting<S: VersionedSetting>(
        &self,
        actor: &Actor,
        mut new: S,
    ) -> db::Result<SaveOutcome<S>> {
        let shown = *new.version();
        let mut outcome = None;
        let decide = |now: &S| {
            let current = *now.clone().version();
            *new.version() = current;
            if *now == new {
                outcome = Some(SaveOutcome::Saved(new));
                return Ok::<_, db::Error>(None);
            }
            if current != shown {
                outcome = Some(SaveOutcome::Stale(now.clone()));
                return Ok(None);
            }
            *new.version() += 1;
            outcome = Some(SaveOutcome::Saved(new.clone()));
            Ok(Some(new))
        };
        self.change_setting(actor, decide).await?;
        outcome.map_or_else(|| unreachable!("each path decides"), Ok)
    }

    /// Changes a setting to what `decide` returns for its current value, unless that is `None`.
    /// The setting is locked meanwhile, and the change is recorded.
    ///
    /// # Errors
    /// Fails if the database or `decide` does.
    pub async fn change_setting<S: StoredSetting, E: From<db::Error>>(
        &self,
        actor: &Actor,
        decide: impl FnOnce(&S) -> Result<Option<S>, E>,
    ) -> Result<(), E> {
        let mut tx = self.db.begin().await?;
        settings::set_if_absent(&mut tx, S::NAME, "").await?;
        let stored = settings::lock(&mut tx, S::NAME).await?;
        let now = self.parse_setting::<S>(stored.as_deref());
        let Some(new) = decide(&now)? else {
            return Ok(());
        };
        settings::set(&mut tx, S::NAME, &new.write()).await?;
        let revision = Uuid::new_v4().to_string();
        settings::set(&mut tx, settings::SETTINGS_REVISION, &revision).await?;
        let event = new.event(&now, actor);
        db::audit::append(&mut tx, &self.audit_key, self.clock.now(), &event).await?;
        tx.commit().await?;
        new.remember(self);
        Ok(())
    }

    pub(super) fn parse_setting<S: StoredSetting>(&self, stored: Option<&str>) -> S {
        S::read_stored(stored).unwrap_or_else(|| S::initial(&self.settings))
    }
}
