//! Conclusion of an attempt: one transaction writes outcome, directory and audit event.

use std::time::Duration;

use super::attempt::{AttemptResult, Completion};
use super::messages;
use super::{apply, registry};
use crate::app::App;
use crate::db::operations::{self, Operation};
use crate::db::{self, audit, notifications as stored_notifications};
use crate::domain::account::shown_name;
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventOutcome};
use crate::domain::ids::OperationId;
use crate::domain::notification::{NotificationFact, NotificationKind};
use crate::domain::operation::{OperationOutcome, OperationState};
use crate::domain::time::Timestamp;
use crate::notifications;

/// Time after which an uncertain operation becomes unknown, so that a person has to look.
pub(super) const GIVE_UP_AFTER: Duration = Duration::from_mins(15);
/// Longest pause between two checks, in seconds.
const MAX_CHECK_INTERVAL_SECONDS: u64 = 30;

/// Wait before an outcome is written again. It doubles with each attempt.
const FIRST_WRITE_RETRY: Duration = Duration::from_secs(1);
/// Longest wait between two attempts. All waits together are shorter than a lease.
const MAX_WRITE_RETRY: Duration = Duration::from_secs(8);

/// Person who settled an operation by hand, and their reason.
pub(super) struct ManualSettlement<'a> {
    pub actor: &'a Actor,
    pub reason: &'a str,
}

/// Writes the result of an attempt. Returns `false` if it could not be written.
/// Tries again while the database is unavailable, because only this task knows Telnyx's answer. The
/// waits together are shorter than the lease; after that, recovery settles the operation.
pub(super) async fn conclude(app: &App, operation: Operation, step: AttemptResult) -> bool {
    let mut wait = FIRST_WRITE_RETRY;
    loop {
        let mut concluded = operation.clone();
        let written = app
            .db
            .watch(write(app, &mut concluded, step.clone(), None))
            .await;
        let Err(error) = written.and_then(|written| written) else {
            return true;
        };
        if !error.is_unavailable() || wait > MAX_WRITE_RETRY || app.shutdown.is_cancelled() {
            let id = operation.id;
            tracing::error!(%error, operation = %id, "an outcome could not be written; recovery will settle it");
            return false;
        }
        tokio::select! {
            () = app.shutdown.cancelled() => {}
            () = tokio::time::sleep(wait) => {}
        }
        wait *= 2;
    }
}

/// Writes the result of an attempt, or of a settlement by hand.
/// A settlement by hand has two audit events. The first is by the person who settled. The event of
/// the outcome names the person who requested the change, and beside them who settled it.
pub(super) async fn write(
    app: &App,
    operation: &mut Operation,
    step: AttemptResult,
    by: Option<ManualSettlement<'_>>,
) -> db::Result<()> {
    let now = app.clock.now();
    let step = give_up_if_overdue(operation, step, now);
    let (state, completion) = match step {
        AttemptResult::Done(completion) => (OperationState::Done, completion),
        AttemptResult::Refused(outcome) => (OperationState::Refused, outcome.into()),
        AttemptResult::Unsettled(outcome) => (OperationState::Checking, outcome.into()),
        AttemptResult::Unknown(outcome) => (OperationState::Unknown, outcome.into()),
    };
    let Completion {
        mut outcome,
        effects,
        created,
    } = completion;
    // A read may have no request ID of Telnyx. Then the last known one stays.
    if outcome.telnyx_request_id.is_none() {
        let earlier = operation.outcome.as_mut();
        outcome.telnyx_request_id = earlier.and_then(|earlier| earlier.telnyx_request_id.take());
    }
    operation.unanswered_at = unanswered_at(operation, state, &outcome, now);
    let news = operation.state != state;
    if created.is_some() {
        operation.account = created;
    }
    let next_check_at =
        (state == OperationState::Checking).then(|| now + check_interval(operation.checks));
    let mut tx = app.db.begin().await?;
    if !operations::write::conclude(&mut tx, operation, state, &outcome, next_check_at, now).await?
    {
        tracing::warn!(operation = %operation.id, "an attempt ended after its lease was taken; its outcome is dropped");
        return Ok(());
    }
    let was_in_question = matches!(
        operation.state,
        OperationState::Checking | OperationState::Unknown
    );
    operation.state = state;
    operation.outcome = Some(outcome);
    let mut events = Vec::new();
    for effect in effects {
        events.extend(apply::apply(&mut tx, operation, effect, now).await?);
    }
    if state == OperationState::Done
        && let Some(next) = follow_up(operation, now)
    {
        operations::write::insert(&mut tx, &next).await?;
        events.push(messages::event(&next, EventOutcome::Started));
    }
    if news {
        let event = Event {
            settled_by: by.as_ref().map(|by| by.actor.into()),
            ..messages::event(operation, state.into())
        };
        events.insert(0, event);
        if let Some(by) = by {
            events.insert(
                0,
                messages::settlement_event(by.actor, operation, by.reason),
            );
        }
    }
    for event in events {
        audit::append(&mut tx, &app.audit_key, now, &event).await?;
    }
    if news && state == OperationState::Unknown {
        notifications::publish(app, &mut tx, &unknown_fact(operation), None).await?;
    }
    if was_in_question && state.is_settled() {
        let fact = unknown_fact(operation);
        let detail = format!("Settled since: {}", fact.detail);
        stored_notifications::close(&mut tx, fact.kind, &fact.path, &detail, now).await?;
    }
    tx.commit().await?;
    if news && state == OperationState::Unknown {
        let outcome = operation.outcome.as_ref();
        tracing::error!(
            operation = %operation.id,
            kind = operation.kind.as_str(),
            status = outcome.and_then(|outcome| outcome.status),
            telnyx_request_id = outcome.and_then(|outcome| outcome.telnyx_request_id.as_deref()),
            attempt = operation.attempt,
            "an operation is unknown: someone has to settle it"
        );
    }
    Ok(())
}

