//! Readings of single accounts, and the rules for writing them to the directory.
//! A change made elsewhere is written and recorded only if two readings agree and no operation of
//! the portal can have caused it.

use std::time::Duration;

use uuid::Uuid;

use super::alerts;
use super::late_effects::{self, ObservedValue};
use super::to_profile;
use crate::app::App;
use crate::db::accounts::{self, Account, NotFoundEffect};
use crate::db::sweeps::{self, PendingChanges, SweepKind};
use crate::db::{self, Tx, audit};
use crate::domain::account::{AccountStatus, shown_name};
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::fact::{Fact, FactSource};
use crate::domain::ids::AccountId;
use crate::domain::text::folded;
use crate::domain::time::Timestamp;
use crate::notifications;
use crate::telnyx::AccountDetail;

/// Time after the end of an operation in which contradicting readings are ignored.
/// Telnyx's lists may lag behind a change.
pub(super) const GRACE_PERIOD: Duration = Duration::from_mins(2);

/// Value that was read, with the times of its readings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Observation<T> {
    /// Value that was read.
    pub value: T,
    /// Start of the first request that returned it.
    pub first_at: Timestamp,
    /// Start of the last request that returned it.
    pub at: Timestamp,
    /// True if two readings returned it.
    pub confirmed: bool,
}

impl<T: PartialEq + Copy> Observation<T> {
    /// Returns an observation from a single reading.
    pub fn unconfirmed(value: T, at: Timestamp) -> Self {
        Self {
            value,
            first_at: at,
            at,
            confirmed: false,
        }
    }

    /// Confirms the value with an earlier reading, which started at `first_at`.
    pub fn confirm_earlier(&mut self, first_at: Timestamp) {
        self.first_at = first_at.min(self.first_at);
        self.confirmed = true;
    }

    /// Returns it as a fact of the directory.
    const fn fact(&self) -> Fact<T> {
        Fact {
            value: self.value,
            source: FactSource::Reading,
            observed_at: self.at,
        }
    }

    /// Returns `true` if it may be stored: no operation of ours can have caused it, and a value that differs was read
    /// twice.
    fn may_be_stored(&self, changes: &PendingChanges, id: &AccountId, differs: bool) -> bool {
        let is_ours = |since| changes.affects(id, since);
        !is_ours(self.first_at)
            && (!differs || self.confirmed && !is_ours(self.first_at - GRACE_PERIOD))
    }

    /// Confirms the value if a later reading returned the same.
    pub fn confirm_later(&mut self, value: &T, at: Timestamp) {
        if self.value == *value {
            self.at = at.max(self.at);
            self.confirmed = true;
        }
    }
}

/// Response to `GET /{id}`.
#[derive(Clone, Debug)]
pub(super) enum AccountResponse {
    /// The account.
    Found(Box<AccountDetail>),
    /// Telnyx answered 404.
    NotFound,
}

/// Facts read about one account.
#[derive(Clone, Debug, Default)]
pub(super) struct AccountRead {
    /// Account and the start of its request; `None` if it could not be read.
    pub response: Option<(AccountResponse, Timestamp)>,
    /// Status, which is unknown if no list has the account; `None` if it was not read.
    pub status: Option<Observation<AccountStatus>>,
    /// True if the account has custom pricing.
    pub pricing: Option<Observation<bool>>,
}

/// Writes readings of one account to the directory.
/// Returns `true` if something changed or is new. `sweep` is the sweep that reads it, if one does.
pub(super) async fn apply(
    app: &App,
    id: &AccountId,
    single: &AccountRead,
    sweep: Option<Uuid>,
) -> db::Result<bool> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let mut events: Vec<Event> = Vec::new();
    match &single.response {
        Some((AccountResponse::NotFound, at)) => {
            if let Some(held) = accounts::by_id_in_tx(&mut tx, id).await?
                && accounts::mark_not_found(&mut tx, id, *at).await? == NotFoundEffect::Gone
            {
                accounts::mark_changed_elsewhere(&mut tx, id, now).await?;
                events.push(gone_event(&held, *at));
            }
        }
        Some((AccountResponse::Found(detail), at)) => {
            if let Some(event) = apply_found(app, &mut tx, single, detail, *at).await? {
                events.push(event);
            }
        }
        None => {}
    }
    let since = single.earliest().unwrap_or(now) - GRACE_PERIOD;
    let touched = sweeps::pending_changes(&mut tx, since).await?;
    if !matches!(single.response, Some((AccountResponse::NotFound, _)))
        && let Some(held) = accounts::by_id_in_tx(&mut tx, id).await?
    {
        events.extend(apply_status(&mut tx, &touched, &held, single.status).await?);
        events.extend(apply_pricing(&mut tx, &touched, &held, single.pricing).await?);
        let elsewhere =
            |event: &Event| event.kind == EventKind::ChangedElsewhere && event.before.is_some();
        if events.iter().any(elsewhere) {
            accounts::mark_changed_elsewhere(&mut tx, id, now).await?;
        }
    }
    for event in &events {
        audit::append(&mut tx, &app.audit_key, now, event).await?;
    }
    for fact in alerts::facts(&events, sweep) {
        notifications::publish(app, &mut tx, &fact, None).await?;
    }
    tx.commit().await?;
    Ok(!events.is_empty())
}

impl AccountRead {
    fn earliest(&self) -> Option<Timestamp> {
        let status = self.status.map(|seen| seen.first_at);
        let pricing = self.pricing.map(|seen| seen.first_at);
        status.into_iter().chain(pricing).min()
    }
}

