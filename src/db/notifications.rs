//! Notifications of people, their choices, and the conditions that were notified.

use std::collections::HashMap;

use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{Db, Result, Tx};
use crate::domain::ids::StaffId;
use crate::domain::notification::{NotificationDelivery, NotificationFact, NotificationKind};
use crate::domain::role::Role;
use crate::domain::time::Timestamp;

mod conditions;

pub use conditions::{
    AccountCondition, CrossedAccount, crossed_accounts, is_condition_set, reset_accounts,
    reset_condition, reset_conditions, set_condition, set_conditions,
};

/// Maximum number of unread notifications of a person. Older ones become read.
pub const MAX_UNREAD: i64 = 500;
/// Number of notifications that one statement deletes.
const DELETED_PER_STATEMENT: i64 = 1_000;
/// Number of rows that one statement inserts.
const ROWS_PER_STATEMENT: usize = 500;

/// Notification of one person.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Notification {
    /// ID of the notification.
    pub id: Uuid,
    /// Kind of the notification.
    pub kind: NotificationKind,
    /// Number of facts that it is about.
    pub items: i64,
    /// Name of the first of them.
    pub subject: String,
    /// Further sentence about it; may be empty.
    pub detail: String,
    /// Address of the page about it.
    pub path: String,
    /// Time of the latest fact.
    pub at: Timestamp,
    /// Time at which the person marked it as read.
    pub read_at: Option<Timestamp>,
}

/// Person who may be notified of a kind.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Recipient {
    /// ID of the person.
    pub id: StaffId,
    /// Role of the person.
    pub role: Role,
    /// Time zone of the person, as an IANA name.
    pub time_zone: String,
    /// Choice of the person, if they made one.
    pub delivery: Option<NotificationDelivery>,
}

/// Filter of a person's notifications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NotificationFilter {
    /// Kind of the notifications.
    pub kind: Option<NotificationKind>,
    /// True for unread ones only.
    pub unread: bool,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, items, subject, detail, path, at, read_at FROM notifications ",
            $rest
        )
    };
}

/// Returns the people who can sign in, with their choices for a kind. `only` limits it to one.
pub async fn recipients(
    tx: &mut Tx,
    kind: NotificationKind,
    only: Option<StaffId>,
) -> Result<Vec<Recipient>> {
    Ok(within!(tx => query_as(
        "SELECT s.id, s.role, s.time_zone, c.delivery FROM staff s
         LEFT JOIN notification_choices c ON c.staff_id = s.id AND c.kind = $1
         WHERE s.disabled_at IS NULL AND s.joined_at IS NOT NULL AND ($2 IS NULL OR s.id = $2)
         ORDER BY s.id",
        kind, only,
    ).fetch_all))
}

/// Notifies these people of a fact, each with the time from which an email may tell it. If they
/// were notified of another fact with the same source, that notification grows.
pub async fn insert(
    tx: &mut Tx,
    fact: &NotificationFact,
    source: Uuid,
    recipients: &[(StaffId, Option<Timestamp>)],
    now: Timestamp,
) -> Result<()> {
    for recipients in recipients.chunks(ROWS_PER_STATEMENT) {
        within!(&mut *tx, conn => {
            let mut query = QueryBuilder::new(
                "INSERT INTO notifications (id, staff_id, kind, source, items, subject, detail, path, at, email_due_at) ",
            );
            query.push_values(recipients, |mut row, (staff, email_due_at)| {
                row.push_bind(Uuid::new_v4())
                    .push_bind(*staff)
                    .push_bind(fact.kind)
                    .push_bind(source)
                    .push_bind(fact.items)
                    .push_bind(fact.subject.clone())
                    .push_bind(fact.detail.clone())
                    .push_bind(fact.path.clone())
                    .push_bind(now)
                    .push_bind(*email_due_at);
            });
            query.push(
                " ON CONFLICT (staff_id, kind, source) DO UPDATE SET items = notifications.items + excluded.items,
                    at = excluded.at, read_at = NULL,
                    email_due_at = CASE WHEN notifications.email_id IS NULL THEN excluded.email_due_at END",
            );
            query.build().execute(&mut *conn).await?;
        });
    }
    Ok(())
}

