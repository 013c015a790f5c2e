//! Forms for changes of many accounts, opened from the selection bar of a list.
//!
//! The first request carries the selection and opens the form. The form carries the selection and
//! the ID of its job in hidden fields. Sent to the same address, it stores the job's preview. A
//! script may send the selection and the answers at once, without an ID.

use axum::http::StatusCode;
use axum::response::Response;

use super::change::{Problem, parse_job_id, parse_reason};
use super::error::Error;
use super::form::DraftForm;
use super::layout::Toast;
use super::notice::Notice;
use super::render;
use super::selection::SelectableFilter;
use crate::bulk::{self, NewJob, PlanError};
use crate::domain::ids::{AccountId, JobId};
use crate::domain::text::group_thousands;

mod action;
pub mod context;
mod form;
mod input;
mod selection_bar;

pub use action::BulkAction;
pub use input::BulkInput;
pub use selection_bar::SelectionBar;

use context::BulkContext;

/// Answers `GET` with the form, for a link or after an expired sign-in.
pub async fn open<F: SelectableFilter>(
    context: &BulkContext,
    input: BulkInput,
    kept: &DraftForm,
) -> Result<Response, Error> {
    let restored = kept.parse().map(|input| (input, true));
    let (input, is_restored) = restored.unwrap_or((input, false));
    show::<F>(context, input, is_restored).await
}

/// Answers `POST`: opens the form if only the selection was sent, otherwise stores the preview.
pub async fn submit<F: SelectableFilter>(
    context: &BulkContext,
    input: BulkInput,
) -> Result<Response, Error> {
    if input.job.is_empty() && !input.has_answers() {
        return show::<F>(context, input, false).await;
    }
    let ids = input
        .selection()
        .ids::<F>(&context.app, &context.may)
        .await?;
    let problem = match preview::<F>(context, &input, &ids).await? {
        Ok(job) => return Ok(render::redirect(&format!("/jobs/{job}"))),
        Err(problem) => problem,
    };
    let mut form = form::new::<F>(context, &input, &ids).await?;
    form.show_problem(problem);
    form.respond(&context.may, &context.htmx).await
}

async fn show<F: SelectableFilter>(
    context: &BulkContext,
    input: BulkInput,
    is_restored: bool,
) -> Result<Response, Error> {
    let selection = input.selection();
    let ids = selection.ids::<F>(&context.app, &context.may).await?;
    if ids.is_empty() {
        let text = "No account is selected. Select accounts first.";
        context.may.toast(Toast::new("info", text)).await?;
        return Ok(render::redirect(&selection.query::<F>().href()));
    }
    let mut form = form::new::<F>(context, &input, &ids).await?;
    if is_restored {
        form.notices.insert(0, Notice::restored_draft());
    }
    let most = context.app.settings.max_job_items;
    if ids.len() > most {
        form.show_problem(too_many(ids.len(), most));
        form.status = StatusCode::OK;
    }
    form.respond(&context.may, &context.htmx).await
}

/// Stores the preview of the job and returns its ID.
async fn preview<F: SelectableFilter>(
    context: &BulkContext,
    input: &BulkInput,
    ids: &[AccountId],
) -> Result<Result<JobId, Problem>, Error> {
    let id = match parse_job_id(&input.job, context.app.clock.now()) {
        Ok(id) => id,
        Err(problem) => return Ok(Err(problem)),
    };
    let parsed = context.action.parse(&context.app, input).await?;
    let reason = parse_reason(&input.reason_code, &input.reason);
    let (action, reason) = match (parsed, reason) {
        (Ok(action), Ok(reason)) => (action, reason),
        (parsed, reason) => {
            let mut fields = parsed.err().unwrap_or_default();
            fields.extend(reason.err().into_iter().flat_map(|problem| problem.fields));
            return Ok(Err(Problem::at_fields(fields)));
        }
    };
    let new = NewJob {
        id,
        action,
        accounts: ids.to_vec(),
        selection: input
            .selection()
            .describe::<F>(&context.app, ids.len())
            .await?,
        reason,
    };
    match bulk::preview(&context.app, context.may.actor(), new).await {
        Ok(job) => Ok(Ok(job.id)),
        Err(PlanError::Forbidden(permission)) => Err(Error::Forbidden(permission)),
        Err(PlanError::Db(error)) => Err(error.into()),
        Err(PlanError::Empty) => Ok(Err(nothing_selected())),
        Err(PlanError::TooMany { selected, most }) => Ok(Err(too_many(selected, most))),
        Err(PlanError::Field(field, sentence)) => Ok(Err(Problem::at_field(field, sentence))),
        Err(PlanError::Rule(sentence)) => Ok(Err(Problem::rule_violation(&sentence))),
    }
}

fn nothing_selected() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "bad",
        "Nothing is selected",
        "No account is selected any more, so there is nothing to preview. Go back to the list and select accounts.",
    )
}

fn too_many(selected: usize, most: usize) -> Problem {
    let number = |accounts: usize| group_thousands(i64::try_from(accounts).unwrap_or(i64::MAX));
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "bad",
        "Too many accounts are selected",
        &format!(
            "{} accounts are selected, and a job may have at most {}. Set a filter and select fewer.",
            number(selected),
            number(most)
        ),
    )
}
