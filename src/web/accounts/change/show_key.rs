//! Showing of an account's API key. The key is read for one answer, and is in no other type, page
//! or session.

use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use secrecy::ExposeSecret;

use super::context::{AccountContext, ChangeInput, FormState};
use crate::app::App;
use crate::db::accounts::Account;
use crate::domain::ids::AccountId;
use crate::domain::role::Permission;
use crate::operations::show_key::{self, KeyAccess, KeyRequest, ShowError};
use crate::telnyx::{self, ErrorKind, ErrorSummary};
use crate::web::access::Read;
use crate::web::change::{FormTokens, Problem};
use crate::web::confirmation::{Confirmation, Consequence, account_crumbs};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Form, Query};
use crate::web::format::FormattedTime;
use crate::web::layout::{Layout, Section};
use crate::web::notice::telnyx_details;
use crate::web::render;

/// ID of the element on other pages that receives the key or an error.
const KEY_TARGET: &str = "api-key";
/// Time for which a key stays on the screen.
const KEY_DISPLAY_TIME: Duration = Duration::from_mins(1);

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/{id}/show-key", get(show).post(reveal))
}

/// Page with an account's key; its block `dialog` is also sent alone.
#[derive(Template)]
#[template(path = "accounts/change/key.html", blocks = ["dialog"])]
struct KeyPage<'a> {
    layout: Layout,
    form: Confirmation,
    body: KeyBody<'a>,
}

enum KeyBody<'a> {
    /// The key, shown once.
    Key(&'a str),
    /// Tells a person who may not see the key now that it was shown before.
    AlreadyShown { who: String, at: FormattedTime },
}

impl KeyPage<'_> {
    async fn respond(
        context: &AccountContext<Read>,
        account: &Account,
        body: KeyBody<'_>,
    ) -> Result<Response, Error> {
        let title = format!("API key of {}", account.name());
        let (leave, status) = match body {
            KeyBody::Key(_) => ("Done", StatusCode::OK),
            KeyBody::AlreadyShown { .. } => ("Open the account", StatusCode::FORBIDDEN),
        };
        let organization = account.name_at_telnyx().map(|name| format!("{name} · "));
        let page = KeyPage {
            layout: context.may.layout(title.clone(), Section::Accounts).await?,
            form: Confirmation {
                crumbs: account_crumbs(account),
                lead: organization.unwrap_or_default() + &account.email,
                icon: "key-round",
                title,
                cancel: (leave, format!("/accounts/{}", account.id)),
                ..Confirmation::default()
            },
            body,
        };
        let mut response = render::page_or_fragment(&context.htmx, &page, &page.as_dialog())?;
        *response.status_mut() = status;
        Ok(response)
    }
}

/// Key, or the reason why there is none, for an element on another page.
#[derive(Template)]
#[template(path = "accounts/change/_key_card.html")]
struct KeyFragment<'a> {
    id: &'a str,
    key: &'a str,
    problem: Option<Problem>,
}

/// Notice that the key was shown before, for an element on another page.
#[derive(Template)]
#[template(path = "accounts/change/_key_already_shown_card.html")]
struct KeyAlreadyShownFragment<'a> {
    id: &'a str,
    who: String,
    at: FormattedTime,
}

/// `GET /accounts/{id}/show-key`
async fn show(
    context: AccountContext<Read>,
    query: Query<ChangeInput>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let state = context.open_form(query, &kept).await?;
    show_confirmation(&context, state).await
}

/// `POST /accounts/{id}/show-key`
async fn reveal(
    context: AccountContext<Read>,
    Form(input): Form<ChangeInput>,
) -> Result<Response, Error> {
    let account = context.stored_account().await?;
    let asked = KeyRequest {
        reason: &input.reason,
        recently_authenticated: context.may.recently_authenticated(),
    };
    let problem = match show_key::show(&context.app, context.may.actor(), &context.id, asked).await
    {
        Ok(credentials) => match &credentials.api_key {
            Some(key) if context.htmx.targets(KEY_TARGET) => {
                return render::html(&KeyFragment {
                    id: context.id.as_str(),
                    key: key.expose_secret(),
                    problem: None,
                });
            }
            Some(key) => {
                let key = KeyBody::Key(key.expose_secret());
                let mut shown = KeyPage::respond(&context, &account, key).await?;
                if !context.htmx.sent {
                    set_refresh_header(&mut shown, &context.id);
                }
                return Ok(shown);
            }
            None => Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "bad",
                "Telnyx sent no key",
                "Its answer had no API key. Look in Mission Control.",
            ),
        },
        Err(ShowError::Forbidden) => return already_shown(&context, &account).await,
        Err(ShowError::StepUpRequired) => return Err(Error::StepUpRequired),
        Err(ShowError::UnknownAccount) => return Err(Error::NotFound),
        Err(ShowError::Db(error)) => return Err(error.into()),
        Err(ShowError::Reason(_)) if input.reason.trim().is_empty() => {
            Problem::at_field("reason", "Say why the key is needed.")
        }
        Err(ShowError::Reason(sentence)) => Problem::at_field("reason", sentence),
        Err(ShowError::Telnyx(error)) => telnyx_problem(&error),
    };
    if context.htmx.targets(KEY_TARGET) {
        let status = problem.status;
        return render::with_status(
            status,
            &KeyFragment {
                id: context.id.as_str(),
                key: "",
                problem: Some(problem),
            },
        );
    }
    show_confirmation(&context, context.refilled_form(input, problem).await?).await
}

