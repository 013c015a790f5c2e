//! One-use links as people get them: an address with a token that is kept nowhere.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use url::Url;

use super::{By, Error, notices, passwords, random};
use crate::app::App;
use crate::db::links::Purpose;
use crate::db::staff::Staff;
use crate::db::{self, Tx};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::email::Email;
use crate::domain::ids::StaffId;
use crate::domain::role::Role;
use crate::domain::staff::Refusal;
use crate::domain::time::Timestamp;

/// How long the first owner's link holds.
pub const SET_UP_HOLDS: Duration = Duration::from_hours(1);
/// How long an invitation holds.
pub const INVITATION_HOLDS: Duration = Duration::from_hours(72);
/// How long a link for a forgotten password holds.
pub const RESET_HOLDS: Duration = Duration::from_hours(1);

/// The name under which it is kept who was the first owner: there is only one first.
const SET_UP: &str = "set_up_by";

/// A link to hand over.
#[derive(Clone, Debug)]
pub struct Link {
    /// What to open.
    pub url: Url,
    /// Until when.
    pub expires_at: Timestamp,
}

/// The link that creates the first owner: one for each start, while there is no staff.
pub async fn set_up(app: &App) -> Result<Option<Link>, Error> {
    if db::staff::any(&app.db).await? {
        return Ok(None);
    }
    let mut tx = app.db.begin().await?;
    let (token, expires_at) = make(app, &mut tx, Purpose::SetUp, None, None, SET_UP_HOLDS).await?;
    tx.commit().await?;
    let mut url = address(app, &["setup"]);
    url.query_pairs_mut().append_pair("token", &token);
    Ok(Some(Link { url, expires_at }))
}

/// A link for somebody to choose a password: an invitation until they have joined, then for a forgotten one.
pub(super) async fn for_member(app: &App, tx: &mut Tx, staff: &Staff, by: By<'_>) -> Result<Link, Error> {
    let (purpose, holds, path) = if staff.joined_at.is_none() {
        (Purpose::Invitation, INVITATION_HOLDS, "invite")
    } else {
        (Purpose::Reset, RESET_HOLDS, "reset")
    };
    let by = match by {
        By::Actor(actor) => Some(actor.staff_id),
        By::Shell => None,
    };
    let (token, expires_at) = make(app, tx, purpose, Some(staff.id), by, holds).await?;
    Ok(Link {
        url: address(app, &[path, &token]),
        expires_at,
    })
}

async fn make(
    app: &App,
    tx: &mut Tx,
    purpose: Purpose,
    staff: Option<StaffId>,
    by: Option<StaffId>,
    holds: Duration,
) -> Result<(String, Timestamp), Error> {
    let token = token()?;
    let now = app.clock.now();
    let expires_at = now + holds;
    db::links::create(tx, purpose, &hash(&token), staff, by, (now, expires_at)).await?;
    Ok((token, expires_at))
}

fn address(app: &App, path: &[&str]) -> Url {
    let mut url = app.settings.public_url.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.clear().extend(path);
    }
    url
}

/// A token that nobody guesses.
pub(super) fn token() -> Result<String, Error> {
    Ok(URL_SAFE_NO_PAD.encode(random::<32>()?))
}

/// What is kept of a token.
pub(super) fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Whether a link for the first owner still holds.
pub async fn set_up_holds(app: &App, token: &str) -> Result<bool, Error> {
    let found = db::links::find(&app.db, Purpose::SetUp, &hash(token), app.clock.now()).await?;
    Ok(found.is_some() && !db::staff::any(&app.db).await?)
}

/// Whom an invitation or a reset link is for, while it holds and they are not disabled. It stays unused.
pub async fn holder(app: &App, purpose: Purpose, token: &str) -> Result<Option<Staff>, Error> {
    let Some(Some(id)) = db::links::find(&app.db, purpose, &hash(token), app.clock.now()).await? else {
        return Ok(None);
    };
    let staff = db::staff::by_id(&app.db, id).await?;
    Ok(staff.filter(|staff| staff.disabled_at.is_none()))
}

