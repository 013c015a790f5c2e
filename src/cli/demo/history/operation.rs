//! Past change of an account, as the demo's history records it.

use crate::db::accounts::Account;
use crate::db::operations::Operation;
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::OperationId;
use crate::domain::operation::{Change, OperationOutcome, OperationState, PriorState, Reason};
use crate::domain::time::Timestamp;

use super::{History, HistoryStep, Person, request_duration};

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
    let kind = change.kind();
    let account = change.account().cloned();
    Operation {
        id: OperationId::new(at),
        kind,
        subject: change.subject(),
        account,
        org_user: None,
        label: label.to_owned(),
        staff_id: by.id,
        staff_name: by.name.to_owned(),
        staff_email: by.email.clone(),
        address: Some(by.address.to_owned()),
        request_id: None,
        state: OperationState::Running,
        before: PriorState::default(),
        outcome: None,
        reason: Reason::default(),
        undoes: None,
        follows: None,
        attempt: 1,
        lease_until: None,
        sent_at: Some(at),
        checks: 0,
        next_check_at: None,
        unanswered_at: None,
        unattributed_channels: None,
        created_at: at,
        started_at: Some(at),
        finished_at: None,
        change,
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
    operation: Operation,
    place: i64,
    message: &str,
) -> Timestamp {
    let at = operation.created_at;
    let end = at + request_duration(place);
    let mut outcome = outcome_with_message(&operation, message);
    if let Change::ChannelLimit { limit, .. } = &operation.change {
        outcome.channel_limit = Some(*limit);
    }
    history.add(at, HistoryStep::Start(Box::new(operation.clone())));
    history.add(
        end,
        HistoryStep::Finish(
            Box::new(operation),
            OperationState::Done,
            Box::new(outcome),
            None,
        ),
    );
    end
}

/// Returns a later time, at most `free` days ago.
pub(super) fn later_time(history: &History, one: &AccountWithLimit, free: i64) -> Timestamp {
    let days = 1 + (one.index * 29) % free.max(1);
    history.business_time(days, 23 + (one.index * 41) % 540)
}

/// Returns `true` if enough days are left between the account's last change and today.
/// A time on a weekend moves back by up to two days.
pub(super) const fn has_enough_days(free: i64) -> bool {
    free > 6
}
