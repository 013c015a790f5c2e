//! Actions on an operation whose outcome is unknown. People can check again, send the same value again, or settle it
//! by hand.

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

/// Outcome that someone saw at Telnyx.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObservedOutcome {
    /// It happened; for a creation, this is the account.
    Happened(Option<AccountId>),
    /// It did not.
    DidNotHappen,
}

/// Looks at Telnyx again, at once; read only too. For whoever may settle.
///
/// # Errors
/// [`SubmitError::Forbidden`], [`SubmitError::Rule`] where it is not open, or the database's.
pub async fn check_again(
    app: &App,
    actor: &Actor,
    id: OperationId,
) -> Result<Submission, SubmitError> {
    let operation = find_unsettled(app, actor, id).await?;
    checks::ensure_may_read(app).await?;
    if operation.state == OperationState::Queued {
        // Its turn has not come: there is nothing to look for.
        return wait_for_outcome(app, id).await;
    }
    let now = app.clock.now();
    if operation.state == OperationState::Unknown {
        operations::write::reopen(&app.db, &operation, now).await?;
    }
    if let Some(claimed) = operations::write::claim(
        &app.db,
        id,
        operation.attempt,
        now,
        now + run::LEASE_DURATION,
    )
    .await?
    {
        record_request(app, actor, &claimed, "Asked to check again.").await?;
        let step = run::check_again(app, &claimed).await;
        conclude::conclude(app, claimed, step).await;
    }
    wait_for_outcome(app, id).await
}

/// Tells the audit who asked for it: what comes of it names whoever had asked for the change.
async fn record_request(
    app: &App,
    actor: &Actor,
    operation: &Operation,
    message: &str,
) -> db::Result<()> {
    let event = messages::event(operation, EventOutcome::Checking);
    let event = Event {
        account: event.account,
        operation: event.operation,
        before: event.before,
        after: event.after,
        telnyx_request_id: event.telnyx_request_id,
        message: message.to_owned(),
        ..Event::by_actor(actor, event.kind, event.outcome, event.target)
    };
    audit::record(&app.db, &app.audit_key, app.clock.now(), &event).await?;
    Ok(())
}

/// Sends the same absolute value again, though the time in which the portal does so by itself is over.
///
/// # Errors
/// As [`check_again`]; also where the change sets no absolute value.
pub async fn send_again(
    app: &App,
    actor: &Actor,
    id: OperationId,
) -> Result<Submission, SubmitError> {
    let operation = find_unsettled(app, actor, id).await?;
    let permission = registry::info(operation.kind).permission;
    if !actor.may(permission) {
        return Err(SubmitError::Forbidden(permission));
    }
    if !registry::info(operation.kind).repeatable {
        return Err(SubmitError::Rule(
            "Only a limit or custom pricing can be sent again.".to_owned(),
        ));
    }
    checks::ensure_may_send(app, true).await?;
    let now = app.clock.now();
    if operation.state == OperationState::Unknown {
        operations::write::reopen(&app.db, &operation, now).await?;
    }
    if let Some(claimed) = operations::write::claim(
        &app.db,
        id,
        operation.attempt,
        now,
        now + run::LEASE_DURATION,
    )
    .await?
    {
        record_request(app, actor, &claimed, "Asked to send it again.").await?;
        send_progress::record(Progress::Sent);
        run::send_again(app, claimed).await;
    }
    wait_for_outcome(app, id).await
}

/// Settles an unknown operation by what somebody saw, with a reason; audited.
///
/// # Errors
/// As [`check_again`]; [`SubmitError::Field`] without a reason.
pub async fn settle(
    app: &App,
    actor: &Actor,
    id: OperationId,
    seen: ObservedOutcome,
    reason: &str,
) -> Result<Submission, SubmitError> {
    let operation = find_unsettled(app, actor, id).await?;
    if operation.state != OperationState::Unknown {
        return Err(SubmitError::Rule(
            "Only a change whose outcome is unknown is settled by hand; this one is still being checked.".to_owned(),
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
    conclude::conclude_manually(app, operation, step, by).await?;
    wait_for_outcome(app, id).await
}

async fn find_unsettled(
    app: &App,
    actor: &Actor,
    id: OperationId,
) -> Result<Operation, SubmitError> {
    if !actor.may(Permission::SettleOperations) {
        return Err(SubmitError::Forbidden(Permission::SettleOperations));
    }
    let operation = operations::by_id(&app.db, id)
        .await?
        .ok_or_else(|| SubmitError::Rule("There is no such change.".to_owned()))?;
    if operation.state.is_settled() {
        return Err(SubmitError::Rule("It is settled already.".to_owned()));
    }
    Ok(operation)
}
