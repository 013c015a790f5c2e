//! Change of the email that a person signs in with. The person confirms the new one with a link
//! that is sent there, or an owner changes it.

use std::time::Duration;

use super::links::{Link, hash_token, link_url, random_token};
use super::members::lock_and_check;
use super::notices::{PendingNotice, create_notice};
use super::throttle::LoginAttempt;
use super::{Error, Principal, emails};
use crate::app::App;
use crate::db::staff::Staff;
use crate::db::{self, Tx, email_changes};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::email::{self, Email};
use crate::domain::ids::StaffId;
use crate::domain::role::Permission;
use crate::domain::staff::{StaffChange, StaffRefusal};
use crate::domain::time::Timestamp;
use crate::mail::{Delivery, Failure};

/// Lifetime of a link that confirms a new email.
const LINK_LIFETIME: Duration = Duration::from_hours(1);

/// Outcome of a person's request to change their own email.
#[derive(Debug)]
pub enum EmailRequest {
    /// A link was sent to the new email. It works until this time.
    Sent(Timestamp),
    /// The mail server has not answered yet. The link may still arrive.
    Pending,
    /// No link was sent, and nothing was changed.
    NotSent(Failure),
    /// The email was changed at once, because the portal sends no mail and the person is an owner.
    Changed,
    /// Too many links were requested for this email. Holds the time to wait.
    Throttled(Duration),
}

/// Returns `true` if the person can change their own email: they confirm it by mail, or they are an
/// owner.
#[must_use]
pub fn is_available(app: &App, staff: &Staff) -> bool {
    app.mail.is_some() || staff.role.may(Permission::ManageOwners)
}

/// Sends a link to a person's new email. The email changes when they open it.
pub async fn request(app: &App, actor: &Actor, new: &Email) -> Result<EmailRequest, Error> {
    // Counts per email, so that nobody can be flooded with mail.
    let attempt = LoginAttempt::mailed_link(new.as_str(), None);
    let throttled = Event {
        message: "Too many links were requested.".to_owned(),
        ..Event::by_actor(
            actor,
            EventKind::EmailChanged,
            EventOutcome::Refused,
            new.as_str(),
        )
    };
    if let Some(wait) = attempt.admit(app, &throttled).await? {
        return Ok(EmailRequest::Throttled(wait));
    }
    let mut tx = app.db.begin().await?;
    let own = lock_own(&mut tx, actor, new).await?;
    if app.mail.is_none() {
        if !is_available(app, &own) {
            return Err(StaffRefusal::OwnerChangesEmail.into());
        }
        let (_, notice) = apply(app, &mut tx, Principal::Actor(actor), own, new).await?;
        tx.commit().await?;
        notice.send_email(app).await;
        return Ok(EmailRequest::Changed);
    }
    let token = random_token()?;
    let link = Link {
        url: link_url(app, &["profile", "email", &token]),
        expires_at: app.clock.now() + LINK_LIFETIME,
    };
    let hash = hash_token(&token);
    email_changes::put(&mut tx, own.id, new.as_str(), &hash, link.expires_at).await?;
    tx.commit().await?;
    let delivery = emails::send_email_confirmation(app, &own, new, &link).await;
    match delivery.unwrap_or(Delivery::Failed(Failure::Address)) {
        Delivery::Accepted => Ok(EmailRequest::Sent(link.expires_at)),
        Delivery::Pending => Ok(EmailRequest::Pending),
        Delivery::Failed(failure) => {
            // Otherwise the profile would say that a link was sent.
            let mut tx = app.db.begin().await?;
            email_changes::consume(&mut tx, own.id, &hash, app.clock.now()).await?;
            tx.commit().await?;
            Ok(EmailRequest::NotSent(failure))
        }
    }
}

/// Returns the email that a link confirms, if it is this person's and still works.
pub async fn find(app: &App, staff: StaffId, token: &str) -> Result<Option<String>, Error> {
    let hash = hash_token(token);
    Ok(email_changes::find(&app.db, staff, &hash, app.clock.now()).await?)
}

