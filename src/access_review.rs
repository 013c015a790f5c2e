//! Access reviews: their start with a copy of the users, decisions, sign-off, and reminders.
//!
//! A review never removes anybody. What was signed off never changes: a digest of it is part of an
//! audit event.

mod comparison;
mod digest;
mod reminder;

use crate::app::App;
use crate::db::access_reviews::items::{self, ReviewCounts};
use crate::db::access_reviews::{self, AccessReview};
use crate::db::{self, audit, notifications, org_users};
use crate::domain::access_review::{ReviewDecision, ReviewState};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::ids::AccessReviewId;
use crate::domain::notification::NotificationKind;
use crate::domain::text::group_thousands;
use crate::domain::time::Timestamp;

pub use comparison::compare;
pub use digest::{digest_of, is_as_signed_off};
pub use reminder::{due_at, remind};

/// Outcome of starting a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartOutcome {
    /// The review is open.
    Started(AccessReviewId),
    /// Another review is open already.
    AlreadyOpen(AccessReviewId),
}

/// Outcome of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecideOutcome {
    /// The decision is as requested.
    Done,
    /// Someone else decided about the user since the form was shown.
    Stale,
    /// The review is signed off or was discarded.
    Closed,
}

/// Outcome of a sign-off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignOffOutcome {
    /// The review is signed off.
    Done,
    /// This number of users has no decision.
    Undecided(i64),
    /// Someone decided about a user since the form was shown.
    Stale,
    /// The review is signed off already or was discarded.
    Closed,
}

/// Starts a review with a copy of the users as last read.
pub async fn start(
    app: &App,
    actor: &Actor,
    read_at: Timestamp,
    is_partial: bool,
) -> db::Result<StartOutcome> {
    if let Some(open) = access_reviews::open(&app.db).await? {
        return Ok(StartOutcome::AlreadyOpen(open.id));
    }
    let now = app.clock.now();
    let previous = access_reviews::last_signed_off(&app.db).await?;
    let before = match &previous {
        Some(previous) => Some(items::all(&app.db, previous.id).await?),
        None => None,
    };
    let review = AccessReview {
        id: AccessReviewId::new(now),
        state: ReviewState::Open,
        started_at: now,
        started_by_name: actor.name.clone(),
        started_by_email: actor.email.clone(),
        read_at,
        is_partial,
        previous: previous.as_ref().map(|previous| previous.id),
        sign_off: None,
    };
    let users = compare(org_users::all(&app.db).await?, before);
    let mut tx = app.db.begin().await?;
    match access_reviews::insert(&mut tx, &review).await {
        Err(error) if error.is_unique_violation() => {
            drop(tx);
            let open = access_reviews::open(&app.db).await?;
            return Ok(StartOutcome::AlreadyOpen(
                open.map_or(review.id, |open| open.id),
            ));
        }
        inserted => inserted?,
    }
    items::insert(&mut tx, review.id, &users).await?;
    let counts = items::counts_in_tx(&mut tx, review.id).await?;
    let event = Event {
        message: describe_start(&counts, previous.map(|previous| previous.name()).as_deref()),
        ..event(actor, EventKind::AccessReviewStarted, &review)
    };
    audit::append(&mut tx, &app.audit_key, now, &event).await?;
    tx.commit().await?;
    Ok(StartOutcome::Started(review.id))
}

/// Describes the users of a new review. `previous` names the earlier one.
#[must_use]
pub fn describe_start(counts: &ReviewCounts, previous: Option<&str>) -> String {
    let users = format!("{}.", count_users(counts.users));
    let Some(previous) = previous else {
        return format!("{users} There is no earlier review to compare with.");
    };
    format!(
        "{users} Compared with {previous}: {} new, {} changed, {} left.",
        group_thousands(counts.joined),
        group_thousands(counts.changed),
        group_thousands(counts.leavers),
    )
}

