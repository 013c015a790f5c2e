//! Queue of emails with notifications. A row is deleted once its email was sent or given up.
//!
//! An email is claimed before it is sent. If its claim ends without an outcome, it may have been
//! sent, so it is never claimed again.

use uuid::Uuid;

use super::notifications::Notification;
use super::{Db, Result, Tx};
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;

/// Email with notifications to one person.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct NotificationEmail {
    /// ID of the email.
    pub id: Uuid,
    /// Person that it is for.
    #[sqlx(rename = "staff_id")]
    pub staff: StaffId,
    /// Number of attempts.
    pub attempt: i64,
    /// Time until which one replica sends it.
    pub lease_until: Option<Timestamp>,
}

/// Returns the people with notifications that an email may tell now.
pub async fn staff_due(db: &Db, now: Timestamp) -> Result<Vec<StaffId>> {
    Ok(on!(db => query_scalar(
        "SELECT DISTINCT staff_id FROM notifications WHERE email_due_at <= $1 ORDER BY staff_id LIMIT 1000", now,
    ).fetch_all))
}

/// Puts the due notifications of a person into a new email. Returns `false` if another replica
/// did.
pub async fn collect(tx: &mut Tx, staff: StaffId, now: Timestamp) -> Result<bool> {
    let id = Uuid::new_v4();
    let collected = within!(&mut *tx => query(
        "UPDATE notifications SET email_id = $1, email_due_at = NULL WHERE staff_id = $2 AND email_due_at <= $3",
        id, staff, now,
    ).execute);
    if collected > 0 {
        within!(tx => query(
            "INSERT INTO notification_emails (id, staff_id, due_at) VALUES ($1, $2, $3)", id, staff, now,
        ).execute);
    }
    Ok(collected > 0)
}

/// Returns emails that are due, and those whose replica died while it sent them.
pub async fn due(db: &Db, now: Timestamp, most: i64) -> Result<Vec<NotificationEmail>> {
    Ok(on!(db => query_as(
        "SELECT id, staff_id, attempt, lease_until FROM notification_emails
         WHERE due_at <= $1 AND (lease_until IS NULL OR lease_until <= $1) ORDER BY due_at, id LIMIT $2",
        now, most,
    ).fetch_all))
}

/// Claims an email for its next attempt. Returns `false` if another replica was faster.
pub async fn claim(db: &Db, email: &NotificationEmail, until: Timestamp) -> Result<bool> {
    let changed = on!(db => query(
        "UPDATE notification_emails SET attempt = attempt + 1, lease_until = $1
         WHERE id = $2 AND attempt = $3 AND lease_until IS NULL",
        until, email.id, email.attempt,
    ).execute);
    Ok(changed == 1)
}

/// Ends the claim of an attempt that was interrupted. The email may have been sent.
pub async fn release(db: &Db, id: Uuid) -> Result<()> {
    on!(db => query("UPDATE notification_emails SET lease_until = 0 WHERE id = $1", id).execute);
    Ok(())
}

/// Returns the unread notifications of an email, the oldest first.
pub async fn content(db: &Db, id: Uuid) -> Result<Vec<Notification>> {
    Ok(on!(db => query_as(
        "SELECT id, kind, items, subject, detail, path, at, read_at FROM notifications
         WHERE email_id = $1 AND read_at IS NULL ORDER BY at, id LIMIT 1000",
        id,
    ).fetch_all))
}

/// Lets an email wait for its next attempt.
pub async fn postpone(db: &Db, id: Uuid, until: Timestamp) -> Result<()> {
    on!(db => query(
        "UPDATE notification_emails SET due_at = $1, lease_until = NULL WHERE id = $2", until, id,
    ).execute);
    Ok(())
}

/// Takes an email off the queue.
pub async fn delete(db: &Db, id: Uuid) -> Result<()> {
    on!(db => query("DELETE FROM notification_emails WHERE id = $1", id).execute);
    Ok(())
}
