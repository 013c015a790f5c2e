//! A sweep: all lists are read, compared with the directory, and taken over, or not at all.
//!
//! What may be taken over is decided in `lists` (did all of it come?) and here (is it the right manager, are there about
//! as many as before?); account by account in `reconcile`.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use uuid::Uuid;

use super::lists::{self, Halt, Lists, Sighting};
use super::{pace, read_pool, reconcile};
use crate::app::App;
use crate::db::accounts::{self, Known};
use crate::db::sweeps::{self, Kind, Outcome, Sweep};
use crate::db::{self, audit, leases, settings};
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::ids::AccountId;
use crate::domain::text::grouped;
use crate::domain::time::Timestamp;
use crate::telnyx::Client;

const LEASE: &str = "sweep";
/// How long a lease lasts; longer than the slowest request with its retries.
const HELD: Duration = Duration::from_mins(3);
/// How old a lease becomes before it is renewed.
const RENEWED: Duration = Duration::from_secs(30);

/// What came of asking for a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ran {
    /// It ran to its end, whatever its outcome.
    Swept(Sweep),
    /// Somebody else has the lease, or the portal is to stop.
    Left,
}

/// A sweep under way: the client that lets people's requests go first, the lease, the pauses.
pub(super) struct Run<'a> {
    pub app: &'a App,
    pub client: Client,
    holder: Uuid,
    renewed_at: Timestamp,
    paused: Duration,
}

impl Run<'_> {
    /// Between two requests: keeps to the pace, and to the lease.
    pub async fn breathe(&mut self) -> Result<(), Halt> {
        let now = self.app.clock.now();
        if self.renewed_at.until(now) >= RENEWED {
            if !leases::take(&self.app.db, LEASE, self.holder, now, now + HELD).await? {
                return Err(Halt::LeaseLost);
            }
            self.renewed_at = now;
        }
        let gap = pace::gap(self.client.rate(), now);
        if !gap.is_zero() {
            self.paused += gap;
            tokio::time::sleep(gap).await;
        }
        Ok(())
    }
}

/// Sweeps now, unless another replica does.
///
/// # Errors
/// When the database fails. That Telnyx fails is an outcome.
pub async fn run(app: &App) -> db::Result<Ran> {
    let now = app.clock.now();
    let holder = Uuid::new_v4();
    if !leases::take(&app.db, LEASE, holder, now, now + HELD).await? {
        return Ok(Ran::Left);
    }
    let mut run = Run {
        app,
        client: app.telnyx.in_background(),
        holder,
        renewed_at: now,
        paused: Duration::ZERO,
    };
    let result = tokio::select! {
        () = app.shutdown.cancelled() => Ok(Ran::Left),
        result = sweep(&mut run, now) => result,
    };
    leases::release(&app.db, LEASE, holder).await?;
    result
}

async fn sweep(run: &mut Run<'_>, started_at: Timestamp) -> db::Result<Ran> {
    let app = run.app;
    let id = Uuid::new_v4();
    let before = sweeps::latest(&app.db, Kind::Accounts).await?;
    sweeps::start(&app.db, id, Kind::Accounts, started_at).await?;
    let result = take_over(run, started_at).await;
    let (outcome, message, other, seen, changed) = match result {
        Ok(taken) => (Outcome::Done, taken.message, None, taken.seen, taken.changed),
        Err(Halt::Unusable(outcome, message)) => (outcome, message, None, 0, 0),
        Err(Halt::OtherManager(other)) => {
            let message = format!(
                "Telnyx shows the accounts of another manager ({other}). Nothing is read or changed until the API key \
                 is the right manager's again."
            );
            (Outcome::OtherManager, message, Some(other), 0, 0)
        }
        Err(Halt::LeaseLost) => return Ok(Ran::Left),
        Err(Halt::Db(error)) => return Err(error),
    };
    if outcome != Outcome::OtherManager
        && let Err(error) = read_pool(app, &run.client).await
    {
        tracing::debug!(%error, "the channel pool could not be read");
    }
    let finished_at = app.clock.now();
    let ended = Sweep {
        started_at,
        finished_at,
        outcome,
        message,
        seen,
        changed,
        busy: started_at.until(finished_at).saturating_sub(run.paused),
    };
    conclude(app, id, &ended, before.as_ref(), other.as_deref()).await?;
    Ok(Ran::Swept(ended))
}

/// Writes down how the sweep ended. An alert is an event of the audit when it begins, and when it is another one; not
/// again at each sweep.
async fn conclude(app: &App, id: Uuid, ended: &Sweep, before: Option<&Sweep>, other: Option<&str>) -> db::Result<()> {
    let mut tx = app.db.begin().await?;
    sweeps::finish(&mut tx, id, Kind::Accounts, ended).await?;
    let mut event = None;
    if let Some(other) = other {
        settings::set(&mut tx, settings::MANAGER_MISMATCH, other).await?;
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

/// What a sweep took over.
struct Taken {
    seen: i64,
    changed: i64,
    message: String,
}

async fn take_over(run: &mut Run<'_>, started_at: Timestamp) -> Result<Taken, Halt> {
    let app = run.app;
    let bound = settings::value(&app.db, settings::MANAGER_ACCOUNT_ID).await?;
    let lists = lists::read(run, bound.as_deref()).await?;
    if lists.manager.is_none()
        && let Some(other) = super::mismatch(&app.db).await?
    {
        // No account says whose it is: that is no proof that the key is the right one again.
        return Err(Halt::OtherManager(other));
    }
    let first = sweeps::latest_done(&app.db, Kind::Accounts).await?.is_none();
    let known = accounts::known(&app.db).await?;
    enough(&known, &lists, started_at)?;
    if let Some(manager) = &lists.manager {
        let mut tx = app.db.begin().await?;
        let kept = settings::keep_first(&mut tx, settings::MANAGER_ACCOUNT_ID, manager).await?;
        tx.commit().await?;
        if kept != *manager {
            return Err(Halt::OtherManager(manager.clone()));
        }
    }
    let mut by_id: HashMap<AccountId, Vec<Sighting>> = HashMap::with_capacity(lists.sightings.len());
    for sighting in lists.sightings {
        by_id.entry(sighting.account.id.clone()).or_default().push(sighting);
    }
    let seen = i64::try_from(by_id.len()).unwrap_or(i64::MAX);
    let done = reconcile::take_over(run, known, by_id, first, started_at).await?;
    Ok(Taken {
        seen,
        changed: done.changed,
        message: done.message,
    })
}

/// A few accounts fewer are looked into one by one; far fewer mean that something is wrong with what was read.
fn enough(known: &[Known], lists: &Lists, started_at: Timestamp) -> Result<(), Halt> {
    let seen: HashSet<&AccountId> = lists.sightings.iter().map(|sighting| &sighting.account.id).collect();
    let standing = known
        .iter()
        // What was entered after the lists were asked for need not be in them.
        .filter(|known| !known.gone && known.profile_at < started_at);
    let (mut before, mut again) = (0_usize, 0_usize);
    for known in standing {
        before += 1;
        again += usize::from(seen.contains(&known.id));
    }
    let missing = before - again;
    if missing > 5 && again * 5 < before * 4 {
        let number = |count: usize| grouped(i64::try_from(count).unwrap_or(i64::MAX));
        return Err(Halt::Unusable(
            Outcome::TooFew,
            format!(
                "Telnyx shows {} of the {} accounts that it showed before. Nothing was changed.",
                number(again),
                number(before)
            ),
        ));
    }
    Ok(())
}
