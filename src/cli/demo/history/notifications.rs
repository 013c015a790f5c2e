//! Notifications of the demo's staff. They follow from the steps of the history.

use crate::db::jobs::Job;
use crate::db::operations::Operation;
use crate::db::{Tx, notifications};
use crate::domain::account::AccountStatus;
use crate::domain::audit::Event;
use crate::domain::ids::StaffId;
use crate::domain::notification::{NotificationDelivery, NotificationFact, NotificationKind};
use crate::domain::operation::OperationState;
use crate::domain::time::Timestamp;
use uuid::Uuid;

use super::{History, HistoryStep, Staff};

/// Plans notifications that belong to no other step.
pub fn plan(history: &mut History, staff: &Staff) {
    let pool = NotificationFact {
        detail: "1,820 of 2,000 channels are allocated.".to_owned(),
        ..fact(NotificationKind::PoolThreshold, "91%", "/channels")
    };
    let sign_in = |subject: &str| NotificationFact {
        detail: "If this was not you, sign the device out and change your password.".to_owned(),
        ..fact(NotificationKind::NewSignIn, subject, "/profile#h-devices")
    };
    let facts = [
        (19, 130, pool, None),
        (
            2,
            35,
            sign_in("Firefox on Linux from 192.0.2.10"),
            Some(staff.owner.id),
        ),
        (
            1,
            12,
            sign_in("Chrome on Windows from 192.0.2.23"),
            Some(staff.manager.id),
        ),
    ];
    for (days_ago, minute, fact, only) in facts {
        let at = history.business_time(days_ago, minute);
        history.add(at, HistoryStep::Notification(Box::new(fact), only));
    }
}

/// Returns the fact that nobody knows the result of an operation.
fn unknown_result(operation: &Operation) -> NotificationFact {
    let path = format!("/operations/{}", operation.id);
    fact(NotificationKind::UnknownOperation, &operation.label, &path)
}

/// Returns the fact that a job ended.
pub fn ended_job(job: &Job, items: usize) -> NotificationFact {
    let title = job.action.title(i64::try_from(items).unwrap_or(i64::MAX));
    fact(
        NotificationKind::JobEnded,
        &title,
        &format!("/jobs/{}", job.id),
    )
}

/// Returns the fact that an access review is due, after the last sign-off.
pub fn due_review(signed_off: Timestamp) -> NotificationFact {
    let day = signed_off.to_jiff().strftime("%Y-%m-%d");
    NotificationFact {
        detail: format!("The last one was signed off on {day}."),
        ..fact(
            NotificationKind::AccessReviewDue,
            "Telnyx users",
            "/org-users/reviews",
        )
    }
}

/// Returns a single fact.
fn fact(kind: NotificationKind, subject: &str, path: &str) -> NotificationFact {
    NotificationFact {
        kind,
        sweep: None,
        items: 1,
        subject: subject.to_owned(),
        detail: String::new(),
        path: path.to_owned(),
    }
}

/// Returns the fact of a change that was made outside the portal.
pub fn external_change(event: &Event) -> NotificationFact {
    let account = event.account.as_ref().map(ToString::to_string);
    let path = format!("/accounts/{}", account.unwrap_or_default());
    let kind = if event.after.as_deref() == Some(AccountStatus::Blocked.label()) {
        NotificationKind::AccountBlocked
    } else {
        NotificationKind::ChangedElsewhere
    };
    NotificationFact {
        detail: event.message.clone(),
        ..fact(kind, event.shown_target(), &path)
    }
}

/// Notifies of an unknown result. A result that is known now closes the notifications of an earlier
/// unknown one.
pub async fn tell_result(tx: &mut Tx, operation: &Operation, at: Timestamp) -> anyhow::Result<()> {
    let fact = unknown_result(operation);
    if operation.state == OperationState::Unknown {
        return notify(tx, &fact, None, at).await;
    }
    let message = operation.outcome.as_ref().map(|outcome| &outcome.message);
    let detail = format!("Settled since: {}", message.map_or("", String::as_str));
    notifications::close(tx, fact.kind, &fact.path, &detail, at).await?;
    Ok(())
}

/// Notifies those who did not switch the kind off.
pub async fn notify(
    tx: &mut Tx,
    fact: &NotificationFact,
    only: Option<StaffId>,
    at: Timestamp,
) -> anyhow::Result<()> {
    let people = notifications::recipients(tx, fact.kind, only).await?;
    let people: Vec<_> = people
        .into_iter()
        .filter(|person| {
            fact.kind.is_for(person.role) && person.delivery != Some(NotificationDelivery::Off)
        })
        .map(|person| (person.id, None))
        .collect();
    notifications::insert(tx, fact, Uuid::new_v4(), &people, at).await?;
    Ok(())
}
