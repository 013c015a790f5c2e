//! Actions of people on jobs: start, pause, continue, stop, retry, leave out, discard.
//! Each is a transaction with its audit event, and does nothing the second time.

use super::events::{self, JobEvent};
use super::permission::permission;
use super::store;
use crate::app::App;
use crate::db::jobs::{self, Job};
use crate::db::{self, Tx};
use crate::domain::actor::Actor;
use crate::domain::audit::EventOutcome;
use crate::domain::job::{Decision, JobCounts, JobState, JobStep};
use crate::domain::role::Permission;

/// Reason why an action on a job was refused.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The role lacks this permission.
    #[error("not permitted: {}", .0.verb())]
    Forbidden(Permission),
    /// The job is not in the state that the page showed; holds a sentence that says so.
    #[error("{0}")]
    Rule(String),
    /// Another number of accounts is included than the person confirmed. Nothing was started.
    #[error("Someone changed which accounts are included. Check them, then start.")]
    Changed(Box<JobCounts>),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

fn ensure_permitted(actor: &Actor, job: &Job) -> Result<(), ControlError> {
    let needed = permission(&job.action);
    if actor.may(needed) {
        Ok(())
    } else {
        Err(ControlError::Forbidden(needed))
    }
}

fn rule<T>(sentence: &str) -> Result<T, ControlError> {
    Err(ControlError::Rule(sentence.to_owned()))
}

/// Starts a previewed job, or continues a paused one. With `first`, it pauses after so many items.
/// Does nothing if the job is running.
///
/// # Errors
/// Fails with [`ControlError`].
pub async fn start(
    app: &App,
    actor: &Actor,
    job: &Job,
    first: Option<i64>,
) -> Result<(), ControlError> {
    start_if(app, actor, job, first, |_| true).await
}

/// Starts a previewed job if it still includes the number of accounts that the person confirmed.
///
/// # Errors
/// Fails with [`ControlError`]; with [`ControlError::Changed`] if it includes another number.
pub async fn start_confirmed(
    app: &App,
    actor: &Actor,
    job: &Job,
    first: Option<i64>,
    confirmed: i64,
) -> Result<(), ControlError> {
    start_if(app, actor, job, first, |counts| {
        counts.included() == confirmed
    })
    .await
}

async fn start_if(
    app: &App,
    actor: &Actor,
    job: &Job,
    first: Option<i64>,
    is_confirmed: impl FnOnce(&JobCounts) -> bool,
) -> Result<(), ControlError> {
    ensure_permitted(actor, job)?;
    // A large plan may not be stored as rows yet.
    store::store_rows(app, job.id).await?;
    if !matches!(job.state, JobState::Preview | JobState::Paused) {
        return match job.state {
            JobState::Stopped => rule("The job was stopped in the meantime."),
            _ => Ok(()),
        };
    }
    let mut tx = app.db.begin().await?;
    // A form of the preview that is sent twice must not continue a run that paused meanwhile.
    let from = [job.state];
    if !jobs::run(&mut tx, job.id, &from, app.clock.now()).await? {
        drop(tx);
        return match jobs::by_id(&app.db, job.id).await?.map(|job| job.state) {
            Some(JobState::Running | JobState::Paused | JobState::Ended) => Ok(()),
            Some(JobState::Stopped) => rule("The job was stopped in the meantime."),
            _ => rule("The job is gone."),
        };
    }
    // The job's row is locked now, so nobody can leave out an item meanwhile.
    let counts = jobs::counts_within(&mut tx, job.id).await?;
    if job.state == JobState::Preview && counts.included() == 0 {
        return rule("No account is included, so there is nothing to do.");
    }
    if !is_confirmed(&counts) {
        return Err(ControlError::Changed(Box::new(counts)));
    }
    if let Some(first) = first {
        jobs::run_first(&mut tx, job.id, first).await?;
    }
    let (step, message) = match (job.state, first) {
        (JobState::Paused, _) => (JobStep::Continued, "Continued.".to_owned()),
        (_, Some(first)) => (JobStep::Started, format!("Started with the first {first}.")),
        _ => (JobStep::Started, "Started.".to_owned()),
    };
    commit(app, tx, actor, job, step, message).await
}

