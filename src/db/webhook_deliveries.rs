//! Events for the webhook: a queue, and the record of the deliveries.
//!
//! A delivery is claimed before it is sent. If its claim ends without an outcome, it is claimed
//! again, so each event is delivered at least once.

use std::time::Duration;

use uuid::Uuid;

use super::{Db, Result, Tx};
use crate::domain::notification::NotificationFact;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{DeliveryState, TEST_EVENT};

/// Time for which a delivery is tried.
const LIFETIME: Duration = Duration::from_hours(24);
/// Time for which a delivery is kept.
const RETENTION: Duration = Duration::from_hours(24 * 30);

/// Delivery of one event.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct WebhookDelivery {
    /// ID of the event. It stays the same in all attempts.
    pub id: Uuid,
    /// Kind of the event: that of a notification, or [`TEST_EVENT`].
    pub kind: String,
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
    /// State of the delivery.
    pub state: DeliveryState,
    /// Number of attempts.
    pub attempt: i64,
    /// Time of the next attempt.
    pub due_at: Timestamp,
    /// Time after which it is given up.
    pub expires_at: Timestamp,
    /// Time until which one replica sends it.
    pub lease_until: Option<Timestamp>,
    /// Status that the receiver answered the last attempt with.
    pub status: Option<i64>,
    /// Result of the last attempt as a sentence; may be empty.
    pub message: String,
    /// Time of the last attempt.
    pub attempted_at: Option<Timestamp>,
}

/// Result of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptOutcome {
    /// New state. A waiting delivery is tried again.
    pub state: DeliveryState,
    /// Status of the answer, if there was one.
    pub status: Option<u16>,
    /// Result as a sentence.
    pub message: String,
    /// Time of the next attempt, if there is one.
    pub due_at: Timestamp,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, items, subject, detail, path, at, state, attempt, due_at, expires_at, lease_until, \
             status, message, attempted_at FROM webhook_deliveries ",
            $rest
        )
    };
}

/// Adds an event that is sent at `due_at`. If one with the same source was not sent yet, it grows.
pub async fn insert(
    tx: &mut Tx,
    fact: &NotificationFact,
    source: Uuid,
    now: Timestamp,
    due_at: Timestamp,
) -> Result<()> {
    for source in [source, Uuid::new_v4()] {
        let changed = within!(&mut *tx => query(
            "INSERT INTO webhook_deliveries (id, kind, source, items, subject, detail, path, at, state, due_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (kind, source) DO UPDATE SET items = webhook_deliveries.items + excluded.items,
                at = excluded.at, due_at = excluded.due_at
             WHERE webhook_deliveries.attempt = 0 AND webhook_deliveries.state = 'waiting'",
            Uuid::new_v4(), fact.kind, source, fact.items, &fact.subject, &fact.detail, &fact.path, now,
            DeliveryState::Waiting, due_at, now + LIFETIME,
        ).execute);
        if changed > 0 {
            break;
        }
    }
    Ok(())
}

/// Adds an event that tries the webhook, and returns its ID.
pub async fn insert_test(tx: &mut Tx, by: &str, now: Timestamp) -> Result<Uuid> {
    let id = Uuid::new_v4();
    within!(tx => query(
        "INSERT INTO webhook_deliveries (id, kind, source, items, subject, detail, path, at, state, due_at, expires_at)
         VALUES ($1, $2, $1, 1, $3, '', '/settings/webhook', $4, $5, $4, $6)",
        id, TEST_EVENT, by, now, DeliveryState::Waiting, now + LIFETIME,
    ).execute);
    Ok(id)
}

/// Returns one delivery.
pub async fn by_id(db: &Db, id: Uuid) -> Result<Option<WebhookDelivery>> {
    Ok(on!(db => query_as(select!("WHERE id = $1"), id).fetch_optional))
}

/// Returns the latest deliveries, the newest first.
pub async fn latest(db: &Db, most: i64) -> Result<Vec<WebhookDelivery>> {
    Ok(on!(db => query_as(select!("ORDER BY at DESC, id LIMIT $1"), most).fetch_all))
}

/// Returns deliveries that are due and that no replica sends.
pub async fn due(db: &Db, now: Timestamp, most: i64) -> Result<Vec<WebhookDelivery>> {
    Ok(on!(db => query_as(
        select!("WHERE state = 'waiting' AND due_at <= $1 AND (lease_until IS NULL OR lease_until <= $1)
                 ORDER BY due_at, id LIMIT $2"),
        now, most,
    ).fetch_all))
}

/// Claims a delivery for its next attempt. Returns `false` if another replica was faster.
pub async fn claim(
    db: &Db,
    delivery: &WebhookDelivery,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool> {
    let changed = on!(db => query(
        "UPDATE webhook_deliveries SET attempt = attempt + 1, lease_until = $1, attempted_at = $2
         WHERE id = $3 AND state = 'waiting' AND attempt = $4 AND (lease_until IS NULL OR lease_until <= $2)",
        until, now, delivery.id, delivery.attempt,
    ).execute);
    Ok(changed == 1)
}

/// Ends the claim of an attempt that was interrupted. The event is sent again.
pub async fn release(db: &Db, id: Uuid, attempt: i64) -> Result<()> {
    on!(db => query(
        "UPDATE webhook_deliveries SET lease_until = NULL WHERE id = $1 AND state = 'waiting' AND attempt = $2",
        id, attempt,
    ).execute);
    Ok(())
}

/// Writes the outcome of an attempt, unless a later attempt began.
pub async fn conclude(db: &Db, id: Uuid, attempt: i64, outcome: &AttemptOutcome) -> Result<()> {
    on!(db => query(
        "UPDATE webhook_deliveries SET state = $1, status = $2, message = $3, due_at = $4, lease_until = NULL
         WHERE id = $5 AND attempt = $6 AND state = 'waiting'",
        outcome.state, outcome.status.map(i64::from), &outcome.message, outcome.due_at, id, attempt,
    ).execute);
    Ok(())
}

/// Sends a delivery again, whatever became of it. Returns `false` if it is being sent, or if there
/// is none.
pub async fn redeliver(tx: &mut Tx, id: Uuid, now: Timestamp) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE webhook_deliveries SET state = 'waiting', due_at = $1, expires_at = $2
         WHERE id = $3 AND (lease_until IS NULL OR lease_until <= $1)",
        now, now + LIFETIME, id,
    ).execute);
    Ok(changed == 1)
}

/// Deletes old deliveries.
pub async fn delete_expired(db: &Db, now: Timestamp) -> Result<()> {
    on!(db => query("DELETE FROM webhook_deliveries WHERE at < $1", now - RETENTION).execute);
    Ok(())
}
