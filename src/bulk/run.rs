//! Runner of jobs: claims items, sends them, and records their results.
//!
//! Any replica runs it. Each claim is a lease; an item whose runner died is claimed again. Its
//! operation has the same key then, so it is continued and not sent a second time.

use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;

use super::events;
use crate::annotations::tags::{self, AddTagOutcome};
use crate::app::App;
use crate::db::accounts;
use crate::db::jobs::{self, Job, items::JobItem};
use crate::db::operations::{self as stored_operations, Operation};
use crate::db::{self, settings, staff};
use crate::domain::actor::Actor;
use crate::domain::audit::EventOutcome;
use crate::domain::ids::OperationId;
use crate::domain::job::{ItemState, ItemWork, JobCounts};
use crate::domain::operation::{Change, OperationState};
use crate::domain::time::Timestamp;
use crate::operations::{
    self, Conflict, ExpectedValues, NotSentReason, Request, Submission, SubmitError,
};

/// Maximum number of items that one process sends at the same time.
const MAX_CONCURRENT: usize = 8;
/// Duration of a claim. An item is sent within half of it, or left to be checked.
const LEASE_DURATION: Duration = Duration::from_mins(1);
/// Longest wait for the outcome of one item. After it, the item counts as being checked.
const OUTCOME_TIMEOUT: Duration = Duration::from_secs(30);
/// Wait before an item is tried again that another change obstructs, or that Telnyx put off.
const RETRY_WAIT: Duration = Duration::from_secs(3);
/// Maximum number of outcomes that are adopted at a time.
const SETTLE_BATCH: i64 = 500;
/// Interval between looks for outcomes that came in late, while items are sent.
const SETTLE_INTERVAL: Duration = Duration::from_secs(1);

/// Result of one attempt at an item.
enum ItemResult {
    /// The item has this state, for this reason.
    Concluded(ItemState, String),
    /// Nothing was sent. The item is tried again with the same key.
    Postponed(String),
    /// Telnyx put it off, and nothing happened. The item is tried again with a new key.
    PutOff(String),
}

/// Sends the items of all running jobs until none is left that may start.
/// Returns the number of items that were handled.
///
/// # Errors
/// Fails if the database fails. Claimed items are claimed again when their lease is over.
pub async fn run_once(app: &App) -> db::Result<usize> {
    let app = app.for_jobs();
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
                        running.push(handle(app.clone(), job, item));
                    }
                }
                Err(error) => failure = Some(error),
            }
        }
        match running.next().await {
            Some(Ok(())) => handled += 1,
            Some(Err(error)) => failure = Some(error),
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
                jobs::items::claim(&app.db, job.id, limit, now, now + LEASE_DURATION).await?;
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
    let result = attempt(&app, &job, &item).await?;
    let now = app.clock.now();
    match result {
        ItemResult::Concluded(state, message) => {
            jobs::items::conclude(&app.db, &item, state, &message, now).await
        }
        ItemResult::Postponed(message) => {
            let at = now + RETRY_WAIT;
            jobs::items::postpone(&app.db, &item, item.operation_id, &message, at).await
        }
        ItemResult::PutOff(message) => {
            let key = OperationId::new(now);
            jobs::items::postpone(&app.db, &item, key, &message, now + RETRY_WAIT).await
        }
    }
}

async fn attempt(app: &App, job: &Job, item: &JobItem) -> db::Result<ItemResult> {
    let Some(work) = &item.work else {
        let message = "The plan has no change for it.".to_owned();
        return Ok(ItemResult::Concluded(ItemState::Refused, message));
    };
    // An earlier runner may have sent it before it died.
    if let Some(operation) = stored_operations::by_id(&app.db, item.operation_id).await? {
        return outcome(app, operation).await;
    }
    let Some(actor) = actor(app, job).await? else {
        let message = format!("{} can no longer sign in.", job.staff_name);
        return Ok(ItemResult::Concluded(ItemState::Refused, message));
    };
    match work {
        ItemWork::Operation(change) => send(app, &actor, job, item, change).await,
        ItemWork::AddTag(name) => change_tag(app, &actor, item, name, true).await,
        ItemWork::RemoveTag(name) => change_tag(app, &actor, item, name, false).await,
    }
}

