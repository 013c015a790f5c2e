//! Checks before a change is recorded that are the same for all kinds: the portal may send, what the form showed still
//! holds, and an undo is still possible. Each kind has its own in its file.

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

/// Fails if no changes are sent at the moment.
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

/// Fails under another manager's key, because readings then say nothing of what was changed here.
pub(super) async fn ensure_may_read(app: &App) -> Result<(), SubmitError> {
    if is_other_manager(app).await? {
        return Err(SubmitError::NotSent(NotSentReason::OtherManager));
    }
    Ok(())
}

/// Returns `true` if the key belongs to another manager than the directory does.
pub(super) async fn is_other_manager(app: &App) -> db::Result<bool> {
    Ok(settings::other_manager(&app.db).await?.is_some())
}

/// Returns the prior state of an account, as it is recorded.
pub(super) fn snapshot(account: &accounts::Account) -> PriorState {
    PriorState {
        status: Some(account.status.value).filter(|status| *status != AccountStatus::Unknown),
        channel_limit: account.channel_limit.map(|fact| fact.value),
        custom_pricing: account.custom_pricing.map(|fact| fact.value),
        namesakes: None,
    }
}

/// Checks that what the operation undoes is done, on its account, and undone by no other. Runs in the transaction that
/// records the operation: before that, another undo could still be recorded.
pub(super) async fn check_undo(
    tx: &mut Tx,
    operation: &operations::Operation,
) -> Result<(), SubmitError> {
    if operation.undoes.is_none() || operations::write::may_undo(tx, operation).await? {
        return Ok(());
    }
    Err(SubmitError::not_undoable())
}