/// Redirects the page of a key to the account's page when the time is over. This works without a
/// script. In a dialog, `static/app.js` removes the key.
fn set_refresh_header(shown: &mut Response, id: &AccountId) {
    let to = format!("{}; url=/accounts/{id}", KEY_DISPLAY_TIME.as_secs());
    if let Ok(to) = HeaderValue::from_str(&to) {
        shown.headers_mut().insert(header::REFRESH, to);
    }
}

/// Describes a failure of Telnyx in a sentence about the key.
fn telnyx_problem(error: &telnyx::Error) -> Problem {
    let trouble = ErrorSummary::from(error);
    let status = match error.kind() {
        ErrorKind::RateLimited
        | ErrorKind::NotSent
        | ErrorKind::Unavailable
        | ErrorKind::Unreadable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Unauthorized
        | ErrorKind::Forbidden
        | ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let text = trouble.describe("Telnyx could not be reached");
    let mut problem = Problem::new(status, "bad", "No key was shown", &text);
    let words = error.detail();
    let words = Some(words.as_str()).filter(|words| !words.is_empty());
    problem.notice.details = telnyx_details(words, error.request_id()).collect();
    problem
}

/// Answers someone who may not see the key now. If the key was shown before, tells them, for
/// example after a reload. This concerns mainly the creator, who may see it only once.
async fn already_shown(
    context: &AccountContext<Read>,
    account: &Account,
) -> Result<Response, Error> {
    let latest = show_key::past_views(&context.app, &context.id, 1)
        .await?
        .into_iter()
        .next();
    let Some(latest) = latest else {
        return Err(Error::Forbidden(Permission::ShowApiKeys));
    };
    let who = match latest.event.who {
        Some(who) if who.staff_id == context.may.actor().staff_id => "you".to_owned(),
        Some(who) => who.name,
        None => "someone".to_owned(),
    };
    let at = context.may.times().format(latest.at);
    if context.htmx.targets(KEY_TARGET) {
        let id = context.id.as_str();
        return render::with_status(
            StatusCode::FORBIDDEN,
            &KeyAlreadyShownFragment { id, who, at },
        );
    }
    KeyPage::respond(context, account, KeyBody::AlreadyShown { who, at }).await
}

async fn show_confirmation(
    context: &AccountContext<Read>,
    state: FormState,
) -> Result<Response, Error> {
    let right = show_key::key_access(&context.app, context.may.actor(), &context.id).await?;
    if right == KeyAccess::None {
        return already_shown(context, &state.account).await;
    }
    // This is asked before the reason is typed, not afterwards.
    if right == KeyAccess::Role && !context.may.recently_authenticated() {
        return Err(Error::StepUpRequired);
    }
    let name = state.account.name();
    let form_tokens = FormTokens::new(context.app.clock.now());
    let mut form = context.new_confirmation(&state, "show-key", form_tokens);
    form.icon = "key-round";
    form.title = format!("Show the API key of {name}?");
    form.button = format!("Show the API key of {name}");
    form.lead = match right {
        KeyAccess::Creator => {
            "You created this account, so you can see its key once, within a day. It is shown for \
             60 seconds."
        }
        KeyAccess::Role | KeyAccess::None => {
            "We fetch it from Telnyx, show it once for 60 seconds, and never store it."
        }
    }
    .into();
    form.consequences = vec![
        Consequence::bad("Anyone with the key can act as this account: calls, messages, balance."),
        Consequence::plain("The portal cannot replace a key that leaked."),
        Consequence::plain("The activity records that you saw it, when and why, but not the key."),
    ];
    let reason = state.reason_field(right == KeyAccess::Creator);
    form.fields.push(reason.hint("Recorded in the activity."));
    context.show_form(form, state).await
}