/// Changes the person's email to the one that the link was sent to.
///
/// # Errors
/// Fails with [`Error::InvalidLink`] if the link is someone else's, was used or has expired, and
/// with [`Error::EmailTaken`] if someone else has the email by now.
pub async fn confirm(app: &App, actor: &Actor, token: &str) -> Result<Staff, Error> {
    let mut tx = app.db.begin().await?;
    let hash = hash_token(token);
    let found = email_changes::consume(&mut tx, actor.staff_id, &hash, app.clock.now()).await?;
    let new: Email = found
        .and_then(|email| email.parse().ok())
        .ok_or(Error::InvalidLink)?;
    let own = lock_own(&mut tx, actor, &new).await?;
    let (staff, notice) = apply(app, &mut tx, Principal::Actor(actor), own, &new).await?;
    tx.commit().await?;
    notice.send_email(app).await;
    Ok(staff)
}

/// Changes another person's email. Both emails get a notice. `version` is the version of the row
/// that the form showed.
pub async fn change(
    app: &App,
    by: Principal<'_>,
    id: StaffId,
    new: &Email,
    version: Option<i64>,
) -> Result<Staff, Error> {
    let mut tx = app.db.begin().await?;
    let staff = lock_and_check(&mut tx, by, id, StaffChange::Email, version).await?;
    check_is_new(&staff, new)?;
    let (staff, notice) = apply(app, &mut tx, by, staff, new).await?;
    tx.commit().await?;
    let at_new = notice.clone_for(staff.clone());
    notice.send_email(app).await;
    at_new.send_email(app).await;
    Ok(staff)
}

/// Locks the staff's rows. Returns the person's own, if they can take the email.
async fn lock_own(tx: &mut Tx, actor: &Actor, new: &Email) -> Result<Staff, Error> {
    let everybody = db::staff::lock_all(tx).await?;
    let is_taken =
        |staff: &Staff| staff.id != actor.staff_id && email::is_same(&staff.email, new.as_str());
    if everybody.iter().any(is_taken) {
        return Err(Error::EmailTaken);
    }
    let own = everybody
        .into_iter()
        .find(|staff| staff.id == actor.staff_id && staff.disabled_at.is_none())
        .ok_or(Error::Unknown)?;
    check_is_new(&own, new)?;
    Ok(own)
}

fn check_is_new(staff: &Staff, new: &Email) -> Result<(), Error> {
    if staff.email == new.as_str() {
        return Err(Error::SameEmail);
    }
    Ok(())
}

/// Stores the email in the locked row, ends links that were sent to the old one, and writes the
/// event. The notice is for the old email.
async fn apply(
    app: &App,
    tx: &mut Tx,
    by: Principal<'_>,
    staff: Staff,
    new: &Email,
) -> Result<(Staff, PendingNotice), Error> {
    if !db::staff::set_email(tx, staff.id, new).await? {
        return Err(Error::EmailTaken);
    }
    db::links::revoke(tx, Some(staff.id)).await?;
    email_changes::remove(tx, staff.id).await?;
    let is_own = matches!(by, Principal::Actor(actor) if actor.staff_id == staff.id);
    let old = &staff.email;
    let words = if is_own {
        format!("Your email was changed from {old} to {}.", new.as_str())
    } else {
        let who = by.display_name();
        format!("{who} changed your email from {old} to {}.", new.as_str())
    };
    let notice = create_notice(app, tx, &staff, words, by.address()).await?;
    let event = Event {
        before: Some(old.clone()),
        after: Some(new.as_str().to_owned()),
        ..by.event(EventKind::EmailChanged, new.as_str())
    };
    db::audit::append(tx, &app.audit_key, app.clock.now(), &event).await?;
    let changed = Staff {
        email: new.as_str().to_owned(),
        version: staff.version + 1,
        ..staff
    };
    Ok((changed, notice))
}
