//! Change of an account's custom pricing, on or off, with a reason.

use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::context::{AccountContext, ActionResult, ChangeInput, FormState};
use crate::app::App;
use crate::domain::operation::Change;
use crate::web::access::ChangePricing;
use crate::web::change::{FormTokens, parse_yes_no};
use crate::web::confirmation::{ConfirmationField, Consequence, Control};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Form, Query};

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/{id}/custom-pricing", get(show).post(update))
}

/// `GET /accounts/{id}/custom-pricing`
async fn show(
    context: AccountContext<ChangePricing>,
    query: Query<ChangeInput>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let state = context.open_form(query, &kept).await?;
    show_confirmation(&context, state).await
}

/// `POST /accounts/{id}/custom-pricing`
async fn update(
    context: AccountContext<ChangePricing>,
    Form(input): Form<ChangeInput>,
) -> Result<Response, Error> {
    let allow = parse_yes_no(&input.custom_pricing);
    let change = Change::CustomPricing {
        account: context.id.clone(),
        allow: allow.unwrap_or_default(),
    };
    let missing = allow
        .is_none()
        .then_some(("custom_pricing", "Choose our rates or custom pricing."));
    match context.submit(change, &input, missing).await? {
        ActionResult::Answered(response) => Ok(response),
        ActionResult::Problem(problem) => {
            show_confirmation(&context, context.refilled_form(input, problem).await?).await
        }
    }
}

async fn show_confirmation(
    context: &AccountContext<ChangePricing>,
    state: FormState,
) -> Result<Response, Error> {
    let account = &state.account;
    let name = account.name();
    let form_tokens = FormTokens::new(context.app.clock.now()).with_custom_pricing(account);
    let now = account.custom_pricing.map(|fact| fact.value);
    // The requested value is kept, even if it has become the current one.
    let wanted = parse_yes_no(&state.input.custom_pricing).or(now.map(|on| !on));
    let mut form = context.new_confirmation(&state, "custom-pricing", form_tokens);
    form.danger = wanted == Some(true);
    form.icon = "wallet";
    let on = "This account stops using our rates and has none until Telnyx sets its own.";
    let off = "This account uses our rates again. Rates that Telnyx set for it no longer apply.";
    match wanted {
        Some(true) => {
            form.title = format!("Use custom pricing for {name}?");
            form.button = format!("Use custom pricing for {name}");
            form.consequences.push(Consequence::bad(on));
        }
        Some(false) => {
            form.title = format!("Use our rates for {name}?");
            form.button = format!("Use our rates for {name}");
            form.consequences.push(Consequence::plain(off));
        }
        None => {
            form.title = format!("Custom pricing for {name}");
            form.button = format!("Change pricing of {name}");
            form.consequences
                .push(Consequence::bad(format!("On: {on}")));
            form.consequences
                .push(Consequence::plain(format!("Off: {off}")));
        }
    }
    form.consequences.push(Consequence::plain(
        "Takes effect with a delay; Telnyx does not say how long.",
    ));
    form.lead = match now {
        Some(true) => "It has custom pricing now.",
        Some(false) => "It uses our rates now.",
        None => "Its current pricing is not known.",
    }
    .into();
    form.consequences.push(match now {
        Some(_) => Consequence::good("You can undo this, also with a delay."),
        None => Consequence::plain(
            "This cannot be undone, because the current pricing is not \
                                    known.",
        ),
    });
    let control = match now {
        Some(_) => Control::Hidden,
        None => Control::Radio(vec![
            ("yes", "On", "No rates until Telnyx sets its own."),
            ("no", "Off", "Our rates."),
        ]),
    };
    let value = wanted.map_or("", |wanted| if wanted { "yes" } else { "no" });
    form.fields.push(
        ConfirmationField::new("custom_pricing", "Custom pricing", value)
            .id("pricing")
            .control(control),
    );
    form.fields.push(state.reason_field(false));
    context.show_form(form, state).await
}