/// Returns "1 user" or "120 users".
#[must_use]
pub fn count_users(users: i64) -> String {
    let noun = if users == 1 { "user" } else { "users" };
    format!("{} {noun}", group_thousands(users))
}

/// Decides about a user of an open review. `version` is that of the row in the form.
pub async fn decide(
    app: &App,
    actor: &Actor,
    review: AccessReviewId,
    (place, version): (i64, i64),
    (decision, note): (ReviewDecision, &str),
) -> db::Result<DecideOutcome> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    if access_reviews::lock_open(&mut tx, review).await?.is_none() {
        return Ok(DecideOutcome::Closed);
    }
    let row = (place, version);
    if items::decide(&mut tx, review, row, (decision, note), (actor, now)).await? {
        tx.commit().await?;
        return Ok(DecideOutcome::Done);
    }
    drop(tx);
    let current = items::by_place(&app.db, review, place).await?;
    let current = current.and_then(|item| item.decision);
    // The same form sent twice is the same decision.
    let is_same = current.is_some_and(|current| {
        current.decision == decision && current.note == note && current.by_email == actor.email
    });
    Ok(if is_same {
        DecideOutcome::Done
    } else {
        DecideOutcome::Stale
    })
}

/// Signs a review off. `shown` is the version of the decisions in the form.
pub async fn sign_off(
    app: &App,
    actor: &Actor,
    id: AccessReviewId,
    shown: i64,
) -> db::Result<SignOffOutcome> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let Some(review) = access_reviews::lock_open(&mut tx, id).await? else {
        return Ok(SignOffOutcome::Closed);
    };
    let counts = items::counts_in_tx(&mut tx, id).await?;
    if counts.undecided > 0 {
        return Ok(SignOffOutcome::Undecided(counts.undecided));
    }
    if counts.version != shown {
        return Ok(SignOffOutcome::Stale);
    }
    let digest = digest_of(&items::all_in_tx(&mut tx, id).await?);
    access_reviews::sign_off(&mut tx, id, actor, now, &digest).await?;
    notifications::reset_conditions(&mut tx, NotificationKind::AccessReviewDue).await?;
    let event = Event {
        message: describe_sign_off(&counts, &digest),
        ..event(actor, EventKind::AccessReviewSignedOff, &review)
    };
    let number = audit::append(&mut tx, &app.audit_key, now, &event).await?;
    // The number is known only now. No other event can come between, because the chain is locked.
    access_reviews::set_event(&mut tx, id, number).await?;
    tx.commit().await?;
    Ok(SignOffOutcome::Done)
}

/// Describes what was signed off. The digest ties the audit event to the users and decisions.
#[must_use]
pub fn describe_sign_off(counts: &ReviewCounts, digest: &str) -> String {
    format!(
        "{}: {} to keep, {} to remove. SHA-256 of the decisions: {digest}",
        count_users(counts.users),
        group_thousands(counts.keep),
        group_thousands(counts.remove),
    )
}

/// Discards an open review with its decisions. Returns `false` if it is not open.
pub async fn discard(app: &App, actor: &Actor, id: AccessReviewId) -> db::Result<bool> {
    let mut tx = app.db.begin().await?;
    let Some(review) = access_reviews::lock_open(&mut tx, id).await? else {
        return Ok(false);
    };
    let counts = items::counts_in_tx(&mut tx, id).await?;
    access_reviews::delete(&mut tx, id).await?;
    let event = Event {
        message: describe_discard(&counts),
        ..event(actor, EventKind::AccessReviewDiscarded, &review)
    };
    audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    tx.commit().await?;
    Ok(true)
}

/// Describes what was discarded.
#[must_use]
pub fn describe_discard(counts: &ReviewCounts) -> String {
    let decided = counts.users - counts.undecided;
    format!(
        "{} of {} had a decision.",
        group_thousands(decided),
        count_users(counts.users)
    )
}

fn event(actor: &Actor, kind: EventKind, review: &AccessReview) -> Event {
    Event::by_actor(actor, kind, EventOutcome::Done, review.name())
}
