//! Checks before a change is recorded that are the same for all kinds.
//! They check that the portal may send, that the values on the form are current, and that an undo
//! is still possible. Checks of one kind are in its own file.

pub(super) mod conflict;

use super::request::{NotSentReason, SubmitError};
use crate::app::App;
use crate::db::{self, Tx, accounts, operations, settings};
use crate::domain::account::AccountStatus;
use crate::domain::actor::Actor;
use crate::domain::operation::PriorState;
use crate::domain::role::Permission;

/// Fails if the actor lacks the permission.
pub(super) fn ensure_permitted(actor: &Actor, permission: Permission) -> Result<(), SubmitError> {
    if actor.may(permission) {
        Ok(())
    } else {
        Err(SubmitError::Forbidden(permission))
    }
}

/// Fails if the portal sends no changes at the moment.
pub(super) async fn ensure_may_send(app: &App, try_anyway: bool) -> Result<(), SubmitError> {
    if app.settings.read_only {
        return Err(SubmitError::NotSent(NotSentReason::ReadOnly));
    }
    ensure_may_read(app).await?;
    match app.telnyx.health().down_since {
        Some(since) if !try_anyway => Err(SubmitError::NotSent(NotSentReason::TelnyxDown(since))),
        _ => Ok(()),
    }
}

/// Fails if the API key belongs to another manager.
/// Reads with that key say nothing about changes that were made here.
pub(super) async fn ensure_may_read(app: &App) -> Result<(), SubmitError> {
    if is_other_manager(app).await? {
        return Err(SubmitError::NotSent(NotSentReason::OtherManager));
    }
    Ok(())
}

/// Returns `true` if the API key's manager is not the directory's.
pub(super) async fn is_other_manager(app: &App) -> db::Result<bool> {
    Ok(settings::other_manager(&app.db).await?.is_some())
}

/// Returns the state of an account before a change, as it is recorded.
#[must_use]
pub fn snapshot(account: &accounts::Account) -> PriorState {
    PriorState {
        status: Some(account.status.value).filter(|status| *status != AccountStatus::Unknown),
        channel_limit: account.channel_limit.map(|fact| fact.value),
        custom_pricing: account.custom_pricing.map(|fact| fact.value),
        assignee: None,
        namesakes: None,
    }
}

/// Fails if the operation undoes another one but may not.
/// The other operation must be done, on the same account, and not undone yet. This runs in the
/// transaction that records the operation, because another undo could be recorded before it.
pub(super) async fn check_undo(
    tx: &mut Tx,
    operation: &operations::Operation,
) -> Result<(), SubmitError> {
    if operation.undoes.is_none() || operations::write::may_undo(tx, operation).await? {
        return Ok(());
    }
    Err(SubmitError::not_undoable())
}
