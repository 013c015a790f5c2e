//! One-use links, which are addresses with a token. The token itself is not stored.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use url::Url;

use super::client_origin::ClientOrigin;
use super::{Error, Principal, notices, passwords, random_bytes};
use crate::app::App;
use crate::db::links::LinkPurpose;
use crate::db::staff::Staff;
use crate::db::{self, Tx};
use crate::domain::audit::EventKind;
use crate::domain::email::Email;
use crate::domain::ids::StaffId;
use crate::domain::role::Role;
use crate::domain::staff::StaffRefusal;
use crate::domain::time::Timestamp;

pub use super::emails::Link;

/// Lifetime of the link for the first owner.
pub const SET_UP_LIFETIME: Duration = Duration::from_hours(1);
/// Lifetime of an invitation.
pub const INVITATION_LIFETIME: Duration = Duration::from_hours(72);
/// Lifetime of a link for a forgotten password.
pub const RESET_LIFETIME: Duration = Duration::from_hours(1);

/// Name of the setting that holds the ID of the first owner. It ensures that there is only one.
const FIRST_OWNER_SETTING: &str = "set_up_by";

/// Creates the link that creates the first owner. There is a new one at each start while there is
/// no staff.
pub async fn create_set_up_link(app: &App) -> Result<Option<Link>, Error> {
    if db::staff::any(&app.db).await? {
        return Ok(None);
    }
    let mut tx = app.db.begin().await?;
    let (token, expires_at) = create(
        app,
        &mut tx,
        LinkPurpose::SetUp,
        None,
        None,
        SET_UP_LIFETIME,
    )
    .await?;
    tx.commit().await?;
    let mut url = link_url(app, &["setup"]);
    url.query_pairs_mut().append_pair("token", &token);
    Ok(Some(Link { url, expires_at }))
}

/// Creates a link with which a person chooses a password. It is an invitation until they have
/// joined, and a reset link afterwards.
pub(super) async fn create_password_link(
    app: &App,
    tx: &mut Tx,
    staff: &Staff,
    by: Principal<'_>,
) -> Result<Link, Error> {
    let (purpose, holds, path) = if staff.joined_at.is_none() {
        (LinkPurpose::Invitation, INVITATION_LIFETIME, "invite")
    } else {
        (LinkPurpose::Reset, RESET_LIFETIME, "reset")
    };
    let by = match by {
        Principal::Actor(actor) => Some(actor.staff_id),
        Principal::Shell => None,
    };
    let (token, expires_at) = create(app, tx, purpose, Some(staff.id), by, holds).await?;
    Ok(Link {
        url: link_url(app, &[path, &token]),
        expires_at,
    })
}

async fn create(
    app: &App,
    tx: &mut Tx,
    purpose: LinkPurpose,
    staff: Option<StaffId>,
    by: Option<StaffId>,
    holds: Duration,
) -> Result<(String, Timestamp), Error> {
    let token = random_token()?;
    let now = app.clock.now();
    let expires_at = now + holds;
    db::links::create(
        tx,
        purpose,
        &hash_token(&token),
        staff,
        by,
        (now, expires_at),
    )
    .await?;
    Ok((token, expires_at))
}

pub(super) fn link_url(app: &App, path: &[&str]) -> Url {
    let mut url = app.settings.public_url.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.clear().extend(path);
    }
    url
}

/// Returns a random token that no one can guess.
pub(super) fn random_token() -> Result<String, Error> {
    Ok(URL_SAFE_NO_PAD.encode(random_bytes::<32>()?))
}

