//! Roles that must have a second factor. A person without one must add one at their next sign-in or
//! request.

use std::collections::BTreeSet;

use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::role::Role;
use crate::staff::Error;

/// Roles that must have a second factor, in the order of [`Role::ALL`].
pub type Roles = Vec<Role>;

/// Returns the roles that must have a second factor.
pub async fn roles(app: &App) -> Result<Roles, Error> {
    let kept = db::settings::value(&app.db, db::settings::SECOND_FACTOR_ROLES).await?;
    Ok(parse(&kept.unwrap_or_default()))
}

/// Returns `true` if this role must have a second factor.
pub async fn is_required_for(app: &App, role: Role) -> Result<bool, Error> {
    Ok(roles(app).await?.contains(&role))
}

/// Like [`is_required_for`], but within a transaction.
pub(super) async fn is_required_for_in(tx: &mut Tx, role: Role) -> Result<bool, Error> {
    let kept = db::settings::value_in_tx(tx, db::settings::SECOND_FACTOR_ROLES).await?;
    Ok(parse(&kept.unwrap_or_default()).contains(&role))
}

/// Outcome of choosing the roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequiredRolesOutcome {
    /// The choice was stored.
    Done,
    /// Nothing changed: these roles were chosen already.
    Unchanged,
    /// Someone else changed the roles meanwhile. Holds the current ones.
    Conflict(Roles),
}

/// Stores which roles must have a second factor. Changes nothing if the roles are no longer those
/// that the form showed.
pub async fn set_roles(
    app: &App,
    actor: &Actor,
    shown: &[Role],
    chosen: &[Role],
) -> Result<RequiredRolesOutcome, Error> {
    let mut tx = app.db.begin().await?;
    db::settings::set_if_absent(&mut tx, db::settings::SECOND_FACTOR_ROLES, "").await?;
    let was = db::settings::lock(&mut tx, db::settings::SECOND_FACTOR_ROLES).await?;
    let was = parse(&was.unwrap_or_default());
    let (shown, chosen) = (ordered(shown), ordered(chosen));
    if was == chosen {
        return Ok(RequiredRolesOutcome::Unchanged);
    }
    if was != shown {
        return Ok(RequiredRolesOutcome::Conflict(was));
    }
    db::settings::set(
        &mut tx,
        db::settings::SECOND_FACTOR_ROLES,
        &serialize(&chosen),
    )
    .await?;
    let event = Event {
        before: Some(describe(&was)),
        after: Some(describe(&chosen)),
        ..Event::by_actor(
            actor,
            EventKind::SettingsChanged,
            EventOutcome::Done,
            "Roles that need a second factor",
        )
    };
    db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    tx.commit().await?;
    Ok(RequiredRolesOutcome::Done)
}

/// Describes roles for pages and the audit.
#[must_use]
pub fn describe(roles: &[Role]) -> String {
    match roles {
        [] => "None".to_owned(),
        roles => roles
            .iter()
            .map(|role| role.label())
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn ordered(roles: &[Role]) -> Roles {
    Role::ALL
        .into_iter()
        .filter(|role| roles.contains(role))
        .collect()
}

/// Parses roles as the settings store them.
#[must_use]
pub fn parse(kept: &str) -> Roles {
    let named: BTreeSet<&str> = kept.split(',').collect();
    Role::ALL
        .into_iter()
        .filter(|role| named.contains(role.as_str()))
        .collect()
}

fn serialize(roles: &[Role]) -> String {
    roles
        .iter()
        .map(|role| role.as_str())
        .collect::<Vec<_>>()
        .join(",")
}
