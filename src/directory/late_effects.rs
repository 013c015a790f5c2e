//! Late effects: an unanswered request of the portal acted after it had been settled.

use std::time::Duration;

use crate::db::accounts::{Account, Profile};
use crate::db::operations::{Operation, late_effects};
use crate::db::org_users::OrgUser;
use crate::db::{self, Tx};
use crate::domain::account::AccountStatus;
use crate::domain::audit::{Event, EventOutcome, LATE_EFFECT_PREFIX};
use crate::domain::email::is_same;
use crate::domain::ids::AccountId;
use crate::domain::operation::{
    Change, LATE_EFFECT_PERIOD, OperationOutcome, OperationState, SettledBy,
};
use crate::domain::text::folded;
use crate::domain::time::Timestamp;

/// Time after its request in which a late account is recognized.
/// It is long because the lists may not have been read for a while.
const RECOGNITION_PERIOD: Duration = Duration::from_hours(24);
/// Maximum difference between Telnyx's clock and the portal's.
const MAX_CLOCK_SKEW: Duration = Duration::from_hours(1);

/// Value of an account that a reading showed.
#[derive(Clone, Copy)]
pub(super) enum ObservedValue {
    /// Value of the status.
    Status(AccountStatus),
    /// Value of custom pricing.
    Pricing(bool),
}

impl ObservedValue {
    /// Names what has the value, at the beginning of a sentence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Status(_) => "Status",
            Self::Pricing(_) => "Custom pricing",
        }
    }

    /// Returns the value as events show it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Status(status) => status.label(),
            Self::Pricing(true) => "Custom pricing on",
            Self::Pricing(false) => "Custom pricing off",
        }
    }

    /// Returns `true` if the change requested this.
    fn matches(self, change: &Change) -> bool {
        match (self, change) {
            (Self::Status(AccountStatus::Enabled), Change::Enable { .. })
            | (Self::Status(AccountStatus::Disabled), Change::Disable { .. }) => true,
            (Self::Pricing(on), Change::CustomPricing { allow, .. }) => on == *allow,
            _ => false,
        }
    }
}

/// Returns the event of a change that an unanswered request of the portal explains.
/// It replaces `elsewhere`. Returns `None` if no request explains the change. A request does so
/// only if it could act after the old value was last seen.
pub(super) async fn explain_change(
    tx: &mut Tx,
    held: &Account,
    seen: ObservedValue,
    elsewhere: &Event,
    now: Timestamp,
) -> db::Result<Option<Event>> {
    let last_seen = elsewhere.not_before.unwrap_or(now);
    let unanswered =
        late_effects::unanswered_of(tx, &held.id, last_seen - LATE_EFFECT_PERIOD).await?;
    let Some(operation) = unanswered
        .iter()
        .find(|operation| seen.matches(&operation.change))
    else {
        return Ok(None);
    };
    let event = Event {
        before: elsewhere.before.clone(),
        after: elsewhere.after.clone(),
        not_before: elsewhere.not_before,
        not_after: elsewhere.not_after,
        ..late_event(operation, "")
    };
    record_effect(tx, operation, Some(&held.id), &event.message, now).await?;
    Ok(Some(Event {
        account: Some(held.id.clone()),
        ..event
    }))
}

/// Returns the changes of no known account that may still take effect: creations and removals.
pub(super) async fn find_unanswered(tx: &mut Tx, now: Timestamp) -> db::Result<Vec<Operation>> {
    late_effects::unanswered_refused(tx, now - RECOGNITION_PERIOD).await
}

/// Returns the event of a new account that one of these changes made late.
/// Returns `None` if none of them did.
pub(super) async fn explain_new_account(
    tx: &mut Tx,
    unanswered: &[Operation],
    profile: &Profile,
    now: Timestamp,
) -> db::Result<Option<Event>> {
    let Some(operation) = unanswered
        .iter()
        .find(|operation| may_have_created(operation, profile))
    else {
        return Ok(None);
    };
    let limit = match &operation.change {
        Change::Create {
            channel_limit: Some(limit),
            ..
        } => format!(" The requested channel limit of {limit} was not set."),
        _ => String::new(),
    };
    let event = Event {
        account: Some(profile.id.clone()),
        ..late_event(operation, &limit)
    };
    let settled = record_effect(tx, operation, Some(&profile.id), &event.message, now).await?;
    Ok(settled.then_some(event))
}

/// Returns `true` if the creation may have made this account.
/// The account must have the requested name or address, be from that time, and not have existed
/// before.
fn may_have_created(operation: &Operation, profile: &Profile) -> bool {
    let Change::Create {
        organization_name,
        email,
        ..
    } = &operation.change
    else {
        return false;
    };
    let alike = match email {
        Some(email) => is_same(email, &profile.email),
        None => folded(organization_name) == folded(&profile.organization_name),
    };
    let was_there = operation
        .before
        .namesakes
        .as_ref()
        .is_some_and(|known| known.contains(&profile.id));
    let last = operation.unanswered_at.unwrap_or(operation.created_at)
        + LATE_EFFECT_PERIOD
        + MAX_CLOCK_SKEW;
    let of_that_time = profile
        .created_at
        .is_none_or(|at| at >= operation.created_at - MAX_CLOCK_SKEW && at <= last);
    alike && !was_there && of_that_time
}

/// Returns the events of removals that took effect late.
/// Their users are missing from the complete list `listed`.
pub(super) async fn explain_removals(
    tx: &mut Tx,
    listed: &[OrgUser],
    now: Timestamp,
) -> db::Result<Vec<Event>> {
    let mut events = Vec::new();
    for operation in find_unanswered(tx, now).await? {
        // A removal is the only change that concerns a user.
        let Some(user) = &operation.org_user else {
            continue;
        };
        if listed.iter().any(|listed| listed.id.as_ref() == Some(user)) {
            continue;
        }
        let event = late_event(&operation, "");
        if record_effect(tx, &operation, None, &event.message, now).await? {
            events.push(event);
        }
    }
    Ok(events)
}

/// Returns the event with the operation and the person who requested it.
fn late_event(operation: &Operation, more: &str) -> Event {
    let before = match operation.state {
        OperationState::Done => {
            "a request of this change that got no answer acted after a later change"
        }
        _ => "the request got no answer, and was taken not to have acted",
    };
    Event {
        who: Some(operation.who()),
        operation: Some(operation.id),
        message: format!("{LATE_EFFECT_PREFIX}: {before}.{more}"),
        ..Event::by_system(
            (&operation.change).into(),
            EventOutcome::Done,
            operation.label.clone(),
        )
    }
}

async fn record_effect(
    tx: &mut Tx,
    operation: &Operation,
    account: Option<&AccountId>,
    message: &str,
    now: Timestamp,
) -> db::Result<bool> {
    let outcome = OperationOutcome {
        message: message.to_owned(),
        settled_by: Some(SettledBy::Reading),
        telnyx_request_id: operation
            .outcome
            .as_ref()
            .and_then(|outcome| outcome.telnyx_request_id.clone()),
        ..OperationOutcome::default()
    };
    late_effects::mark_took_effect(tx, operation.id, account, &outcome, now).await
}
