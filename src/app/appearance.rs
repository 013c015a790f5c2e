//! The reseller's own name, accent color and logo: kept in memory, and changed by an owner.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::App;
use super::stored_setting::{SaveOutcome, StoredSetting, VersionedSetting, read_json, write_json};
use crate::db::{self, logos, settings};
use crate::domain::actor::Actor;
use crate::domain::appearance::Appearance;
use crate::domain::audit::Event;
use crate::domain::logo::{InvalidLogo, Logo};

/// Maximum duration of reading it.
const READ_TIMEOUT: Duration = Duration::from_millis(500);

/// Length of the hash in a logo's address, in characters.
const HASH_LENGTH: usize = 32;
/// Time for which a replaced logo is kept. Open pages still load it.
const REPLACED_LOGO_LIFETIME: Duration = Duration::from_hours(1);

impl StoredSetting for Appearance {
    const NAME: &'static str = settings::APPEARANCE;
    const TARGET: &'static str = "Name, color and logo of the portal";

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
        let message = if self.logo_hash() == before.logo_hash() {
            ""
        } else {
            match (&before.logo, &self.logo) {
                (None, _) => "The logo was uploaded.",
                (Some(_), None) => "The logo was removed.",
                (Some(_), Some(_)) => "The logo was replaced.",
            }
        };
        Event {
            before: Some(before.describe()),
            after: Some(self.describe()),
            message: message.to_owned(),
            ..Self::bare_event(actor)
        }
    }

    fn remember(&self, app: &App) {
        app.appearance.set(self);
    }
}

impl VersionedSetting for Appearance {
    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}

impl App {
    /// Returns the name and accent color that were last read.
    #[must_use]
    pub fn known_appearance(&self) -> Arc<Appearance> {
        self.appearance.get().unwrap_or_default()
    }

    /// Reads the name and accent color. If the database does not answer in time, they are those
    /// that were last known.
    pub async fn appearance(&self) -> Arc<Appearance> {
        let read = tokio::time::timeout(READ_TIMEOUT, self.setting::<Appearance>());
        if let Ok(Err(error)) = read.await {
            tracing::warn!(%error, "the name, color and logo of the portal could not be read");
        }
        self.known_appearance()
    }

    /// Checks and stores an image. It is shown once [`App::save_logo`] saves it as the logo.
    ///
    /// # Errors
    /// Fails if the database does.
    pub async fn store_logo(&self, content: &[u8]) -> db::Result<Result<Logo, InvalidLogo>> {
        let mut hash = db::audit::hex(&Sha256::digest(content));
        hash.truncate(HASH_LENGTH);
        let logo = match Logo::of_file(content, hash) {
            Ok(logo) => logo,
            Err(invalid) => return Ok(Err(invalid)),
        };
        logos::insert(&self.db, &logo.hash, content, self.clock.now()).await?;
        Ok(Ok(logo))
    }

    /// Saves or removes the logo. `shown` is the hash of the one that the form showed.
    ///
    /// # Errors
    /// Fails if the database does.
    pub async fn save_logo(
        &self,
        actor: &Actor,
        shown: &str,
        logo: Option<Logo>,
    ) -> db::Result<SaveOutcome<Appearance>> {
        let mut outcome = None;
        let decide = |now: &Appearance| {
            if now.logo == logo {
                outcome = Some(SaveOutcome::Saved(now.clone()));
                return Ok::<_, db::Error>(None);
            }
            if now.logo_hash() != shown {
                outcome = Some(SaveOutcome::Stale(now.clone()));
                return Ok(None);
            }
            let new = Appearance {
                logo,
                version: now.version + 1,
                ..now.clone()
            };
            outcome = Some(SaveOutcome::Saved(new.clone()));
            Ok(Some(new))
        };
        self.change_setting(actor, decide).await?;
        let Some(outcome) = outcome else {
            unreachable!("each path decides");
        };
        if let SaveOutcome::Saved(saved) = &outcome {
            let before = self.clock.now() - REPLACED_LOGO_LIFETIME;
            logos::delete_others(&self.db, saved.logo_hash(), before).await?;
        }
        Ok(outcome)
    }
}
