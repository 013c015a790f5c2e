//! Reset link for a person who forgot their password, sent to their own email.
//!
//! Nobody who asks learns if an email belongs to someone: the answer and its time are the same.

use std::time::Duration;

use super::client_origin::ClientOrigin;
use super::throttle::LoginAttempt;
use super::{Error, Principal, emails, links};
use crate::app::App;
use crate::db;
use crate::db::staff::Staff;
use crate::domain::audit::{Event, EventKind, EventOutcome};

/// Result of a request for a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkRequest {
    /// A link is sent if the email belongs to someone who may have one.
    Accepted,
    /// Too many links were requested. Holds the time to wait.
    Throttled(Duration),
}

/// Returns `true` if people can request a link: there is a mail server, and the setting allows it.
#[must_use]
pub fn is_available(app: &App) -> bool {
    app.settings.forgotten_password && app.mail.is_some()
}

/// Sends a link for a new password to this email, if it belongs to someone who can sign in with a
/// password. A second factor is still needed afterwards.
pub async fn request_link(
    app: &App,
    email: &str,
    from: &ClientOrigin,
) -> Result<LinkRequest, Error> {
    let attempt = LoginAttempt::mailed_link(email, from.address);
    let throttled = from.failure(email, "Too many links for a new password were requested.");
    if let Some(wait) = attempt.admit(app, &throttled).await? {
        return Ok(LinkRequest::Throttled(wait));
    }
    let (owned, email, from) = (app.clone(), email.to_owned(), from.clone());
    // The answer does not wait, so that its time does not tell if the email is known.
    app.tasks.spawn(async move {
        if let Err(error) = send_link(&owned, &email, &from).await {
            tracing::error!(%error, "a link for a forgotten password could not be sent");
        }
    });
    Ok(LinkRequest::Accepted)
}

async fn send_link(app: &App, email: &str, from: &ClientOrigin) -> Result<(), Error> {
    let Some(known) = db::staff::by_email(&app.db, email).await? else {
        return Ok(());
    };
    let mut tx = app.db.begin().await?;
    let Some(staff) = db::staff::lock(&mut tx, known.id).await? else {
        return Ok(());
    };
    if !may_have_link(app, &staff) {
        return Ok(());
    }
    let link = links::create_password_link(app, &mut tx, &staff, Principal::Shell).await?;
    let event = Event {
        message: "Requested on the sign-in page.".to_owned(),
        ..from.event_by_nobody(EventKind::ResetLink, EventOutcome::Done, &staff.email)
    };
    db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    tx.commit().await?;
    emails::send_requested_link(app, &staff, &link, from.address).await;
    Ok(())
}

/// An invitation must not be renewed by strangers, because it also gives a role.
fn may_have_link(app: &App, staff: &Staff) -> bool {
    staff.disabled_at.is_none()
        && staff.joined_at.is_some()
        && app.settings.allows_local_sign_in(staff.role)
}
