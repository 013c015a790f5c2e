//! Roles that must have a second factor. A person without one must add one at their next sign-in or
//! request.

use std::collections::BTreeSet;

use crate::app::{App, StoredSetting};
use crate::db::{self, Tx};
use crate::domain::actor::Actor;
use crate::domain::role::Role;
use crate::staff::Error;

/// Roles that must have a second factor, in the order of [`Role::ALL`].
pub type Roles = Vec<Role>;

/// The setting. It is stored as the roles' names, separated by commas.
#[derive(Clone, Default, PartialEq, Eq)]
struct RequiredRoles(Roles);

impl StoredSetting for RequiredRoles {
    const NAME: &'static str = db::settings::SECOND_FACTOR_ROLES;
    const TARGET: &'static str = "Roles that need a second factor";

    fn read(stored: &str) -> Option<Self> {
        Some(Self(parse(stored)))
    }

    fn write(&self) -> String {
        let names: Vec<_> = self.0.iter().map(|role| role.as_str()).collect();
        names.join(",")
    }

    fn describe(&self) -> String {
        describe(&self.0)
    }
}

/// Returns the roles that must have a second factor.
pub async fn roles(app: &App) -> Result<Roles, Error> {
    let RequiredRoles(roles) = app.setting().await?;
    Ok(roles)
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
    let chosen = RequiredRoles(ordered(chosen));
    let mut outcome = RequiredRolesOutcome::Done;
    let decide = |now: &RequiredRoles| {
        if *now == chosen {
            outcome = RequiredRolesOutcome::Unchanged;
            return Ok::<_, Error>(None);
        }
        if now.0 != ordered(shown) {
            outcome = RequiredRolesOutcome::Conflict(now.0.clone());
            return Ok(None);
        }
        Ok(Some(chosen))
    };
    app.change_setting(actor, decide).await?;
    Ok(outcome)
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
