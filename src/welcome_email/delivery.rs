//! Sending of welcome emails: requests, attempts, and their outcomes.

use std::time::Duration;

use super::content::{self, Sender};
use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::db::leases::held::{Lease, ShutdownStep};
use crate::db::welcome_emails::{self, AttemptOutcome, WelcomeEmail};
use crate::db::{self, audit, operations};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventActor, EventKind, EventOutcome};
use crate::domain::backoff;
use crate::domain::email::Email;
use crate::domain::ids::WelcomeEmailId;
use crate::domain::time::Timestamp;
use crate::domain::welcome_email::WelcomeEmailState;
use crate::mail::{Attempt, Failure, OutgoingMail};

/// Time for which a replica holds an email that it sends. Sending it takes at most 40 seconds.
const LEASE: Duration = Duration::from_mins(2);
/// Maximum number of emails that one run sends.
const MAX_PER_RUN: i64 = 50;
/// Number of attempts after which an email is given up.
const MAX_ATTEMPTS: i64 = 8;
/// Longest pause between two attempts.
const MAX_RETRY_INTERVAL: Duration = Duration::from_hours(2);
/// Time for which an email waits until the account's channel limit is settled.
const LIMIT_PATIENCE: Duration = Duration::from_mins(20);
/// Interval between two looks if the channel limit is settled.
const LIMIT_INTERVAL: Duration = Duration::from_secs(5);

const NO_SERVER: &str = "This portal has no mail server.";
const ACCOUNT_GONE: &str = "The account is gone from Telnyx.";
const NO_ADDRESS: &str = "The account's email cannot receive mail.";
const INTERRUPTED: &str = "The portal stopped while it sent the email, so it may have arrived.";

/// Outcome of a request for a welcome email.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestOutcome {
    /// The email is requested, and was tried if there was time.
    Requested(WelcomeEmail),
    /// Another one was sent before, may have been sent, or is about to be sent.
    SentBefore(WelcomeEmail),
}

/// Requests a welcome email and waits for its first attempt at most as long as a page may take.
/// A form that is sent twice has the same `id` and sends one email. `again` tells that the person
/// knows of an earlier one.
pub async fn request(
    app: &App,
    actor: &Actor,
    account: &Account,
    id: WelcomeEmailId,
    again: bool,
) -> db::Result<RequestOutcome> {
    let mut tx = app.db.begin().await?;
    let latest = welcome_emails::lock_latest_of(&mut tx, &account.id).await?;
    if let Some(same) = welcome_emails::by_id_in_tx(&mut tx, id).await? {
        return Ok(if same.account == account.id {
            RequestOutcome::Requested(same)
        } else {
            RequestOutcome::SentBefore(same)
        });
    }
    let latest = latest.filter(|latest| latest.state != WelcomeEmailState::Failed);
    if let Some(latest) = latest.filter(|latest| !again || !latest.state.is_settled()) {
        return Ok(RequestOutcome::SentBefore(latest));
    }
    let email = WelcomeEmail {
        address: actor.address.map(|address| address.to_string()),
        request_id: actor.request_id.clone(),
        ..WelcomeEmail::new(
            id,
            account.id.clone(),
            EventActor::from(actor),
            app.clock.now(),
        )
    };
    welcome_emails::insert(&mut tx, &email).await?;
    tx.commit().await?;
    let (owned, queued) = (app.clone(), email.clone());
    let sending = app.tasks.spawn(async move {
        if let Err(error) = process(&owned, &queued).await {
            tracing::warn!(%error, "a welcome email could not be tried; the queue continues it");
        }
    });
    // If it takes longer, the page shows that the email is being sent.
    let _late = tokio::time::timeout(app.settings.page_time_budget, sending).await;
    let email = welcome_emails::by_id(&app.db, id).await?.unwrap_or(email);
    Ok(RequestOutcome::Requested(email))
}

/// Sends the emails that are due, one after the other.
pub async fn send_due(app: &App) -> db::Result<()> {
    let due = welcome_emails::due(&app.db, app.clock.now(), MAX_PER_RUN).await?;
    for email in due {
        if app.shutdown.is_cancelled() {
            return Ok(());
        }
        process(app, &email).await?;
    }
    Ok(())
}

/// Takes the next step of one email: an attempt, a pause, or the end of an interrupted attempt.
async fn process(app: &App, email: &WelcomeEmail) -> db::Result<()> {
    let now = app.clock.now();
    match email.state {
        WelcomeEmailState::Queued if waits_for_limit(app, email, now).await? => {
            welcome_emails::postpone(&app.db, email.id, now + LIMIT_INTERVAL).await
        }
        WelcomeEmailState::Queued => {
            if !welcome_emails::claim(&app.db, email, now + LEASE).await? {
                return Ok(());
            }
            let account = accounts::by_id(&app.db, &email.account).await?;
            let lease = Lease::WelcomeEmail(email.id, email.attempt + 1);
            let work = attempt(app, email, account.as_ref());
            match app.leases.hold(lease, ShutdownStep::is_end, work).await {
                Some(outcome) => {
                    let outcome = outcome?;
                    conclude(app, email, account.as_ref(), email.attempt + 1, outcome).await
                }
                None => Ok(()),
            }
        }
        WelcomeEmailState::Sending => {
            let account = accounts::by_id(&app.db, &email.account).await?;
            let recipient = account.as_ref().map_or("", |account| &account.email);
            let outcome = AttemptOutcome {
                state: WelcomeEmailState::Uncertain,
                recipient: recipient.to_owned(),
                message: INTERRUPTED.to_owned(),
                due_at: now,
            };
            conclude(app, email, account.as_ref(), email.attempt, outcome).await
        }
        WelcomeEmailState::Sent | WelcomeEmailState::Failed | WelcomeEmailState::Uncertain => {
            Ok(())
        }
    }
}

