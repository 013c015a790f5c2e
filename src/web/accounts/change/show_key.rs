//! Showing an account's API key: fetched for the one answer that shows it. It is in no other type, page or session.

use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use secrecy::ExposeSecret;

use super::confirm::{Consequence, ReasonField, Subject};
use super::desk::{Desk, Opened, Typed, form};
use crate::app::App;
use crate::db::accounts::Account;
use crate::domain::ids::AccountId;
use crate::domain::role::Permission;
use crate::operations::show_key::{self, Asked, Right, ShowError};
use crate::telnyx::{self, ErrorKind, Trouble};
use crate::web::access::Read;
use crate::web::change::{Marks, Problem};
use crate::web::error::Error;
use crate::web::form::{Form, Kept, Query};
use crate::web::page as answer;
use crate::web::shell::{Section, Shell};
use crate::web::view::When;

/// The place on other pages that a key, or why there is none, is put into.
const PLACE: &str = "api-key";
/// How long a key stays on the screen.
const SHOWN: Duration = Duration::from_mins(1);

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/{id}/show-key", get(show).post(reveal))
}

/// The key, once.
#[derive(Template)]
#[template(path = "accounts/change/key.html", blocks = ["dialog"])]
struct KeyPage<'a> {
    shell: Shell,
    subject: Subject,
    key: &'a str,
}

/// The key, or why there is none, in its place on another page.
#[derive(Template)]
#[template(path = "accounts/change/_key.html")]
struct KeyPart<'a> {
    id: &'a str,
    key: &'a str,
    problem: Option<Problem>,
}

/// That the key was shown, to whom it may not be shown now.
#[derive(Template)]
#[template(path = "accounts/change/key_shown.html", blocks = ["dialog"])]
struct ShownPage {
    shell: Shell,
    subject: Subject,
    who: String,
    at: When,
}

/// The same, in the key's place on another page.
#[derive(Template)]
#[template(path = "accounts/change/_key_shown_part.html")]
struct ShownPart {
    subject: Subject,
    who: String,
    at: When,
}

/// `GET /accounts/{id}/show-key`
async fn show(desk: Desk<Read>, query: Query<Typed>, kept: Kept) -> Result<Response, Error> {
    let opened = desk.open(query, &kept).await?;
    page(&desk, opened, None).await
}

/// `POST /accounts/{id}/show-key`
async fn reveal(desk: Desk<Read>, Form(typed): Form<Typed>) -> Result<Response, Error> {
    let account = desk.known().await?;
    let asked = Asked {
        reason: &typed.reason,
        proved: desk.may.proved_of_late(),
    };
    let problem = match show_key::show(&desk.app, desk.may.actor(), &desk.id, asked).await {
        Ok(credentials) => match &credentials.api_key {
            Some(key) if desk.htmx.wants(PLACE) => {
                return answer::html(&KeyPart {
                    id: desk.id.as_str(),
                    key: key.expose_secret(),
                    problem: None,
                });
            }
            Some(key) => {
                let page = KeyPage {
                    shell: desk
                        .may
                        .shell(format!("API key of {}", account.name()), Section::Accounts)
                        .await?,
                    subject: Subject::of(&account),
                    key: key.expose_secret(),
                };
                let mut shown = answer::render(&desk.htmx, &page, &page.as_dialog())?;
                if !desk.htmx.sent {
                    leave(&mut shown, &desk.id);
                }
                return Ok(shown);
            }
            None => Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "bad",
                "Telnyx gave no key",
                "Its answer had no API key in it. Look in Mission Control.",
            ),
        },
        Err(ShowError::Forbidden) => return no_more(&desk, &account).await,
        Err(ShowError::NotProved) => return Err(Error::NotProved),
        Err(ShowError::UnknownAccount) => return Err(Error::NotFound),
        Err(ShowError::Db(error)) => return Err(error.into()),
        Err(ShowError::Reason(_)) if typed.reason.trim().is_empty() => {
            Problem::at_field("reason", "Say why the key is needed.")
        }
        Err(ShowError::Reason(sentence)) => Problem::at_field("reason", sentence),
        Err(ShowError::Telnyx(error)) => failure(&error),
    };
    if desk.htmx.wants(PLACE) {
        let status = problem.status;
        return answer::with_status(
            status,
            &KeyPart {
                id: desk.id.as_str(),
                key: "",
                problem: Some(problem),
            },
        );
    }
    page(&desk, desk.again(typed).await?, Some(problem)).await
}

