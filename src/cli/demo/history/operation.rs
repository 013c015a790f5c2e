//! Past change of an account, as the demo's history records it.

use crate::db::accounts::Account;
use crate::db::operations::Operation;
use crate::domain::audit::EventActor;
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::OperationId;
use crate::domain::operation::{Change, OperationOutcome, OperationState, Reason, ReasonCode};
use crate::domain::time::Timestamp;

use super::{History, HistoryStep, Person, request_duration};

/// Outcome of disabling an account, as the portal words it.
pub(super) const DISABLED: &str = "The account is disabled. Calls in progress are not cut off.";

/// Account with its present channel limit.
#[derive(Clone, Debug)]
pub struct AccountWithLimit {
    pub account: Account,
    pub limit: ChannelLimit,
    /// Position among the accounts.
    pub index: i64,
}

impl AccountWithLimit {
    pub(super) fn name(&self) -> &str {
        &self.account.organization_name
    }
}

/// Returns a recorded change.
pub(super) fn operation(by: &Person, label: &str, at: Timestamp, change: Change) -> Operation {
    Operation {
        address: Some(by.address.to_owned()),
        ..Operation::new(OperationId::new(at), change, label.to_owned(), by.who(), at)
    }
}

pub(super) fn outcome_with_message(operation: &Operation, message: &str) -> OperationOutcome {
    let id = operation.id.to_string();
    OperationOutcome {
        message: message.to_owned(),
        status: Some(200),
        telnyx_request_id: id.split('-').next_back().map(|part| format!("demo-{part}")),
        ..OperationOutcome::default()
    }
}

/// Adds a change that Telnyx confirmed. Returns the time of its end.
pub(super) fn add_confirmed(
    history: &mut History,
    operation: &Operation,
    place: i64,
    message: &str,
) -> Timestamp {
    let end = operation.created_at + request_duration(place);
    let mut outcome = outcome_with_message(operation, message);
    if let Change::ChannelLimit { limit, .. } = &operation.change {
        outcome.channel_limit = Some(*limit);
    }
    ask(history, operation);
    finish(history, operation, end, OperationState::Done, outcome, None);
    end
}

/// Adds that a change was asked for.
pub(super) fn ask(history: &mut History, operation: &Operation) {
    let step = HistoryStep::Start(Box::new(operation.clone()));
    history.add(operation.created_at, step);
}

/// Adds the outcome of a change. `by` is the person who settled it by hand, if anyone did.
pub(super) fn finish(
    history: &mut History,
    operation: &Operation,
    at: Timestamp,
    state: OperationState,
    outcome: OperationOutcome,
    by: Option<EventActor>,
) {
    let step = HistoryStep::Finish(Box::new(operation.clone()), state, Box::new(outcome), by);
    history.add(at, step);
}

/// Returns a change of an account's channel limit.
pub(super) fn limit_change(
    by: &Person,
    one: &AccountWithLimit,
    at: Timestamp,
    limit: ChannelLimit,
    before: Option<ChannelLimit>,
) -> Operation {
    let account = one.account.id.clone();
    let mut change = operation(by, one.name(), at, Change::ChannelLimit { account, limit });
    change.before.channel_limit = before;
    change
}

/// Returns a reason with a code.
pub(super) fn reason(code: ReasonCode, text: &str) -> Reason {
    Reason {
        code: Some(code),
        text: text.to_owned(),
    }
}

/// Returns a time between the account's last change, `free` days ago, and today.
/// Returns `None` if too few days are left: a time on a weekend moves back by up to two days.
pub(super) fn later_time(
    history: &History,
    one: &AccountWithLimit,
    free: i64,
) -> Option<Timestamp> {
    let days = 1 + (one.index * 29) % (free - 3).max(1);
    (free > 6).then(|| history.business_time(days, 23 + (one.index * 41) % 540))
}
