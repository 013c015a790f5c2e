//! Texts of an operation in the record: its outcome and its audit events.

use super::registry;
use crate::db::operations::Operation;
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventOutcome};
use crate::domain::operation::OperationState;

/// Returns the text of an operation's outcome: the portal's sentence, then Telnyx's words.
#[must_use]
pub fn outcome_text(operation: &Operation) -> String {
    match (&operation.outcome, operation.state) {
        (Some(outcome), _) => match &outcome.detail {
            Some(detail) => format!("{} Telnyx says: “{detail}”", outcome.message),
            None => outcome.message.clone(),
        },
        (None, OperationState::Queued) => "Queued.".to_owned(),
        (None, _) => "It is being sent to Telnyx.".to_owned(),
    }
}

/// Returns the value before the change, or `None` if it was not known.
#[must_use]
pub fn before_text(operation: &Operation) -> Option<String> {
    registry::of(&operation.change).before(&operation.before)
}

/// Returns the requested value; for a limit, the one that Telnyx confirmed.
#[must_use]
pub fn after_text(operation: &Operation) -> String {
    registry::of(&operation.change).after(operation.outcome.as_ref())
}

/// Returns an event by a person who settles or checks the operation.
/// This need not be the person who requested the change.
pub(super) fn event_by(actor: &Actor, operation: &Operation, outcome: EventOutcome) -> Event {
    let event = event(operation, outcome);
    Event {
        account: event.account,
        operation: event.operation,
        before: event.before,
        after: event.after,
        telnyx_request_id: event.telnyx_request_id,
        message: event.message,
        ..Event::by_actor(actor, event.kind, event.outcome, event.target)
    }
}

/// Returns the event of a settlement by hand. The event of the outcome follows it.
pub(super) fn settlement_event(actor: &Actor, operation: &Operation, reason: &str) -> Event {
    Event {
        reason: Some(reason.to_owned()),
        message: "Settled by hand.".to_owned(),
        ..event_by(actor, operation, EventOutcome::Checking)
    }
}

/// Returns the operation's audit event with this outcome.
#[must_use]
pub fn event(operation: &Operation, outcome: EventOutcome) -> Event {
    let reason = Some(operation.reason.as_sentence()).filter(|reason| !reason.is_empty());
    let known = operation.outcome.as_ref();
    Event {
        who: Some(operation.who()),
        address: operation.address.clone(),
        request_id: operation.request_id.clone(),
        account: operation.account.clone(),
        operation: Some(operation.id),
        undoes: operation.undoes,
        job: operation.job,
        before: before_text(operation),
        after: Some(after_text(operation)),
        reason,
        telnyx_request_id: known.and_then(|outcome| outcome.telnyx_request_id.clone()),
        message: known.map(|_| outcome_text(operation)).unwrap_or_default(),
        ..Event::by_system((&operation.change).into(), outcome, operation.label.clone())
    }
}
