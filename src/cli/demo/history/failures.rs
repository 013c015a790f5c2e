//! Changes that did not go as planned: undone, refused by Telnyx, or unanswered.

use std::time::Duration;

use crate::domain::account::AccountStatus;
use crate::domain::channels::ChannelLimit;
use crate::domain::operation::{Change, OperationOutcome, OperationState, ReasonCode, SettledBy};

use super::operation::{
    AccountWithLimit, DISABLED, add_confirmed, ask, finish, later_time, limit_change, operation,
    outcome_with_message, reason,
};
use super::{History, Staff, request_duration};

/// Plans that an account is disabled by mistake, and enabled again some minutes later.
pub fn undone(history: &mut History, staff: &Staff, one: &AccountWithLimit, free: i64) {
    let Some(at) = later_time(history, one, free) else {
        return;
    };
    let (by, id) = (&staff.manager, one.account.id.clone());
    let mut disable = operation(
        by,
        one.name(),
        at,
        Change::Disable {
            account: id.clone(),
        },
    );
    disable.before.status = Some(AccountStatus::Enabled);
    disable.reason = reason(ReasonCode::NonPayment, "Invoice 30 days overdue");
    let undone = disable.id;
    let end = add_confirmed(history, &disable, one.index, DISABLED);
    let mut enable = operation(
        by,
        one.name(),
        end + Duration::from_mins(6),
        Change::Enable {
            account: id,
            reenable_all_connections: true,
        },
    );
    enable.before.status = Some(AccountStatus::Disabled);
    enable.undoes = Some(undone);
    enable.reason.text = "Wrong account: the invoice was a namesake’s".into();
    add_confirmed(
        history,
        &enable,
        one.index + 1,
        "The account is enabled, and all of its connections were asked to be switched on.",
    );
}

/// Plans that Telnyx refuses a limit above the pool.
pub fn refused(
    history: &mut History,
    staff: &Staff,
    one: &AccountWithLimit,
    free: i64,
) -> anyhow::Result<()> {
    let Some(at) = later_time(history, one, free) else {
        return Ok(());
    };
    let limit = ChannelLimit::new(2_500)?;
    let change = limit_change(&staff.manager, one, at, limit, Some(one.limit));
    let outcome = OperationOutcome {
        status: Some(422),
        code: Some("10027".to_owned()),
        detail: Some("The channel limit exceeds the channels that can be allocated.".to_owned()),
        pointer: Some("/channel_limit".to_owned()),
        ..outcome_with_message(&change, "Telnyx did not set the channel limit.")
    };
    let end = at + request_duration(one.index);
    ask(history, &change);
    finish(
        history,
        &change,
        end,
        OperationState::Refused,
        outcome,
        None,
    );
    Ok(())
}

/// Plans a change that Telnyx did not answer, and that a colleague settles by hand.
pub fn settled_manually(
    history: &mut History,
    staff: &Staff,
    one: &AccountWithLimit,
    free: i64,
) -> anyhow::Result<()> {
    let Some(at) = later_time(history, one, free) else {
        return Ok(());
    };
    let limit = ChannelLimit::new(u64::from(one.limit.get()) + 20)?;
    let change = limit_change(&staff.manager, one, at, limit, Some(one.limit));
    let unknown = OperationOutcome {
        message:
            "Telnyx did not confirm it: it did not answer in time. It may or may not have happened."
                .to_owned(),
        ..OperationOutcome::default()
    };
    let settled = OperationOutcome {
        message: format!(
            "Settled by {}: Mission Control still shows the earlier value.",
            staff.admin.name
        ),
        settled_by: Some(SettledBy::Person),
        ..OperationOutcome::default()
    };
    let end = at + Duration::from_mins(15);
    ask(history, &change);
    finish(
        history,
        &change,
        end,
        OperationState::Unknown,
        unknown,
        None,
    );
    let end = end + Duration::from_mins(22);
    let by = Some(staff.admin.who());
    finish(history, &change, end, OperationState::Refused, settled, by);
    Ok(())
}
