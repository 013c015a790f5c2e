//! Audit events of throttled attempts. The first attempt is recorded at once. Further ones are
//! counted and recorded in one event per minute and subject.

use std::time::Duration;

use super::digest;
use crate::app::App;
use crate::db::throttles::{self, FailureCount};
use crate::db::{self, Tx};
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::email;
use crate::domain::time::Timestamp;

/// Minimum interval between events of one subject.
const AUDIT_INTERVAL: Duration = Duration::from_mins(1);
/// Maximum number of subjects recorded per run of the background job. The others follow in the next
/// run.
const SUBJECTS_PER_RUN: i64 = 200;

/// Counts an attempt that was not checked. Once a minute, records all since the last event in the
/// audit.
pub(super) async fn record_throttled(
    app: &App,
    tx: &mut Tx,
    (subject, count): (&str, FailureCount),
    event: &Event,
    now: Timestamp,
) -> db::Result<()> {
    let mut count = FailureCount {
        unreported: count.unreported + 1,
        ..count
    };
    let told = if count.reported_at.until(now) >= AUDIT_INTERVAL {
        let message = throttled_message(count.unreported);
        count.unreported = 0;
        count.reported_at = now;
        Some(Event {
            message,
            ..event.clone()
        })
    } else {
        None
    };
    throttles::save(tx, subject, count).await?;
    if let Some(event) = told {
        db::audit::append(tx, &app.audit_key, now, &event).await?;
    }
    Ok(())
}

/// Records throttled attempts since the last event, if no later attempt came to record them.
pub async fn flush_throttled(app: &App) -> db::Result<()> {
    let now = app.clock.now();
    let subjects =
        throttles::unreported_subjects(&app.db, now - AUDIT_INTERVAL, SUBJECTS_PER_RUN).await?;
    if subjects.is_empty() {
        return Ok(());
    }
    let emails: Vec<String> = db::staff::all(&app.db)
        .await?
        .into_iter()
        .map(|staff| staff.email)
        .collect();
    for subject in subjects {
        // One transaction per subject, because an attempt locks two subjects in its own order.
        let mut tx = app.db.begin().await?;
        let count = throttles::lock(&mut tx, &subject).await?;
        if count.unreported == 0 || count.reported_at.until(now) < AUDIT_INTERVAL {
            continue;
        }
        let told = FailureCount {
            unreported: 0,
            reported_at: now,
            ..count
        };
        throttles::save(&mut tx, &subject, told).await?;
        let event = Event {
            message: throttled_message(count.unreported),
            ..throttled_event(&subject, &emails)
        };
        db::audit::append(&mut tx, &app.audit_key, now, &event).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Builds an event about a subject, with the account and the address if known. Addresses are stored
/// as they are. An account is stored as a digest, which reveals an email address only if it is that
/// of a staff member.
fn throttled_event(subject: &str, emails: &[String]) -> Event {
    let (account, address) = match subject.split_once(':') {
        Some(("address", address)) => (None, Some(address)),
        Some(("known" | "factor", rest)) => match rest.split_once(':') {
            Some((account, address)) => (Some(account), Some(address)),
            None => (Some(rest), None),
        },
        Some((_, account)) => (Some(account), None),
        None => (None, None),
    };
    let target = match account {
        Some(account) => emails
            .iter()
            .find(|email| digest(&email::key(email)) == account)
            .map_or("An unknown email", String::as_str),
        None => "Any email address",
    };
    Event {
        address: address.map(str::to_owned),
        ..Event::by_system(EventKind::SignInFailed, EventOutcome::Refused, target)
    }
}

fn throttled_message(held_back: i64) -> String {
    match held_back {
        1 => "Blocked: too many failures before.".to_owned(),
        many => format!("{many} attempts blocked: too many failures before."),
    }
}
