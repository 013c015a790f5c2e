//! Undo of a change. A channel limit is set back at once. Other changes are undone in the form of
//! the opposite change, because it asks questions.

use axum::response::Response;
use serde::Deserialize;

use super::OperationContext;
use super::show::{SettleInput, show_page};
use crate::operations::kind_info;
use crate::operations::undo::{UndoOffer, undo_limit, undo_offer};
use crate::web::access::Read;
use crate::web::change::{ChangeOutcome, FormTokenFields, Problem, change_outcome};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::{paths, render};

/// Fields of the button Undo.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct UndoForm {
    /// Address of the list that showed the button.
    back: String,
    #[serde(flatten)]
    form_tokens: FormTokenFields,
}

/// `POST /operations/{id}/undo`
pub(super) async fn undo(
    context: OperationContext<Read>,
    Form(form): Form<UndoForm>,
) -> Result<Response, Error> {
    let undone = &context.operation;
    let permission = kind_info(undone.kind).permission;
    if !context.may.can(permission) {
        return Err(Error::Forbidden(permission));
    }
    let row = undone.account.as_ref();
    let row = row.and_then(|account| paths::at_row(&form.back, account));
    let opposite = match undo_offer(&context.app, context.may.actor(), undone).await? {
        // The offer is gone, or this form is sent again. `undo_limit` finds out which.
        None | Some(UndoOffer::Limit(_)) => None,
        Some(UndoOffer::Form(form)) => Some(form),
    };
    if let (Some(opposite), Some(account)) = (opposite, &undone.account) {
        let undoes = undone.id.to_string();
        let began = match row {
            Some(_) => form.back.as_str(),
            None => context.began_on.as_deref().unwrap_or_default(),
        };
        return Ok(render::redirect(&paths::with_query(
            &format!("/accounts/{account}/{opposite}"),
            [("undoes", undoes.as_str()), ("return_to", began)],
        )));
    }
    let form_tokens = match form.form_tokens.parse(context.app.clock.now()) {
        Ok(form_tokens) => form_tokens,
        Err(problem) => return show_page(&context, SettleInput::default(), Some(problem)).await,
    };
    let result = undo_limit(&context.app, context.may.actor(), form_tokens.op, undone).await;
    let problem = match change_outcome(
        &context.app,
        context.may.actor(),
        context.may.times(),
        result,
    )
    .await?
    {
        ChangeOutcome::Done { toast, .. } => {
            context.may.toast(toast.in_list(&form.back)).await?;
            let next = row.unwrap_or_else(|| return_path(&context));
            return Ok(render::redirect(&next));
        }
        ChangeOutcome::Pending(operation) => {
            return Ok(render::redirect(&ChangeOutcome::operation_path(&operation)));
        }
        ChangeOutcome::Problem(problem) => without_fields(&context, problem),
    };
    show_page(&context, SettleInput::default(), Some(problem)).await
}

/// Moves messages at fields into the details, and links to the form of the limit. An undo has no
/// fields to correct, and nothing to try anyway.
fn without_fields(context: &OperationContext<Read>, mut problem: Problem) -> Problem {
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
        &context.operation.account,
        context.operation.before.channel_limit,
    ) {
        problem.notice.link = Some((
            "Open the channel limit".to_owned(),
            format!(
                "/accounts/{account}/channel-limit?channel_limit={}",
                limit.get()
            ),
        ));
    }
    problem
}

/// Returns the page with the button, as the browser reports it, or else the account's page.
fn return_path(context: &OperationContext<Read>) -> String {
    let own = context.operation.account.as_ref().map_or_else(
        || "/accounts".to_owned(),
        |account| format!("/accounts/{account}"),
    );
    context.began_on.clone().unwrap_or(own)
}
