//! Link between identities and staff members.

use super::SsoFailure;
use crate::app::App;
use crate::db::staff::Staff;
use crate::db::{self, Tx};
use crate::domain::audit::{Event, EventKind};
use crate::domain::ids::StaffId;
use crate::domain::sign_in_outcome::SignInOutcome;
use crate::domain::staff::StaffChange;
use crate::domain::time::Timestamp;
use crate::sso::{EmailVerification, Identity};
use crate::staff::client_origin::ClientOrigin;
use crate::staff::throttle::LoginAttempt;
use crate::staff::{Error, Principal, members, notices};

/// Returns the staff member of this identity. The first time, links the person who was invited with
/// the identity's verified email address. This accepts the invitation.
pub(super) async fn find_or_link(
    app: &App,
    identity: &Identity,
    from: &ClientOrigin,
) -> Result<Result<Staff, SsoFailure>, Error> {
    let mut tx = app.db.begin().await?;
    let staff = match find_holder(app, &mut tx, identity).await? {
        Ok(staff) => staff,
        Err(refused) => {
            drop(tx);
            let why = match refused {
                SsoFailure::Unverified => "the provider says that the email is not verified",
                SsoFailure::VerificationUnknown => {
                    "the provider does not say whether the email is verified"
                }
                SsoFailure::NoEmail => "the provider sends no email",
                SsoFailure::AnotherSubject => {
                    "the person with this email is linked to another account there"
                }
                _ => "no staff member who may sign in has it",
            };
            let address = identity
                .email
                .as_deref()
                .unwrap_or("An account without an email address");
            audit_failure(app, address, &format!("By single sign-on: {why}."), from).await?;
            return Ok(Err(refused));
        }
    };
    link(app, &mut tx, &staff, identity, from).await?;
    tx.commit().await?;
    Ok(Ok(staff))
}

/// Finds the person who has this identity or will get it, unless they are disabled.
async fn find_holder(
    app: &App,
    tx: &mut Tx,
    identity: &Identity,
) -> Result<Result<Staff, SsoFailure>, Error> {
    let found =
        match db::identities::staff_by_subject(tx, &identity.issuer, &identity.subject).await? {
            Some(id) => db::staff::lock(tx, id).await?.ok_or(SsoFailure::Unknown),
            None => match_by_email(app, tx, identity).await?,
        };
    Ok(found.and_then(|staff| match staff.disabled_at {
        None => Ok(staff),
        Some(_) => Err(SsoFailure::Unknown),
    }))
}

/// Returns the person with this email address. Refuses a person who is linked to another account at
/// the provider.
async fn match_by_email(
    app: &App,
    tx: &mut Tx,
    identity: &Identity,
) -> Result<Result<Staff, SsoFailure>, Error> {
    let Some(email) = identity.email.as_deref() else {
        return Ok(Err(SsoFailure::NoEmail));
    };
    match identity.email_verified {
        EmailVerification::Yes => {}
        EmailVerification::No => return Ok(Err(SsoFailure::Unverified)),
        EmailVerification::Unknown => return Ok(Err(SsoFailure::VerificationUnknown)),
    }
    let Some(known) = db::staff::by_email(&app.db, email).await? else {
        return Ok(Err(SsoFailure::Unknown));
    };
    let Some(staff) = db::staff::lock(tx, known.id).await? else {
        return Ok(Err(SsoFailure::Unknown));
    };
    // Checked after the lock, because another sign-in may have linked them just before.
    let subject = db::identities::subject_of(tx, &identity.issuer, staff.id).await?;
    if subject.is_some_and(|subject| subject != identity.subject) {
        return Ok(Err(SsoFailure::AnotherSubject));
    }
    Ok(Ok(staff))
}

/// Links a person to their identity, if they are not linked yet. This accepts an open invitation.
async fn link(
    app: &App,
    tx: &mut Tx,
    staff: &Staff,
    identity: &Identity,
    from: &ClientOrigin,
) -> Result<(), Error> {
    let now = app.clock.now();
    if !db::identities::link(tx, &identity.issuer, &identity.subject, staff.id, now).await? {
        return Ok(());
    }
    let by = |kind| from.event(kind, staff.id, &staff.name, &staff.email);
    if staff.joined_at.is_none() {
        db::staff::mark_joined(tx, staff.id, now).await?;
        db::links::revoke(tx, Some(staff.id)).await?;
        db::audit::append(tx, &app.audit_key, now, &by(EventKind::InvitationAccepted)).await?;
    } else {
        let address = from.address.map(|address| address.to_string());
        let told = "Your account was linked to single sign-on, by your email address.";
        db::notices::create(tx, staff.id, told, address.as_deref(), now).await?;
    }
    let event = Event {
        after: Some(format!("{} at {}", identity.subject, identity.issuer)),
        ..by(EventKind::IdentityLinked)
    };
    db::audit::append(tx, &app.audit_key, now, &event).await?;
    Ok(())
}

