//! Disabling an account: every consequence in plain words, and a reason from the list.

use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::confirm::{Consequence, ReasonField};
use super::desk::{Desk, Opened, Typed, form};
use crate::app::App;
use crate::domain::account::AccountStatus;
use crate::domain::operation::{Change, Reason, ReasonCode};
use crate::web::access::ChangeStatus;
use crate::web::change::{Marks, Problem};
use crate::web::error::Error;
use crate::web::form::{Form, Kept, Query};

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/{id}/disable", get(show).post(disable))
}

/// `GET /accounts/{id}/disable`
async fn show(desk: Desk<ChangeStatus>, query: Query<Typed>, kept: Kept) -> Result<Response, Error> {
    let opened = desk.open(query, &kept).await?;
    page(&desk, opened, None).await
}

/// `POST /accounts/{id}/disable`
async fn disable(desk: Desk<ChangeStatus>, Form(typed): Form<Typed>) -> Result<Response, Error> {
    desk.known().await?;
    let problem = match desk.marks(&typed).await?.and_then(|marks| Ok((marks, reason(&typed)?))) {
        Ok((marks, reason)) => {
            let account = desk.id.clone();
            match desk
                .send(Change::Disable { account }, reason, marks, &typed.return_to)
                .await?
            {
                Ok(response) => return Ok(response),
                Err(problem) => problem,
            }
        }
        Err(problem) => problem,
    };
    page(&desk, desk.again(typed).await?, Some(problem)).await
}

fn reason(typed: &Typed) -> Result<Reason, Problem> {
    let mut wrong = Vec::new();
    let text = typed.reason_text().unwrap_or_else(|problem| {
        wrong.extend(problem.fields);
        String::new()
    });
    let code: Option<ReasonCode> = typed.reason_code.trim().parse().ok();
    match code {
        None => wrong.insert(0, ("reason_code", "Choose a reason.".to_owned())),
        Some(ReasonCode::Other) if text.is_empty() && wrong.is_empty() => {
            wrong.push(("reason", "Say why in a few words.".to_owned()));
        }
        Some(_) => {}
    }
    if wrong.is_empty() {
        Ok(Reason { code, text })
    } else {
        Err(Problem::at_fields(wrong))
    }
}

async fn page(desk: &Desk<ChangeStatus>, opened: Opened, problem: Option<Problem>) -> Result<Response, Error> {
    let account = &opened.account;
    let name = account.name();
    let marks = Marks::of_account(desk.app.clock.now(), account)
        .with_limit(account)
        .undoing(opened.undone.as_ref().map(|undone| undone.id));
    let mut form = form(&opened, "disable");
    form.danger = true;
    form.icon = "power-off";
    form.title = format!("Disable {name}?");
    form.lead = "It can be enabled again, but not everything may come back by itself.".into();
    form.button = format!("Disable {name}");
    form.impossible = match account.status.value {
        AccountStatus::Disabled => "This account is disabled already.".to_owned(),
        AccountStatus::Blocked => {
            "Telnyx blocked this account: nothing of it runs, and only Telnyx can lift that.".to_owned()
        }
        AccountStatus::Cancelled => "This account is cancelled: there is nothing to disable.".to_owned(),
        AccountStatus::Enabled | AccountStatus::Unknown => String::new(),
    };
    let keeps = match account.channel_limit.map(|fact| fact.value) {
        Some(limit) if limit.get() == 0 => "It holds no channels.".to_owned(),
        Some(limit) => format!("Its channel limit stays {limit}: those channels stay taken from the pool."),
        None => "Whatever channels it holds stay taken from the pool.".to_owned(),
    };
    form.consequences = vec![
        Consequence::bad("All calls in and out, and all messages, stop at once. Calls that are going on go on."),
        Consequence::bad("The account and its users can no longer sign in to Telnyx's portal."),
        Consequence::plain("Whether its API key still works is not documented: do not rely on either."),
        Consequence::plain(keeps),
        if account.status.value == AccountStatus::Enabled {
            Consequence::good("Undo is offered afterwards; it asks what is to become of the connections.")
        } else {
            Consequence::bad("What its status is now is not known: there is no undo, but it can be enabled by hand.")
        },
    ];
    form.reason_code = Some(opened.typed.reason_code.trim().to_owned());
    form.reason = Some(ReasonField {
        value: opened.typed.reason,
        label: "In a few words",
        hint: "Kept in the activity; needed for “Other”. The customer does not see it.",
        optional: true,
    });
    desk.show(form, marks, problem).await
}
