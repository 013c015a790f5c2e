//! Publication of facts, in the transaction that records them.

use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{ToSpan, ZonedDateTime};
use uuid::Uuid;

use crate::app::{App, StoredSetting};
use crate::db::notifications::{self, Recipient};
use crate::db::{self, Tx, settings, webhook_deliveries};
use crate::domain::ids::StaffId;
use crate::domain::notification::{NotificationChannel, NotificationDelivery, NotificationFact};
use crate::domain::time::Timestamp;
use crate::domain::webhook::WebhookSettings;

/// Time for which a fact of a sweep waits for others of the same sweep before it is sent.
const SWEEP_PATIENCE: Duration = Duration::from_secs(30);
/// Time of the daily email, in the time zone of its recipient.
const DAILY_TIME: Time = Time::constant(8, 0, 0, 0);

/// Notifies people of a fact, and queues it for the webhook. `only` names the one person whom it
/// concerns; otherwise everyone is notified whose role and choice allow it.
pub async fn publish(
    app: &App,
    tx: &mut Tx,
    fact: &NotificationFact,
    only: Option<StaffId>,
) -> db::Result<()> {
    let now = app.clock.now();
    let source = fact.sweep.unwrap_or_else(Uuid::new_v4);
    let due_at = match fact.sweep {
        Some(_) => now + SWEEP_PATIENCE,
        None => now,
    };
    let recipients = notifications::recipients(tx, fact.kind, only).await?;
    let recipients: Vec<(StaffId, Option<Timestamp>)> = recipients
        .into_iter()
        .filter(|person| fact.kind.is_for(person.role))
        .filter_map(|person| {
            let delivery = delivery(&person, fact);
            let email_due_at = match delivery {
                NotificationDelivery::Off => return None,
                NotificationDelivery::Portal => None,
                NotificationDelivery::Immediate => Some(due_at),
                NotificationDelivery::Daily => Some(next_daily_email(now, &person.time_zone)),
            };
            Some((person.id, email_due_at.filter(|_| app.mail.is_some())))
        })
        .collect();
    notifications::insert(tx, fact, source, &recipients, now).await?;
    let by_email = recipients.iter().filter(|(_, email)| email.is_some());
    let metrics = &app.metrics;
    metrics.record_notifications_made(NotificationChannel::Portal, recipients.len());
    metrics.record_notifications_made(NotificationChannel::Email, by_email.count());
    if !fact.kind.is_personal() {
        let stored = settings::value_in_tx(tx, settings::WEBHOOK).await?;
        if WebhookSettings::parse(stored.as_deref()).wants(fact.kind) {
            webhook_deliveries::insert(tx, fact, source, now, due_at).await?;
            metrics.record_notifications_made(NotificationChannel::Webhook, 1);
        }
    }
    Ok(())
}

fn delivery(person: &Recipient, fact: &NotificationFact) -> NotificationDelivery {
    person
        .delivery
        .unwrap_or_else(|| fact.kind.default_delivery())
}

/// Returns the next time of the daily email in this time zone. On a day without that time, the
/// first later one counts.
fn next_daily_email(now: Timestamp, zone: &str) -> Timestamp {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let local = ZonedDateTime::new(now.to_jiff(), zone);
    let morning = local.with().time(DAILY_TIME).build();
    let next = morning.and_then(|morning| {
        if morning > local {
            Ok(morning)
        } else {
            morning.checked_add(1.day())
        }
    });
    next.map_or(now + Duration::from_hours(24), |next| {
        Timestamp::from_millis(next.timestamp().as_millisecond())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_daily_email_comes_at_eight_in_the_persons_own_zone() {
        let next = |now: &str, zone| {
            let now = Timestamp::parse_iso(now).expect("a time");
            next_daily_email(now, zone).to_string()
        };
        assert_eq!(
            next("2026-03-02T07:59:00Z", "UTC"),
            "2026-03-02T08:00:00.000Z"
        );
        assert_eq!(
            next("2026-03-02T08:00:00Z", "UTC"),
            "2026-03-03T08:00:00.000Z"
        );
        assert_eq!(
            next("2026-03-02T09:00:00Z", "America/New_York"),
            "2026-03-02T13:00:00.000Z"
        );
        // The clocks go forward that night.
        assert_eq!(
            next("2026-03-28T09:00:00Z", "Europe/Berlin"),
            "2026-03-29T06:00:00.000Z"
        );
        assert_eq!(
            next("2026-03-02T09:00:00Z", "no zone"),
            "2026-03-03T08:00:00.000Z"
        );
    }
}
