//! Audit events of jobs.

use crate::app::App;
use crate::db::jobs::{self, Job};
use crate::db::{self, Tx, audit};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::job::{JobCounts, JobStep};

/// Returns the number of items of a job in each state.
pub(super) async fn counts(app: &App, job: &Job) -> db::Result<JobCounts> {
    jobs::counts_of(&app.db, job.id).await
}

/// Event of a job: the step, its outcome, and a sentence about it.
pub(super) struct JobEvent {
    pub step: JobStep,
    pub outcome: EventOutcome,
    pub message: String,
}

/// Appends the event of a job to the audit.
pub(super) async fn append(
    app: &App,
    tx: &mut Tx,
    job: &Job,
    counts: &JobCounts,
    by: Option<&Actor>,
    JobEvent {
        step,
        outcome,
        message,
    }: JobEvent,
) -> db::Result<()> {
    let target = job.action.title(counts.included());
    let event = match by {
        Some(actor) => Event::by_actor(actor, EventKind::Job, outcome, target),
        None => Event {
            who: Some(job.who()),
            ..Event::by_system(EventKind::Job, outcome, target)
        },
    };
    let reason = Some(job.reason.as_sentence()).filter(|reason| !reason.is_empty());
    let event = Event {
        job: Some(job.id),
        step: Some(step),
        after: Some(job.selection.clone()),
        reason,
        message,
        ..event
    };
    audit::append(tx, &app.audit_key, app.clock.now(), &event).await?;
    Ok(())
}
