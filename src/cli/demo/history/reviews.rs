//! Access reviews of the demo: one signed off half a year ago, one discarded, and one open.

use std::time::Duration;

use crate::access_review::{
    compare, describe_discard, describe_sign_off, describe_start, digest_of,
};
use crate::app::App;
use crate::db::access_reviews::items::{self, NewReviewItem};
use crate::db::access_reviews::{self, AccessReview};
use crate::db::org_users::OrgUser;
use crate::db::{Tx, audit, notifications, settings};
use crate::domain::access_review::{ReviewDecision, ReviewReminder, ReviewState, name_of};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind};
use crate::domain::ids::AccessReviewId;
use crate::domain::notification::NotificationKind;
use crate::domain::org_user::{LastSignIn, OrgUserKind, OrgUserStatus};
use crate::domain::role::Role;
use crate::domain::time::Timestamp;
use anyhow::Context;

use super::notifications::due_review;
use super::{History, HistoryStep, Person, Staff};

/// Months between reviews, as the owner set them.
const MONTHS: u32 = 6;
/// Share of the users of the open review that have a decision, in percent.
const DECIDED_PERCENT: usize = 60;
/// Decision about a user: who, what, the note, and how long after the start.
type PlannedDecision = (i64, ReviewDecision, &'static str, Duration);

/// Step of a review.
#[derive(Clone, Debug)]
pub enum ReviewStep {
    /// Start, with decisions that follow.
    Start {
        id: AccessReviewId,
        by: Person,
        users: Vec<OrgUser>,
        /// Review to compare with, and the time of its start.
        previous: Option<(AccessReviewId, Timestamp)>,
    },
    /// Sign-off of a review by a person.
    SignOff(AccessReviewId, Person),
    /// Discarding of a review by a person.
    Discard(AccessReviewId, Person),
    /// Reminder that the owner sets.
    Remind(Person),
}

/// Plans the reviews of these users.
///
/// # Errors
/// Fails if an ID in this file is invalid.
pub fn plan(history: &mut History, staff: &Staff, users: Vec<OrgUser>) -> anyhow::Result<()> {
    let (admin, owner) = (&staff.admin, &staff.owner);
    let times = [(187, 40), (186, 95), (41, 60), (41, 75), (3, 70)];
    let times = times.map(|(days, minute)| history.business_time(days, minute));
    let [first, signed_off, mistaken, discarded, open] = times;
    let step = |step| HistoryStep::Review(Box::new(step));
    let id = AccessReviewId::new(first);
    history.add(
        first,
        step(ReviewStep::Start {
            id,
            by: admin.clone(),
            users: earlier_users(&users, first)?,
            previous: None,
        }),
    );
    history.add(signed_off, step(ReviewStep::SignOff(id, owner.clone())));
    let remind_at = history.business_time(88, 33);
    history.add(remind_at, step(ReviewStep::Remind(owner.clone())));
    let other = AccessReviewId::new(mistaken);
    history.add(
        mistaken,
        step(ReviewStep::Start {
            id: other,
            by: admin.clone(),
            users: users.clone(),
            previous: Some((id, first)),
        }),
    );
    history.add(discarded, step(ReviewStep::Discard(other, admin.clone())));
    let due_at = history.business_time(4, 15);
    history.add(
        due_at,
        HistoryStep::Notification(Box::new(due_review(signed_off)), None),
    );
    history.add(
        open,
        step(ReviewStep::Start {
            id: AccessReviewId::new(open),
            by: admin.clone(),
            users,
            previous: Some((id, first)),
        }),
    );
    Ok(())
}

/// Returns the users at an earlier time: without those who came later, with two who left, and one
/// with other groups.
fn earlier_users(users: &[OrgUser], at: Timestamp) -> anyhow::Result<Vec<OrgUser>> {
    let mut earlier: Vec<OrgUser> = users
        .iter()
        .filter(|user| user.created_at.is_none_or(|created| created < at))
        .cloned()
        .collect();
    let mut others = earlier
        .iter_mut()
        .filter(|user| user.kind == OrgUserKind::SubUser);
    let several = |user: &&mut OrgUser| user.groups.as_ref().is_some_and(|groups| groups.len() > 1);
    if let Some(groups) = others.find(several).and_then(|user| user.groups.as_mut()) {
        groups.truncate(1);
    }
    for (id, email) in [
        (
            "5b0f6f8e-2f0c-4c53-9a51-7d3a1c0e9f42",
            "former.colleague@example.com",
        ),
        (
            "0d6a4f0e-7c1b-4b3e-8a52-3f0c9b7de611",
            "summer.intern@example.com",
        ),
    ] {
        earlier.push(OrgUser {
            id: Some(id.parse()?),
            email: Some(email.to_owned()),
            kind: OrgUserKind::SubUser,
            status: OrgUserStatus::Enabled,
            bypasses_sso: Some(false),
            groups: Some(Vec::new()),
            created_at: Some(at - Duration::from_hours(24 * 120)),
            last_sign_in: LastSignIn::At(at - Duration::from_hours(24 * 9)),
        });
    }
    Ok(earlier)
}

/// Writes a step with its event.
pub(super) async fn write(
    app: &App,
    tx: &mut Tx,
    at: Timestamp,
    step: ReviewStep,
) -> anyhow::Result<()> {
    match step {
        ReviewStep::Start {
            id,
            by,
            users,
            previous,
        } => start(app, tx, (id, at), by, users, previous).await,
        ReviewStep::SignOff(id, by) => {
            let review = locked(tx, id).await?;
            let all = items::all_in_tx(tx, id).await?;
            let counts = items::counts_in_tx(tx, id).await?;
            let digest = digest_of(&all);
            access_reviews::sign_off(tx, id, &actor(&by), at, &digest).await?;
            let message = describe_sign_off(&counts, &digest);
            let event = event(&by, EventKind::AccessReviewSignedOff, &review, message);
            let number = audit::append(tx, &app.audit_key, at, &event).await?;
            access_reviews::set_event(tx, id, number).await?;
            Ok(())
        }
        ReviewStep::Discard(id, by) => {
            let review = locked(tx, id).await?;
            let counts = items::counts_in_tx(tx, id).await?;
            access_reviews::delete(tx, id).await?;
            let message = describe_discard(&counts);
            let event = event(&by, EventKind::AccessReviewDiscarded, &review, message);
            audit::append(tx, &app.audit_key, at, &event).await?;
            Ok(())
        }
        ReviewStep::Remind(by) => {
            let reminder = ReviewReminder {
                months: MONTHS,
                version: 1,
            };
            let stored = serde_json::json!(reminder).to_string();
            settings::set(tx, settings::ACCESS_REVIEW, &stored).await?;
            // The history has the notification already.
            let kind = NotificationKind::AccessReviewDue;
            notifications::set_condition(tx, kind, "", at).await?;
            let event = Event {
                before: Some(ReviewReminder::default().describe()),
                after: Some(reminder.describe()),
                ..by.event(EventKind::SettingsChanged, "Reminder of access reviews")
            };
            audit::append(tx, &app.audit_key, at, &event).await?;
            Ok(())
        }
    }
}

/// Returns a review that is open at this step.
async fn locked(tx: &mut Tx, id: AccessReviewId) -> anyhow::Result<AccessReview> {
    let review = access_reviews::lock_open(tx, id).await?;
    review.context("the planned review is not open")
}

async fn start(
    app: &App,
    tx: &mut Tx,
    (id, at): (AccessReviewId, Timestamp),
    by: Person,
    users: Vec<OrgUser>,
    previous: Option<(AccessReviewId, Timestamp)>,
) -> anyhow::Result<()> {
    let before = match previous {
        Some((previous, _)) => Some(items::all_in_tx(tx, previous).await?),
        None => None,
    };
    let review = AccessReview {
        id,
        state: ReviewState::Open,
        started_at: at,
        started_by_name: by.name.to_owned(),
        started_by_email: by.email.clone(),
        read_at: at - Duration::from_secs(2),
        is_partial: false,
        previous: previous.map(|(previous, _)| previous),
        sign_off: None,
    };
    access_reviews::insert(tx, &review).await?;
    let new = compare(users, before);
    items::insert(tx, id, &new).await?;
    for (place, decision, note, later) in decisions(&new, previous.is_none()) {
        let decided = (decision, note);
        let by = (&actor(&by), at + later);
        items::decide(tx, id, (place, 1), decided, by).await?;
    }
    let counts = items::counts_in_tx(tx, id).await?;
    let message = describe_start(&counts, previous.map(|(_, at)| name_of(at)).as_deref());
    let event = event(&by, EventKind::AccessReviewStarted, &review, message);
    audit::append(tx, &app.audit_key, at, &event).await?;
    Ok(())
}

/// Returns the decisions about all users, or about most of them.
fn decisions(users: &[NewReviewItem], all: bool) -> Vec<PlannedDecision> {
    let number = if all {
        users.len()
    } else {
        users.len() * DECIDED_PERCENT / 100
    };
    let mut never_signed_in = 0;
    let decided = (1_i64..).zip(users).take(number).map(|(place, item)| {
        let later = Duration::from_secs(40 + 25 * place.unsigned_abs());
        let user = &item.user;
        if user.email.as_deref() == Some("summer.intern@example.com") {
            return (place, ReviewDecision::Remove, "Internship ended", later);
        }
        let is_unused = user.last_sign_in == LastSignIn::Never && user.kind == OrgUserKind::SubUser;
        never_signed_in += i64::from(is_unused);
        if !all && is_unused && never_signed_in == 1 {
            let note = "Never signed in since the invitation";
            return (place, ReviewDecision::Remove, note, later);
        }
        (place, ReviewDecision::Keep, "", later)
    });
    decided.collect()
}

fn actor(person: &Person) -> Actor {
    Actor {
        staff_id: person.id,
        email: person.email.clone(),
        name: person.name.to_owned(),
        role: Role::Admin,
        address: None,
        request_id: None,
        job: None,
    }
}

fn event(by: &Person, kind: EventKind, review: &AccessReview, message: String) -> Event {
    Event {
        message,
        ..by.event(kind, review.name())
    }
}