/// Checks that the identity is the signed-in person's, proved to the provider after `since`.
pub(super) async fn confirm(
    app: &App,
    identity: &Identity,
    staff: StaffId,
    since: Timestamp,
    from: &ClientOrigin,
) -> Result<Result<(), SsoFailure>, Error> {
    let mut tx = app.db.begin().await?;
    let person = find_holder(app, &mut tx, identity)
        .await?
        .ok()
        .filter(|person| person.id == staff);
    let is_recent = identity.authenticated_at.is_some_and(|at| at >= since);
    if let Some(person) = person.filter(|_| is_recent) {
        link(app, &mut tx, &person, identity, from).await?;
        let event = Event {
            message: "By single sign-on.".to_owned(),
            ..from.event(EventKind::Proved, person.id, &person.name, &person.email)
        };
        db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
        tx.commit().await?;
        return Ok(Ok(()));
    }
    drop(tx);
    let (refused, why) = if is_recent {
        (SsoFailure::AnotherPerson, "it is another person's account")
    } else {
        (
            SsoFailure::NotReauthenticated,
            "the provider did not ask again",
        )
    };
    let target = db::staff::by_id(&app.db, staff)
        .await?
        .map(|staff| staff.email)
        .unwrap_or_default();
    audit_failure(
        app,
        &target,
        &format!("When confirming their identity by single sign-on: {why}."),
        from,
    )
    .await?;
    Ok(Err(refused))
}

/// Records a failed sign-in in the audit. Repeated failures are recorded once a minute.
pub(super) async fn audit_failure(
    app: &App,
    target: &str,
    message: &str,
    from: &ClientOrigin,
) -> Result<(), Error> {
    audit_throttled(
        app,
        LoginAttempt::new(target, from.address),
        target,
        message,
        from,
    )
    .await
}

/// Records a lasting fault in the audit. It does not count against an IP address, because an owner
/// behind that address must be able to sign in and fix the fault.
pub(super) async fn audit_misconfiguration(
    app: &App,
    target: &str,
    message: &str,
    from: &ClientOrigin,
) -> Result<(), Error> {
    audit_throttled(app, LoginAttempt::new(target, None), target, message, from).await
}

async fn audit_throttled(
    app: &App,
    attempt: LoginAttempt,
    target: &str,
    message: &str,
    from: &ClientOrigin,
) -> Result<(), Error> {
    let event = |message| from.failure(target, message);
    if attempt.admit(app, &event("")).await?.is_none() {
        db::audit::record(&app.db, &app.audit_key, app.clock.now(), &event(message)).await?;
        app.metrics.record_sign_in(SignInOutcome::Refused);
    }
    Ok(())
}

/// Returns when a person was linked to an account at the configured provider.
pub async fn linked_at(app: &App, staff: StaffId) -> Result<Option<Timestamp>, Error> {
    let Some(sso) = &app.settings.sso else {
        return Ok(None);
    };
    Ok(db::identities::linked_at(&app.db, &sso.issuer, staff).await?)
}

/// Removes a person's link to their account at a provider, for someone with another account. Their
/// next sign-in is matched by email address again. Signs them out everywhere.
///
/// # Errors
/// Fails with [`Error::NotLinked`] if there is no link, or with the refusal of a rule.
pub async fn unlink(app: &App, by: Principal<'_>, id: StaffId) -> Result<Staff, Error> {
    let mut tx = app.db.begin().await?;
    let staff = members::lock_and_check(&mut tx, by, id, StaffChange::ForgetIdentity, None).await?;
    if !db::identities::unlink(&mut tx, id).await? {
        return Err(Error::NotLinked);
    }
    db::sessions::revoke_all(&mut tx, id, None).await?;
    db::auth_challenges::delete_all(&mut tx, id).await?;
    let sentence = format!(
        "{} unlinked your account from single sign-on.",
        by.display_name()
    );
    let told = notices::create_notice(app, &mut tx, &staff, sentence, by.address()).await?;
    let event = by.event(EventKind::IdentityForgotten, &staff.email);
    db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    tx.commit().await?;
    told.send_email(app).await;
    Ok(staff)
}
