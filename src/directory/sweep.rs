//! Sweep: reads all lists, compares them with the directory, and writes all changes or none.
//!
//! `lists` checks that the lists are complete, `shrink_guard` that they contain about as many
//! accounts as before, and this file that they belong to the right manager. `diff` and `recheck`
//! write single accounts; `reconcile` writes what concerns all of them. The progress of a sweep is
//! saved. If its process ends, the next one resumes it.

use std::sync::atomic::AtomicI64;
use std::time::Duration;

use tokio::sync::Mutex;
use uuid::Uuid;

use super::lists::ListReader;
use super::shrink_guard::{self, Shrinkage};
use super::sweep_run::{LEASE, LEASE_DURATION, SweepAborted, SweepRun};
use super::{alerts, read_pool, recheck, reconcile};
use crate::app::App;
use crate::db::sweeps::checkpoint::{self, Checkpoint};
use crate::db::sweeps::state::Flag;
use crate::db::sweeps::{self, Sweep, SweepKind, SweepOutcome};
use crate::db::{self, accounts, audit, settings};
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::time::Timestamp;

/// Maximum age of a checkpoint. Anything read earlier is read again.
const MAX_CHECKPOINT_AGE: Duration = Duration::from_mins(30);
/// Minimum number of pages for which a failed sweep is resumed.
/// Fewer pages are read again, which makes them more recent.
const MIN_PAGES_TO_RESUME: usize = 8;

/// Result of asking for a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SweepResult {
    /// The sweep ran to its end, with any outcome.
    Finished(Sweep),
    /// Another replica has the lease, or the portal is stopping.
    NotRun,
}

/// Runs a sweep, unless another replica does.
/// Resumes an unfinished sweep of the last half hour.
///
/// # Errors
/// Fails if the database fails. A failure of Telnyx is an outcome.
pub async fn run(app: &App) -> db::Result<SweepResult> {
    if app.shutdown.is_cancelled() {
        return Ok(SweepResult::NotRun);
    }
    let now = app.clock.now();
    let sweep = |holder| async move {
        let run = SweepRun {
            app,
            client: app.telnyx.in_background(),
            holder,
            renewed_at: AtomicI64::new(now.as_millis()),
            paused: Mutex::default(),
        };
        run_with_lease(&run, now).await
    };
    let swept = app.leases.run_alone(LEASE, LEASE_DURATION, sweep).await?;
    Ok(swept.unwrap_or(SweepResult::NotRun))
}

async fn run_with_lease(run: &SweepRun<'_>, now: Timestamp) -> db::Result<SweepResult> {
    let app = run.app;
    let before = sweeps::latest(&app.db, SweepKind::Accounts).await?;
    let unfinished = checkpoint::current(&app.db).await?;
    let stage = match unfinished.filter(|stage| stage.started_at.until(now) <= MAX_CHECKPOINT_AGE) {
        Some(stage) => stage,
        None => Checkpoint {
            sweep: Uuid::new_v4(),
            started_at: now,
            high_water_mark: accounts::sweep_watermark(&app.db).await?.revision,
            manager: None,
        },
    };
    let (id, started_at) = (stage.sweep, stage.started_at);
    sweeps::start(&app.db, id, SweepKind::Accounts, started_at).await?;
    checkpoint::begin(&app.db, run.holder, &stage).await?;
    let mut pages = 0;
    let result = read_and_apply(run, stage, now, &mut pages).await;
    let mut ended = Sweep {
        started_at,
        finished_at: now,
        outcome: SweepOutcome::Done,
        message: String::new(),
        seen: 0,
        changed: 0,
        busy: Duration::ZERO,
    };
    let (mut other, mut few) = (None, None);
    match result {
        Ok(taken) => ended = taken,
        Err(SweepAborted::Unusable(outcome, message)) => {
            (ended.outcome, ended.message) = (outcome, message);
        }
        Err(SweepAborted::TooFew(fewer)) => {
            few = Some(fewer);
            ended.outcome = SweepOutcome::TooFew;
            ended.message = format!("{} Nothing was changed.", fewer.sentence());
        }
        Err(SweepAborted::OtherManager(manager)) => {
            ended.outcome = SweepOutcome::OtherManager;
            ended.message = format!(
                "Telnyx lists the accounts of another manager ({manager}). Nothing is read or \
                 changed until the API key is the right manager's again."
            );
            other = Some(manager);
        }
        Err(SweepAborted::LeaseLost | SweepAborted::Stopped) => return Ok(SweepResult::NotRun),
        Err(SweepAborted::Db(error)) => return Err(error),
    }
    if ended.outcome != SweepOutcome::Done
        && (ended.outcome != SweepOutcome::Failed || pages < MIN_PAGES_TO_RESUME)
    {
        let mut tx = app.db.begin().await?;
        checkpoint::end(&mut tx, run.holder).await?;
        tx.commit().await?;
        checkpoint::delete_orphaned_pages(&app.db).await?;
    }
    if ended.outcome != SweepOutcome::OtherManager
        && run.wait_for_turn().await
        && let Err(error) = read_pool(app, &run.client).await
    {
        tracing::debug!(%error, "the channel pool could not be read");
    }
    ended.finished_at = app.clock.now();
    ended.busy = run.busy_time(now).await;
    record_result(app, id, &ended, before.as_ref(), other.as_deref(), few).await?;
    let took = ended.started_at.until(ended.finished_at);
    app.metrics.record_sweep(ended.outcome.as_str(), took);
    if ended.outcome == SweepOutcome::Done {
        alerts::check(app, id).await?;
    }
    Ok(SweepResult::Finished(ended))
}

