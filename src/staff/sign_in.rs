//! Sign-in: the first proof of identity, the decision if a second factor is needed, and the record
//! of a complete sign-in.
//!
//! After any first proof, [`complete_first_factor`] decides how to continue. `web` starts the
//! session. A wrong email address and a wrong password get the same answer after the same time.

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
use crate::db::{self, Tx, known_devices};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::device;
use crate::domain::notification::{NotificationFact, NotificationKind};
use crate::domain::sign_in_outcome::SignInOutcome;
use crate::domain::time::Timestamp;
use crate::notifications;

/// First proof of identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthenticationMethod {
    /// A password.
    Password,
    /// A passkey that verified its owner. It proves something they have, and something they know or
    /// are.
    Passkey,
    /// A sign-in at the provider of single sign-on.
    SingleSignOn {
        /// True if the provider says that the person proved several factors.
        several_factors: bool,
        /// Time of the proof at the provider, if it tells. It may be long ago.
        shown_at: Option<Timestamp>,
    },
}

impl AuthenticationMethod {
    /// Returns `true` if the proof counts as two factors.
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

    /// Describes the method for the audit.
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
    /// The password is right.
    Verified(Box<Staff>),
    /// The email address or password is wrong, or the person is disabled. The answer does not tell
    /// which.
    Wrong,
    /// There were too many failures. The next attempt is accepted after this time.
    Throttled(Duration),
    /// Too many passwords are being checked. This one was not checked and does not count.
    Busy,
}

/// Checks a password.
///
/// # Errors
/// Fails if the database or the hashing fails.
pub async fn verify_password(
    app: &App,
    email: &str,
    password: &SecretString,
    from: &ClientOrigin,
) -> Result<PasswordSignInOutcome, Error> {
    let staff = db::staff::by_email(&app.db, email).await?;
    let enabled = staff.as_ref().filter(|staff| staff.disabled_at.is_none());
    let enabled = enabled.map(|staff| (staff.id, staff.role));
    let failure = "Wrong email address or password.";
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
    /// Nothing more is needed. The sign-in was recorded and a session can start.
    Done,
    /// A second factor is needed. Holds the token of the half-finished sign-in.
    SecondFactor(String),
}

/// Half-finished sign-in, stored until the second factor is proved.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PendingSignIn<W> {
    pub proof: AuthenticationMethod,
    /// Time at which the password was set. If it has changed, the password must be proved again.
    pub password_at: Option<Timestamp>,
    /// Destination after the sign-in.
    pub way: W,
}

/// Continues after a first proof. Asks for a second factor if the person has one and the proof does
/// not count as two factors. Otherwise records the sign-in. If the role requires a factor that the
/// person does not have, the guard before every page makes them add one. `way` is returned with the
/// second factor and must contain no secret.
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

/// Records that a person signed in, and `with` which proof.
pub(super) async fn record_sign_in(
    app: &App,
    tx: &mut Tx,
    staff: &Staff,
    with: &str,
    from: &ClientOrigin,
) -> Result<(), Error> {
    let now = app.clock.now();
    // Lock staff first, as everywhere. A different order could cause a deadlock.
    db::staff::record_sign_in(tx, staff.id, now).await?;
    LoginAttempt::new(&staff.email, from.address)
        .record_sign_in(tx, now)
        .await?;
    let event = Event {
        message: format!("With {with}."),
        ..from.event(EventKind::SignIn, staff.id, &staff.name, &staff.email)
    };
    db::audit::append(tx, &app.audit_key, now, &event).await?;
    notify_if_new(app, tx, staff, from).await?;
    app.metrics.record_sign_in(SignInOutcome::SignedIn);
    Ok(())
}

/// Notifies a person who signed in with a device or from a network that is new for them.
async fn notify_if_new(
    app: &App,
    tx: &mut Tx,
    staff: &Staff,
    from: &ClientOrigin,
) -> db::Result<()> {
    let device = device::name(from.user_agent.as_deref().unwrap_or_default());
    let network = from.address.map(device::network).unwrap_or_default();
    let now = app.clock.now();
    if !known_devices::record(tx, staff.id, &device, &network, now).await? {
        return Ok(());
    }
    let address = from
        .address
        .map(|address| format!(" from {address}"))
        .unwrap_or_default();
    let fact = NotificationFact {
        kind: NotificationKind::NewSignIn,
        sweep: None,
        items: 1,
        subject: format!("{device}{address}"),
        detail: "If this was not you, sign the device out and change your password.".to_owned(),
        path: "/profile#h-devices".to_owned(),
    };
    notifications::publish(app, tx, &fact, Some(staff.id)).await
}

/// Records that a person signed out.
pub async fn record_sign_out(app: &App, actor: &Actor) -> Result<(), Error> {
    let event = Event::by_actor(actor, EventKind::SignOut, EventOutcome::Done, &actor.email);
    db::audit::record(&app.db, &app.audit_key, app.clock.now(), &event).await?;
    Ok(())
}

/// Removes expired sessions, challenges and throttle counts, and returns their number. Before
/// counts are removed, the audit records the attempts that only they know of.
pub async fn delete_expired(app: &App) -> db::Result<u64> {
    let sessions = db::sessions::delete_expired(&app.db, app.clock.now()).await?;
    let mut tx = app.db.begin().await?;
    let ceremonies = db::auth_challenges::delete_expired(&mut tx, app.clock.now()).await?;
    let emails = db::email_changes::delete_expired(&mut tx, app.clock.now()).await?;
    tx.commit().await?;
    throttle::flush_throttled(app).await?;
    Ok(sessions + ceremonies + emails + throttle::delete_expired(app).await?)
}