/// Returns the fact that nobody knows the result of an operation.
fn unknown_fact(operation: &Operation) -> NotificationFact {
    NotificationFact {
        kind: NotificationKind::UnknownOperation,
        sweep: None,
        items: 1,
        subject: registry::of(&operation.change).title(shown_name(&operation.label)),
        detail: messages::outcome_text(operation),
        path: format!("/operations/{}", operation.id),
    }
}

/// Returns when a request was last left unanswered, if it may still take effect.
fn unanswered_at(
    operation: &Operation,
    state: OperationState,
    outcome: &OperationOutcome,
    now: Timestamp,
) -> Option<Timestamp> {
    let sent_once = !registry::info(operation.kind).repeatable;
    if state == OperationState::Done && sent_once {
        // The only request has taken effect.
        return None;
    }
    // An attempt that was interrupted left no outcome.
    let interrupted = operation
        .sent_at
        .filter(|_| operation.attempt > 1 && operation.outcome.is_none());
    let this = outcome.unanswered.then_some(now);
    this.or(operation.unanswered_at).or(interrupted)
}

/// Converts an uncertain result to unknown if the operation began too long ago.
fn give_up_if_overdue(operation: &Operation, step: AttemptResult, now: Timestamp) -> AttemptResult {
    match step {
        AttemptResult::Unsettled(outcome) if operation.began_at().until(now) >= GIVE_UP_AFTER => {
            AttemptResult::Unknown(outcome)
        }
        step => step,
    }
}

/// Returns the pause before the next check: 1, 2, 4 … 30 seconds.
fn check_interval(checks: i64) -> Duration {
    let exponent = u32::try_from(checks.clamp(0, 5)).unwrap_or(5);
    Duration::from_secs(2_u64.pow(exponent).min(MAX_CHECK_INTERVAL_SECONDS))
}

/// Returns the operation that follows this one and is queued in the same transaction.
/// After a creation, it sets the channel limit that was requested for the new account.
fn follow_up(operation: &Operation, now: Timestamp) -> Option<Operation> {
    let change = registry::of(&operation.change).follow_up(operation)?;
    Some(Operation {
        address: operation.address.clone(),
        request_id: operation.request_id.clone(),
        state: OperationState::Queued,
        reason: operation.reason.clone(),
        follows: Some(operation.id),
        job: operation.job,
        attempt: 0,
        sent_at: None,
        started_at: None,
        ..Operation::new(
            OperationId::new(now),
            change,
            operation.label.clone(),
            operation.who(),
            now,
        )
    })
}
