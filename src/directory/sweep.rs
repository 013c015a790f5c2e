//! A sweep: all lists are read, compared with the directory, and taken over, or not at all.
//!
//! What may be taken over is decided in `lists` (did all of it come?), in `fewer` (are there about as many as before?)
//! and here (is it the right manager?); account by account in `differing` and `ask`, for all together in `reconcile`.
//! What has come of a sweep is kept: where its process ends, the next one goes on with it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use uuid::Uuid;

use super::book::Flag;
use super::fewer::{self, Fewer};
use super::lists::Reading;
use super::{ask, pace, read_pool, reconcile};
use crate::app::App;
use crate::db::sweeps::stage::{self, Stage};
use crate::db::sweeps::{self, Kind, Outcome, Sweep};
use crate::db::{self, accounts, audit, leases, settings};
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::time::Timestamp;
use crate::telnyx::Client;

const LEASE: &str = "sweep";
/// How long a lease lasts; longer than the slowest request with its retries.
const HELD: Duration = Duration::from_mins(3);
/// How old a lease becomes before it is renewed.
const RENEWED: Duration = Duration::from_secs(30);
/// What was read longer ago is read anew.
const FRESH: Duration = Duration::from_mins(30);
/// What came of a sweep that fails is worth going on with from so many pages on; fewer are read anew, and are younger.
const WORTH: usize = 8;

/// What came of asking for a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ran {
    /// It ran to its end, whatever its outcome.
    Swept(Sweep),
    /// Somebody else has the lease, or the portal is to stop.
    Left,
}

/// Why a sweep ends without changing anything.
pub(super) enum Halt {
    /// What was read cannot be used; with a sentence.
    Unusable(Outcome, String),
    /// Far fewer accounts than before.
    TooFew(Fewer),
    /// The accounts are this other manager's.
    OtherManager(String),
    /// Somebody else sweeps by now.
    LeaseLost,
    /// The portal is to stop; another goes on.
    Stopped,
    /// The database failed.
    Db(db::Error),
}

impl From<db::Error> for Halt {
    fn from(error: db::Error) -> Self {
        Self::Db(error)
    }
}

/// A sweep under way: the client that lets people's requests go first, the lease, the pauses.
pub(super) struct Run<'a> {
    pub app: &'a App,
    pub client: Client,
    pub holder: Uuid,
    renewed_at: AtomicI64,
    /// How long requests were held back so far. Whoever has it sends the next one.
    paused: Mutex<Duration>,
}

impl Run<'_> {
    /// Waits until the next request may be sent, by the pace that all of them keep together; false where the portal is
    /// to stop, and none may.
    pub async fn turn(&self) -> bool {
        let mut paused = self.paused.lock().await;
        let gap = pace::gap(self.client.rate(), self.app.clock.now());
        if !gap.is_zero() {
            *paused += gap;
            tokio::select! {
                () = tokio::time::sleep(gap) => {}
                () = self.app.shutdown.cancelled() => {}
            }
        }
        !self.stopped()
    }

    /// Whether the portal is to stop.
    pub fn stopped(&self) -> bool {
        self.app.shutdown.is_cancelled()
    }

    /// Renews the lease where it is time to.
    pub async fn keep_lease(&self) -> Result<(), Halt> {
        let now = self.app.clock.now();
        let renewed_at = Timestamp::from_millis(self.renewed_at.load(Ordering::Relaxed));
        if renewed_at.until(now) >= RENEWED {
            if !leases::take(&self.app.db, LEASE, self.holder, now, now + HELD).await? {
                return Err(Halt::LeaseLost);
            }
            self.renewed_at.store(now.as_millis(), Ordering::Relaxed);
        }
        Ok(())
    }

    /// How long it was at work since `from`, without the pauses.
    async fn busy(&self, from: Timestamp) -> Duration {
        from.until(self.app.clock.now())
            .saturating_sub(*self.paused.lock().await)
    }
}

/// Sweeps now, unless another replica does. A sweep of the last half hour that did not come to its end is gone on with.
///
/// # Errors
/// When the database fails. That Telnyx fails is an outcome.
pub async fn run(app: &App) -> db::Result<Ran> {
    let now = app.clock.now();
    let holder = Uuid::new_v4();
    if app.shutdown.is_cancelled() || !leases::take(&app.db, LEASE, holder, now, now + HELD).await? {
        return Ok(Ran::Left);
    }
    let run = Run {
        app,
        client: app.telnyx.in_background(),
        holder,
        renewed_at: AtomicI64::new(now.as_millis()),
        paused: Mutex::default(),
    };
    let result = sweep(&run, now).await;
    leases::release(&app.db, LEASE, holder).await?;
    result
}

