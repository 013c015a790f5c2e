//! Undo: a new operation that makes the inverse change.
//! Anyone with the permission may undo, as long as the value was not changed since.

pub use super::kind::UndoOffer;
use super::registry;
use super::request::{ExpectedValues, Request, Submission, SubmitError};
use super::submit::submit;
use crate::app::App;
use crate::db;
use crate::db::accounts::{self, Account};
use crate::db::operations::{self, Operation};
use crate::domain::actor::Actor;
use crate::domain::ids::OperationId;
use crate::domain::operation::{Change, OperationState, Reason};

/// Returns how to undo an operation, based on the current directory.
/// Returns `None` if the value before is unknown, was changed since, was undone already, or cannot
/// be undone.
pub async fn undo_offer(
    app: &App,
    actor: &Actor,
    operation: &Operation,
) -> db::Result<Option<UndoOffer>> {
    let Some(id) = &operation.account else {
        return Ok(None);
    };
    let Some(account) = accounts::by_id(&app.db, id).await? else {
        return Ok(None);
    };
    let Some(offer) = offer_for(actor, operation, &account) else {
        return Ok(None);
    };
    let undone = operations::undo_of(&app.db, operation.id).await?.is_some();
    Ok((!undone).then_some(offer))
}

/// Returns how to undo an operation of this account, if no other operation undid it.
/// The caller checks that.
#[must_use]
pub fn offer_for(actor: &Actor, operation: &Operation, account: &Account) -> Option<UndoOffer> {
    let is_allowed = operation.state == OperationState::Done
        && actor.may(registry::info(operation.kind).permission);
    is_allowed
        .then(|| registry::of(&operation.change).inverse(operation, account))
        .flatten()
}

/// Undoes a change of a limit at once. `id` is the key of the new operation.
///
/// # Errors
/// Fails with [`SubmitError::Rule`] if it can no longer be undone, otherwise like [`submit`].
pub async fn undo_limit(
    app: &App,
    actor: &Actor,
    id: OperationId,
    undone: &Operation,
) -> Result<Submission, SubmitError> {
    let repeated = operations::by_id(&app.db, id).await?.is_some();
    let limit = if repeated {
        undone.before.channel_limit
    } else {
        match undo_offer(app, actor, undone).await? {
            Some(UndoOffer::Limit(limit)) => Some(limit),
            _ => None,
        }
    };
    let (Some(limit), Some(account)) = (limit, undone.account.clone()) else {
        return Err(SubmitError::not_undoable());
    };
    let left = match &undone.change {
        Change::ChannelLimit { limit, .. } => undone
            .outcome
            .as_ref()
            .and_then(|outcome| outcome.channel_limit)
            .unwrap_or(*limit),
        _ => limit,
    };
    submit(
        app,
        actor,
        Request {
            id,
            change: Change::ChannelLimit { account, limit },
            reason: Reason::default(),
            undoes: Some(undone.id),
            expected: ExpectedValues {
                channel_limit: Some(Some(left)),
                ..ExpectedValues::default()
            },
            try_anyway: false,
            password: None,
        },
    )
    .await
}
