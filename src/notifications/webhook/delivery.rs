//! Delivery of events to the webhook: claims, attempts, and their outcomes.
//!
//! Each event is delivered at least once. Its ID stays the same in all attempts.

use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::json;
use url::Url;
use uuid::Uuid;

use super::{Error, secret, settings};
use crate::app::{App, StoredSetting};
use crate::db;
use crate::db::leases::held::{Lease, ShutdownStep};
use crate::db::webhook_deliveries::{self, AttemptOutcome, WebhookDelivery};
use crate::domain::actor::Actor;
use crate::domain::audit::Event;
use crate::domain::backoff;
use crate::domain::notification::{NotificationChannel, NotificationKind};
use crate::domain::webhook::{DeliveryState, WebhookSettings};
use crate::webhook::{self, SignedEvent};

/// Time for which a replica holds a delivery. An attempt takes at most 10 seconds.
const LEASE: Duration = Duration::from_mins(1);
/// Maximum number of deliveries that one run sends.
const MAX_PER_RUN: i64 = 50;
/// Longest pause between two attempts.
const MAX_RETRY_INTERVAL: Duration = Duration::from_hours(2);

/// Delivers the events that are due. Ends early if the receiver does not answer, so that others do
/// not wait for it one by one.
pub async fn deliver_due(app: &App) -> db::Result<()> {
    let due = webhook_deliveries::due(&app.db, app.clock.now(), MAX_PER_RUN).await?;
    if due.is_empty() {
        return Ok(());
    }
    let settings = settings::settings(app).await?;
    for delivery in due {
        if app.shutdown.is_cancelled() {
            return Ok(());
        }
        let answered = process(app, &settings, &delivery).await?;
        if !answered {
            return Ok(());
        }
    }
    Ok(())
}

/// Tries one delivery. Returns `false` if the receiver did not answer.
async fn process(
    app: &App,
    settings: &WebhookSettings,
    delivery: &WebhookDelivery,
) -> db::Result<bool> {
    let now = app.clock.now();
    if !webhook_deliveries::claim(&app.db, delivery, now, now + LEASE).await? {
        return Ok(true);
    }
    let lease = Lease::WebhookDelivery(delivery.id, delivery.attempt + 1);
    let work = attempt(app, settings, delivery);
    let Some(sent) = app.leases.hold(lease, ShutdownStep::is_end, work).await else {
        return Ok(false);
    };
    let now = app.clock.now();
    let due_at = now + backoff::pause_after(delivery.attempt, MAX_RETRY_INTERVAL);
    let is_over = due_at > delivery.expires_at;
    let (outcome, answered) = match sent {
        Ok(status) => (
            AttemptOutcome {
                state: DeliveryState::Delivered,
                status: Some(status),
                message: String::new(),
                due_at: now,
            },
            true,
        ),
        Err(AttemptError::NotPossible(why)) => (
            AttemptOutcome {
                state: DeliveryState::Failed,
                status: None,
                message: why.to_owned(),
                due_at: now,
            },
            true,
        ),
        Err(AttemptError::Sending(failure)) => {
            tracing::warn!(delivery = %delivery.id, %failure, "the webhook did not accept an event");
            let state = if is_over {
                DeliveryState::Failed
            } else {
                DeliveryState::Waiting
            };
            let outcome = AttemptOutcome {
                state,
                status: failure.status(),
                message: failure.to_string(),
                due_at,
            };
            (outcome, failure.status().is_some())
        }
    };
    webhook_deliveries::conclude(&app.db, delivery.id, delivery.attempt + 1, &outcome).await?;
    if outcome.state != DeliveryState::Waiting {
        let is_sent = outcome.state == DeliveryState::Delivered;
        let metrics = &app.metrics;
        metrics.record_notifications_sent(NotificationChannel::Webhook, is_sent, 1);
    }
    Ok(answered)
}

