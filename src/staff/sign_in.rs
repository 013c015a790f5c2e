//! Signing in: a first proof of who somebody is, the question whether a second factor is needed, and what is kept of a
//! sign-in that came to its end. Whatever the first proof was, [`complete_first_factor`] is the one way on; the session itself is
//! `web`'s. A wrong e-mail address and a wrong password get the same answer after the same time.

use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::Error;
use super::auth_challenges::{self, NewChallenge, STEP_LIFETIME};
use super::client_origin::ClientOrigin;
use super::passwords::{self, PasswordCheck};
use super::throttle::{self, LoginAttempt};
use crate::app::App;
use crate::db::auth_challenges::ChallengeKind;
use crate::db::staff::Staff;
use crate::db::{self, Tx};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::time::Timestamp;

/// How somebody proved who they are, first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthenticationMethod {
    /// By their password.
    Password,
    /// By a passkey that verified its holder: what they have, and what they know or are.
    Passkey,
    /// At the provider of single sign-on.
    SingleSignOn {
        /// True if the provider says that they showed it several factors.
        several_factors: bool,
        /// When they showed it who they are, where it says so: maybe long ago.
        shown_at: Option<Timestamp>,
    },
}

impl AuthenticationMethod {
    /// Returns `true` if it counts as two factors at once.
    #[must_use]
    pub const fn is_multi_factor(self) -> bool {
        match self {
            Self::Password => false,
            Self::Passkey => true,
            Self::SingleSignOn {
                several_factors, ..
            } => several_factors,
        }
    }

    /// As the audit says it.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Password => "a password",
            Self::Passkey => "a passkey",
            Self::SingleSignOn {
                several_factors: false,
                ..
            } => "single sign-on",
            Self::SingleSignOn {
                several_factors: true,
                ..
            } => "single sign-on, with several factors",
        }
    }
}

/// Outcome of a sign-in attempt with a password.
#[derive(Clone, Debug)]
pub enum PasswordSignInOutcome {
    /// This is who they are, as far as a password proves it.
    Verified(Box<Staff>),
    /// E-mail address or password is wrong, or they are disabled: which, is not told.
    Wrong,
    /// Too many failures before: the next try is taken after so long.
    Throttled(Duration),
    /// Too many passwords are being checked; this one was not looked at and does not count.
    Busy,
}

/// Tries a password.
///
/// # Errors
/// When the database fails or nothing can be hashed.
pub async fn verify_password(
    app: &App,
    email: &str,
    password: &SecretString,
    from: &ClientOrigin,
) -> Result<PasswordSignInOutcome, Error> {
    let staff = db::staff::by_email(&app.db, email).await?;
    let enabled = staff.as_ref().filter(|staff| staff.disabled_at.is_none());
    let enabled = enabled.map(|staff| (staff.id, staff.role));
    let failure = "Wrong e-mail address or password.";
    let checked = passwords::check(app, email, enabled, password, from, failure).await;
    Ok(match (checked, staff) {
        (Ok(PasswordCheck::Right(attempt)), Some(staff)) => {
            attempt.cancel(app).await?;
            PasswordSignInOutcome::Verified(Box::new(staff))
        }
        (Ok(PasswordCheck::Right(_) | PasswordCheck::Wrong), _) => PasswordSignInOutcome::Wrong,
        (Ok(PasswordCheck::Throttled(wait)), _) => PasswordSignInOutcome::Throttled(wait),
        (Err(Error::Busy), _) => PasswordSignInOutcome::Busy,
        (Err(error), _) => return Err(error),
    })
}

/// Step that follows a first proof.
#[derive(Clone, Debug)]
pub enum NextStep {
    /// Nothing more is asked: the sign-in is kept, a session may begin.
    Done,
    /// A second factor is asked for: the token of the half-way sign-in.
    SecondFactor(String),
}

/// A half-way sign-in, as it is kept until the second factor.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PendingSignIn<W> {
    pub proof: AuthenticationMethod,
    /// When their password was set: after a change it must be proved again.
    pub password_at: Option<Timestamp>,
    /// Destination after the sign-in.
    pub way: W,
}

/// Goes on after a first proof, whatever it was: asks for the second factor where they have one and the proof was not
/// two factors at once, else keeps the sign-in. Who has none although the role requires one is led to enroll by the gate
/// before every page. `way` is given back with the second factor; it holds no secret.
pub async fn complete_first_factor<W: Serialize>(
    app: &App,
    staff: &Staff,
    proof: AuthenticationMethod,
    from: &ClientOrigin,
    way: &W,
) -> Result<NextStep, Error> {
    if staff.second_factor && !proof.is_multi_factor() {
        let half_way = PendingSignIn {
            proof,
            password_at: staff.password_changed_at,
            way,
        };
        let with = NewChallenge {
            staff: Some(staff.id),
            address: from.address,
            lifetime: STEP_LIFETIME,
        };
        let token =
            auth_challenges::begin(app, ChallengeKind::SecondFactor, with, &half_way).await?;
        return Ok(NextStep::SecondFactor(token));
    }
    let mut tx = app.db.begin().await?;
    record_sign_in(app, &mut tx, staff, proof.description(), from).await?;
    tx.commit().await?;
    Ok(NextStep::Done)
}

/// Keeps that somebody signed in, and `with` what.
pub(super) async fn record_sign_in(
    app: &App,
    tx: &mut Tx,
    staff: &Staff,
    with: &str,
    from: &ClientOrigin,
) -> Result<(), Error> {
    let now = app.clock.now();
    // Staff first, as everywhere: two who lock in another order would wait for each other.
    db::staff::record_sign_in(tx, staff.id, now).await?;
    LoginAttempt::new(&staff.email, from.address)
        .record_sign_in(tx, now)
        .await?;
    let event = Event {
        message: format!("With {with}."),
        ..from.event(EventKind::SignIn, staff.id, &staff.name, &staff.email)
    };
    db::audit::append(tx, &app.audit_key, now, &event).await?;
    Ok(())
}

/// Keeps that somebody signed out.
pub async fn record_sign_out(app: &App, actor: &Actor) -> Result<(), Error> {
    let event = Event::by_actor(actor, EventKind::SignOut, EventOutcome::Done, &actor.email);
    db::audit::record(&app.db, &app.audit_key, app.clock.now(), &event).await?;
    Ok(())
}

/// Forgets sessions, ceremonies and counts that are over, after the audit was told what only they knew; answers how many.
pub async fn delete_expired(app: &App) -> db::Result<u64> {
    let sessions = db::sessions::delete_expired(&app.db, app.clock.now()).await?;
    let mut tx = app.db.begin().await?;
    let ceremonies = db::auth_challenges::delete_expired(&mut tx, app.clock.now()).await?;
    tx.commit().await?;
    throttle::flush_throttled(app).await?;
    Ok(sessions + ceremonies + throttle::delete_expired(app).await?)
}
