//! Step-up: a repeated proof of identity before a sensitive action.
//!
//! It takes the password, a passkey or, for people without a password, a code of their
//! authenticator app. `sso` handles single sign-on. Guesses are throttled like a sign-in. `web`
//! decides how long a proof is valid.

use std::time::Duration;

use secrecy::SecretString;

use super::Error;
use super::client_origin::ClientOrigin;
use super::factors::{authenticator_apps, passkeys};
use super::passwords::{self, PasswordCheck};
use super::throttle::LoginAttempt;
use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::sign_in_outcome::SignInOutcome;

/// Outcome of a step-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepUpOutcome {
    /// The person proved their identity.
    Done,
    /// The answer is wrong.
    Wrong,
    /// There were too many failures. The next attempt is accepted after this time.
    Throttled(Duration),
}

/// Verifies the password.
///
/// # Errors
/// Fails with [`Error::Busy`] if too many passwords are being checked. Also fails if the database
/// or the hashing fails.
pub async fn by_password(
    app: &App,
    actor: &Actor,
    password: &SecretString,
) -> Result<StepUpOutcome, Error> {
    let from = ClientOrigin::of(actor);
    let own = Some((actor.staff_id, actor.role));
    let failure = "Wrong password when confirming their identity.";
    let attempt = match passwords::check(app, &actor.email, own, password, &from, failure).await? {
        PasswordCheck::Right(attempt) => attempt,
        PasswordCheck::Wrong => return Ok(StepUpOutcome::Wrong),
        PasswordCheck::Throttled(wait) => return Ok(StepUpOutcome::Throttled(wait)),
    };
    let tx = app.db.begin().await?;
    complete(app, tx, &attempt, actor, "With the password.").await
}

/// Verifies a code of the authenticator app, as typed. For people without a password.
pub async fn by_code(app: &App, actor: &Actor, typed: &str) -> Result<StepUpOutcome, Error> {
    let attempt = LoginAttempt::second_factor(&actor.email, actor.address);
    let failure = |message| ClientOrigin::of(actor).failure(&actor.email, message);
    if let Some(wait) = attempt.admit(app, &failure("")).await? {
        return Ok(StepUpOutcome::Throttled(wait));
    }
    let mut tx = app.db.begin().await?;
    db::staff::lock(&mut tx, actor.staff_id).await?;
    if authenticator_apps::use_code(app, &mut tx, actor.staff_id, typed).await? {
        return complete(app, tx, &attempt, actor, "With an authenticator app.").await;
    }
    let wrong = failure("Wrong or used code when confirming their identity.");
    db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &wrong).await?;
    tx.commit().await?;
    app.metrics.record_sign_in(SignInOutcome::Refused);
    Ok(StepUpOutcome::Wrong)
}

/// Clears the attempt's failure and records the step-up in the audit.
async fn complete(
    app: &App,
    mut tx: Tx,
    attempt: &LoginAttempt,
    actor: &Actor,
    message: &str,
) -> Result<StepUpOutcome, Error> {
    let now = app.clock.now();
    attempt.record_success(&mut tx, now).await?;
    db::audit::append(&mut tx, &app.audit_key, now, &step_up_event(actor, message)).await?;
    tx.commit().await?;
    Ok(StepUpOutcome::Done)
}

/// Verifies a passkey's answer. `ceremony` is the token of its challenge.
pub async fn by_passkey(
    app: &App,
    actor: &Actor,
    ceremony: &str,
    answer: &str,
) -> Result<StepUpOutcome, Error> {
    let from = ClientOrigin::of(actor);
    if !passkeys::finish_verification(app, actor.staff_id, ceremony, answer, &from).await? {
        return Ok(StepUpOutcome::Wrong);
    }
    let event = step_up_event(actor, "With a passkey.");
    db::audit::record(&app.db, &app.audit_key, app.clock.now(), &event).await?;
    Ok(StepUpOutcome::Done)
}

fn step_up_event(actor: &Actor, message: &str) -> Event {
    Event {
        message: message.to_owned(),
        ..Event::by_actor(actor, EventKind::Proved, EventOutcome::Done, &actor.email)
    }
}
