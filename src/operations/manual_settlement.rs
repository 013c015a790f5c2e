//! Actions on an operation whose outcome is unknown.
//! People can check again, send the same value again, or settle it by hand.

use super::attempt::AttemptResult;
use super::conclude::ManualSettlement;
use super::request::{Submission, SubmitError};
use super::send_progress::{self, Progress};
use super::submit::wait_for_outcome;
use super::{checks, conclude, messages, registry, run};
use crate::app::App;
use crate::db::operations::{self, Operation};
use crate::db::{self, audit};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventOutcome};
use crate::domain::ids::{AccountId, OperationId};
use crate::domain::operation::{OperationOutcome, OperationState, SettledBy};
use crate::domain::role::Permission;
use crate::domain::text;

/// Outcome that a person saw at Telnyx.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObservedOutcome {
    /// It happened; for a creation, this is the account.
    Happened(Option<AccountId>),
    /// It did not happen.
    DidNotHappen,
}

/// Checks at Telnyx again, at once. Also works in read-only mode.
///
/// # Errors
/// Fails with [`SubmitError::Forbidden`] if the actor may not settle, [`SubmitError::Rule`] if the
/// operation is not open, [`SubmitError::NotSent`] if the key is another manager's, or
/// [`SubmitError::Db`].
pub async fn check_again(
    app: &App,
    actor: &Actor,
    id: OperationId,
) -> Result<Submission, SubmitError> {
    let operation = find_unsettled(app, actor, id).await?;
    checks::ensure_may_read(app).await?;
    if operation.state == OperationState::Queued {
        // A queued operation has not been sent, so there is nothing to check.
        return wait_for_outcome(app, id).await;
    }
    if let Some(claimed) = claim(app, actor, &operation, "Check requested.").await?
        && let Some(step) = run::check_again(app, &claimed).await
    {
        conclude::conclude(app, claimed, step).await;
    }
    wait_for_outcome(app, id).await
}

/// Claims an operation for one attempt because a person requested it.
/// The audit event names that person, because the event of the outcome names the person who
/// requested the change.
async fn claim(
    app: &App,
    actor: &Actor,
    operation: &Operation,
    message: &str,
) -> db::Result<Option<Operation>> {
    if operation.state == OperationState::Unknown {
        operations::write::reopen(&app.db, operation, app.clock.now()).await?;
    }
    let claimed = run::claim(app, operation.id, operation.attempt).await?;
    if let Some(claimed) = &claimed {
        let event = Event {
            message: message.to_owned(),
            ..messages::event_by(actor, claimed, EventOutcome::Checking)
        };
        audit::record(&app.db, &app.audit_key, app.clock.now(), &event).await?;
    }
    Ok(claimed)
}

/// Sends the same absolute value again, after the portal stopped doing so by itself.
///
/// # Errors
/// Fails like [`check_again`]. Also fails if the actor may not make the change, if it sets no
/// absolute value, or if the portal sends nothing at the moment.
pub async fn send_again(
    app: &App,
    actor: &Actor,
    id: OperationId,
) -> Result<Submission, SubmitError> {
    let operation = find_unsettled(app, actor, id).await?;
    let info = registry::info(operation.kind);
    checks::ensure_permitted(actor, info.permission)?;
    if !info.repeatable {
        return Err(SubmitError::rule(
            "Only a limit or custom pricing can be sent again.",
        ));
    }
    checks::ensure_may_send(app, true).await?;
    if let Some(claimed) = claim(app, actor, &operation, "Resend requested.").await? {
        send_progress::record(Progress::Sent);
        run::send_again(app, &claimed).await;
    }
    wait_for_outcome(app, id).await
}

/// Settles an unknown operation by what a person saw, and records it in the audit.
///
/// # Errors
/// Fails like [`check_again`], except for another manager's key. Fails with [`SubmitError::Field`]
/// if there is no reason.
pub async fn settle(
    app: &App,
    actor: &Actor,
    id: OperationId,
    seen: ObservedOutcome,
    reason: &str,
) -> Result<Submission, SubmitError> {
    let mut operation = find_unsettled(app, actor, id).await?;
    if operation.state != OperationState::Unknown {
        return Err(SubmitError::rule(
            "This change is still being checked. Only a change with an unknown outcome can be \
             settled by hand.",
        ));
    }
    let reason = text::parse_lines(reason, 1_000)
        .map_err(|error| SubmitError::reason(&error.to_string()))?;
    let outcome = OperationOutcome {
        message: format!("Settled by {}: {reason}", actor.name),
        settled_by: Some(SettledBy::Person),
        ..OperationOutcome::default()
    };
    let step = match seen {
        ObservedOutcome::DidNotHappen => AttemptResult::Refused(outcome),
        ObservedOutcome::Happened(account) => {
            registry::of(&operation.change)
                .settle_as_done(app, &operation, account, outcome)
                .await?
        }
    };
    let by = ManualSettlement {
        actor,
        reason: &reason,
    };
    conclude::write(app, &mut operation, step, Some(by)).await?;
    wait_for_outcome(app, id).await
}

async fn find_unsettled(
    app: &App,
    actor: &Actor,
    id: OperationId,
) -> Result<Operation, SubmitError> {
    checks::ensure_permitted(actor, Permission::SettleOperations)?;
    let operation = operations::by_id(&app.db, id)
        .await?
        .ok_or_else(|| SubmitError::rule("There is no such change."))?;
    if operation.state.is_settled() {
        return Err(SubmitError::rule("It was settled already."));
    }
    Ok(operation)
}
