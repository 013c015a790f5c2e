//! Reminders of the next review, and the portal's setting for them.

use crate::app::App;
use crate::db::access_reviews::{self, AccessReview};
use crate::db::{self, audit, settings};
use crate::domain::access_review::ReviewReminder;
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::notification::{NotificationFact, NotificationKind};
use crate::domain::time::Timestamp;
use crate::notifications;

/// Outcome of saving the reminder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReminderOutcome {
    /// The reminder is as requested.
    Done,
    /// Someone else changed it since the form was shown. Holds the current one.
    Stale(ReviewReminder),
}

/// Returns the reminder.
pub async fn reminder(app: &App) -> db::Result<ReviewReminder> {
    let stored = settings::value(&app.db, settings::ACCESS_REVIEW).await?;
    Ok(ReviewReminder::parse(stored.as_deref()))
}

/// Saves the reminder. Its version is the one that the form showed.
pub async fn save_reminder(
    app: &App,
    actor: &Actor,
    mut new: ReviewReminder,
) -> db::Result<ReminderOutcome> {
    let mut tx = app.db.begin().await?;
    settings::set_if_absent(&mut tx, settings::ACCESS_REVIEW, "").await?;
    let stored = settings::lock(&mut tx, settings::ACCESS_REVIEW).await?;
    let now = ReviewReminder::parse(stored.as_deref());
    if now.months == new.months {
        return Ok(ReminderOutcome::Done);
    }
    if now.version != new.version {
        return Ok(ReminderOutcome::Stale(now));
    }
    new.version += 1;
    let stored = serde_json::json!(new).to_string();
    settings::set(&mut tx, settings::ACCESS_REVIEW, &stored).await?;
    let event = Event {
        before: Some(now.describe()),
        after: Some(new.describe()),
        ..Event::by_actor(
            actor,
            EventKind::SettingsChanged,
            EventOutcome::Done,
            "Reminder of access reviews",
        )
    };
    audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    tx.commit().await?;
    Ok(ReminderOutcome::Done)
}

/// Returns when the next review is due. Without any sign-off, it is due at once. `None` if nobody
/// is reminded.
#[must_use]
pub fn due_at(reminder: ReviewReminder, last: Option<&AccessReview>) -> Option<Timestamp> {
    match last.and_then(|last| last.sign_off.as_ref()) {
        Some(sign_off) => reminder.due_at(sign_off.at),
        None => reminder.due_at(Timestamp::from_millis(0)),
    }
}

/// Notifies owners and admins once if the next review is due.
pub async fn remind(app: &App) -> db::Result<()> {
    let reminder = reminder(app).await?;
    if reminder.months == 0 {
        return Ok(());
    }
    let last = access_reviews::last_signed_off(&app.db).await?;
    let now = app.clock.now();
    if due_at(reminder, last.as_ref()).is_none_or(|due| due > now) {
        return Ok(());
    }
    let kind = NotificationKind::AccessReviewDue;
    let mut tx = app.db.begin().await?;
    // Of several replicas, one notifies.
    if !db::notifications::set_condition(&mut tx, kind, "", now).await? {
        return Ok(());
    }
    let sign_off = last.and_then(|last| last.sign_off);
    let fact = NotificationFact {
        kind,
        sweep: None,
        items: 1,
        subject: "Telnyx users".to_owned(),
        detail: match sign_off {
            Some(sign_off) => format!(
                "The last one was signed off on {}.",
                sign_off.at.to_jiff().strftime("%Y-%m-%d")
            ),
            None => "No review was signed off yet.".to_owned(),
        },
        path: "/org-users/reviews".to_owned(),
    };
    notifications::publish(app, &mut tx, &fact, None).await?;
    tx.commit().await
}
