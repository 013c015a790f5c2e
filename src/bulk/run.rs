//! Runner of jobs: claims items, sends them, and records their results.
//!
//! Any replica runs it. Each claim is a lease; an item whose runner died or stopped is claimed again.
//! Its operation has the same key then, so it is continued and not sent a second time.

use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;

use super::attempt::{ItemOutcome, ItemResult, attempt};
use super::creations;
use super::events::{self, JobEvent};
use super::store;
use crate::app::App;
use crate::db::jobs::{self, Job, items::JobItem};
use crate::db::leases::held::{CLAIM_DURATION, Lease, ShutdownStep};
use crate::db::operations as stored_operations;
use crate::db::{self, settings};
use crate::domain::audit::EventOutcome;
use crate::domain::ids::OperationId;
use crate::domain::job::{ItemState, JobCounts, JobStep};
use crate::domain::notification::{NotificationFact, NotificationKind};
use crate::notifications;
use crate::traces;

/// Maximum number of items that one process sends at the same time.
const MAX_CONCURRENT: usize = 8;
/// Wait before an item is tried again that another change obstructs, or that Telnyx put off.
const RETRY_WAIT: Duration = Duration::from_secs(3);
/// Maximum number of outcomes that are adopted at a time.
const SETTLE_BATCH: i64 = 500;
/// Interval between looks for outcomes that came in late, while items are sent.
const SETTLE_INTERVAL: Duration = Duration::from_secs(1);

/// Sends the items of all running jobs until none is left that may start.
/// Returns the number of items that were handled.
///
/// # Errors
/// Fails if the database fails. Claimed items are claimed again when their lease is over.
pub async fn run_once(app: &App) -> db::Result<usize> {
    let app = app.for_jobs();
    store::store_pending(&app).await?;
    settle_open(&app).await?;
    let mut handled = 0;
    let mut running = FuturesUnordered::new();
    let mut failure = None;
    let mut settled_at = tokio::time::Instant::now();
    loop {
        if failure.is_none() && !app.shutdown.is_cancelled() {
            match claim(&app, MAX_CONCURRENT - running.len()).await {
                Ok(items) => {
                    for (job, item) in items {
                        // In a task of its own: an item may hold the connection that the next
                        // claim waits for.
                        let work = traces::inherit(handle(app.clone(), job, item));
                        running.push(app.tasks.spawn(work));
                    }
                }
                Err(error) => failure = Some(error),
            }
        }
        match running.next().await {
            Some(Ok(Ok(()))) => handled += 1,
            Some(Ok(Err(error))) => failure = Some(error),
            // Its lease runs out, and it is claimed again.
            Some(Err(panic)) => tracing::error!(%panic, "an item of a job panicked"),
            None => break,
        }
        if failure.is_none() && settled_at.elapsed() >= SETTLE_INTERVAL {
            settled_at = tokio::time::Instant::now();
            settle_open(&app).await?;
            finish(&app).await?;
        }
    }
    if let Some(error) = failure {
        return Err(error);
    }
    settle_open(&app).await?;
    finish(&app).await?;
    Ok(handled)
}

/// Claims up to `free` items, in turn from each running job.
async fn claim(app: &App, free: usize) -> db::Result<Vec<(Job, JobItem)>> {
    let mut claimed = Vec::new();
    if free == 0 {
        return Ok(claimed);
    }
    let mut jobs = jobs::active(&app.db).await?;
    if jobs.is_empty() {
        return Ok(claimed);
    }
    let obstacle = obstacle(app).await?;
    for job in &jobs {
        let why = obstacle.as_deref().unwrap_or_default();
        if job.waiting_for != why {
            jobs::set_waiting_for(&app.db, job.id, why).await?;
        }
    }
    if obstacle.is_some() {
        return Ok(claimed);
    }
    while claimed.len() < free && !jobs.is_empty() {
        let mut next = Vec::new();
        let share = (free - claimed.len()).div_ceil(jobs.len());
        for job in jobs {
            let limit = share.min(free - claimed.len());
            if limit == 0 {
                break;
            }
            let now = app.clock.now();
            let limit = i64::try_from(limit).unwrap_or(1);
            let items =
                jobs::items::claim(&app.db, job.id, limit, now, now + CLAIM_DURATION).await?;
            let full = items.len() >= usize::try_from(limit).unwrap_or(1);
            claimed.extend(items.into_iter().map(|item| (job.clone(), item)));
            if full {
                next.push(job);
            }
        }
        jobs = next;
    }
    Ok(claimed)
}

