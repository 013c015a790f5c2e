//! Disabling of an account. The form lists every consequence and asks for a reason from the list.

use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::context::{AccountContext, ActionResult, ChangeInput, FormState, obstruct};
use crate::app::App;
use crate::domain::account::AccountStatus;
use crate::domain::operation::{Change, ReasonCode};
use crate::web::access::ChangeStatus;
use crate::web::change::FormTokens;
use crate::web::confirmation::{ConfirmationField, Consequence, Control};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Form, Query};

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/{id}/disable", get(show).post(disable))
}

/// `GET /accounts/{id}/disable`
async fn show(
    context: AccountContext<ChangeStatus>,
    query: Query<ChangeInput>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let state = context.open_form(query, &kept).await?;
    show_confirmation(&context, state).await
}

/// `POST /accounts/{id}/disable`
async fn disable(
    context: AccountContext<ChangeStatus>,
    Form(input): Form<ChangeInput>,
) -> Result<Response, Error> {
    let change = Change::Disable {
        account: context.id.clone(),
    };
    match context.submit(change, &input, None).await? {
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
    let form_tokens =
        FormTokens::for_account(context.app.clock.now(), account).with_channel_limit(account);
    let mut form = context.new_confirmation(&state, "disable", form_tokens);
    form.danger = true;
    form.icon = "power-off";
    form.title = format!("Disable {name}?");
    form.lead = "You can enable it again, but its connections may stay off.".into();
    form.button = format!("Disable {name}");
    let obstacle = match account.status.value {
        AccountStatus::Disabled => "This account is disabled already.",
        AccountStatus::Blocked => "Telnyx blocked this account. Only Telnyx can unblock it.",
        AccountStatus::Cancelled => "This account is cancelled.",
        AccountStatus::Enabled | AccountStatus::Unknown => "",
    };
    let keeps = match account.channel_limit.map(|fact| fact.value) {
        Some(limit) if limit.get() == 0 => "It holds no channels.".to_owned(),
        Some(limit) => {
            format!("Its channel limit stays {limit}. Those channels stay allocated.")
        }
        None => "Its channels stay allocated.".to_owned(),
    };
    form.consequences = vec![
        Consequence::bad(
            "All new calls and messages stop immediately. Calls in progress are not cut off.",
        ),
        Consequence::bad("The account and its users can no longer sign in to Mission Control."),
        Consequence::plain("Telnyx does not document if its API key keeps working."),
        Consequence::plain(keeps),
        if account.status.value == AccountStatus::Enabled {
            Consequence::good("You can undo this. Undo asks about the connections.")
        } else {
            Consequence::bad(
                "Its current status is not known, so this has no undo. You can enable it by hand.",
            )
        },
    ];
    let codes = ReasonCode::FOR_ACCOUNTS.map(|code| (code.as_str(), code.label()));
    let reasons = [("", "Choose a reason")].into_iter().chain(codes);
    form.fields = vec![
        ConfirmationField::new("reason_code", "Reason", state.input.reason_code.trim())
            .control(Control::select(reasons)),
        ConfirmationField {
            label: "In a few words",
            ..state.reason_field(true)
        }
        .hint("Recorded in the activity. Required for “Other”. The customer does not see it."),
    ];
    if !obstacle.is_empty() {
        obstruct(&mut form, obstacle);
    }
    context.show_form(form, state).await
}
