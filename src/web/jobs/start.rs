//! Starting a preview, or discarding it.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::preview::{self, FIRST};
use super::rows::ItemsQuery;
use super::{JobContext, PATH};
use crate::bulk::{self, ControlError};
use crate::domain::job::{JobCounts, JobState};
use crate::domain::number;
use crate::domain::text::group_thousands;
use crate::web::error::Error;
use crate::web::form::{Field, Form};
use crate::web::layout::Toast;
use crate::web::render;

/// Submitted fields of the form that starts a job.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StartInput {
    /// Number that the person typed.
    confirm: Field,
    /// Number of items with which the job starts; empty for all.
    first: String,
    /// Number of accounts that the form showed.
    included: String,
}

/// `POST /jobs/{id}/start`
pub(super) async fn start(
    context: JobContext,
    Form(mut input): Form<StartInput>,
) -> Result<Response, Error> {
    context.ensure_may_change()?;
    if context.job.state != JobState::Preview {
        // The form was sent before, and that is the run.
        return Ok(render::redirect(&context.path()));
    }
    let first = match input.first.trim() {
        "" => None,
        text => Some(
            text.parse::<i64>()
                .ok()
                .filter(|first| *first == FIRST)
                .ok_or_else(|| {
                    Error::BadRequest("The request was damaged. Reload the page.".to_owned())
                })?,
        ),
    };
    let counts = context.counts().await?;
    let included = u64::try_from(counts.included()).unwrap_or_default();
    let shown = number::parse_whole(&input.included).ok();
    if shown.is_some_and(|shown| shown != included) {
        return show_changed_set(&context, &counts).await;
    }
    if context.job.action.is_disruptive()
        && number::parse_whole(&input.confirm.value) != Ok(included)
    {
        input.confirm.set_error(format!(
            "Type {} to confirm.",
            group_thousands(counts.included())
        ));
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let query = ItemsQuery::default().at_path(context.path());
        return preview::show_form(&context, query, input.confirm, None, status).await;
    }
    let (app, actor) = (&context.app, context.may.actor());
    let started = bulk::start_confirmed(app, actor, &context.job, first, counts.included()).await;
    match started {
        Err(ControlError::Changed(counts)) => show_changed_set(&context, &counts).await,
        started => context.back_to_job(started).await,
    }
}

/// Shows the preview again, because other accounts are included than the form showed.
async fn show_changed_set(context: &JobContext, counts: &JobCounts) -> Result<Response, Error> {
    let query = ItemsQuery::default().at_path(context.path());
    let notice = Some(preview::changed_set(counts));
    preview::show_form(
        context,
        query,
        Field::default(),
        notice,
        StatusCode::CONFLICT,
    )
    .await
}

/// `POST /jobs/{id}/discard`
pub(super) async fn discard(context: JobContext) -> Result<Response, Error> {
    let discarded = bulk::discard(&context.app, context.may.actor(), &context.job).await;
    if matches!(discarded, Err(ControlError::Rule(_))) {
        return context.back_to_job(discarded).await;
    }
    context.back_to_job(discarded).await?;
    let toast = Toast::success("Discarded. Nothing was changed.");
    context.may.toast(toast).await?;
    Ok(render::redirect(PATH))
}
