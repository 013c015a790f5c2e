//! Blocking outbound calls: a channel limit of 0 as an action of its own, with a reason.

use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::confirm::{Consequence, ReasonField};
use super::desk::{Desk, Opened, Typed, form};
use crate::app::App;
use crate::db::pool;
use crate::domain::channels::ChannelLimit;
use crate::domain::operation::Change;
use crate::domain::text::grouped;
use crate::web::access::ChangeLimits;
use crate::web::change::{Marks, Problem};
use crate::web::error::Error;
use crate::web::form::{Form, Kept, Query};

pub(super) fn router() -> Router<App> {
    Router::new().route("/accounts/{id}/block-calls", get(show).post(block))
}

/// `GET /accounts/{id}/block-calls`
async fn show(desk: Desk<ChangeLimits>, query: Query<Typed>, kept: Kept) -> Result<Response, Error> {
    let opened = desk.open(query, &kept).await?;
    page(&desk, opened, None).await
}

/// `POST /accounts/{id}/block-calls`
async fn block(desk: Desk<ChangeLimits>, Form(typed): Form<Typed>) -> Result<Response, Error> {
    desk.known().await?;
    submit(&desk, typed).await
}

/// Sends a limit of 0, with its reason.
pub(super) async fn submit(desk: &Desk<ChangeLimits>, typed: Typed) -> Result<Response, Error> {
    let reason = typed.required_reason("Say why outbound calls are to be blocked.");
    let problem = match desk.marks(&typed).await?.and_then(|marks| Ok((marks, reason?))) {
        Ok((marks, reason)) => {
            let change = Change::ChannelLimit {
                account: desk.id.clone(),
                limit: ChannelLimit::ZERO,
            };
            match desk.send(change, reason, marks, &typed.return_to).await? {
                Ok(response) => return Ok(response),
                Err(problem) => problem,
            }
        }
        Err(problem) => problem,
    };
    page(desk, desk.again(typed).await?, Some(problem)).await
}

/// The confirmation.
pub(super) async fn page(
    desk: &Desk<ChangeLimits>,
    opened: Opened,
    problem: Option<Problem>,
) -> Result<Response, Error> {
    let account = &opened.account;
    let name = account.name();
    let marks = Marks::of_account(desk.app.clock.now(), account)
        .with_limit(account)
        .undoing(opened.undone.as_ref().map(|undone| undone.id));
    let known = account.channel_limit.map(|fact| fact.value);
    let mut form = form(&opened, "block-calls");
    form.danger = true;
    form.icon = "phone-off";
    form.title = format!("Block outbound calls of {name}?");
    form.lead = "Sets its channel limit to 0.".into();
    form.button = format!("Block outbound calls of {name}");
    form.consequences = vec![
        Consequence::bad("No outbound call can be made from now on."),
        Consequence::good("Inbound calls, messages and sign-in go on."),
    ];
    match known {
        Some(limit) if limit == ChannelLimit::ZERO => {
            form.notice = Some((
                "info",
                "Its limit is 0 already".to_owned(),
                "As far as this portal knows, outbound calls are blocked. Sending it again does no harm.".to_owned(),
            ));
        }
        Some(limit) => {
            let back = match pool::latest(&desk.app.db).await? {
                Some((pool, _)) if pool.is_enabled() => format!(
                    "{limit} channels go back to the pool: free {} → {}.",
                    grouped(pool.free().into()),
                    grouped(pool.free_after(limit, ChannelLimit::ZERO))
                ),
                _ => format!("{limit} channels go back to the pool."),
            };
            form.consequences.push(Consequence::plain(back));
            form.consequences.push(Consequence::good(format!(
                "Undo sets the limit to {limit} again, if the pool still has the channels."
            )));
        }
        None => form.consequences.push(Consequence::bad(
            "Its present limit is not known to this portal: there is no undo. Note the limit in Mission Control first.",
        )),
    }
    form.reason = Some(ReasonField {
        value: opened.typed.reason,
        label: "Reason",
        hint: "Kept in the activity. The customer does not see it.",
        optional: false,
    });
    desk.show(form, marks, problem).await
}