/// Records the end of the sweep.
/// An alert is an audit event when it begins and when it changes, but not at every sweep.
async fn record_result(
    app: &App,
    id: Uuid,
    ended: &Sweep,
    before: Option<&Sweep>,
    other: Option<&str>,
    few: Option<Shrinkage>,
) -> db::Result<()> {
    let mut tx = app.db.begin().await?;
    sweeps::finish(&mut tx, id, SweepKind::Accounts, ended).await?;
    let mut event = None;
    if let Some(other) = other {
        settings::set(&mut tx, settings::MANAGER_MISMATCH, other).await?;
    }
    if let Some(few) = few {
        shrink_guard::save_detected(&mut tx, few).await?;
    } else if ended.outcome != SweepOutcome::Failed {
        settings::remove(&mut tx, settings::SHRINK_DETECTED).await?;
        settings::remove(&mut tx, settings::SHRINK_ACCEPTED).await?;
    }
    if ended.outcome == SweepOutcome::Done {
        if settings::remove(&mut tx, settings::MANAGER_MISMATCH).await? {
            let mut healed = alert_event(EventOutcome::Done);
            "Telnyx shows the right manager's accounts again.".clone_into(&mut healed.message);
            event = Some(healed);
        }
    } else if before.is_none_or(|before| before.outcome != ended.outcome) {
        let mut raised = alert_event(EventOutcome::Refused);
        raised.message.clone_from(&ended.message);
        event = Some(raised);
        tracing::warn!(
            outcome = ended.outcome.as_str(),
            "the directory was left as it is: {}",
            ended.message
        );
    }
    if let Some(event) = event {
        audit::append(&mut tx, &app.audit_key, ended.finished_at, &event).await?;
    }
    tx.commit().await
}

fn alert_event(outcome: EventOutcome) -> Event {
    Event::by_system(EventKind::DirectoryAlert, outcome, "Directory of accounts")
}

/// Reads the missing pages and writes the result to the directory.
/// Sets `pages` to the number of pages that arrived, even if the sweep fails.
async fn read_and_apply(
    run: &SweepRun<'_>,
    stage: Checkpoint,
    now: Timestamp,
    pages: &mut usize,
) -> Result<Sweep, SweepAborted> {
    let app = run.app;
    let started_at = stage.started_at;
    let first = sweeps::latest_done(&app.db, SweepKind::Accounts)
        .await?
        .is_none();
    let mut reading = ListReader::open(run, stage).await?;
    let read = reading.read().await;
    *pages = reading.page_count();
    read?;
    if reading.checkpoint.manager.is_none()
        && let Some(other) = settings::other_manager(&app.db).await?
    {
        // No account states its manager, so nothing proves that the key is right again.
        return Err(SweepAborted::OtherManager(other));
    }
    let fewer = Shrinkage::of(&reading.state);
    let shrunk = fewer.is_suspicious();
    if shrunk && !shrink_guard::is_accepted(&app.db, fewer).await? {
        return Err(SweepAborted::TooFew(fewer));
    }
    if let Some(manager) = &reading.checkpoint.manager {
        let mut tx = app.db.begin().await?;
        let kept = settings::set_if_absent(&mut tx, settings::MANAGER_ACCOUNT_ID, manager).await?;
        tx.commit().await?;
        if kept != *manager {
            return Err(SweepAborted::OtherManager(manager.clone()));
        }
    }
    let seen = reading
        .state
        .entries()
        .filter(|entry| entry.is(Flag::Listed))
        .count();
    let written = reconcile::write_changes(run, &mut reading, first).await?;
    let mut ended = Sweep {
        started_at,
        finished_at: app.clock.now(),
        outcome: SweepOutcome::Done,
        message: String::new(),
        seen: i64::try_from(seen).unwrap_or(i64::MAX),
        changed: written.inserted,
        busy: run.busy_time(now).await,
    };
    reconcile::finish(run, &mut reading, &ended, shrunk).await?;
    let sweep = reading.checkpoint.sweep;
    reading.cache_baseline();
    let (changed, message) = recheck::recheck_all(run, sweep, written.rechecks).await?;
    ended.changed += changed;
    ended.message = message;
    Ok(ended)
}
