//! Texts of mails to the staff: an invitation, a password reset link, a changed sign-in.
//! The `mail` module sends them.

use std::net::IpAddr;
use std::time::Duration;

use jiff::ZonedDateTime;
use jiff::tz::TimeZone;
use url::Url;

use super::Principal;
use crate::app::App;
use crate::db::staff::Staff;
use crate::domain::email::Email;
use crate::domain::time::Timestamp;
use crate::mail::{Attempt, Delivery, OutgoingMail};

/// Pauses after the attempts to send a mail that nobody waits for.
const RETRY_PAUSES: [Duration; 5] = [
    Duration::from_secs(15),
    Duration::from_secs(30),
    Duration::from_mins(1),
    Duration::from_mins(4),
    Duration::from_mins(10),
];

/// Link to give to a person.
#[derive(Clone, Debug)]
pub struct Link {
    /// Link to open.
    pub url: Url,
    /// Time at which it expires.
    pub expires_at: Timestamp,
}

/// Mails a person their link. Returns `None` if the portal has no mail server.
pub async fn send_link(app: &App, by: Principal<'_>, to: &Staff, link: &Link) -> Option<Delivery> {
    let who = match by {
        Principal::Actor(actor) => format!("{} ({})", actor.name, actor.email),
        Principal::Shell => "The operator of the portal".to_owned(),
    };
    let (url, until) = (&link.url, format_time(link.expires_at, &to.time_zone));
    let at = app.settings.public_url.as_str();
    let appearance = app.appearance().await;
    let portal = appearance.name_in_text();
    let (subject, text) = if to.joined_at.is_none() {
        let role = to.role.label().to_lowercase();
        let (how, then) = match &app.settings.sso {
            Some(provider) if !app.settings.allows_local_sign_in(to.role) => (
                format!("open this and sign in with {}", provider.name),
                "it shows how to sign in, and only you can",
            ),
            _ => (
                "choose a password here".to_owned(),
                "the person who opens it chooses the password",
            ),
        };
        (
            format!("Invitation to {portal}"),
            format!(
                "{who} invites you to {portal} at {at} as {role}.\n\n\
                 To accept, {how}:\n\n{url}\n\n\
                 The link works once, until {until}. Keep it to yourself: {then}.\n\n\
                 If you did not expect this, ignore this email. Nothing happens until the link is used.\n"
            ),
        )
    } else {
        (
            format!("A new password for {portal}"),
            format!(
                "{who} sent you a link to set a new password for {portal} at {at}:\n\n{url}\n\n\
                 It works once, until {until}. Keep it to yourself: the person who opens it chooses the password. Your old password works until you set a new one. Then all your devices are signed out.\n\n\
                 If you did not expect this, do not use the link, and tell an owner of the portal. Your password does not change.\n"
            ),
        )
    };
    send(app, to, (subject, text), app.settings.page_time_budget).await
}

/// Mails a person the link that someone requested with their email on the sign-in page.
pub(super) async fn send_requested_link(app: &App, to: &Staff, link: &Link, from: Option<IpAddr>) {
    let until = format_time(link.expires_at, &to.time_zone);
    let from = from.map_or_else(String::new, |address| format!(", from {address},"));
    let (url, at) = (&link.url, app.settings.public_url.as_str());
    let appearance = app.appearance().await;
    let portal = appearance.name_in_text();
    let text = format!(
        "Someone{from} asked for a link to set a new password for {portal} at {at}:\n\n{url}\n\n\
         It works once, until {until}. Your old password works until you set a new one. Then all your devices are signed out.\n\n\
         If this was not you, ignore this email. Your password does not change.\n"
    );
    let subject = format!("A new password for {portal}");
    send_in_background(app, to, (subject, text));
}

