//! Changes to the accounts: created, limits, disabled, undone, refused, settled by hand.
//! Also plans their notes, tags and names.

use std::time::Duration;

use crate::domain::account::AccountStatus;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::channels::ChannelLimit;
use crate::domain::fact::FactSource;
use crate::domain::ids::OrgUserId;
use crate::domain::operation::{Change, ReasonCode};

use super::operation::{
    AccountWithLimit, DISABLED, add_confirmed, later_time, limit_change, operation, reason,
};
use super::{DAYS, History, HistoryStep, Staff, annotations, failures, jobs};

/// Plans the changes that lead to the present accounts.
///
/// # Errors
/// Fails if a limit or an ID in this file is invalid.
pub fn plan(
    history: &mut History,
    staff: &Staff,
    known: &[AccountWithLimit],
) -> anyhow::Result<()> {
    for one in known {
        annotations::plan_assignee(history, staff, one);
        let free = limits(history, staff, one)?;
        let Some(free) = free else { continue };
        match one.account.status.value {
            AccountStatus::Disabled => disabled(history, staff, one, free),
            AccountStatus::Blocked => blocked(history, one, free),
            AccountStatus::Enabled if one.index % 23 == 5 => {
                failures::undone(history, staff, one, free);
            }
            AccountStatus::Enabled if one.index % 37 == 11 => {
                failures::refused(history, staff, one, free)?;
            }
            AccountStatus::Enabled if one.index % 61 == 17 => {
                failures::settled_manually(history, staff, one, free)?;
            }
            AccountStatus::Enabled if one.index % 41 == 3 => {
                custom_pricing_changed(history, staff, one, free);
            }
            _ => {}
        }
        annotations::plan(history, staff, one, free);
    }
    jobs::plan(history, staff, known);
    removed_user(history, staff)
}

/// Returns a limit that the account may have had before.
fn previous_limit(one: &AccountWithLimit) -> anyhow::Result<ChannelLimit> {
    let now = u64::from(one.limit.get());
    let before = match one.index % 4 {
        _ if now == 0 => 10,
        // Most limits were raised, as the demo's pool fills.
        2 => now + 5,
        _ if now > 1 => now / 2,
        _ => now + 2,
    };
    Ok(ChannelLimit::new(before)?)
}

/// Plans how the account got its limit.
/// Returns the number of days within which further changes may be planned, or `None` if the account
/// is too new.
fn limits(
    history: &mut History,
    staff: &Staff,
    one: &AccountWithLimit,
) -> anyhow::Result<Option<i64>> {
    let Some(created) = one.account.created_at else {
        return Ok(None);
    };
    let id = one.account.id.clone();
    let by = if one.index % 7 == 2 {
        &staff.admin
    } else {
        &staff.manager
    };
    let message = |limit: ChannelLimit| format!("The channel limit is {limit}.");
    if created > history.start() && created + Duration::from_mins(2) < history.now {
        let mut creation = operation(
            by,
            one.name(),
            created,
            Change::Create {
                organization_name: one.account.organization_name.clone(),
                email: Some(one.account.email.clone()),
                custom_pricing: one.account.custom_pricing.is_some_and(|fact| fact.value),
                rollup_billing: one.account.rollup_billing.unwrap_or_default(),
                channel_limit: Some(one.limit),
                with_password: one.index % 3 != 0,
                details: Box::default(),
            },
        );
        // After a real creation, the row names the account too.
        creation.account = Some(id.clone());
        let first = add_confirmed(history, &creation, one.index, "The account is created.")
            + Duration::from_millis(20);
        let mut limit = limit_change(by, one, first, one.limit, None);
        limit.follows = Some(creation.id);
        let end = add_confirmed(history, &limit, one.index + 1, &message(one.limit));
        history.add(
            end,
            HistoryStep::Limit(id, one.limit, FactSource::Operation, by.id, by.name),
        );
        let age = history.days_since(created);
        return Ok((age > 8).then_some(age - 4));
    }
    let days = 3 + (one.index * 53) % (DAYS - 6);
    let at = history.business_time(days, 11 + (one.index * 37) % 560);
    if at < created + Duration::from_hours(1) {
        return Ok(None);
    }
    if one.index % 9 == 4 {
        // Some limits were only seen in Mission Control.
        history.add(
            at,
            HistoryStep::Limit(id.clone(), one.limit, FactSource::Person, by.id, by.name),
        );
        history.event(
            at,
            Event {
                account: Some(id),
                before: Some("not known".to_owned()),
                after: Some(one.limit.to_string()),
                message: "As seen in Mission Control, not confirmed by Telnyx.".to_owned(),
                ..by.event(
                    EventKind::LimitRecorded,
                    one.account.organization_name.clone(),
                )
            },
        );
        return Ok(Some(days - 1));
    }
    let mut change = limit_change(by, one, at, one.limit, Some(previous_limit(one)?));
    if one.limit == ChannelLimit::ZERO {
        let text = "Calls to premium numbers at night, customer informed";
        change.reason = reason(ReasonCode::Fraud, text);
    }
    let end = add_confirmed(history, &change, one.index, &message(one.limit));
    history.add(
        end,
        HistoryStep::Limit(id, one.limit, FactSource::Operation, by.id, by.name),
    );
    Ok(Some(days - 1))
}