/// Returns the person of a job with their current role. Returns `None` if they were disabled.
async fn actor(app: &App, job: &Job) -> db::Result<Option<Actor>> {
    let found = staff::by_id(&app.db, job.staff_id).await?;
    let found = found.filter(|staff| staff.disabled_at.is_none());
    Ok(found.map(|staff| Actor {
        staff_id: staff.id,
        email: staff.email,
        name: staff.name,
        role: staff.role,
        address: job
            .address
            .as_deref()
            .and_then(|address| address.parse().ok()),
        request_id: job.request_id.clone(),
        job: Some(job.id),
    }))
}

async fn send(
    app: &App,
    actor: &Actor,
    job: &Job,
    item: &JobItem,
    change: &Change,
) -> db::Result<ItemResult> {
    let request = Request {
        id: item.operation_id,
        change: change.clone(),
        reason: job.reason.clone(),
        undoes: item.undoes,
        expected: ExpectedValues {
            status: item.shown.status,
            channel_limit: item.shown.channel_limit.map(Some),
            custom_pricing: item.shown.custom_pricing.map(Some),
        },
        try_anyway: false,
        password: None,
    };
    match operations::submit(app, actor, request).await {
        Ok(Submission::Settled(operation) | Submission::Open(operation)) => {
            outcome(app, operation).await
        }
        Ok(Submission::InProgress(other)) if other.state == OperationState::Unknown => {
            let message = "An earlier change of it has an unknown outcome. Settle that first.";
            Ok(ItemResult::Concluded(
                ItemState::Refused,
                message.to_owned(),
            ))
        }
        Ok(Submission::InProgress(_)) => {
            let message = "It waits for another change of the same account.";
            Ok(ItemResult::Postponed(message.to_owned()))
        }
        Err(error) => refusal(error),
    }
}

/// Waits until an operation is no longer being sent, and returns its outcome.
async fn outcome(app: &App, mut operation: Operation) -> db::Result<ItemResult> {
    let started = tokio::time::Instant::now();
    while matches!(
        operation.state,
        OperationState::Queued | OperationState::Running
    ) && started.elapsed() < OUTCOME_TIMEOUT
    {
        tokio::time::sleep(Duration::from_millis(50)).await;
        match stored_operations::by_id(&app.db, operation.id).await? {
            Some(read) => operation = read,
            None => return Err(db::Error::Stored("an operation vanished".to_owned())),
        }
    }
    let message = operations::outcome_text(&operation);
    let put_off = operation
        .outcome
        .as_ref()
        .and_then(|outcome| outcome.status)
        == Some(429);
    Ok(match item_state(operation.state) {
        ItemState::Refused if put_off => ItemResult::PutOff(message),
        state => ItemResult::Concluded(state, message),
    })
}

/// Returns the state of an item whose operation has this state.
const fn item_state(state: OperationState) -> ItemState {
    match state {
        OperationState::Done => ItemState::Done,
        OperationState::Refused => ItemState::Refused,
        OperationState::Unknown => ItemState::Unknown,
        OperationState::Queued | OperationState::Running | OperationState::Checking => {
            ItemState::Checking
        }
    }
}

/// Returns the result of an item that was not recorded as an operation.
fn refusal(error: SubmitError) -> db::Result<ItemResult> {
    let refused = |message: String| Ok(ItemResult::Concluded(ItemState::Refused, message));
    match error {
        SubmitError::Db(error) => Err(error),
        SubmitError::NotSent(reason) => Ok(ItemResult::Postponed(not_sent(reason).to_owned())),
        SubmitError::Forbidden(permission) => {
            refused(format!("Your role can no longer {}.", permission.verb()))
        }
        SubmitError::Conflict(conflict) => refused(describe_conflict(&conflict)),
        SubmitError::KeyReused => refused("It was sent by another job already.".to_owned()),
        SubmitError::Pool { pool, now, wanted } => {
            let needed = i64::from(wanted.get()) - i64::from(now.get());
            refused(format!(
                "It needs {needed} more channels, and the pool has {} free.",
                pool.total.saturating_sub(pool.allocated)
            ))
        }
        SubmitError::UnknownAccount => refused("Telnyx no longer lists this account.".to_owned()),
        SubmitError::Rule(sentence) | SubmitError::Field(_, sentence) => refused(sentence),
    }
}

