//! Enabling of an account. The form shows who disabled it, when and why, and asks about its
//! connections.

use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::context::{AccountContext, ActionResult, ChangeInput, FormState, obstruct};
use crate::app::App;
use crate::domain::account::AccountStatus;
use crate::domain::operation::Change;
use crate::operations;
use crate::web::access::ChangeStatus;
use crate::web::change::{FormTokens, parse_yes_no};
use crate::web::confirmation::{ConfirmationField, Consequence};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Form, Query};
use crate::web::notice::Notice;

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/{id}/enable", get(show).post(enable))
}

/// `GET /accounts/{id}/enable`
async fn show(
    context: AccountContext<ChangeStatus>,
    query: Query<ChangeInput>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let state = context.open_form(query, &kept).await?;
    show_confirmation(&context, state).await
}

/// `POST /accounts/{id}/enable`
async fn enable(
    context: AccountContext<ChangeStatus>,
    Form(input): Form<ChangeInput>,
) -> Result<Response, Error> {
    let connections = parse_yes_no(&input.reenable_all_connections);
    let change = Change::Enable {
        account: context.id.clone(),
        reenable_all_connections: connections.unwrap_or_default(),
    };
    let missing = connections
        .is_none()
        .then_some(("reenable_all_connections", "Choose yes or no."));
    match context.submit(change, &input, missing).await? {
        ActionResult::Answered(response) => Ok(response),
        ActionResult::Problem(problem) => {
            show_confirmation(&context, context.refilled_form(input, problem).await?).await
        }
    }
}

async fn show_confirmation(
    context: &AccountContext<ChangeStatus>,
    state: FormState,
) -> Result<Response, Error> {
    let account = &state.account;
    let name = account.name();
    let times = context.may.times();
    let form_tokens =
        FormTokens::for_account(context.app.clock.now(), account).with_channel_limit(account);
    let mut form = context.new_confirmation(&state, "enable", form_tokens);
    form.icon = "power";
    form.title = format!("Enable {name}?");
    form.button = format!("Enable {name}");
    let obstacle = match account.status.value {
        AccountStatus::Enabled => "This account is enabled already.",
        AccountStatus::Blocked => {
            "Telnyx blocked this account. Only Telnyx can unblock it: contact Telnyx support."
        }
        AccountStatus::Cancelled => "This account is cancelled. Only Telnyx can restore it.",
        AccountStatus::Disabled | AccountStatus::Unknown => "",
    };
    let mut needs_reason = false;
    if obstacle.is_empty() {
        needs_reason =
            operations::enable_needs_reason(&context.app, context.may.actor(), &context.id).await?;
        let by = operations::disabled_by(&context.app, &context.id).await?;
        form.lead = match &by {
            None => "It is not known who disabled it, when and why.".to_owned(),
            Some(by) => {
                let who = match &by.who {
                    Some((id, _)) if *id == context.may.actor().staff_id => "by you".to_owned(),
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
                    "Someone else disabled it",
                    format!("Say why the reason of {name} no longer applies."),
                ),
                None => (
                    "It was not disabled through this portal",
                    "The reason is not known here. Say why you enable it.".to_owned(),
                ),
            };
            form.notices.push(Notice::new("warn", title, text));
        }
    }
    if account
        .channel_limit
        .is_some_and(|fact| fact.value.get() == 0)
    {
        form.consequences.push(Consequence::bad(
            "Its channel limit is 0. Outbound calls stay blocked until the limit is raised.",
        ));
    }
    form.fields
        .push(connections_field(&state.input.reenable_all_connections));
    form.fields.push(state.reason_field(!needs_reason));
    if !obstacle.is_empty() {
        obstruct(&mut form, obstacle);
    }
    context.show_form(form, state).await
}

fn connections_field(typed: &str) -> ConfirmationField {
    let label = "Switch its connections on as well?";
    let note = "Switch them on in Mission Control.";
    ConfirmationField::connections(label, note, typed)
}