/// Reason why an attempt failed.
enum AttemptError {
    /// Nothing can be sent with these settings.
    NotPossible(&'static str),
    /// The receiver did not accept it.
    Sending(webhook::Failure),
}

async fn attempt(
    app: &App,
    settings: &WebhookSettings,
    delivery: &WebhookDelivery,
) -> Result<u16, AttemptError> {
    if !settings.is_on() {
        return Err(AttemptError::NotPossible("The webhook is off."));
    }
    let url = Url::parse(&settings.url)
        .map_err(|_| AttemptError::NotPossible("The webhook's address cannot be read."))?;
    let secret = secret::open(app, &settings.sealed_secret).ok_or(AttemptError::NotPossible(
        "The webhook's secret cannot be decrypted. Create another one.",
    ))?;
    let body = payload(app, delivery);
    let secret = secret.expose_secret().as_bytes();
    let event = SignedEvent {
        id: &delivery.id.to_string(),
        body: &body,
        signature: &webhook::signature(secret, app.clock.system_time(), &body),
    };
    let sent = app.webhook.send(url, event).await;
    sent.map_err(AttemptError::Sending)
}

/// Returns the JSON of an event, as `docs/webhook.md` describes it.
fn payload(app: &App, delivery: &WebhookDelivery) -> String {
    let base = app.settings.public_url.as_str().trim_end_matches('/');
    let kind = delivery.kind.parse::<NotificationKind>().ok();
    let message = kind.map_or_else(
        || format!("Test event, sent by {}.", delivery.subject),
        |kind| kind.sentence(delivery.items, &delivery.subject),
    );
    let path = kind.map_or(&*delivery.path, |kind| {
        kind.path(delivery.items, &delivery.path)
    });
    let is_single = delivery.items <= 1;
    json!({
        "id": delivery.id,
        "type": delivery.kind,
        "created_at": delivery.at.to_string(),
        "message": message,
        "count": delivery.items,
        "subject": is_single.then_some(&delivery.subject),
        "detail": is_single.then_some(&delivery.detail).filter(|detail| !detail.is_empty()),
        "url": format!("{base}{path}"),
        "practice": app.settings.is_sandbox(),
    })
    .to_string()
}

/// Sends an event that tries the webhook. Waits for the attempt at most as long as a page may take.
///
/// # Errors
/// Fails with [`Error`].
pub async fn send_test(app: &App, actor: &Actor) -> Result<Option<WebhookDelivery>, Error> {
    let mut tx = app.db.begin().await?;
    let id = webhook_deliveries::insert_test(&mut tx, &actor.name, app.clock.now()).await?;
    record(app, &mut tx, actor, "A test event was sent.").await?;
    tx.commit().await?;
    try_at_once(app, id).await
}

/// Sends an event again. Returns `None` if there is none, or if it is being sent.
///
/// # Errors
/// Fails with [`Error`].
pub async fn redeliver(
    app: &App,
    actor: &Actor,
    id: Uuid,
) -> Result<Option<WebhookDelivery>, Error> {
    let mut tx = app.db.begin().await?;
    if !webhook_deliveries::redeliver(&mut tx, id, app.clock.now()).await? {
        return Ok(None);
    }
    record(app, &mut tx, actor, "An event was sent again.").await?;
    tx.commit().await?;
    try_at_once(app, id).await
}

async fn record(app: &App, tx: &mut db::Tx, actor: &Actor, message: &str) -> db::Result<()> {
    let event = Event {
        message: message.to_owned(),
        ..WebhookSettings::bare_event(actor)
    };
    db::audit::append(tx, &app.audit_key, app.clock.now(), &event).await?;
    Ok(())
}

/// Tries a delivery in a task of its own, and returns it as it is then.
async fn try_at_once(app: &App, id: Uuid) -> Result<Option<WebhookDelivery>, Error> {
    let Some(delivery) = webhook_deliveries::by_id(&app.db, id).await? else {
        return Ok(None);
    };
    let owned = app.clone();
    let sending = app.tasks.spawn(async move {
        let tried = match settings::settings(&owned).await {
            Ok(settings) => process(&owned, &settings, &delivery).await.map(drop),
            Err(error) => Err(error),
        };
        if let Err(error) = tried {
            tracing::warn!(%error, "an event could not be sent; the queue continues it");
        }
    });
    // If it takes longer, the page shows that the event is being sent.
    let _late = tokio::time::timeout(app.settings.page_time_budget, sending).await;
    Ok(webhook_deliveries::by_id(&app.db, id).await?)
}