/// Returns the stored hash of a token.
pub(super) fn hash_token(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Returns `true` if a link for the first owner is still valid.
pub async fn is_set_up_link_valid(app: &App, token: &str) -> Result<bool, Error> {
    let found = db::links::find(
        &app.db,
        LinkPurpose::SetUp,
        &hash_token(token),
        app.clock.now(),
    )
    .await?;
    Ok(found.is_some() && !db::staff::any(&app.db).await?)
}

/// Returns the recipient of a valid invitation or reset link, unless they are disabled. Does not
/// use up the link.
pub async fn find_recipient(
    app: &App,
    purpose: LinkPurpose,
    token: &str,
) -> Result<Option<Staff>, Error> {
    let Some(Some(id)) =
        db::links::find(&app.db, purpose, &hash_token(token), app.clock.now()).await?
    else {
        return Ok(None);
    };
    let staff = db::staff::by_id(&app.db, id).await?;
    Ok(staff.filter(|staff| staff.disabled_at.is_none()))
}

/// Redeems the link for the first owner and creates the owner.
///
/// # Errors
/// Fails with [`Error::InvalidLink`] if it is no longer valid or someone else was first.
pub async fn redeem_set_up_link(
    app: &App,
    token: &str,
    email: &Email,
    name: &str,
    password: &SecretString,
    from: &ClientOrigin,
) -> Result<(), Error> {
    let password_hash = passwords::hash(app, password).await?;
    let now = app.clock.now();
    let id = StaffId::new(now);
    let mut tx = app.db.begin().await?;
    let is_first = db::settings::set_if_absent(&mut tx, FIRST_OWNER_SETTING, &id.to_string())
        .await?
        == id.to_string();
    // Lock staff before links, as everywhere. A different order could cause a deadlock.
    let nobody = db::staff::lock_all(&mut tx).await?.is_empty();
    let holds = db::links::consume(&mut tx, LinkPurpose::SetUp, &hash_token(token), now)
        .await?
        .is_some();
    let may = is_first && nobody && holds;
    if !may || !db::staff::insert(&mut tx, id, email, name, Role::Owner, now).await? {
        return Err(Error::InvalidLink);
    }
    db::staff::set_password(&mut tx, id, &password_hash, now).await?;
    let event = from.event(EventKind::SetUp, id, name, email.as_str());
    db::audit::append(&mut tx, &app.audit_key, now, &event).await?;
    tx.commit().await?;
    Ok(())
}

/// Redeems an invitation or a reset link. Stores the password and, for an invitation, the name.
/// Ends all sessions of the person.
///
/// # Errors
/// Fails with [`Error::InvalidLink`] if it is no longer valid. Fails with
/// [`StaffRefusal::PasswordsOff`] if the person's role cannot sign in with a password.
pub async fn redeem_password_link(
    app: &App,
    purpose: LinkPurpose,
    token: &str,
    name: Option<&str>,
    password: &SecretString,
    from: &ClientOrigin,
) -> Result<(), Error> {
    let password_hash = passwords::hash(app, password).await?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    // Lock staff before links, as everywhere.
    let everybody = db::staff::lock_all(&mut tx).await?;
    let Some(Some(id)) = db::links::consume(&mut tx, purpose, &hash_token(token), now).await?
    else {
        return Err(Error::InvalidLink);
    };
    let staff = everybody
        .into_iter()
        .find(|staff| staff.id == id && staff.disabled_at.is_none())
        .ok_or(Error::InvalidLink)?;
    if !app.settings.allows_local_sign_in(staff.role) {
        return Err(StaffRefusal::PasswordsOff.into());
    }
    db::staff::set_password(&mut tx, id, &password_hash, now).await?;
    let name = name.unwrap_or(&staff.name);
    if name != staff.name {
        db::staff::set_profile(&mut tx, id, name, &staff.time_zone).await?;
    }
    db::sessions::revoke_all(&mut tx, id, None).await?;
    let kind = if purpose == LinkPurpose::Invitation {
        EventKind::InvitationAccepted
    } else {
        EventKind::PasswordChanged
    };
    let told = if purpose == LinkPurpose::Reset {
        let words = "Your password was changed, by a link that was made for you.".to_owned();
        Some(notices::create_notice(app, &mut tx, &staff, words, from.address).await?)
    } else {
        None
    };
    let event = from.event(kind, id, name, &staff.email);
    db::audit::append(&mut tx, &app.audit_key, now, &event).await?;
    tx.commit().await?;
    if let Some(told) = told {
        told.send_email(app).await;
    }
    Ok(())
}