const fn not_sent(reason: NotSentReason) -> &'static str {
    match reason {
        NotSentReason::TelnyxDown(_) => "Telnyx does not answer.",
        NotSentReason::OtherManager => "The API key belongs to another manager.",
        NotSentReason::ReadOnly => "The portal is set to read-only.",
        NotSentReason::CannotRead => "Telnyx could not be read.",
    }
}

fn describe_conflict(conflict: &Conflict) -> String {
    let changes = conflict.changes.iter().map(|change| {
        let by = change.who.as_ref().map(|who| format!(" by {who}"));
        format!(
            "{} was {} in the preview and is {} now, changed{}.",
            change.what,
            change.shown,
            change.now,
            by.unwrap_or_default()
        )
    });
    let sentences: Vec<String> = changes.collect();
    if sentences.is_empty() {
        "Another change of the same account was made at the same time.".to_owned()
    } else {
        sentences.join(" ")
    }
}

async fn change_tag(
    app: &App,
    actor: &Actor,
    item: &JobItem,
    name: &str,
    add: bool,
) -> db::Result<ItemResult> {
    let refused = |message: String| Ok(ItemResult::Concluded(ItemState::Refused, message));
    let permission = crate::domain::role::Permission::Annotate;
    if !actor.may(permission) {
        return refused(format!("Your role can no longer {}.", permission.verb()));
    }
    let account = match &item.account {
        Some(id) => accounts::by_id(&app.db, id).await?,
        None => None,
    };
    let Some(account) = account else {
        return refused("Telnyx no longer lists this account.".to_owned());
    };
    let message = if add {
        match tags::add_to_account(app, actor, &account, name).await? {
            AddTagOutcome::Done | AddTagOutcome::AlreadyTagged(_) => {
                format!("It has the tag {name}.")
            }
            AddTagOutcome::TooMany => {
                let most = tags::MAX_PER_ACCOUNT;
                return refused(format!("It has {most} tags already, and cannot have more."));
            }
        }
    } else {
        if let Some(tag) = db::tags::by_name(&app.db, name).await? {
            tags::remove_from_account(app, actor, &account, tag.id).await?;
        }
        format!("It does not have the tag {name}.")
    };
    Ok(ItemResult::Concluded(ItemState::Done, message))
}

/// Adopts the outcomes of operations that were still open when their item was handled.
async fn settle_open(app: &App) -> db::Result<()> {
    let now = app.clock.now();
    for operation in stored_operations::settled_for_jobs(&app.db, SETTLE_BATCH).await? {
        let message = operations::outcome_text(&operation);
        let state = item_state(operation.state);
        jobs::items::settle(&app.db, operation.id, state, &message, now).await?;
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
        let (outcome, message) = if ended {
            (result(&counts), counts.summary())
        } else {
            let first = counts.finished();
            (
                EventOutcome::Started,
                format!("Paused after the first {first}: {}.", counts.summary()),
            )
        };
        events::append(app, &mut tx, &job, &counts, None, outcome, message).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Returns the outcome of a job. One failure is enough to make it one that failed in part.
fn result(counts: &JobCounts) -> EventOutcome {
    if counts.of(ItemState::Unknown) > 0 {
        EventOutcome::Unknown
    } else if counts.of(ItemState::Refused) > 0 {
        EventOutcome::Refused
    } else {
        EventOutcome::Done
    }
}

/// Deletes previews that nobody ran for a week.
///
/// # Errors
/// Fails if the database fails.
pub async fn delete_expired_previews(app: &App) -> db::Result<()> {
    let before: Timestamp = app.clock.now() - Duration::from_hours(24 * 7);
    jobs::delete_expired(&app.db, before).await?;
    Ok(())
}
