//! Undo: a new operation that does the inverse, for whoever may do that, while the value is still what was left.

use super::request::{ExpectedValues, Request, Submission, SubmitError};
use super::submit::submit;
use crate::app::App;
use crate::db;
use crate::db::accounts::{self, Account};
use crate::db::operations::{self, Operation};
use crate::domain::account::AccountStatus;
use crate::domain::actor::Actor;
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::OperationId;
use crate::domain::operation::{Change, OperationState, Reason};

/// How an operation can be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UndoOffer {
    /// At once: sets the limit back to this.
    Limit(ChannelLimit),
    /// Through the form of the inverse, which has questions to ask: block outbound calls.
    BlockCalls,
    /// Through the form that enables, which asks about the connections.
    Enable,
    /// Through the form that disables.
    Disable,
    /// Through the form of custom pricing.
    CustomPricing,
}

/// What undoing an operation would be, judged by what the directory says now; `None` where there is no undo: nothing
/// known before, changed since, undone already, or nothing that can be undone.
pub async fn undo_offer(
    app: &App,
    actor: &Actor,
    operation: &Operation,
) -> db::Result<Option<UndoOffer>> {
    if operation.state != OperationState::Done || !actor.may(operation.kind.permission()) {
        return Ok(None);
    }
    let Some(id) = &operation.account else {
        return Ok(None);
    };
    let Some(account) = accounts::by_id(&app.db, id).await? else {
        return Ok(None);
    };
    let Some(offer) = inverse(operation, &account) else {
        return Ok(None);
    };
    let undone = operations::undo_of(&app.db, operation.id).await?.is_some();
    Ok((!undone).then_some(offer))
}

/// The inverse of a change, while the value is still what it left.
fn inverse(operation: &Operation, account: &Account) -> Option<UndoOffer> {
    let before = &operation.before;
    match &operation.change {
        Change::ChannelLimit { limit, .. } => {
            let left = operation
                .outcome
                .as_ref()
                .and_then(|outcome| outcome.channel_limit)
                .unwrap_or(*limit);
            let back = before.channel_limit.filter(|back| *back != left)?;
            let still = account.channel_limit.is_some_and(|fact| fact.value == left);
            let offer = if back == ChannelLimit::ZERO {
                UndoOffer::BlockCalls
            } else {
                UndoOffer::Limit(back)
            };
            still.then_some(offer)
        }
        Change::Disable { .. } => (before.status == Some(AccountStatus::Enabled)
            && account.status.value == AccountStatus::Disabled)
            .then_some(UndoOffer::Enable),
        Change::Enable { .. } => (before.status == Some(AccountStatus::Disabled)
            && account.status.value == AccountStatus::Enabled)
            .then_some(UndoOffer::Disable),
        Change::CustomPricing { allow, .. } => (before.custom_pricing == Some(!allow)
            && account
                .custom_pricing
                .is_some_and(|fact| fact.value == *allow))
        .then_some(UndoOffer::CustomPricing),
        Change::Create { .. } | Change::RemoveOrgUser { .. } => None,
    }
}

/// Undoes a change of a limit at once, as a new operation with the key `id`.
///
/// # Errors
/// [`SubmitError::Rule`] when there is no such undo any more; else as [`submit`].
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
        return Err(SubmitError::Rule(
            "This cannot be undone any more: it was changed since, or undone already.".to_owned(),
        ));
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
