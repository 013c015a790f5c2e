//! Proving again who one is, shortly before something that matters: by the password, a passkey, or, for
//! those who have no password, a code of their authenticator app; by single sign-on in `sso`. Guessing is throttled
//! like a sign-in. How long a proof counts is `web`'s.

use std::time::Duration;

use secrecy::SecretString;

use super::factors::{authenticator_apps, passkeys};
use super::links::ClientOrigin;
use super::throttle::{self, LoginAttempt, ThrottleDecision};
use super::{Error, passwords};
use crate::app::App;
use crate::db;
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};

/// Outcome of a step-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepUpOutcome {
    /// It is them.
    Done,
    /// It is not what proves it.
    Wrong,
    /// Too many failures before: the next try is taken after so long.
    Throttled(Duration),
}

/// By the password.
///
/// # Errors
/// [`Error::Busy`] where too many passwords are being checked; when the database fails or nothing can be hashed.
pub async fn by_password(
    app: &App,
    actor: &Actor,
    password: &SecretString,
) -> Result<StepUpOutcome, Error> {
    let attempt = LoginAttempt::new(&actor.email, actor.address);
    let failure = |message| {
        throttle::failure_event(
            &actor.email,
            actor.address,
            actor.request_id.as_deref(),
            message,
        )
    };
    if let ThrottleDecision::Throttled(wait) = attempt.admit(app, &failure("")).await? {
        return Ok(StepUpOutcome::Throttled(wait));
    }
    let hash = passwords::stored_hash(app, actor.staff_id, actor.role).await?;
    let matches = match passwords::verify(app, hash, password).await {
        Err(Error::Busy) => {
            attempt.cancel(app).await?;
            return Err(Error::Busy);
        }
        checked => checked?,
    };
    if !matches {
        let wrong = failure("Wrong password, on proving again who it is.");
        db::audit::record(&app.db, &app.audit_key, app.clock.now(), &wrong).await?;
        return Ok(StepUpOutcome::Wrong);
    }
    let mut tx = app.db.begin().await?;
    attempt.record_success(&mut tx, app.clock.now()).await?;
    let event = step_up_event(actor, "With the password.");
    db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    tx.commit().await?;
    Ok(StepUpOutcome::Done)
}

/// By a code of their authenticator app, as typed: for those who have no password to show.
pub async fn by_code(app: &App, actor: &Actor, typed: &str) -> Result<StepUpOutcome, Error> {
    let attempt = LoginAttempt::second_factor(&actor.email, actor.address);
    let failure = |message| {
        throttle::failure_event(
            &actor.email,
            actor.address,
            actor.request_id.as_deref(),
            message,
        )
    };
    if let ThrottleDecision::Throttled(wait) = attempt.admit(app, &failure("")).await? {
        return Ok(StepUpOutcome::Throttled(wait));
    }
    let mut tx = app.db.begin().await?;
    db::staff::lock(&mut tx, actor.staff_id).await?;
    let (event, proved) =
        if authenticator_apps::use_code(app, &mut tx, actor.staff_id, typed).await? {
            attempt.record_success(&mut tx, app.clock.now()).await?;
            (
                step_up_event(actor, "With an authenticator app."),
                StepUpOutcome::Done,
            )
        } else {
            let wrong = failure("Wrong or used code, on proving again who it is.");
            (wrong, StepUpOutcome::Wrong)
        };
    db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    tx.commit().await?;
    Ok(proved)
}

/// By a passkey's answer to the challenge of this `ceremony`.
pub async fn by_passkey(
    app: &App,
    actor: &Actor,
    ceremony: &str,
    answer: &str,
) -> Result<StepUpOutcome, Error> {
    if !passkeys::finish_verification(app, actor.staff_id, ceremony, answer, &client_info(actor))
        .await?
    {
        return Ok(StepUpOutcome::Wrong);
    }
    let event = step_up_event(actor, "With a passkey.");
    db::audit::record(&app.db, &app.audit_key, app.clock.now(), &event).await?;
    Ok(StepUpOutcome::Done)
}

/// Returns the origin of a signed-in person's request.
#[must_use]
pub fn client_info(actor: &Actor) -> ClientOrigin {
    ClientOrigin {
        address: actor.address,
        request_id: actor.request_id.clone(),
    }
}

fn step_up_event(actor: &Actor, message: &str) -> Event {
    Event {
        message: message.to_owned(),
        ..Event::by_actor(actor, EventKind::Proved, EventOutcome::Done, &actor.email)
    }
}