fn disabled(history: &mut History, staff: &Staff, one: &AccountWithLimit, free: i64) {
    let Some(at) = later_time(history, one, free) else {
        return;
    };
    let by = if one.index % 3 == 0 {
        &staff.admin
    } else {
        &staff.manager
    };
    let mut change = operation(
        by,
        one.name(),
        at,
        Change::Disable {
            account: one.account.id.clone(),
        },
    );
    change.before.status = Some(AccountStatus::Enabled);
    let (code, text) = match one.index % 3 {
        0 => (
            ReasonCode::NonPayment,
            "Two invoices overdue, third reminder sent",
        ),
        1 => (
            ReasonCode::CustomerRequest,
            "Moves to another provider at the end of the month",
        ),
        _ => (ReasonCode::Fraud, "API key published in a repository"),
    };
    change.reason = reason(code, text);
    add_confirmed(history, &change, one.index, DISABLED);
}

fn blocked(history: &mut History, one: &AccountWithLimit, free: i64) {
    let Some(at) = later_time(history, one, free) else {
        return;
    };
    let event = Event {
        account: Some(one.account.id.clone()),
        before: Some(AccountStatus::Enabled.label().to_owned()),
        after: Some(AccountStatus::Blocked.label().to_owned()),
        not_before: Some(at - Duration::from_mins(1)),
        not_after: Some(at),
        message: "Status changed.".to_owned(),
        ..Event::by_system(
            EventKind::ChangedElsewhere,
            EventOutcome::Done,
            one.account.organization_name.clone(),
        )
    };
    history.add(
        at,
        HistoryStep::ExternalChange(one.account.id.clone(), Box::new(event)),
    );
}

/// Plans a switch of custom pricing to its present value.
fn custom_pricing_changed(history: &mut History, staff: &Staff, one: &AccountWithLimit, free: i64) {
    let at = later_time(history, one, free);
    let (Some(pricing), Some(at)) = (one.account.custom_pricing, at) else {
        return;
    };
    let change = Change::CustomPricing {
        account: one.account.id.clone(),
        allow: pricing.value,
    };
    let mut change = operation(&staff.admin, one.name(), at, change);
    change.before.custom_pricing = Some(!pricing.value);
    change.reason.text = "Contract signed, see the CRM".into();
    let message = if pricing.value {
        "Custom pricing is on. The account has no rates until Telnyx sets its own."
    } else {
        "Custom pricing is off. The account uses our rates again, with a delay."
    };
    add_confirmed(history, &change, one.index, message);
}

/// Plans the removal of a colleague who no longer exists at Telnyx.
fn removed_user(history: &mut History, staff: &Staff) -> anyhow::Result<()> {
    let at = history.business_time(33, 140);
    let email = "former.colleague@example.com".to_owned();
    let user: OrgUserId = "5b0f6f8e-2f0c-4c53-9a51-7d3a1c0e9f42".parse()?;
    let change = Change::RemoveOrgUser {
        user,
        email: email.clone(),
    };
    let mut removal = operation(&staff.admin, &email, at, change);
    removal.reason = reason(ReasonCode::LeftCompany, "Last day was Friday");
    add_confirmed(
        history,
        &removal,
        1,
        "The user is removed from the organization. Telnyx does not say what happens to their API \
         keys.",
    );
    Ok(())
}
