//! Second factors: authenticator apps, recovery codes and passkeys; which roles must have one; what is told and kept when
//! one is added, removed or reset. Whoever has one is asked for it at each sign-in (`sign_in::proceed`).

use uuid::Uuid;

use super::Error;
use super::notices::{Told, tell};
use crate::app::App;
use crate::db::staff::Staff;
use crate::db::{self, Tx};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};

pub mod apps;
pub mod passkeys;
pub mod recovery;
pub mod required;
pub mod reset;
mod sealed;
pub mod second;

pub use sealed::seal_again;

/// Somebody whose row is held, who changes their own factors in a session of theirs.
struct Own<'a> {
    actor: &'a Actor,
    staff: Staff,
    session: Uuid,
}

impl<'a> Own<'a> {
    async fn lock(tx: &mut Tx, actor: &'a Actor, session: Uuid) -> Result<Self, Error> {
        let staff = db::staff::lock(tx, actor.staff_id).await?.ok_or(Error::Unknown)?;
        Ok(Self { actor, staff, session })
    }

    /// Tells of a factor that was added. With the first one, other sessions end, which a password alone began, and there
    /// are recovery codes: these are answered, to be shown this once.
    async fn added(&self, app: &App, tx: &mut Tx, what: &str) -> Result<(Vec<String>, Told), Error> {
        let event = Event {
            after: Some(what.to_owned()),
            ..self.event(EventKind::FactorAdded)
        };
        let told = self.tell(app, tx, format!("Added as a second factor: {what}.")).await?;
        let codes = if self.staff.second_factor {
            Vec::new()
        } else {
            db::sessions::end_all(tx, self.staff.id, Some(self.session)).await?;
            recovery::renewed(app, tx, self.staff.id).await?
        };
        db::audit::append(tx, &app.audit_key, app.clock.now(), &event).await?;
        Ok((codes, told))
    }

    /// Tells of a factor that was removed, unless it was the last one of somebody whose role requires one. With the last
    /// one the recovery codes go.
    async fn removed(&self, app: &App, tx: &mut Tx, what: &str) -> Result<Told, Error> {
        let now = db::staff::in_tx(tx, self.staff.id).await?.ok_or(Error::Unknown)?;
        if !now.second_factor {
            if required::of_role_in(tx, now.role).await? {
                return Err(Error::LastFactor);
            }
            db::factors::set_codes(tx, self.staff.id, &[]).await?;
        }
        let event = Event {
            before: Some(what.to_owned()),
            ..self.event(EventKind::FactorRemoved)
        };
        let told = self
            .tell(app, tx, format!("Removed as a second factor: {what}."))
            .await?;
        db::audit::append(tx, &app.audit_key, app.clock.now(), &event).await?;
        Ok(told)
    }

    /// Tells them, on their profile and by mail, what they did themselves.
    async fn tell(&self, app: &App, tx: &mut Tx, words: String) -> Result<Told, Error> {
        tell(app, tx, &self.staff, words, self.actor.address).await
    }

    fn event(&self, kind: EventKind) -> Event {
        Event::by(self.actor, kind, EventOutcome::Done, &self.staff.email)
    }
}
