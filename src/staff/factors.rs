//! Second factors: authenticator apps, recovery codes and passkeys.
//!
//! This module also decides which roles must have one, and records and reports when one is added,
//! removed or reset. A person who has a factor is asked for it at each sign-in
//! (`sign_in::complete_first_factor`).

use uuid::Uuid;

use super::Error;
use super::notices::{PendingNotice, create_notice};
use crate::app::App;
use crate::db::staff::Staff;
use crate::db::{self, Tx};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};

pub mod authenticator_apps;
mod encryption;
pub mod passkeys;
pub mod recovery_codes;
pub mod required_roles;
pub mod reset;
pub mod second_factor;

pub use encryption::reencrypt_seeds;

/// Person who changes their own factors in one of their sessions. Their row is locked.
struct FactorOwner<'a> {
    actor: &'a Actor,
    staff: Staff,
    session: Uuid,
}

impl<'a> FactorOwner<'a> {
    async fn lock(tx: &mut Tx, actor: &'a Actor, session: Uuid) -> Result<Self, Error> {
        let staff = db::staff::lock(tx, actor.staff_id)
            .await?
            .ok_or(Error::Unknown)?;
        Ok(Self {
            actor,
            staff,
            session,
        })
    }

    /// Records an added factor and creates a notice about it. The first factor also ends the
    /// person's other sessions, because those were started with a password alone. It creates
    /// recovery codes too, which are returned to be shown this once.
    async fn record_added(
        &self,
        app: &App,
        tx: &mut Tx,
        what: &str,
    ) -> Result<(Vec<String>, PendingNotice), Error> {
        let event = Event {
            after: Some(what.to_owned()),
            ..self.event(EventKind::FactorAdded)
        };
        let told = self
            .notify(app, tx, format!("Added as a second factor: {what}."))
            .await?;
        let codes = if self.staff.second_factor {
            Vec::new()
        } else {
            db::sessions::revoke_all(tx, self.staff.id, Some(self.session)).await?;
            recovery_codes::replace_codes(app, tx, self.staff.id).await?
        };
        db::audit::append(tx, &app.audit_key, app.clock.now(), &event).await?;
        Ok((codes, told))
    }

    /// Records a removed factor and creates a notice about it. Removing the last factor also
    /// removes the recovery codes. Fails if it was the last one and the role requires a factor.
    async fn record_removed(
        &self,
        app: &App,
        tx: &mut Tx,
        what: &str,
    ) -> Result<PendingNotice, Error> {
        let now = db::staff::by_id_in_tx(tx, self.staff.id)
            .await?
            .ok_or(Error::Unknown)?;
        if !now.second_factor {
            if required_roles::is_required_for_in(tx, now.role).await? {
                return Err(Error::LastFactor);
            }
            db::factors::set_codes(tx, self.staff.id, &[]).await?;
        }
        let event = Event {
            before: Some(what.to_owned()),
            ..self.event(EventKind::FactorRemoved)
        };
        let told = self
            .notify(app, tx, format!("Removed as a second factor: {what}."))
            .await?;
        db::audit::append(tx, &app.audit_key, app.clock.now(), &event).await?;
        Ok(told)
    }

    /// Creates a notice about the person's own change, for their profile and by mail.
    async fn notify(&self, app: &App, tx: &mut Tx, words: String) -> Result<PendingNotice, Error> {
        create_notice(app, tx, &self.staff, words, self.actor.address).await
    }

    fn event(&self, kind: EventKind) -> Event {
        Event::by_actor(self.actor, kind, EventOutcome::Done, &self.staff.email)
    }
}