/// Uses the first link: creates the first owner.
///
/// # Errors
/// [`Error::Link`] when it holds no more or somebody was first.
pub async fn use_set_up(
    app: &App,
    token: &str,
    email: &Email,
    name: &str,
    password: &SecretString,
    from: &From,
) -> Result<(), Error> {
    let password_hash = passwords::hash(app, password).await?;
    let now = app.clock.now();
    let id = StaffId::new(now);
    let mut tx = app.db.begin().await?;
    let is_first = db::settings::keep_first(&mut tx, SET_UP, &id.to_string()).await? == id.to_string();
    // Staff before links, as everywhere: two who lock in another order would wait for each other.
    let nobody = db::staff::lock_all(&mut tx).await?.is_empty();
    let holds = db::links::take(&mut tx, Purpose::SetUp, &hash(token), now)
        .await?
        .is_some();
    let may = is_first && nobody && holds;
    if !may || !db::staff::insert(&mut tx, id, email, name, Role::Owner, now).await? {
        return Err(Error::Link);
    }
    db::staff::set_password(&mut tx, id, &password_hash, now).await?;
    let event = from.event(EventKind::SetUp, id, name, email.as_str());
    db::audit::append(&mut tx, &app.audit_key, now, &event).await?;
    tx.commit().await?;
    Ok(())
}

/// Uses an invitation or a reset link: keeps the password, and for an invitation the name; ends every session of theirs.
///
/// # Errors
/// [`Error::Link`] when it holds no more, [`Refusal::PasswordsOff`] where a password would open nothing.
pub async fn use_for_password(
    app: &App,
    purpose: Purpose,
    token: &str,
    name: Option<&str>,
    password: &SecretString,
    from: &From,
) -> Result<(), Error> {
    let password_hash = passwords::hash(app, password).await?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    // Staff before links, as everywhere.
    let everybody = db::staff::lock_all(&mut tx).await?;
    let Some(Some(id)) = db::links::take(&mut tx, purpose, &hash(token), now).await? else {
        return Err(Error::Link);
    };
    let staff = everybody
        .into_iter()
        .find(|staff| staff.id == id && staff.disabled_at.is_none())
        .ok_or(Error::Link)?;
    if !app.settings.signs_in_here(staff.role) {
        return Err(Refusal::PasswordsOff.into());
    }
    db::staff::set_password(&mut tx, id, &password_hash, now).await?;
    let name = name.unwrap_or(&staff.name);
    if name != staff.name {
        db::staff::set_profile(&mut tx, id, name, &staff.time_zone).await?;
    }
    db::sessions::end_all(&mut tx, id, None).await?;
    let kind = if purpose == Purpose::Invitation {
        EventKind::InvitationAccepted
    } else {
        EventKind::PasswordChanged
    };
    let told = if purpose == Purpose::Reset {
        let words = "Your password was changed, by a link that was made for you.".to_owned();
        Some(notices::tell(app, &mut tx, &staff, words, from.address).await?)
    } else {
        None
    };
    let event = from.event(kind, id, name, &staff.email);
    db::audit::append(&mut tx, &app.audit_key, now, &event).await?;
    tx.commit().await?;
    if let Some(told) = told {
        told.mail(app).await;
    }
    Ok(())
}

/// Where somebody who is not signed in comes from, for the audit.
#[derive(Clone, Debug, Default)]
pub struct From {
    /// The client's address.
    pub address: Option<std::net::IpAddr>,
    /// The portal's id of the request.
    pub request_id: Option<String>,
}

impl From {
    pub(super) fn event(&self, kind: EventKind, staff_id: StaffId, name: &str, email: &str) -> Event {
        let actor = Actor {
            staff_id,
            email: email.to_owned(),
            name: name.to_owned(),
            role: Role::Viewer,
            address: self.address,
            request_id: self.request_id.clone(),
        };
        Event::by(&actor, kind, EventOutcome::Done, email)
    }
}