/// Returns one page of a person's notifications, the latest first.
pub async fn page(
    db: &Db,
    staff: StaffId,
    filter: NotificationFilter,
    page: u32,
    per: u32,
) -> Result<Vec<Notification>> {
    let skip = i64::from(page.max(1) - 1) * i64::from(per);
    Ok(on!(db => query_as(
        select!("WHERE staff_id = $1 AND ($2 IS NULL OR kind = $2) AND (read_at IS NULL OR NOT $3)
                 ORDER BY at DESC, id LIMIT $4 OFFSET $5"),
        staff, filter.kind, filter.unread, i64::from(per), skip,
    ).fetch_all))
}

/// Returns the numbers of a person's notifications of a kind, or of all kinds: all, and unread.
pub async fn counts(db: &Db, staff: StaffId, kind: Option<NotificationKind>) -> Result<(i64, i64)> {
    Ok(on!(db => query_as(
        "SELECT COUNT(*), COUNT(CASE WHEN read_at IS NULL THEN 1 END) FROM notifications
         WHERE staff_id = $1 AND ($2 IS NULL OR kind = $2)",
        staff, kind,
    ).fetch_one))
}

/// Marks one of a person's notifications as read. Returns `false` if they have no such one.
pub async fn mark_read(db: &Db, staff: StaffId, id: Uuid, now: Timestamp) -> Result<bool> {
    let changed = on!(db => query(
        "UPDATE notifications SET read_at = COALESCE(read_at, $1) WHERE id = $2 AND staff_id = $3",
        now, id, staff,
    ).execute);
    Ok(changed > 0)
}

/// Marks a person's notifications up to a time as read, of a kind or of all. Returns their number.
pub async fn mark_all_read(
    db: &Db,
    staff: StaffId,
    kind: Option<NotificationKind>,
    until: Timestamp,
    now: Timestamp,
) -> Result<u64> {
    Ok(on!(db => query(
        "UPDATE notifications SET read_at = $1
         WHERE staff_id = $2 AND read_at IS NULL AND at <= $3 AND ($4 IS NULL OR kind = $4)",
        now, staff, until, kind,
    ).execute))
}

/// Marks everyone's notifications about a page as read, because what they are about is over. Adds a
/// sentence about the end.
pub async fn close(
    tx: &mut Tx,
    kind: NotificationKind,
    path: &str,
    detail: &str,
    now: Timestamp,
) -> Result<()> {
    within!(tx => query(
        "UPDATE notifications SET read_at = COALESCE(read_at, $1), detail = $2 WHERE kind = $3 AND path = $4",
        now, detail, kind, path,
    ).execute);
    Ok(())
}

/// Returns the choices that a person made.
pub async fn choices(
    db: &Db,
    staff: StaffId,
) -> Result<HashMap<NotificationKind, NotificationDelivery>> {
    let rows: Vec<(NotificationKind, NotificationDelivery)> = on!(db => query_as(
        "SELECT kind, delivery FROM notification_choices WHERE staff_id = $1", staff,
    ).fetch_all);
    Ok(rows.into_iter().collect())
}

/// Stores a person's choice for a kind.
pub async fn choose(
    tx: &mut Tx,
    staff: StaffId,
    kind: NotificationKind,
    delivery: NotificationDelivery,
) -> Result<()> {
    within!(tx => query(
        "INSERT INTO notification_choices (staff_id, kind, delivery) VALUES ($1, $2, $3)
         ON CONFLICT (staff_id, kind) DO UPDATE SET delivery = excluded.delivery",
        staff, kind, delivery,
    ).execute);
    Ok(())
}

/// Deletes some of the notifications from before this time. Returns `true` if more may be left.
pub async fn delete_older(db: &Db, before: Timestamp) -> Result<bool> {
    let deleted = on!(db => query(
        "DELETE FROM notifications WHERE id IN (
            SELECT id FROM notifications WHERE at < $1 ORDER BY at LIMIT $2)",
        before, DELETED_PER_STATEMENT,
    ).execute);
    Ok(deleted == DELETED_PER_STATEMENT.unsigned_abs())
}

/// Marks the oldest notifications beyond [`MAX_UNREAD`] of a person as read.
pub async fn limit_unread(db: &Db, now: Timestamp) -> Result<()> {
    let crowded: Vec<StaffId> = on!(db => query_scalar(
        "SELECT staff_id FROM notifications WHERE read_at IS NULL GROUP BY staff_id HAVING COUNT(*) > $1",
        MAX_UNREAD,
    ).fetch_all);
    for staff in crowded {
        on!(db => query(
            "UPDATE notifications SET read_at = $1 WHERE staff_id = $2 AND read_at IS NULL AND id NOT IN (
                SELECT id FROM notifications WHERE staff_id = $2 AND read_at IS NULL ORDER BY at DESC, id LIMIT $3)",
            now, staff, MAX_UNREAD,
        ).execute);
    }
    Ok(())
}
