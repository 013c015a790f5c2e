//! Readings of single accounts, and the rules for writing them to the directory.
//! A change made elsewhere is written and recorded only if two readings agree and no operation of
//! the portal can have caused it.

use std::time::Duration;

use super::{late_effects, to_profile};
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

impl<T: PartialEq> Observation<T> {
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
/// Returns `true` if something changed or is new.
pub(super) async fn apply(app: &App, id: &AccountId, single: &AccountRead) -> db::Result<bool> {
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
    let status = Fact {
        value: single
            .status
            .map_or(AccountStatus::Unknown, |seen| seen.value),
        source: FactSource::Reading,
        observed_at: single.status.map_or(at, |seen| seen.at),
    };
    let pricing = single.pricing.map(|seen| Fact {
        value: seen.value,
        source: FactSource::Reading,
        observed_at: seen.at,
    });
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
    let unanswered = late_effects::unanswered_creations(tx, app.clock.now()).await?;
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
    let Some(seen) = seen.filter(|seen| !touched.affects(&held.id, seen.first_at)) else {
        return Ok(None);
    };
    let fact = Fact {
        value: seen.value,
        source: FactSource::Reading,
        observed_at: seen.at,
    };
    let differs = held.status.value != seen.value;
    if differs && (!seen.confirmed || touched.affects(&held.id, seen.first_at - GRACE_PERIOD)) {
        return Ok(None);
    }
    let written = accounts::set_status(tx, &held.id, fact).await?;
    // A status that becomes unknown, or known again, is not a change of the account.
    let known = held.status.value != AccountStatus::Unknown && seen.value != AccountStatus::Unknown;
    if !written || !differs || !known {
        return Ok(None);
    }
    let (from, to) = (
        held.status.observed_at,
        seen.noticed_after(held.status.observed_at),
    );
    let event = change_event(
        held,
        "Status",
        held.status.value.label(),
        seen.value.label(),
        from,
        to,
    );
    let late = late_effects::explain_change(
        tx,
        held,
        late_effects::ObservedChange::Status(seen.value),
        &event,
        to,
    )
    .await?;
    Ok(Some(late.unwrap_or(event)))
}

async fn apply_pricing(
    tx: &mut Tx,
    touched: &PendingChanges,
    held: &Account,
    seen: Option<Observation<bool>>,
) -> db::Result<Option<Event>> {
    let Some(seen) = seen.filter(|seen| !touched.affects(&held.id, seen.first_at)) else {
        return Ok(None);
    };
    let fact = Fact {
        value: seen.value,
        source: FactSource::Reading,
        observed_at: seen.at,
    };
    let before = held.custom_pricing;
    let differs = before.is_some_and(|before| before.value != seen.value);
    if differs && (!seen.confirmed || touched.affects(&held.id, seen.first_at - GRACE_PERIOD)) {
        return Ok(None);
    }
    let written = accounts::set_pricing(tx, &held.id, fact).await?;
    let Some(before) = before.filter(|_| written && differs) else {
        return Ok(None);
    };
    let words = |on: bool| {
        if on {
            "Custom pricing on"
        } else {
            "Custom pricing off"
        }
    };
    let (from, to) = (before.observed_at, seen.noticed_after(before.observed_at));
    let event = change_event(
        held,
        "Custom pricing",
        words(before.value),
        words(seen.value),
        from,
        to,
    );
    let late = late_effects::explain_change(
        tx,
        held,
        late_effects::ObservedChange::Pricing(seen.value),
        &event,
        to,
    )
    .await?;
    Ok(Some(late.unwrap_or(event)))
}

impl<T> Observation<T> {
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

fn change_event(
    held: &Account,
    what: &str,
    before: &str,
    after: &str,
    from: Timestamp,
    to: Timestamp,
) -> Event {
    let mut event = account_event(held.id.clone(), &held.organization_name);
    event.before = Some(before.to_owned());
    event.after = Some(after.to_owned());
    event.not_before = Some(from);
    event.not_after = Some(to);
    event.message = format!("{what} changed.");
    event
}

fn gone_event(held: &Account, at: Timestamp) -> Event {
    let since = held.missing_since.unwrap_or(at);
    let mut event = account_event(held.id.clone(), &held.organization_name);
    event.before = Some(held.status.value.label().to_owned());
    event.after = Some("Gone".to_owned());
    event.not_before = Some(held.status.observed_at.min(since));
    event.not_after = Some(since);
    "Telnyx has no such account any more.".clone_into(&mut event.message);
    event
}

/// Returns the event of an account that was created outside the portal.
pub(super) fn new_account_event(profile: &accounts::Profile, status: AccountStatus) -> Event {
    let mut event = account_event(profile.id.clone(), &profile.organization_name);
    event.after = Some(status.label().to_owned());
    "A new account, created outside the portal.".clone_into(&mut event.message);
    event
}

fn account_event(account: AccountId, name: &str) -> Event {
    let mut event = Event::by_system(
        EventKind::ChangedElsewhere,
        EventOutcome::Done,
        shown_name(name).replace('\0', "\u{fffd}"),
    );
    event.account = Some(account);
    event
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
