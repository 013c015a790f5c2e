//! Daily figures: the pool, the accounts by status, and what changed. Any replica records them.
//!
//! The row of the present day is refreshed all day long. A day on which no replica ran gets no row.
//! Nothing is estimated: a figure that nobody read on its day stays unknown.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::app::App;
use crate::db::daily_figures::{self, DailyChanges, DailyFigures};
use crate::db::operations::limit_changes;
use crate::db::sweeps::{self, SweepKind};
use crate::db::{self, Db, accounts, channel_pool};
use crate::domain::account::AccountStatus;
use crate::domain::time::Timestamp;

/// Lease that lets one replica at a time record the figures.
const LEASE: &str = "daily figures";
/// Time after which a replica that stopped no longer prevents others from recording.
const LEASE_DURATION: Duration = Duration::from_mins(1);
/// Age of the present day's figures at which they are recorded again.
const REFRESH_INTERVAL: Duration = Duration::from_mins(10);
/// Number of earlier days whose changes are counted again. A sweep may find an account only on the
/// day after its creation.
const RECOUNTED_DAYS: u32 = 2;
const DAY: Duration = Duration::from_hours(24);

/// Returns the start of the day of this time, in UTC.
#[must_use]
pub fn start_of_day(at: Timestamp) -> Timestamp {
    let start = at
        .to_jiff()
        .to_zoned_datetime(TimeZone::UTC)
        .start_of_day()
        .map(|start| start.timestamp().as_millisecond());
    start.map_or(at, Timestamp::from_millis)
}

/// Records the figures of the present day, unless they were recorded recently.
/// Returns `true` if this call recorded them.
pub async fn record(app: &App) -> db::Result<bool> {
    let now = app.clock.now();
    let today = start_of_day(now);
    if !is_due(&app.db, today, now).await? {
        return Ok(false);
    }
    let work = |_| async move {
        // Another replica may have recorded them just before this one got the lease.
        if !is_due(&app.db, today, now).await? {
            return Ok(false);
        }
        record_day(&app.db, today, now).await.map(|()| true)
    };
    let recorded = app.leases.run_alone(LEASE, LEASE_DURATION, work).await?;
    Ok(recorded.unwrap_or_default())
}

async fn is_due(db: &Db, today: Timestamp, now: Timestamp) -> db::Result<bool> {
    let last = daily_figures::recorded_at(db, today).await?;
    Ok(last.is_none_or(|last| last.until(now) >= REFRESH_INTERVAL))
}

async fn record_day(db: &Db, today: Timestamp, now: Timestamp) -> db::Result<()> {
    let pool = channel_pool::latest(db).await?;
    let pool = pool.filter(|(pool, at)| *at >= today && pool.is_enabled());
    let swept = sweeps::latest_done(db, SweepKind::Accounts).await?;
    let counts = match swept.filter(|sweep| sweep.started_at >= today) {
        Some(_) => accounts::counts(db).await?,
        None => Vec::new(),
    };
    let of_status = |status: AccountStatus| {
        let count = counts.iter().find(|count| count.status == status);
        count.map(|count| count.accounts)
    };
    let created = daily_figures::created_by_day(db, today - DAY * RECOUNTED_DAYS).await?;
    let figures = DailyFigures {
        day: today,
        recorded_at: now,
        pool_total: pool.map(|(pool, _)| i64::from(pool.total)),
        pool_allocated: pool.map(|(pool, _)| i64::from(pool.allocated)),
        enabled_accounts: of_status(AccountStatus::Enabled),
        disabled_accounts: of_status(AccountStatus::Disabled),
        blocked_accounts: of_status(AccountStatus::Blocked),
        cancelled_accounts: of_status(AccountStatus::Cancelled),
        unknown_accounts: of_status(AccountStatus::Unknown),
        changes: changes_of(db, today, &created).await?,
    };
    let mut earlier = Vec::new();
    for days in 1..=RECOUNTED_DAYS {
        let day = today - DAY * days;
        if daily_figures::recorded_at(db, day).await?.is_some() {
            earlier.push((day, changes_of(db, day, &created).await?));
        }
    }
    let mut tx = db.begin().await?;
    daily_figures::save(&mut tx, &figures).await?;
    for (day, changes) in earlier {
        daily_figures::save_changes(&mut tx, day, &changes).await?;
    }
    tx.commit().await
}

/// Counts the changes of a day. `created` has the number of created accounts of each day.
pub async fn changes_of(
    db: &Db,
    day: Timestamp,
    created: &BTreeMap<Timestamp, i64>,
) -> db::Result<DailyChanges> {
    let next = day + DAY;
    let (channels_given, channels_taken) = limit_changes::sums(db, day, next).await?;
    Ok(DailyChanges {
        created: created.get(&day).copied().unwrap_or_default(),
        disabled: daily_figures::count_disabled(db, day, next).await?,
        channels_given,
        channels_taken,
    })
}