/// Pauses a job between two items.
///
/// # Errors
/// Fails with [`ControlError`].
pub async fn pause(app: &App, actor: &Actor, job: &Job) -> Result<(), ControlError> {
    ensure_permitted(actor, job)?;
    let mut tx = app.db.begin().await?;
    if !jobs::pause(&mut tx, job.id).await? {
        return Ok(());
    }
    commit(app, tx, actor, job, JobStep::Paused, "Paused.".to_owned()).await
}

/// Stops a job between two items. Changes that were made stay.
///
/// # Errors
/// Fails with [`ControlError`].
pub async fn stop(app: &App, actor: &Actor, job: &Job) -> Result<(), ControlError> {
    ensure_permitted(actor, job)?;
    let mut tx = app.db.begin().await?;
    if !jobs::stop(&mut tx, job.id, app.clock.now()).await? {
        return Ok(());
    }
    jobs::items::stop(&mut tx, job.id).await?;
    commit(app, tx, actor, job, JobStep::Stopped, "Stopped.".to_owned()).await
}

/// Runs the failed items of a job again, and those that were not started. Others are not touched.
/// Applies the stored plan.
///
/// # Errors
/// Fails with [`ControlError`].
pub async fn retry(app: &App, actor: &Actor, job: &Job) -> Result<(), ControlError> {
    ensure_permitted(actor, job)?;
    let mut tx = app.db.begin().await?;
    let now = app.clock.now();
    let from = [JobState::Ended, JobState::Stopped];
    if !jobs::run(&mut tx, job.id, &from, now).await? {
        return Ok(());
    }
    let retried = jobs::items::retry(&mut tx, job.id, now).await?;
    if retried == 0 {
        return rule("No item failed, so there is nothing to retry.");
    }
    let message = format!("Started again with {retried} that had failed.");
    commit(app, tx, actor, job, JobStep::Retried, message).await
}

/// Includes items of a preview, or leaves them out: one, or all with the decision.
///
/// # Errors
/// Fails with [`ControlError`].
pub async fn leave_out(
    app: &App,
    actor: &Actor,
    job: &Job,
    decision: Decision,
    number: Option<i64>,
    left_out: bool,
) -> Result<(), ControlError> {
    ensure_permitted(actor, job)?;
    if jobs::plans::is_pending(&app.db, job.id).await? {
        return rule("The list of accounts is still being prepared.");
    }
    let mut tx = app.db.begin().await?;
    if !jobs::lock_preview(&mut tx, job.id).await? {
        return Ok(());
    }
    jobs::items::set_left_out(&mut tx, job.id, decision, number, left_out).await?;
    jobs::groups::recount(&mut tx, job.id, decision).await?;
    tx.commit().await?;
    Ok(())
}

/// Deletes a preview that was not run.
///
/// # Errors
/// Fails with [`ControlError`].
pub async fn discard(app: &App, actor: &Actor, job: &Job) -> Result<(), ControlError> {
    ensure_permitted(actor, job)?;
    if jobs::discard(&app.db, job.id).await? {
        return Ok(());
    }
    match jobs::by_id(&app.db, job.id).await? {
        Some(_) => rule("The job was started in the meantime."),
        None => Ok(()),
    }
}

async fn commit(
    app: &App,
    mut tx: Tx,
    actor: &Actor,
    job: &Job,
    step: JobStep,
    message: String,
) -> Result<(), ControlError> {
    let counts = jobs::counts_within(&mut tx, job.id).await?;
    let event = JobEvent {
        step,
        outcome: EventOutcome::Started,
        message,
    };
    events::append(app, &mut tx, job, &counts, Some(actor), event).await?;
    tx.commit().await?;
    Ok(())
}
