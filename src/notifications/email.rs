//! Emails with notifications: at once, or each morning. Each is sent at most once.

use std::fmt::Write;
use std::time::Duration;

use jiff::ZonedDateTime;
use jiff::tz::TimeZone;

use crate::app::App;
use crate::db;
use crate::db::leases::held::{Lease, ShutdownStep};
use crate::db::notification_emails::{self, NotificationEmail};
use crate::db::notifications::Notification;
use crate::db::staff::{self, Staff};
use crate::domain::backoff;
use crate::domain::email::Email;
use crate::domain::notification::NotificationChannel;
use crate::domain::text::group_thousands;
use crate::domain::time::Timestamp;
use crate::mail::{Attempt, OutgoingMail};

/// Time for which a replica holds an email that it sends. Sending it takes at most 40 seconds.
const LEASE: Duration = Duration::from_mins(2);
/// Maximum number of emails that one run sends.
const MAX_PER_RUN: i64 = 50;
/// Number of attempts after which an email is given up.
const MAX_ATTEMPTS: i64 = 8;
/// Longest pause between two attempts.
const MAX_RETRY_INTERVAL: Duration = Duration::from_hours(2);
/// Maximum number of notifications that an email lists.
const MAX_LISTED: usize = 50;

/// Puts the notifications that are due into emails, and sends those that are due.
pub async fn send_due(app: &App) -> db::Result<()> {
    for staff in notification_emails::staff_due(&app.db, app.clock.now()).await? {
        let mut tx = app.db.begin().await?;
        notification_emails::collect(&mut tx, staff, app.clock.now()).await?;
        tx.commit().await?;
    }
    let due = notification_emails::due(&app.db, app.clock.now(), MAX_PER_RUN).await?;
    for email in due {
        if app.shutdown.is_cancelled() {
            return Ok(());
        }
        process(app, &email).await?;
    }
    Ok(())
}

/// Tries to send one email.
async fn process(app: &App, email: &NotificationEmail) -> db::Result<()> {
    if email.lease_until.is_some() {
        tracing::warn!(email = %email.id, "the portal stopped while it sent notifications by email");
        return notification_emails::delete(&app.db, email.id).await;
    }
    let now = app.clock.now();
    if !notification_emails::claim(&app.db, email, now + LEASE).await? {
        return Ok(());
    }
    let Some((letter, items)) = letter(app, email).await? else {
        return notification_emails::delete(&app.db, email.id).await;
    };
    let Some(mailer) = &app.mail else {
        return notification_emails::delete(&app.db, email.id).await;
    };
    let lease = Lease::NotificationEmail(email.id);
    let work = mailer.attempt(letter);
    let Some(tried) = app.leases.hold(lease, ShutdownStep::is_end, work).await else {
        return Ok(());
    };
    let is_sent = matches!(tried, Attempt::Accepted);
    match tried {
        Attempt::Accepted => {}
        Attempt::NotSent(failure) if failure.is_temporary() && email.attempt + 1 < MAX_ATTEMPTS => {
            let pause = backoff::pause_after(email.attempt, MAX_RETRY_INTERVAL);
            return notification_emails::postpone(&app.db, email.id, app.clock.now() + pause).await;
        }
        Attempt::NotSent(failure) => {
            tracing::warn!(email = %email.id, %failure, "notifications were not sent by email");
        }
        Attempt::Uncertain(failure) => {
            tracing::warn!(email = %email.id, %failure, "an email with notifications may not have arrived");
        }
    }
    let metrics = &app.metrics;
    metrics.record_notifications_sent(NotificationChannel::Email, is_sent, items);
    notification_emails::delete(&app.db, email.id).await
}

/// Returns the email and its number of notifications. Returns `None` if its recipient is gone or
/// read everything meanwhile.
async fn letter(app: &App, email: &NotificationEmail) -> db::Result<Option<(OutgoingMail, usize)>> {
    let Some(person) = staff::by_id(&app.db, email.staff).await? else {
        return Ok(None);
    };
    let mut items = notification_emails::content(&app.db, email.id).await?;
    items.retain(|item| item.kind.is_for(person.role));
    let Ok(to) = person.email.parse::<Email>() else {
        return Ok(None);
    };
    if items.is_empty() || person.disabled_at.is_some() {
        return Ok(None);
    }
    let letter = OutgoingMail {
        to,
        name: person.name.clone(),
        subject: subject(&items, app.appearance().await.name_in_text()).into(),
        text: text(app, &person, &items),
        reply_to: None,
        at: app.clock.now(),
    };
    Ok(Some((letter, items.len())))
}

fn sentence(item: &Notification) -> String {
    let line = item.kind.sentence(item.items, &item.subject);
    line.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn subject(items: &[Notification], portal: &str) -> String {
    match items {
        [only] => sentence(only),
        several => format!(
            "{} notifications from {portal}",
            group_thousands(i64::try_from(several.len()).unwrap_or(i64::MAX))
        ),
    }
}

fn text(app: &App, person: &Staff, items: &[Notification]) -> String {
    let base = app.settings.public_url.as_str().trim_end_matches('/');
    let mut text = format!("Hello {},\n\n", person.name);
    for item in items.iter().take(MAX_LISTED) {
        let at = format_time(item.at, &person.time_zone);
        let path = item.kind.path(item.items, &item.path);
        let _ = writeln!(text, "{}", sentence(item));
        if item.items <= 1 && !item.detail.is_empty() {
            let _ = writeln!(text, "{}", item.detail);
        }
        let _ = writeln!(text, "{at}\n{base}{path}\n");
    }
    let more = items.len().saturating_sub(MAX_LISTED);
    if more > 0 {
        let _ = writeln!(text, "And {more} more.\n");
    }
    let _ = writeln!(
        text,
        "All notifications: {base}/notifications\nChoose your notifications: {base}/profile/notifications"
    );
    text
}

/// Formats a time like `26 November 2026, 10:15 UTC`.
fn format_time(at: Timestamp, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    ZonedDateTime::new(at.to_jiff(), zone)
        .strftime("%-d %B %Y, %H:%M %Z")
        .to_string()
}
