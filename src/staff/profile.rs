//! Changes that people make to themselves: name, time zone, password and signed-in devices.

use secrecy::SecretString;
use uuid::Uuid;

use super::client_origin::ClientOrigin;
use super::passwords::{self, PasswordCheck};
use super::{Error, notices};
use crate::app::App;
use crate::db;
use crate::db::staff::Staff;
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};

/// Stores a name and a time zone.
pub async fn change(
    app: &App,
    actor: &Actor,
    was: &Staff,
    name: &str,
    time_zone: &str,
) -> Result<(), Error> {
    if was.name == name && was.time_zone == time_zone {
        return Ok(());
    }
    let mut tx = app.db.begin().await?;
    db::staff::set_profile(&mut tx, actor.staff_id, name, time_zone).await?;
    let event = Event {
        before: Some(format!("{}, {}", was.name, was.time_zone)),
        after: Some(format!("{name}, {time_zone}")),
        ..Event::by_actor(
            actor,
            EventKind::ProfileChanged,
            EventOutcome::Done,
            &actor.email,
        )
    };
    db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    tx.commit().await?;
    Ok(())
}

/// Outcome of changing a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordChangeOutcome {
    /// The new password was stored. Holds the number of other sessions that ended.
    Done(u64),
    /// The current password was typed wrong.
    Wrong,
    /// There were too many wrong attempts.
    Throttled(std::time::Duration),
}

/// Changes the person's own password. Also ends their other sessions and revokes a reset link.
/// Guesses of the current password are throttled like a sign-in.
///
/// # Errors
/// Fails with [`Error::Busy`] if too many passwords are being checked. Also fails if the database
/// or the hashing fails.
pub async fn change_password(
    app: &App,
    actor: &Actor,
    present: &SecretString,
    new: &SecretString,
    this_session: Uuid,
) -> Result<PasswordChangeOutcome, Error> {
    let now = app.clock.now();
    let from = ClientOrigin::of(actor);
    let own = Some((actor.staff_id, actor.role));
    let failure = "Wrong current password, on changing it.";
    let checked = passwords::check(app, &actor.email, own, present, &from, failure).await?;
    let attempt = match checked {
        PasswordCheck::Right(attempt) => attempt,
        PasswordCheck::Wrong => return Ok(PasswordChangeOutcome::Wrong),
        PasswordCheck::Throttled(wait) => return Ok(PasswordChangeOutcome::Throttled(wait)),
    };
    let hash = match passwords::hash(app, new).await {
        Err(Error::Busy) => {
            attempt.cancel(app).await?;
            return Err(Error::Busy);
        }
        hashed => hashed?,
    };
    let mut tx = app.db.begin().await?;
    // Lock staff first, as everywhere. A different order could cause a deadlock.
    let own = db::staff::lock(&mut tx, actor.staff_id).await?;
    let own = own
        .filter(|own| own.disabled_at.is_none())
        .ok_or(Error::Unknown)?;
    attempt.record_success(&mut tx, now).await?;
    db::staff::set_password(&mut tx, actor.staff_id, &hash, now).await?;
    // A link made for a forgotten password must not change the new one.
    db::links::revoke(&mut tx, Some(actor.staff_id)).await?;
    let ended = db::sessions::revoke_all(&mut tx, actor.staff_id, Some(this_session)).await?;
    let event = Event::by_actor(
        actor,
        EventKind::PasswordChanged,
        EventOutcome::Done,
        &actor.email,
    );
    let told = notices::create_notice(
        app,
        &mut tx,
        &own,
        "Your password was changed.".to_owned(),
        actor.address,
    )
    .await?;
    db::audit::append(&mut tx, &app.audit_key, now, &event).await?;
    tx.commit().await?;
    told.send_email(app).await;
    Ok(PasswordChangeOutcome::Done(ended))
}

/// Ends one of the person's own sessions, or all others. Returns the number of sessions ended.
pub async fn end_sessions(app: &App, actor: &Actor, which: SessionSelection) -> Result<u64, Error> {
    let mut tx = app.db.begin().await?;
    let ended = match which {
        SessionSelection::One(id) => {
            u64::from(db::sessions::revoke_one(&mut tx, actor.staff_id, id).await?)
        }
        SessionSelection::AllExcept(id) => {
            db::sessions::revoke_all(&mut tx, actor.staff_id, Some(id)).await?
        }
    };
    if ended > 0 {
        let event = Event {
            message: format!("{ended} signed out."),
            ..Event::by_actor(
                actor,
                EventKind::SessionEnded,
                EventOutcome::Done,
                &actor.email,
            )
        };
        db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    }
    tx.commit().await?;
    Ok(ended)
}

/// Selection of sessions to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionSelection {
    /// The session with this public ID.
    One(Uuid),
    /// All sessions except the one with this public ID.
    AllExcept(Uuid),
}
