//! Staff of the portal: passwords, one-use links, sign-in with its throttle, and changes of staff
//! members. Used by the pages and by the command line. `web` keeps browsers signed in.

use std::net::IpAddr;

use secrecy::SecretString;

use crate::app::App;
use crate::db;
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::staff::StaffRefusal;

pub mod auth_challenges;
pub mod client_origin;
pub mod email_change;
pub mod emails;
pub mod factors;
pub mod forgotten_password;
pub mod links;
pub mod members;
pub mod notices;
pub mod passwords;
pub mod profile;
pub mod sign_in;
pub mod sso;
pub mod step_up;
mod throttle;

/// Someone who asks for a change to the staff.
#[derive(Clone, Copy, Debug)]
pub enum Principal<'a> {
    /// Signed-in staff member.
    Actor(&'a Actor),
    /// Someone with a shell on the server.
    Shell,
}

impl Principal<'_> {
    /// Returns the name shown to people who are notified.
    fn display_name(self) -> String {
        match self {
            Self::Actor(actor) => actor.name.clone(),
            Self::Shell => "The operator of the server".to_owned(),
        }
    }

    /// Returns the IP address that they act from, if known.
    fn address(self) -> Option<IpAddr> {
        match self {
            Self::Actor(actor) => actor.address,
            Self::Shell => None,
        }
    }

    fn event(self, kind: EventKind, target: &str) -> Event {
        match self {
            Self::Actor(actor) => Event::by_actor(actor, kind, EventOutcome::Done, target),
            Self::Shell => Event {
                message: "From the server's command line.".to_owned(),
                ..Event::by_system(kind, EventOutcome::Done, target)
            },
        }
    }
}

/// Reason why a change of the staff failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rules do not allow it.
    #[error(transparent)]
    Refused(#[from] StaffRefusal),
    /// The form showed an outdated version of the staff member. Holds the current one.
    #[error("Someone else changed this person in the meantime.")]
    Stale(Box<db::staff::Staff>),
    /// No staff member has this ID.
    #[error("No such staff member.")]
    Unknown,
    /// Another staff member already has this email address.
    #[error("A staff member has this email already.")]
    EmailTaken,
    /// The person has this email address already.
    #[error("This is the email now.")]
    SameEmail,
    /// The link was used, has expired or never existed.
    #[error("This link was used already, or it has expired.")]
    InvalidLink,
    /// The current password was typed wrong.
    #[error("This is not your current password.")]
    WrongPassword,
    /// Too many passwords are being checked. Nothing was done; a retry in a moment will work.
    #[error("Too many people are signing in right now. Try again in a few seconds.")]
    Busy,
    /// Someone who must have a second factor cannot remove their last one.
    #[error(
        "Your role needs a second factor, and this is your last one. Add another one before you remove it."
    )]
    LastFactor,
    /// The person has no second factor.
    #[error("There is no second factor here.")]
    NoFactor,
    /// The person already has the maximum number of passkeys.
    #[error("You have the maximum number of passkeys. Remove one that you do not use.")]
    TooManyPasskeys,
    /// The portal's address has no name, which passkeys need.
    #[error("Passkeys do not work here: this portal's address is not a host name.")]
    NoPasskeys,
    /// The settings name no provider of single sign-on.
    #[error("This portal has no single sign-on.")]
    NoSingleSignOn,
    /// The provider of single sign-on is not available. Holds its name.
    #[error("{0} does not answer correctly at the moment. Try again later.")]
    ProviderUnavailable(String),
    /// The provider and the portal do not fit together until someone changes their settings. Holds
    /// a text that describes the fault.
    #[error("{0}")]
    ProviderMisconfigured(String),
    /// The person is not linked to an account at a provider.
    #[error("They are not linked to single sign-on.")]
    NotLinked,
    /// An unexpected error of passkeys.
    #[error("passkeys: {0}")]
    Passkeys(String),
    /// The password could not be hashed.
    #[error("the password could not be hashed: {0}")]
    Hash(String),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Adds a staff member who can sign in at once with this password. For the demo and for tests.
pub async fn add_with_password(
    app: &App,
    email: &crate::domain::email::Email,
    name: &str,
    role: crate::domain::role::Role,
    password: &SecretString,
) -> Result<db::staff::Staff, Error> {
    let hash = passwords::hash(app, password).await?;
    let now = app.clock.now();
    let id = crate::domain::ids::StaffId::new(now);
    let mut tx = app.db.begin().await?;
    if !db::staff::insert(&mut tx, id, email, name, role, now).await? {
        return Err(Error::EmailTaken);
    }
    db::staff::set_password(&mut tx, id, &hash, now).await?;
    let event = Event {
        after: Some(role.label().to_owned()),
        ..Principal::Shell.event(EventKind::InvitationAccepted, email.as_str())
    };
    db::audit::append(&mut tx, &app.audit_key, now, &event).await?;
    tx.commit().await?;
    db::staff::by_id(&app.db, id).await?.ok_or(Error::Unknown)
}

/// Returns random bytes that no one can guess.
fn random_bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::Hash(error.to_string()))?;
    Ok(bytes)
}
