//! Whether an e-mail address and a password sign somebody in: the same answer after the same time, whatever is wrong.

use std::net::IpAddr;
use std::time::Duration;

use secrecy::SecretString;

use super::throttle::{self, Try, Verdict};
use super::{Error, passwords};
use crate::app::App;
use crate::db;
use crate::db::staff::Staff;
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};

/// What came of it.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// This is who they are.
    SignedIn(Box<Staff>),
    /// E-mail address or password is wrong, or they are disabled: which, is not told.
    Wrong,
    /// Too many failures before: the next try is taken after so long.
    Wait(Duration),
    /// Too many passwords are being checked; this one was not looked at and does not count.
    Busy,
}

/// Tries to sign in.
///
/// # Errors
/// When the database fails or nothing can be hashed.
pub async fn attempt(
    app: &App,
    email: &str,
    password: &SecretString,
    address: Option<IpAddr>,
    request_id: Option<&str>,
) -> Result<Outcome, Error> {
    let attempt = Try::new(email, address);
    if let Verdict::Wait(wait) = attempt
        .admit(app, &throttle::event(email, address, request_id, ""))
        .await?
    {
        return Ok(Outcome::Wait(wait));
    }
    let staff = db::staff::by_email(&app.db, email).await?;
    let hash = match &staff {
        Some(staff) if staff.disabled_at.is_none() => db::staff::password_hash(&app.db, staff.id).await?,
        _ => None,
    };
    let matches = match passwords::matches(app, hash, password).await {
        Err(Error::Busy) => {
            attempt.withdrawn(app).await?;
            return Ok(Outcome::Busy);
        }
        checked => checked?,
    };
    let now = app.clock.now();
    if let Some(staff) = staff.filter(|_| matches) {
        let mut tx = app.db.begin().await?;
        attempt.succeeded(&mut tx, now).await?;
        db::staff::signed_in(&mut tx, staff.id, now).await?;
        let actor = Actor {
            staff_id: staff.id,
            email: staff.email.clone(),
            name: staff.name.clone(),
            role: staff.role,
            address,
            request_id: request_id.map(str::to_owned),
        };
        let event = Event::by(&actor, EventKind::SignIn, EventOutcome::Done, &staff.email);
        db::audit::append(&mut tx, &app.audit_key, now, &event).await?;
        tx.commit().await?;
        Ok(Outcome::SignedIn(Box::new(staff)))
    } else {
        let event = throttle::event(email, address, request_id, "Wrong e-mail address or password.");
        db::audit::record(&app.db, &app.audit_key, now, &event).await?;
        Ok(Outcome::Wrong)
    }
}

/// Keeps that somebody signed out.
///
/// # Errors
/// When the database fails.
pub async fn signed_out(app: &App, actor: &Actor) -> Result<(), Error> {
    let event = Event::by(actor, EventKind::SignOut, EventOutcome::Done, &actor.email);
    db::audit::record(&app.db, &app.audit_key, app.clock.now(), &event).await?;
    Ok(())
}

/// Forgets sessions and counts that are over, after the audit was told what only they knew; answers how many.
///
/// # Errors
/// When the database fails.
pub async fn forget_expired(app: &App) -> db::Result<u64> {
    let sessions = db::sessions::forget_expired(&app.db, app.clock.now()).await?;
    throttle::tell_rest(app).await?;
    Ok(sessions + throttle::forget(app).await?)
}
