//! Switching an account's custom pricing, on or off, with a reason.

use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::confirm::{Consequence, PricingField, ReasonField};
use super::desk::{Desk, Opened, Typed, form};
use crate::app::App;
use crate::domain::operation::{Change, Reason};
use crate::web::access::ChangePricing;
use crate::web::change::{Marks, Problem, yes_or_no};
use crate::web::error::Error;
use crate::web::form::{Form, Kept, Query};

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/{id}/custom-pricing", get(show).post(update))
}

/// `GET /accounts/{id}/custom-pricing`
async fn show(desk: Desk<ChangePricing>, query: Query<Typed>, kept: Kept) -> Result<Response, Error> {
    let opened = desk.open(query, &kept).await?;
    page(&desk, opened, None).await
}

/// `POST /accounts/{id}/custom-pricing`
async fn update(desk: Desk<ChangePricing>, Form(typed): Form<Typed>) -> Result<Response, Error> {
    desk.known().await?;
    let problem = match desk
        .marks(&typed)
        .await?
        .and_then(|marks| Ok((marks, answers(&typed)?)))
    {
        Ok((marks, (allow, reason))) => {
            let change = Change::CustomPricing {
                account: desk.id.clone(),
                allow,
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

fn answers(typed: &Typed) -> Result<(bool, Reason), Problem> {
    let mut wrong = Vec::new();
    let allow = yes_or_no(&typed.custom_pricing);
    if allow.is_none() {
        wrong.push((
            "custom_pricing",
            "Choose whether it is to have custom pricing.".to_owned(),
        ));
    }
    match (typed.required_reason("Say why."), allow) {
        (Ok(reason), Some(allow)) => Ok((allow, reason)),
        (reason, _) => {
            wrong.extend(reason.err().into_iter().flat_map(|problem| problem.fields));
            Err(Problem::at_fields(wrong))
        }
    }
}

async fn page(desk: &Desk<ChangePricing>, opened: Opened, problem: Option<Problem>) -> Result<Response, Error> {
    let account = &opened.account;
    let name = account.name();
    let marks = Marks::new(desk.app.clock.now())
        .with_pricing(account)
        .undoing(opened.undone.as_ref().map(|undone| undone.id));
    let now = account.custom_pricing.map(|fact| fact.value);
    // What was asked for stays asked for, also where it is so by now.
    let wanted = yes_or_no(&opened.typed.custom_pricing).or(now.map(|on| !on));
    let mut form = form(&opened, "custom-pricing");
    form.danger = wanted == Some(true);
    form.icon = "wallet";
    let on = "This account stops using our rates and has none until Telnyx sets its own.";
    let off = "This account goes back to our rates; rates that Telnyx set for it alone no longer apply.";
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
            form.consequences.push(Consequence::bad(format!("On: {on}")));
            form.consequences.push(Consequence::plain(format!("Off: {off}")));
        }
    }
    form.consequences
        .push(Consequence::plain("Either way takes effect late."));
    form.lead = match now {
        Some(true) => "It has custom pricing now.",
        Some(false) => "It uses our rates now.",
        None => "Whether it has custom pricing now is not known.",
    }
    .into();
    form.consequences.push(match now {
        Some(_) => Consequence::good("Undo switches it back, which takes effect late too."),
        None => Consequence::plain("There is no undo, since what holds now is not known."),
    });
    form.pricing = Some(PricingField {
        value: wanted.map_or("", |wanted| if wanted { "yes" } else { "no" }).to_owned(),
        asked: now.is_none(),
    });
    form.reason = Some(ReasonField {
        value: opened.typed.reason,
        label: "Reason",
        hint: "Kept in the activity. The customer does not see it.",
        optional: false,
    });
    desk.show(form, marks, problem).await
}
