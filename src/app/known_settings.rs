//! Stored settings that every page needs, kept in memory. Another replica may change them.
//!
//! A request of a signed-in person reads the revision of the settings together with the session,
//! and the settings again if it changed. Other requests read them when they are a second old.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::App;
use super::stored_setting::StoredSetting;
use crate::db::settings::{self, SETTINGS_REVISION};
use crate::domain::appearance::Appearance;
use crate::domain::thresholds::Thresholds;
use crate::domain::time::Timestamp;

/// Age from which a request without a session reads the settings again.
const MAX_AGE: Duration = Duration::from_secs(1);
/// Maximum duration of reading them. The last known ones are used if it takes longer.
const READ_TIMEOUT: Duration = Duration::from_millis(500);

/// State of the settings in memory.
#[derive(Debug, Default)]
pub(super) struct KnownSettings(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Revision that was last read; empty if nothing was ever changed.
    revision: Option<String>,
    /// Time at which the last read began.
    read_at: Option<Timestamp>,
}

impl KnownSettings {
    fn with<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl App {
    /// Returns `true` if the settings are old, to the first of several callers.
    #[must_use]
    pub fn are_known_settings_due(&self) -> bool {
        let now = self.clock.now();
        let max_age = i64::try_from(MAX_AGE.as_millis()).unwrap_or(i64::MAX);
        self.known_settings.with(|known| {
            let is_recent = known.read_at.is_some_and(|read_at| {
                let age = now.as_millis().saturating_sub(read_at.as_millis());
                (0..max_age).contains(&age)
            });
            if !is_recent {
                known.read_at = Some(now);
            }
            !is_recent
        })
    }

    /// Reads the settings again if their revision in the database is another one than the known.
    pub async fn follow_settings(&self, revision: Option<&str>) {
        let revision = revision.unwrap_or_default();
        let is_known = self
            .known_settings
            .with(|known| known.revision.as_deref() == Some(revision));
        if !is_known {
            self.read_known_settings().await;
        }
    }

    /// Reads the settings. If the database does not answer in time, the last known ones stay.
    pub async fn read_known_settings(&self) {
        let names = [SETTINGS_REVISION, Appearance::NAME, Thresholds::NAME];
        let now = self.clock.now();
        let read = settings::values(&self.db, names);
        let values = match tokio::time::timeout(READ_TIMEOUT, read).await {
            Ok(Ok(values)) => values,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the stored settings could not be read");
                return;
            }
            Err(_) => return,
        };
        let value = |name: &str| values.get(name).map(String::as_str);
        self.parse_setting::<Appearance>(value(Appearance::NAME))
            .remember(self);
        self.parse_setting::<Thresholds>(value(Thresholds::NAME))
            .remember(self);
        self.known_settings.with(|known| {
            known.revision = Some(value(SETTINGS_REVISION).unwrap_or_default().to_owned());
            known.read_at = Some(now);
        });
    }
}
