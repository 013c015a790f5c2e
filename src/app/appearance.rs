//! The reseller's own name and accent color: kept in memory, and changed by an owner.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::App;
use crate::db::{self, settings};
use crate::domain::actor::Actor;
use crate::domain::appearance::Appearance;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::time::Timestamp;

/// Age from which the appearance is read again. Another replica may have changed it.
const MAX_AGE: Duration = Duration::from_secs(10);
/// Maximum duration of reading it.
const READ_TIMEOUT: Duration = Duration::from_millis(500);

/// The appearance that was last read, and the time at which reading it began.
#[derive(Debug, Default)]
pub(super) struct KnownAppearance(Mutex<(Option<Timestamp>, Arc<Appearance>)>);

impl KnownAppearance {
    /// Returns what is known, and `true` if the caller must read it again.
    fn get(&self, now: Timestamp) -> (Arc<Appearance>, bool) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let max_age = i64::try_from(MAX_AGE.as_millis()).unwrap_or(i64::MAX);
        let is_fresh = known.0.is_some_and(|read_at| {
            let age = now.as_millis().saturating_sub(read_at.as_millis());
            (0..max_age).contains(&age)
        });
        if !is_fresh {
            known.0 = Some(now);
        }
        (Arc::clone(&known.1), !is_fresh)
    }

    fn set(&self, appearance: Appearance) -> Arc<Appearance> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A read that began before a change may end after it.
        if appearance.version >= known.1.version {
            known.1 = Arc::new(appearance);
        }
        Arc::clone(&known.1)
    }
}

/// Outcome of saving the appearance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppearanceOutcome {
    /// The appearance is as requested.
    Done,
    /// Someone else changed it since the form was shown. Holds the current one.
    Stale(Appearance),
}

impl App {
    /// Returns the name and accent color that were last read, for a page that must not wait for
    /// them. If they are old, they are read in the background, for the next page.
    #[must_use]
    pub fn known_appearance(&self) -> Arc<Appearance> {
        let (known, is_due) = self.appearance.get(self.clock.now());
        if is_due {
            let app = self.clone();
            self.tasks.spawn(async move { app.appearance().await });
        }
        known
    }

    /// Reads the name and accent color. If the database does not answer in time, they are those
    /// that were last known.
    pub async fn appearance(&self) -> Arc<Appearance> {
        let (known, _) = self.appearance.get(self.clock.now());
        let stored = settings::value(&self.db, settings::APPEARANCE);
        match tokio::time::timeout(READ_TIMEOUT, stored).await {
            Ok(Ok(stored)) => self.appearance.set(Appearance::parse(stored.as_deref())),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the name and color of the portal could not be read");
                known
            }
            Err(_) => known,
        }
    }

    /// Saves name and accent color. Their version is the one that the form showed.
    ///
    /// # Errors
    /// Fails if the database does.
    pub async fn save_appearance(
        &self,
        actor: &Actor,
        mut new: Appearance,
    ) -> db::Result<AppearanceOutcome> {
        let mut tx = self.db.begin().await?;
        settings::set_if_absent(&mut tx, settings::APPEARANCE, "").await?;
        let stored = settings::lock(&mut tx, settings::APPEARANCE).await?;
        let now = Appearance::parse(stored.as_deref());
        if (&now.name, now.accent) == (&new.name, new.accent) {
            return Ok(AppearanceOutcome::Done);
        }
        if now.version != new.version {
            return Ok(AppearanceOutcome::Stale(now));
        }
        new.version += 1;
        let stored = serde_json::json!(new).to_string();
        settings::set(&mut tx, settings::APPEARANCE, &stored).await?;
        let event = Event {
            before: Some(now.describe()),
            after: Some(new.describe()),
            ..Event::by_actor(
                actor,
                EventKind::SettingsChanged,
                EventOutcome::Done,
                "Name and color of the portal",
            )
        };
        db::audit::append(&mut tx, &self.audit_key, self.clock.now(), &event).await?;
        tx.commit().await?;
        self.appearance.set(new);
        Ok(AppearanceOutcome::Done)
    }
}
