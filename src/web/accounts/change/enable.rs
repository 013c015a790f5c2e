//! Enabling an account: who disabled it, when and why, and what is to become of its connections.

use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::confirm::{Consequence, ReasonField};
use super::desk::{Desk, Opened, Typed, form};
use crate::app::App;
use crate::domain::account::AccountStatus;
use crate::domain::operation::{Change, Reason};
use crate::operations;
use crate::web::access::ChangeStatus;
use crate::web::change::{Marks, Problem, yes_or_no};
use crate::web::error::Error;
use crate::web::form::{Form, Kept, Query};

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/{id}/enable", get(show).post(enable))
}

/// `GET /accounts/{id}/enable`
async fn show(desk: Desk<ChangeStatus>, query: Query<Typed>, kept: Kept) -> Result<Response, Error> {
    let opened = desk.open(query, &kept).await?;
    page(&desk, opened, None).await
}

/// `POST /accounts/{id}/enable`
async fn enable(desk: Desk<ChangeStatus>, Form(typed): Form<Typed>) -> Result<Response, Error> {
    let account = desk.known().await?;
    let needs_reason = account.status.value.may_be_enabled()
        && operations::enable_needs_reason(&desk.app, desk.may.actor(), &desk.id).await?;
    let asked = desk
        .marks(&typed)
        .await?
        .and_then(|marks| Ok((marks, answers(&typed, needs_reason)?)));
    let problem = match asked {
        Ok((marks, (reenable_all_connections, reason))) => {
            let change = Change::Enable {
                account: desk.id.clone(),
                reenable_all_connections,
            };
            match desk.send(change, reason, marks, &typed.return_to).await? {
                Ok(response) => return Ok(response),
                Err(problem) => problem,
            }
        }
        Err(problem) => problem,
    };
    page(&desk, desk.again(typed).await?, Some(problem)).await
}

fn answers(typed: &Typed, needs_reason: bool) -> Result<(bool, Reason), Problem> {
    let mut wrong = Vec::new();
    let connections = yes_or_no(&typed.reenable_all_connections);
    if connections.is_none() {
        wrong.push((
            "reenable_all_connections",
            "Choose Yes or No: there is no usual answer.".to_owned(),
        ));
    }
    let text = match typed.reason_text() {
        Ok(text) => text,
        Err(problem) => {
            wrong.extend(problem.fields);
            String::new()
        }
    };
    if needs_reason && text.is_empty() && !wrong.iter().any(|(field, _)| *field == "reason") {
        wrong.push((
            "reason",
            "Say why: somebody else disabled this account, or it was done outside the portal.".to_owned(),
        ));
    }
    match connections {
        Some(connections) if wrong.is_empty() => Ok((connections, Reason { code: None, text })),
        _ => Err(Problem::at_fields(wrong)),
    }
}

async fn page(desk: &Desk<ChangeStatus>, opened: Opened, problem: Option<Problem>) -> Result<Response, Error> {
    let account = &opened.account;
    let name = account.name();
    let times = desk.may.times();
    let marks = Marks::of_account(desk.app.clock.now(), account)
        .with_limit(account)
        .undoing(opened.undone.as_ref().map(|undone| undone.id));
    let mut form = form(&opened, "enable");
    form.icon = "power";
    form.title = format!("Enable {name}?");
    form.button = format!("Enable {name}");
    form.impossible = match account.status.value {
        AccountStatus::Enabled => "This account is enabled already.".to_owned(),
        AccountStatus::Blocked => {
            "Telnyx blocked this account: only Telnyx can lift that. Ask Telnyx's support.".to_owned()
        }
        AccountStatus::Cancelled => "This account is cancelled: only Telnyx can bring it back.".to_owned(),
        AccountStatus::Disabled | AccountStatus::Unknown => String::new(),
    };
    let mut needs_reason = false;
    if form.impossible.is_empty() {
        needs_reason = operations::enable_needs_reason(&desk.app, desk.may.actor(), &desk.id).await?;
        let by = operations::disabled_by(&desk.app, &desk.id).await?;
        form.lead = match &by {
            None => "Who disabled it, when and why is not known to this portal.".to_owned(),
            Some(by) => {
                let who = match &by.who {
                    Some((id, _)) if *id == desk.may.actor().staff_id => "by you".to_owned(),
                    Some((_, name)) => format!("by {name}"),
                    None => "outside the portal".to_owned(),
                };
                let when = times.relative(by.at);
                match by.reason.as_str() {
                    "" => format!("Disabled {who} {when}; no reason was given."),
                    reason => format!("Disabled {who} {when}: {reason}"),
                }
            }
        };
        if needs_reason {
            let (title, text) = match by.and_then(|by| by.who) {
                Some((_, name)) => (
                    "Somebody else disabled it",
                    format!("{name} had a reason. Say why it no longer holds."),
                ),
                None => (
                    "It was not disabled through this portal",
                    "Somebody had a reason that is not written down here. Say why it may be enabled.".to_owned(),
                ),
            };
            form.notice = Some(("warn", title.to_owned(), text));
        }
    }
    if account.channel_limit.is_some_and(|fact| fact.value.get() == 0) {
        form.consequences.push(Consequence::bad(
            "Its channel limit is 0: outbound calls stay blocked until the limit is raised.",
        ));
    }
    form.connections = Some(
        match yes_or_no(&opened.typed.reenable_all_connections) {
            Some(true) => "yes",
            Some(false) => "no",
            None => "",
        }
        .to_owned(),
    );
    form.reason = Some(ReasonField {
        value: opened.typed.reason,
        label: "Reason",
        hint: "Kept in the activity. The customer does not see it.",
        optional: !needs_reason,
    });
    desk.show(form, marks, problem).await
}
