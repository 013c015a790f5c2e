//! Changes that did not go as planned: undone, refused by Telnyx, or unanswered.

use std::time::Duration;

use crate::domain::account::AccountStatus;
use crate::domain::channels::ChannelLimit;
use crate::domain::operation::{
    Change, OperationOutcome, OperationState, Reason, ReasonCode, SettledBy,
};

use super::operation::{
    AccountWithLimit, add_confirmed, has_enough_days, later_time, operation, outcome_with_message,
};
use super::{History, HistoryStep, Staff, request_duration};

/// Plans that an account is disabled by mistake, and enabled again some minutes later.
pub fn undone(history: &mut History, staff: &Staff, one: &AccountWithLimit, free: i64) {
    if !has_enough_days(free) {
        return;
    }
    let at = later_time(history, one, free - 3);
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
    disable.reason = Reason {
        code: Some(ReasonCode::NonPayment),
        text: "Invoice 30 days overdue".to_owned(),
    };
    let undone = disable.id;
    let end = add_confirmed(
        history,
        disable,
        one.index,
        "The account is disabled. Calls that were going on are not cut off.",
    );
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
        enable,
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
    if !has_enough_days(free) {
        return Ok(());
    }
    let at = later_time(history, one, free - 3);
    let limit = ChannelLimit::new(2_500)?;
    let account = one.account.id.clone();
    let mut change = operation(
        &staff.manager,
        one.name(),
        at,
        Change::ChannelLimit { account, limit },
    );
    change.before.channel_limit = Some(one.limit);
    let outcome = OperationOutcome {
        status: Some(422),
        code: Some("10027".to_owned()),
        detail: Some("The channel limit exceeds the channels that can be allocated.".to_owned()),
        pointer: Some("/channel_limit".to_owned()),
        ..outcome_with_message(&change, "Telnyx did not set the channel limit.")
    };
    history.add(at, HistoryStep::Start(Box::new(change.clone())));
    let end = at + request_duration(one.index);
    history.add(
        end,
        HistoryStep::Finish(
            Box::new(change),
            OperationState::Refused,
            Box::new(outcome),
            None,
        ),
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
    if !has_enough_days(free) {
        return Ok(());
    }
    let at = later_time(history, one, free - 3);
    let account = one.account.id.clone();
    let limit = ChannelLimit::new(u64::from(one.limit.get()) + 20)?;
    let mut change = operation(
        &staff.manager,
        one.name(),
        at,
        Change::ChannelLimit { account, limit },
    );
    change.before.channel_limit = Some(one.limit);
    let unknown = OperationOutcome {
        message:
            "Telnyx did not confirm it: it did not answer in time. It may or may not have happened."
                .to_owned(),
        ..OperationOutcome::default()
    };
    let settled = OperationOutcome {
        message: "It did not happen: Mission Control still shows what was there before.".to_owned(),
        settled_by: Some(SettledBy::Person),
        ..OperationOutcome::default()
    };
    history.add(at, HistoryStep::Start(Box::new(change.clone())));
    let end = at + Duration::from_mins(15);
    history.add(
        end,
        HistoryStep::Finish(
            Box::new(change.clone()),
            OperationState::Unknown,
            Box::new(unknown),
            None,
        ),
    );
    let end = end + Duration::from_mins(22);
    let by = Some(staff.admin.who());
    history.add(
        end,
        HistoryStep::Finish(
            Box::new(change),
            OperationState::Refused,
            Box::new(settled),
            by,
        ),
    );
    Ok(())
}