/// Returns a sentence if nothing is sent at the moment.
async fn obstacle(app: &App) -> db::Result<Option<String>> {
    if app.settings.read_only {
        return Ok(Some("The portal is set to read-only.".to_owned()));
    }
    if settings::other_manager(&app.db).await?.is_some() {
        return Ok(Some("The API key belongs to another manager.".to_owned()));
    }
    let down = app.telnyx.health().is_down();
    Ok(down.then(|| "Telnyx does not answer. The job continues when it does.".to_owned()))
}

/// Sends one claimed item and records its result.
async fn handle(app: App, job: Job, item: JobItem) -> db::Result<()> {
    let (app, item) = (&app, &item);
    let work = attempt(app, &job, item);
    let held = app
        .leases
        .hold(Lease::JobItem(item), ShutdownStep::is_end, work);
    let Some(result) = held.await else {
        return Ok(());
    };
    let now = app.clock.now();
    match result? {
        ItemResult::Concluded(state, message) => {
            let state = creations::final_state(item, state);
            jobs::items::conclude(&app.db, item, state, &message, now).await?;
            app.metrics.record_job_item(state);
            Ok(())
        }
        ItemResult::Postponed(message) => {
            let at = now + RETRY_WAIT;
            jobs::items::postpone(&app.db, item, item.operation_id, &message, at).await
        }
        ItemResult::Interrupted => jobs::items::release(&app.db, item).await,
        ItemResult::PutOff(message) => put_off(app, item, &message).await,
    }
}

/// Lets an item wait that Telnyx put off. It is sent again with a new key.
async fn put_off(app: &App, item: &JobItem, message: &str) -> db::Result<()> {
    let now = app.clock.now();
    let key = OperationId::new(now);
    jobs::items::postpone(&app.db, item, key, message, now + RETRY_WAIT).await
}

/// Adopts the outcomes of operations that were still open when their item was handled.
async fn settle_open(app: &App) -> db::Result<()> {
    let now = app.clock.now();
    for operation in stored_operations::settled_for_jobs(&app.db, SETTLE_BATCH).await? {
        let Some(item) = jobs::items::by_operation(&app.db, operation.id).await? else {
            continue;
        };
        let ItemOutcome {
            state,
            message,
            put_off: is_put_off,
            ..
        } = ItemOutcome::of(app, &operation).await?;
        if is_put_off && item.state == ItemState::Checking {
            put_off(app, &item, &message).await?;
            continue;
        }
        let state = creations::final_state(&item, state);
        jobs::items::settle(&app.db, operation.id, state, &message, now).await?;
        if state != item.state {
            app.metrics.record_job_item(state);
        }
    }
    Ok(())
}

/// Ends the jobs of which every item has a result, and pauses those that came to their bound.
async fn finish(app: &App) -> db::Result<()> {
    for job in jobs::active(&app.db).await? {
        let now = app.clock.now();
        let counts = events::counts(app, &job).await?;
        if counts.under_way() > 0 {
            continue;
        }
        let mut tx = app.db.begin().await?;
        let ended = jobs::end(&mut tx, job.id, now).await?;
        if !ended && !jobs::pause_at_bound(&mut tx, job.id).await? {
            continue;
        }
        let event = if ended {
            JobEvent {
                step: JobStep::Ended,
                outcome: result(&counts),
                message: counts.summary(),
            }
        } else {
            let first = counts.finished();
            JobEvent {
                step: JobStep::BoundReached,
                outcome: EventOutcome::Started,
                message: format!("Paused after the first {first}: {}.", counts.summary()),
            }
        };
        events::append(app, &mut tx, &job, &counts, None, event).await?;
        if ended {
            let fact = ended_fact(&job, &counts);
            notifications::publish(app, &mut tx, &fact, Some(job.staff_id)).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Returns the fact that a job ended.
fn ended_fact(job: &Job, counts: &JobCounts) -> NotificationFact {
    NotificationFact {
        kind: NotificationKind::JobEnded,
        sweep: None,
        items: 1,
        subject: job.action.title(counts.included()),
        detail: format!("{}.", counts.summary()),
        path: format!("/jobs/{}", job.id),
    }
}

/// Returns the outcome of a job. One failure is enough to make it one that failed in part.
fn result(counts: &JobCounts) -> EventOutcome {
    if counts.of(ItemState::Unknown) > 0 {
        EventOutcome::Unknown
    } else if counts.problems() > 0 {
        EventOutcome::Refused
    } else {
        EventOutcome::Done
    }
}