/// Returns `true` while the channel limit that was requested with the account is not settled.
/// The email names the limit.
async fn waits_for_limit(app: &App, email: &WelcomeEmail, now: Timestamp) -> db::Result<bool> {
    let Some(creation) = email.operation else {
        return Ok(false);
    };
    if email.created_at.until(now) >= LIMIT_PATIENCE {
        return Ok(false);
    }
    let limit = operations::follow_up_of(&app.db, creation).await?;
    Ok(limit.is_some_and(|limit| !limit.state.is_settled()))
}

/// Sends the email, and returns what became of it.
async fn attempt(
    app: &App,
    email: &WelcomeEmail,
    account: Option<&Account>,
) -> db::Result<AttemptOutcome> {
    let now = app.clock.now();
    let recipient = account.map_or("", |account| &account.email);
    let outcome = |state, message: String| AttemptOutcome {
        state,
        recipient: recipient.to_owned(),
        message,
        due_at: now,
    };
    let failed = |message: &str| Ok(outcome(WelcomeEmailState::Failed, message.to_owned()));
    let Some(mailer) = &app.mail else {
        return failed(NO_SERVER);
    };
    let Some(account) = account.filter(|account| account.gone_at.is_none()) else {
        return failed(ACCOUNT_GONE);
    };
    let Ok(to) = account.email.parse::<Email>() else {
        return failed(NO_ADDRESS);
    };
    let sender = Sender {
        name: &email.staff_name,
        email: &email.staff_email,
    };
    let content = content::render(app, account, sender).await?;
    let letter = OutgoingMail {
        to,
        name: account.shown_organization_name().to_owned(),
        subject: content.subject.into(),
        text: content.text,
        reply_to: email.staff_email.parse().ok(),
        at: now,
    };
    Ok(match mailer.attempt(letter).await {
        Attempt::Accepted => outcome(WelcomeEmailState::Sent, String::new()),
        Attempt::Uncertain(failure) => outcome(WelcomeEmailState::Uncertain, failure.to_string()),
        Attempt::NotSent(failure) if is_tried_again(email, failure) => AttemptOutcome {
            due_at: now + backoff::pause_after(email.attempt, MAX_RETRY_INTERVAL),
            ..outcome(WelcomeEmailState::Queued, failure.to_string())
        },
        Attempt::NotSent(failure) => outcome(WelcomeEmailState::Failed, failure.to_string()),
    })
}

fn is_tried_again(email: &WelcomeEmail, failure: Failure) -> bool {
    failure.is_temporary() && email.attempt + 1 < MAX_ATTEMPTS
}

/// Writes the outcome of an attempt. A final one is an event of the account.
async fn conclude(
    app: &App,
    email: &WelcomeEmail,
    account: Option<&Account>,
    attempt: i64,
    outcome: AttemptOutcome,
) -> db::Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    if !welcome_emails::conclude(&mut tx, email.id, attempt, &outcome, now).await? {
        tracing::warn!(email = %email.id, "a welcome email was concluded before; its outcome is dropped");
        return Ok(());
    }
    if let Some(event) = event(email, account, &outcome) {
        audit::append(&mut tx, &app.audit_key, now, &event).await?;
    }
    tx.commit().await
}

/// Returns the event of a final outcome.
fn event(
    email: &WelcomeEmail,
    account: Option<&Account>,
    outcome: &AttemptOutcome,
) -> Option<Event> {
    let to = &outcome.recipient;
    let why = &outcome.message;
    let (result, message) = match outcome.state {
        WelcomeEmailState::Queued | WelcomeEmailState::Sending => return None,
        WelcomeEmailState::Sent => (EventOutcome::Done, format!("Sent to {to}.")),
        WelcomeEmailState::Failed => (EventOutcome::Refused, format!("Not sent. {why}")),
        WelcomeEmailState::Uncertain => (
            EventOutcome::Unknown,
            format!("It may have arrived at {to}. {why} It is not sent again by itself."),
        ),
    };
    let target = account.map_or(email.account.as_str(), |account| {
        account.shown_organization_name()
    });
    Some(Event {
        who: Some(email.who()),
        address: email.address.clone(),
        request_id: email.request_id.clone(),
        account: Some(email.account.clone()),
        operation: email.operation,
        job: email.job,
        message,
        ..Event::by_system(EventKind::WelcomeEmail, result, target)
    })
}