/// Mails the link that confirms a person's new email to that email. Returns `None` if the portal has
/// no mail server.
pub(super) async fn send_email_confirmation(
    app: &App,
    staff: &Staff,
    new: &Email,
    link: &Link,
) -> Option<Delivery> {
    let until = format_time(link.expires_at, &staff.time_zone);
    let (url, at, old) = (&link.url, app.settings.public_url.as_str(), &staff.email);
    let appearance = app.appearance().await;
    let portal = appearance.name_in_text();
    let text = format!(
        "You asked to use this email for {portal} at {at}. To confirm it, open this in the browser in which you are signed in:\n\n{url}\n\n\
         It works once, until {until}. Until you confirm, you sign in with {old}.\n\n\
         If this was not you, ignore this email. Nothing changes.\n"
    );
    let subject = format!("Confirm your new email for {portal}");
    let to = Staff {
        email: new.as_str().to_owned(),
        ..staff.clone()
    };
    send(app, &to, (subject, text), app.settings.page_time_budget).await
}

/// Mails a person that their sign-in was changed. `words` is a sentence that tells how. Does not
/// wait for the mail server. If the mail cannot be sent, the person still sees the notice on their
/// profile.
pub(super) async fn send_notice(app: &App, to: &Staff, words: &str, from: Option<&str>) {
    let when = format_time(app.clock.now(), &to.time_zone);
    let from = from
        .map(|address| format!(", from {address}"))
        .unwrap_or_default();
    let at = app.settings.public_url.as_str();
    let appearance = app.appearance().await;
    let portal = appearance.name_in_text();
    let text = format!(
        "{words}\n\n\
         When: {when}{from}. This concerns your sign-in to {portal} at {at}.\n\n\
         If this was you, ignore this email. If not, change your password in your profile, sign out all other devices there, and tell an owner of the portal.\n"
    );
    let about = (format!("Your sign-in to {portal} was changed"), text);
    send_in_background(app, to, about);
}

async fn send(
    app: &App,
    to: &Staff,
    (subject, text): (String, String),
    patience: Duration,
) -> Option<Delivery> {
    let mailer = app.mail.as_ref()?;
    let letter = mail_to(app, to, subject, &text)?;
    Some(mailer.send_within(&app.tasks, letter, patience).await)
}

/// Sends a mail that nobody waits for. It is sent again for a while if the mail server certainly
/// does not have it, because the person does not learn that it failed.
fn send_in_background(app: &App, to: &Staff, (subject, text): (String, String)) {
    let letter = mail_to(app, to, subject, &text);
    let (Some(mailer), Some(letter)) = (app.mail.clone(), letter) else {
        return;
    };
    let shutdown = app.shutdown.clone();
    app.tasks.spawn(async move {
        let mut pauses = RETRY_PAUSES.into_iter();
        loop {
            match mailer.attempt(letter.clone()).await {
                Attempt::NotSent(failure) if failure.is_temporary() => {
                    tracing::warn!(%failure, "a mail was not sent yet");
                }
                Attempt::NotSent(failure) | Attempt::Uncertain(failure) => {
                    tracing::warn!(%failure, "a mail was not sent");
                    return;
                }
                Attempt::Accepted => return,
            }
            let Some(pause) = pauses.next() else {
                tracing::warn!("a mail was given up");
                return;
            };
            tokio::select! {
                () = shutdown.cancelled() => {
                    tracing::warn!("a mail was given up, because the portal stops");
                    return;
                }
                () = tokio::time::sleep(pause) => {}
            }
        }
    });
}

fn mail_to(app: &App, to: &Staff, subject: String, text: &str) -> Option<OutgoingMail> {
    Some(OutgoingMail {
        // Addresses are checked when they are stored. One from an older version that does not parse
        // fails like an address that cannot be written to.
        to: to.email.parse().ok()?,
        name: to.name.clone(),
        subject: subject.into(),
        text: format!("Hello {},\n\n{text}", to.name),
        reply_to: None,
        at: app.clock.now(),
    })
}

/// Formats a time like `26 November 2026, 10:15 UTC`.
fn format_time(at: Timestamp, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    ZonedDateTime::new(at.to_jiff(), zone)
        .strftime("%-d %B %Y, %H:%M %Z")
        .to_string()
}