/// Leads from the page of a key to the account's, when the key's time is over: without a script, too. In a dialog the
/// script in `static/app.js` takes the key away.
fn leave(shown: &mut Response, id: &AccountId) {
    let to = format!("{}; url=/accounts/{id}", SHOWN.as_secs());
    if let Ok(to) = HeaderValue::from_str(&to) {
        shown.headers_mut().insert(header::REFRESH, to);
    }
}

/// What Telnyx's failure means here, in a sentence.
fn failure(error: &telnyx::Error) -> Problem {
    let trouble = Trouble::from(error);
    let status = match error.kind() {
        ErrorKind::RateLimited | ErrorKind::NotSent | ErrorKind::Unavailable | ErrorKind::Unreadable => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        ErrorKind::Unauthorized
        | ErrorKind::Forbidden
        | ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let text = trouble.said("Telnyx could not be asked for it");
    let mut problem = Problem::new(status, "bad", "No key was shown", &text);
    let words = error.detail();
    if !words.is_empty() {
        problem.notice.details.push(format!("Telnyx says: “{words}”"));
    }
    problem
        .notice
        .details
        .extend(error.request_id().map(|id| format!("Telnyx's request id: {id}")));
    problem
}

/// For whom the key may not be shown to. Where it was shown, that is what a page that was loaded or sent again says:
/// most of all to the creator, whose right ended with the showing.
async fn no_more(desk: &Desk<Read>, account: &Account) -> Result<Response, Error> {
    let latest = show_key::showings(&desk.app, &desk.id, 1).await?.into_iter().next();
    let Some(latest) = latest else {
        return Err(Error::Forbidden(Permission::ShowApiKeys));
    };
    let who = match latest.event.who {
        Some(who) if who.staff_id == desk.may.actor().staff_id => "you".to_owned(),
        Some(who) => who.name,
        None => "somebody".to_owned(),
    };
    let at = desk.may.times().at(latest.at);
    let subject = Subject::of(account);
    if desk.htmx.wants(PLACE) {
        return answer::with_status(StatusCode::FORBIDDEN, &ShownPart { subject, who, at });
    }
    let title = format!("API key of {}", account.name());
    let page = ShownPage {
        shell: desk.may.shell(title, Section::Accounts).await?,
        subject,
        who,
        at,
    };
    let mut response = answer::render(&desk.htmx, &page, &page.as_dialog())?;
    *response.status_mut() = StatusCode::FORBIDDEN;
    Ok(response)
}

async fn page(desk: &Desk<Read>, opened: Opened, problem: Option<Problem>) -> Result<Response, Error> {
    let right = show_key::right(&desk.app, desk.may.actor(), &desk.id).await?;
    if right == Right::None {
        return no_more(desk, &opened.account).await;
    }
    // Asked before the reason is typed, not after.
    if right == Right::Role && !desk.may.proved_of_late() {
        return Err(Error::NotProved);
    }
    let name = opened.account.name();
    let mut form = form(&opened, "show-key");
    form.icon = "key-round";
    form.title = format!("Show the API key of {name}?");
    form.button = format!("Show the API key of {name}");
    form.lead = match right {
        Right::Creator => "You created this account: you may see its key once, within a day.",
        Right::Role | Right::None => "It is read from Telnyx now, shown once, and kept nowhere here.",
    }
    .into();
    form.consequences = vec![
        Consequence::bad("Whoever has it acts as this account: its calls, its messages, its money."),
        Consequence::plain("The portal cannot replace a key that leaked."),
        Consequence::plain("The activity says that you saw it, when and why; it does not hold the key."),
    ];
    form.reason = Some(ReasonField {
        value: opened.typed.reason,
        label: "Reason",
        hint: "Kept in the activity.",
        optional: right == Right::Creator,
    });
    desk.show(form, Marks::new(desk.app.clock.now()), problem).await
}