async fn sweep(run: &Run<'_>, now: Timestamp) -> db::Result<Ran> {
    let app = run.app;
    let before = sweeps::latest(&app.db, Kind::Accounts).await?;
    let unfinished = stage::current(&app.db).await?;
    let stage = match unfinished.filter(|stage| stage.started_at.until(now) <= FRESH) {
        Some(stage) => stage,
        None => Stage {
            sweep: Uuid::new_v4(),
            started_at: now,
            horizon: accounts::horizon(&app.db).await?.revision,
            manager: None,
        },
    };
    let (id, started_at) = (stage.sweep, stage.started_at);
    sweeps::start(&app.db, id, Kind::Accounts, started_at).await?;
    stage::begin(&app.db, run.holder, &stage).await?;
    let mut pages = 0;
    let result = take_over(run, stage, now, &mut pages).await;
    let mut ended = Sweep {
        started_at,
        finished_at: now,
        outcome: Outcome::Done,
        message: String::new(),
        seen: 0,
        changed: 0,
        busy: Duration::ZERO,
    };
    let (mut other, mut few) = (None, None);
    match result {
        Ok(taken) => ended = taken,
        Err(Halt::Unusable(outcome, message)) => (ended.outcome, ended.message) = (outcome, message),
        Err(Halt::TooFew(fewer)) => {
            few = Some(fewer);
            ended.outcome = Outcome::TooFew;
            ended.message = format!("{} Nothing was changed.", fewer.words());
        }
        Err(Halt::OtherManager(manager)) => {
            ended.outcome = Outcome::OtherManager;
            ended.message = format!(
                "Telnyx shows the accounts of another manager ({manager}). Nothing is read or changed until the API key \
                 is the right manager's again."
            );
            other = Some(manager);
        }
        Err(Halt::LeaseLost | Halt::Stopped) => return Ok(Ran::Left),
        Err(Halt::Db(error)) => return Err(error),
    }
    if ended.outcome != Outcome::Done && (ended.outcome != Outcome::Failed || pages < WORTH) {
        let mut tx = app.db.begin().await?;
        stage::end(&mut tx, run.holder).await?;
        tx.commit().await?;
        stage::clear(&app.db).await?;
    }
    if ended.outcome != Outcome::OtherManager
        && run.turn().await
        && let Err(error) = read_pool(app, &run.client).await
    {
        tracing::debug!(%error, "the channel pool could not be read");
    }
    ended.finished_at = app.clock.now();
    ended.busy = run.busy(now).await;
    conclude(app, id, &ended, before.as_ref(), other.as_deref(), few).await?;
    Ok(Ran::Swept(ended))
}

/// Writes down how the sweep ended. An alert is an event of the audit when it begins, and when it is another one; not
/// again at each sweep.
async fn conclude(
    app: &App,
    id: Uuid,
    ended: &Sweep,
    before: Option<&Sweep>,
    other: Option<&str>,
    few: Option<Fewer>,
) -> db::Result<()> {
    let mut tx = app.db.begin().await?;
    sweeps::finish(&mut tx, id, Kind::Accounts, ended).await?;
    let mut event = None;
    if let Some(other) = other {
        settings::set(&mut tx, settings::MANAGER_MISMATCH, other).await?;
    }
    if let Some(few) = few {
        fewer::keep(&mut tx, few).await?;
    } else if ended.outcome != Outcome::Failed {
        settings::forget(&mut tx, settings::FEWER_SHOWN).await?;
        settings::forget(&mut tx, settings::FEWER_ACCEPTED).await?;
    }
    if ended.outcome == Outcome::Done {
        if settings::forget(&mut tx, settings::MANAGER_MISMATCH).await? {
            let mut healed = alert(EventOutcome::Done);
            "Telnyx shows the right manager's accounts again.".clone_into(&mut healed.message);
            event = Some(healed);
        }
    } else if before.is_none_or(|before| before.outcome != ended.outcome) {
        let mut raised = alert(EventOutcome::Refused);
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

fn alert(outcome: EventOutcome) -> Event {
    Event::noticed(EventKind::DirectoryAlert, outcome, "Directory of accounts")
}

/// Reads what is not read yet and takes it over. `pages`: how many came, whatever becomes of them.
async fn take_over(run: &Run<'_>, stage: Stage, now: Timestamp, pages: &mut usize) -> Result<Sweep, Halt> {
    let app = run.app;
    let started_at = stage.started_at;
    let first = sweeps::latest_done(&app.db, Kind::Accounts).await?.is_none();
    let mut reading = Reading::open(run, stage).await?;
    let read = reading.read().await;
    *pages = reading.pages();
    read?;
    if reading.stage.manager.is_none()
        && let Some(other) = settings::other_manager(&app.db).await?
    {
        // No account says whose it is: that is no proof that the key is the right one again.
        return Err(Halt::OtherManager(other));
    }
    let fewer = Fewer::of(&reading.book);
    let shrunk = fewer.is_far();
    if shrunk && !fewer::accepted(&app.db, fewer).await? {
        return Err(Halt::TooFew(fewer));
    }
    if let Some(manager) = &reading.stage.manager {
        let mut tx = app.db.begin().await?;
        let kept = settings::keep_first(&mut tx, settings::MANAGER_ACCOUNT_ID, manager).await?;
        tx.commit().await?;
        if kept != *manager {
            return Err(Halt::OtherManager(manager.clone()));
        }
    }
    let seen = reading.book.entries().filter(|entry| entry.is(Flag::Seen)).count();
    let written = reconcile::write(run, &mut reading, first).await?;
    let mut ended = Sweep {
        started_at,
        finished_at: app.clock.now(),
        outcome: Outcome::Done,
        message: String::new(),
        seen: i64::try_from(seen).unwrap_or(i64::MAX),
        changed: written.inserted,
        busy: run.busy(now).await,
    };
    reconcile::conclude(run, &mut reading, &ended, shrunk).await?;
    reading.leave();
    let (changed, message) = ask::ask_singly(run, written.asks).await?;
    ended.changed += changed;
    ended.message = message;
    Ok(ended)
}
