//! Reminders of the next review, and the portal's setting for them.

use crate::app::{App, StoredSetting, VersionedSetting, read_json, write_json};
use crate::db::access_reviews::{self, AccessReview};
use crate::db::{self, settings};
use crate::domain::access_review::ReviewReminder;
use crate::domain::notification::{NotificationFact, NotificationKind};
use crate::domain::time::Timestamp;
use crate::notifications;

impl StoredSetting for ReviewReminder {
    const NAME: &'static str = settings::ACCESS_REVIEW;
    const TARGET: &'static str = "Reminder of access reviews";

    fn read(stored: &str) -> Option<Self> {
        read_json(stored)
    }

    fn write(&self) -> String {
        write_json(self)
    }

    fn describe(&self) -> String {
        (*self).describe()
    }
}

impl VersionedSetting for ReviewReminder {
    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
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
    let reminder: ReviewReminder = app.setting().await?;
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
