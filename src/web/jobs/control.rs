//! Pausing, continuing and retrying of a job.

use axum::response::Response;

use super::JobContext;
use crate::bulk;
use crate::domain::job::JobState;
use crate::web::error::Error;

/// `POST /jobs/{id}/pause`
pub(super) async fn pause(context: JobContext) -> Result<Response, Error> {
    let paused = bulk::pause(&context.app, context.may.actor(), &context.job).await;
    context.back_to_job(paused).await
}

/// `POST /jobs/{id}/resume`
pub(super) async fn resume(context: JobContext) -> Result<Response, Error> {
    context.ensure_may_change()?;
    // A preview is started with its own form, which asks for the number.
    if context.job.state != JobState::Paused {
        return context.back_to_job(Ok(())).await;
    }
    let resumed = bulk::start(&context.app, context.may.actor(), &context.job, None).await;
    context.back_to_job(resumed).await
}

/// `POST /jobs/{id}/retry`
pub(super) async fn retry(context: JobContext) -> Result<Response, Error> {
    let retried = bulk::retry(&context.app, context.may.actor(), &context.job).await;
    context.back_to_job(retried).await
}