/// Writes the profile and balance of an account that Telnyx has.
/// Also inserts the account if the directory does not have it.
async fn apply_found(
    app: &App,
    tx: &mut Tx,
    single: &AccountRead,
    detail: &AccountDetail,
    at: Timestamp,
) -> db::Result<Option<Event>> {
    let profile = to_profile(detail.account.clone());
    let unread = Observation::unconfirmed(AccountStatus::Unknown, at);
    let status = single.status.unwrap_or(unread).fact();
    let pricing = single.pricing.map(|seen| seen.fact());
    let new = accounts::insert(tx, &profile, FactSource::Reading, at, status, pricing).await?;
    if !new {
        accounts::update_profile(tx, &profile, FactSource::Reading, at).await?;
        accounts::mark_found(tx, &profile.id, at).await?;
    }
    accounts::set_balance(tx, &profile.id, detail.balance.as_ref(), at).await?;
    if !new
        || sweeps::latest_done(&app.db, SweepKind::Accounts)
            .await?
            .is_none()
    {
        return Ok(None);
    }
    let unanswered = late_effects::find_unanswered(tx, app.clock.now()).await?;
    if let Some(event) =
        late_effects::explain_new_account(tx, &unanswered, &profile, app.clock.now()).await?
    {
        return Ok(Some(event));
    }
    let touched = sweeps::pending_changes(tx, at - GRACE_PERIOD).await?;
    if touched.has_creation(&folded(&profile.organization_name), &profile.email) {
        return Ok(None);
    }
    Ok(Some(new_account_event(&profile, status.value)))
}

async fn apply_status(
    tx: &mut Tx,
    touched: &PendingChanges,
    held: &Account,
    seen: Option<Observation<AccountStatus>>,
) -> db::Result<Option<Event>> {
    let before = held.status;
    let Some(seen) = seen.filter(|seen| {
        let differs = before.value != seen.value;
        seen.may_be_stored(touched, &held.id, differs)
    }) else {
        return Ok(None);
    };
    let written = accounts::set_status(tx, &held.id, seen.fact()).await?;
    // A status that becomes unknown, or known again, is not a change of the account.
    let known = before.value != AccountStatus::Unknown && seen.value != AccountStatus::Unknown;
    if !written || before.value == seen.value || !known {
        return Ok(None);
    }
    let values = [before.value, seen.value].map(ObservedValue::Status);
    describe_change(tx, held, values, seen.period_since(before.observed_at)).await
}

async fn apply_pricing(
    tx: &mut Tx,
    touched: &PendingChanges,
    held: &Account,
    seen: Option<Observation<bool>>,
) -> db::Result<Option<Event>> {
    let before = held.custom_pricing;
    let Some(seen) = seen.filter(|seen| {
        let differs = before.is_some_and(|before| before.value != seen.value);
        seen.may_be_stored(touched, &held.id, differs)
    }) else {
        return Ok(None);
    };
    let written = accounts::set_pricing(tx, &held.id, seen.fact()).await?;
    let Some(before) = before.filter(|before| written && before.value != seen.value) else {
        return Ok(None);
    };
    let values = [before.value, seen.value].map(ObservedValue::Pricing);
    describe_change(tx, held, values, seen.period_since(before.observed_at)).await
}

/// Returns the event of a value that changed between two moments: an unanswered request of ours explains it, or it was
/// changed elsewhere.
async fn describe_change(
    tx: &mut Tx,
    held: &Account,
    [before, after]: [ObservedValue; 2],
    (from, to): (Timestamp, Timestamp),
) -> db::Result<Option<Event>> {
    let event = Event {
        before: Some(before.label().to_owned()),
        after: Some(after.label().to_owned()),
        not_before: Some(from),
        not_after: Some(to),
        message: format!("{} changed.", after.name()),
        ..account_event(held.id.clone(), &held.organization_name)
    };
    let late = late_effects::explain_change(tx, held, after, &event, to).await?;
    Ok(Some(late.unwrap_or(event)))
}

impl<T> Observation<T> {
    /// Returns the time in which a value changed that was seen before at `held_at`.
    fn period_since(&self, held_at: Timestamp) -> (Timestamp, Timestamp) {
        (held_at, self.noticed_after(held_at))
    }

    /// Returns when it was noticed that the value from `held_at` no longer holds.
    /// This is the first reading after `held_at`.
    fn noticed_after(&self, held_at: Timestamp) -> Timestamp {
        if self.first_at > held_at {
            self.first_at
        } else {
            self.at
        }
    }
}

fn gone_event(held: &Account, at: Timestamp) -> Event {
    let since = held.missing_since.unwrap_or(at);
    Event {
        before: Some(held.status.value.label().to_owned()),
        after: Some("Gone".to_owned()),
        not_before: Some(held.status.observed_at.min(since)),
        not_after: Some(since),
        message: "Telnyx no longer has this account.".to_owned(),
        ..account_event(held.id.clone(), &held.organization_name)
    }
}

/// Returns the event of an account that was created outside the portal.
pub(super) fn new_account_event(profile: &accounts::Profile, status: AccountStatus) -> Event {
    Event {
        after: Some(status.label().to_owned()),
        message: "A new account, created outside the portal.".to_owned(),
        ..account_event(profile.id.clone(), &profile.organization_name)
    }
}

fn account_event(account: AccountId, name: &str) -> Event {
    Event {
        account: Some(account),
        ..Event::by_system(
            EventKind::ChangedElsewhere,
            EventOutcome::Done,
            shown_name(name).replace('\0', "\u{fffd}"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Observation;
    use crate::domain::time::Timestamp;

    #[test]
    fn a_change_is_noticed_by_the_first_reading_after_what_was_known() {
        let at = Timestamp::from_millis;
        let mut seen = Observation::unconfirmed("new", at(3));
        seen.confirm_earlier(at(2));
        assert_eq!(seen.noticed_after(at(1)), at(2));
        assert_eq!(seen.noticed_after(at(2)), at(3));
    }
}
