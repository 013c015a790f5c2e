//! What people do with an operation whose outcome is unknown: check again, send the same value again, settle by hand.

use super::apply::Effect;
use super::conclude::{AttemptResult, Completion, ManualSettlement};
use super::request::{Submission, SubmitError};
use super::send_progress::{self, Progress};
use super::submit::wait_for_outcome;
use super::{checks, conclude, create, messages, run};
use crate::app::App;
use crate::db::operations::{self, Operation};
use crate::db::{self, audit};
use crate::domain::account::AccountStatus;
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventOutcome};
use crate::domain::ids::{AccountId, OperationId};
use crate::domain::operation::{Change, OperationOutcome, OperationState, SettledBy};
use crate::domain::role::Permission;
use crate::domain::text;

/// What somebody saw at Telnyx.
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
        let step = match &claimed.change {
            // A look, not a change: whether to send the value again is a decision of its own.
            Change::ChannelLimit { .. } | Change::CustomPricing { .. }
                if claimed.began_at().until(now) >= super::channel_limit::RESEND_WITHIN =>
            {
                read_outcome(app, &claimed).await
            }
            _ => run::settle(app, &claimed).await,
        };
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

/// Whether a reading can tell: custom pricing is in the account's body, a limit nowhere.
async fn read_outcome(app: &App, operation: &Operation) -> AttemptResult {
    let unknown = || AttemptResult::Unknown(operation.outcome.clone().unwrap_or_default());
    let Change::CustomPricing { account, allow } = &operation.change else {
        return unknown();
    };
    let at = app.clock.now();
    match app.telnyx.retrieve_account(account).await {
        Ok(detail) if detail.account.custom_pricing == Some(*allow) => {
            AttemptResult::Done(Completion {
                outcome: OperationOutcome {
                    message: "Telnyx shows it as asked for.".to_owned(),
                    settled_by: Some(SettledBy::Reading),
                    ..OperationOutcome::default()
                },
                effects: vec![Effect::Pricing(account.clone(), *allow, at)],
                created: None,
            })
        }
        Ok(detail) if detail.account.custom_pricing == Some(!*allow) => {
            AttemptResult::did_not_happen(
                "It did not happen: Telnyx still shows what was there before.",
            )
        }
        Ok(_) | Err(_) => unknown(),
    }
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
    let permission = operation.kind.permission();
    if !actor.may(permission) {
        return Err(SubmitError::Forbidden(permission));
    }
    if !matches!(
        operation.change,
        Change::ChannelLimit { .. } | Change::CustomPricing { .. }
    ) {
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
/// As [`check_again`]; [`SubmitError::Reason`] without a reason.
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
    let reason =
        text::parse_lines(reason, 1_000).map_err(|error| SubmitError::Reason(error.to_string()))?;
    let outcome = OperationOutcome {
        message: format!("Settled by {}: {reason}", actor.name),
        settled_by: Some(SettledBy::Person),
        ..OperationOutcome::default()
    };
    let step = match seen {
        ObservedOutcome::DidNotHappen => AttemptResult::Refused(outcome),
        ObservedOutcome::Happened(account) => {
            settle_as_done(app, &operation, account, outcome).await?
        }
    };
    let by = ManualSettlement {
        actor,
        reason: &reason,
    };
    conclude::conclude_manually(app, operation, step, by).await?;
    wait_for_outcome(app, id).await
}

async fn settle_as_done(
    app: &App,
    operation: &Operation,
    account: Option<AccountId>,
    outcome: OperationOutcome,
) -> Result<AttemptResult, SubmitError> {
    let at = app.clock.now();
    let effects = match &operation.change {
        Change::Create { .. } => {
            let rule = |text: &str| SubmitError::Rule(text.to_owned());
            let account = account.ok_or_else(|| rule("Say which account it made."))?;
            let claimed =
                operations::write::claimed_accounts(&app.db, std::slice::from_ref(&account))
                    .await?;
            if !claimed.is_empty() {
                return Err(rule("Another creation made that account."));
            }
            let namesakes = operation.before.namesakes.as_deref().unwrap_or_default();
            if namesakes.contains(&account) {
                return Err(rule(
                    "That account was there before this one was asked for.",
                ));
            }
            let found = app
                .telnyx
                .retrieve_account(&account)
                .await
                .map_err(|_| rule("Telnyx could not be asked for that account."))?;
            if !create::may_have_created(operation, &found.account) {
                return Err(rule(
                    "That account has neither the name nor the e-mail address that was asked for, or is older.",
                ));
            }
            return Ok(create::creation_result(app, operation, found.account, at, outcome).await);
        }
        Change::Enable { account, .. } => {
            vec![Effect::Status(account.clone(), AccountStatus::Enabled, at)]
        }
        Change::Disable { account } => {
            vec![Effect::Status(account.clone(), AccountStatus::Disabled, at)]
        }
        Change::ChannelLimit { account, limit } => vec![Effect::Limit(account.clone(), *limit, at)],
        Change::CustomPricing { account, allow } => {
            vec![Effect::Pricing(account.clone(), *allow, at)]
        }
        Change::RemoveOrgUser { user, .. } => vec![Effect::OrgUserRemoved(user.clone())],
    };
    Ok(AttemptResult::Done(Completion {
        outcome,
        effects,
        created: None,
    }))
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
