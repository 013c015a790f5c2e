//! Changes of staff members: inviting, changing a role, disabling, enabling and creating links.
//! `domain::staff` defines the rules; this module applies them to the locked rows.

use super::links::{self, Link};
use super::{Error, Principal};
use crate::app::App;
use crate::db::staff::Staff;
use crate::db::{self, Tx};
use crate::domain::audit::{Event, EventKind};
use crate::domain::email::Email;
use crate::domain::ids::StaffId;
use crate::domain::role::Role;
use crate::domain::staff::{self as rules, Member, StaffChange, StaffRefusal};

/// Returns the facts about a staff member that the rules need.
#[must_use]
pub fn member(staff: &Staff) -> Member {
    Member {
        id: staff.id,
        role: staff.role,
        active: staff.disabled_at.is_none() && staff.joined_at.is_some(),
    }
}

/// Invites a person. The link lets them choose a password, or leads them to single sign-on.
pub async fn invite(
    app: &App,
    by: Principal<'_>,
    email: &Email,
    name: &str,
    role: Role,
) -> Result<(StaffId, Link), Error> {
    let now = app.clock.now();
    let id = StaffId::new(now);
    let mut tx = app.db.begin().await?;
    let everybody = db::staff::lock_all(&mut tx).await?;
    rules::check_invitation(current_principal(by, &everybody)?, role)?;
    if !db::staff::insert(&mut tx, id, email, name, role, now).await? {
        return Err(Error::EmailTaken);
    }
    let staff = db::staff::by_id_in_tx(&mut tx, id)
        .await?
        .ok_or(Error::Unknown)?;
    let link = links::create_password_link(app, &mut tx, &staff, by).await?;
    let event = Event {
        after: Some(role.label().to_owned()),
        ..by.event(EventKind::Invited, email.as_str())
    };
    audit_and_commit(app, tx, &event).await?;
    Ok((id, link))
}

/// Changes a person's role. Does nothing if they have it already. `version` is the version of the
/// row that the form showed.
pub async fn change_role(
    app: &App,
    by: Principal<'_>,
    id: StaffId,
    role: Role,
    version: Option<i64>,
) -> Result<Staff, Error> {
    let mut tx = app.db.begin().await?;
    let staff = lock_and_check(&mut tx, by, id, StaffChange::Role(role), version).await?;
    if staff.role == role {
        return Ok(staff);
    }
    db::staff::set_role(&mut tx, id, role).await?;
    if role == Role::Owner {
        // A link made for a lesser role must not make its holder an owner.
        db::links::revoke(&mut tx, Some(id)).await?;
    }
    let event = Event {
        before: Some(staff.role.label().to_owned()),
        after: Some(role.label().to_owned()),
        ..by.event(EventKind::RoleChanged, &staff.email)
    };
    audit_and_commit(app, tx, &event).await?;
    Ok(Staff {
        role,
        version: staff.version + 1,
        ..staff
    })
}

/// Disables a person, ends their sessions and revokes their links.
pub async fn disable(
    app: &App,
    by: Principal<'_>,
    id: StaffId,
    version: Option<i64>,
) -> Result<Staff, Error> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let staff = lock_and_check(&mut tx, by, id, StaffChange::Disable, version).await?;
    if staff.disabled_at.is_some() {
        return Ok(staff);
    }
    db::staff::set_disabled(&mut tx, id, Some(now)).await?;
    db::sessions::revoke_all(&mut tx, id, None).await?;
    db::links::revoke(&mut tx, Some(id)).await?;
    db::email_changes::remove(&mut tx, id).await?;
    audit_and_commit(app, tx, &by.event(EventKind::StaffDisabled, &staff.email)).await?;
    Ok(Staff {
        disabled_at: Some(now),
        version: staff.version + 1,
        ..staff
    })
}

/// Enables a person again, with their former role and password.
pub async fn enable(
    app: &App,
    by: Principal<'_>,
    id: StaffId,
    version: Option<i64>,
) -> Result<Staff, Error> {
    let mut tx = app.db.begin().await?;
    let staff = lock_and_check(&mut tx, by, id, StaffChange::Enable, version).await?;
    if staff.disabled_at.is_none() {
        return Ok(staff);
    }
    db::staff::set_disabled(&mut tx, id, None).await?;
    audit_and_commit(app, tx, &by.event(EventKind::StaffEnabled, &staff.email)).await?;
    Ok(Staff {
        disabled_at: None,
        version: staff.version + 1,
        ..staff
    })
}

/// Creates a link with which a person chooses a password. It serves someone who forgot theirs, or
/// as another invitation for someone who has not joined yet. Earlier links of the person stop
/// working.
pub async fn create_link(app: &App, by: Principal<'_>, id: StaffId) -> Result<Link, Error> {
    let mut tx = app.db.begin().await?;
    let staff = lock_and_check(&mut tx, by, id, StaffChange::ResetLink, None).await?;
    if staff.disabled_at.is_some() {
        return Err(StaffRefusal::Disabled.into());
    }
    if staff.joined_at.is_some() && !app.settings.allows_local_sign_in(staff.role) {
        return Err(StaffRefusal::PasswordsOff.into());
    }
    let link = links::create_password_link(app, &mut tx, &staff, by).await?;
    let kind = if staff.joined_at.is_none() {
        EventKind::Invited
    } else {
        EventKind::ResetLink
    };
    audit_and_commit(app, tx, &by.event(kind, &staff.email)).await?;
    Ok(link)
}

/// Locks all staff rows and returns the target, if the rules allow the change.
pub(super) async fn lock_and_check(
    tx: &mut Tx,
    by: Principal<'_>,
    id: StaffId,
    change: StaffChange,
    version: Option<i64>,
) -> Result<Staff, Error> {
    let everybody = db::staff::lock_all(tx).await?;
    let members: Vec<Member> = everybody.iter().map(member).collect();
    let target = everybody
        .iter()
        .find(|staff| staff.id == id)
        .cloned()
        .ok_or(Error::Unknown)?;
    rules::check(
        current_principal(by, &everybody)?,
        member(&target),
        change,
        &members,
    )?;
    if version.is_some_and(|version| version != target.version) {
        return Err(Error::Stale(Box::new(target)));
    }
    Ok(target)
}

/// Returns the requester with the data of the locked rows. Their role may have changed since the
/// request arrived.
fn current_principal(by: Principal<'_>, everybody: &[Staff]) -> Result<rules::Requester, Error> {
    match by {
        Principal::Shell => Ok(rules::Requester::Shell),
        Principal::Actor(actor) => everybody
            .iter()
            .find(|staff| staff.id == actor.staff_id)
            .map(|staff| rules::Requester::Member(member(staff)))
            .ok_or(Error::Refused(StaffRefusal::NotAllowed)),
    }
}

async fn audit_and_commit(app: &App, mut tx: Tx, event: &Event) -> Result<(), Error> {
    db::audit::append(&mut tx, &app.audit_key, app.clock.now(), event).await?;
    tx.commit().await?;
    Ok(())
}
