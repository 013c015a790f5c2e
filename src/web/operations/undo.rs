//! Undo: at once where a value is set back, else through the form of the inverse, which has questions to ask.

use axum::response::Response;

use super::Desk;
use super::show::{SettleTyped, render};
use crate::operations::undo::{UndoOffer, offer, undo_limit};
use crate::web::access::Read;
use crate::web::change::{MarksFields, Problem, Turned, turn};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::page;

/// `POST /operations/{id}/undo`
pub(super) async fn undo(desk: Desk<Read>, Form(fields): Form<MarksFields>) -> Result<Response, Error> {
    let undone = &desk.operation;
    let permission = undone.kind.permission();
    if !desk.may.can(permission) {
        return Err(Error::Forbidden(permission));
    }
    let form = match offer(&desk.app, desk.may.actor(), undone).await? {
        // Where there is none any more, or it is this very form again: what was recorded says which.
        None | Some(UndoOffer::Limit(_)) => None,
        Some(UndoOffer::BlockCalls) => Some("block-calls"),
        Some(UndoOffer::Enable) => Some("enable"),
        Some(UndoOffer::Disable) => Some("disable"),
        Some(UndoOffer::CustomPricing) => Some("custom-pricing"),
    };
    if let (Some(form), Some(account)) = (form, &undone.account) {
        return Ok(page::redirect(&format!(
            "/accounts/{account}/{form}?undoes={}",
            undone.id
        )));
    }
    let marks = match fields.read(desk.app.clock.now()) {
        Ok(marks) => marks,
        Err(problem) => return render(&desk, SettleTyped::default(), Some(problem)).await,
    };
    let result = undo_limit(&desk.app, desk.may.actor(), marks.op, undone).await;
    let problem = match turn(&desk.app, desk.may.actor(), desk.may.times(), result).await? {
        Turned::Done { toast, .. } => {
            desk.may.toast(toast).await?;
            return Ok(page::redirect(&back(&desk)));
        }
        Turned::Open(operation) => return Ok(page::redirect(&Turned::page_of(&operation))),
        Turned::Problem(problem) => by_the_form(&desk, problem),
    };
    render(&desk, SettleTyped::default(), Some(problem)).await
}

/// Undoing has no field to correct and nothing to try anyway: the form of the limit has.
fn by_the_form(desk: &Desk<Read>, mut problem: Problem) -> Problem {
    problem.notice.details.extend(
        problem
            .fields
            .drain(..)
            .map(|(_, message)| message)
            .collect::<Vec<String>>(),
    );
    problem.notice.details.dedup();
    problem.notice.try_anyway = false;
    if let (None, Some(account), Some(limit)) = (
        &problem.notice.link,
        &desk.operation.account,
        desk.operation.before.channel_limit,
    ) {
        problem.notice.link = Some((
            "Open the channel limit".to_owned(),
            format!("/accounts/{account}/channel-limit?channel_limit={}", limit.get()),
        ));
    }
    problem
}

/// Where the button was, as far as htmx says; else the account.
fn back(desk: &Desk<Read>) -> String {
    let own = desk
        .operation
        .account
        .as_ref()
        .map_or_else(|| "/accounts".to_owned(), |account| format!("/accounts/{account}"));
    desk.htmx.page.clone().unwrap_or(own)
}
