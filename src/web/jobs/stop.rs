//! Confirmation before a job is stopped.

use axum::response::Response;

use super::{JobContext, PATH};
use crate::bulk;
use crate::domain::job::{ItemState, JobState};
use crate::domain::text::group_thousands;
use crate::web::confirmation::{Confirmation, Consequence, crumbs};
use crate::web::error::Error;
use crate::web::layout::Section;
use crate::web::notice::Notice;

/// `GET /jobs/{id}/stop`
pub(super) async fn show(context: JobContext) -> Result<Response, Error> {
    context.ensure_may_change()?;
    let counts = context.counts().await?;
    let path = context.path();
    let title = context.job.action.title(counts.included());
    let mut form = Confirmation {
        section: Section::Jobs,
        crumbs: crumbs([("Jobs", PATH), (title.as_str(), path.as_str())]),
        title: "Stop this job?".to_owned(),
        lead: title,
        icon: "ban",
        danger: true,
        action: format!("{path}/stop"),
        cancel: ("Cancel", path),
        button: "Stop the job".to_owned(),
        ..Confirmation::default()
    };
    let number = |state| group_thousands(counts.of(state));
    form.consequences = vec![
        Consequence::plain(format!(
            "{} done so far. What is done stays done.",
            number(ItemState::Done)
        )),
        Consequence::plain(format!(
            "{} waiting will not be started.",
            number(ItemState::Waiting)
        )),
        Consequence::good("You can start the rest later, or undo what was done."),
    ];
    if !matches!(context.job.state, JobState::Running | JobState::Paused) {
        let text = "It is neither running nor paused, so there is nothing to stop.";
        form.obstruct(Notice::new("warn", "This job is over", text));
        form.cancel.0 = "Close";
    }
    form.respond(&context.may, &context.htmx).await
}

/// `POST /jobs/{id}/stop`
pub(super) async fn stop(context: JobContext) -> Result<Response, Error> {
    let stopped = bulk::stop(&context.app, context.may.actor(), &context.job).await;
    context.back_to_job(stopped).await
}
