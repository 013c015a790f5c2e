//! Daily figures of a demo for the last 400 days, so that its charts look like those of a portal in
//! use. Only a demo gets them. They end in the present accounts and the present pool.

use std::time::Duration;

use crate::app::App;
use crate::daily_figures::{changes_of, record, start_of_day};
use crate::db::daily_figures::{self, DailyChanges, DailyFigures};
use crate::db::{accounts, channel_pool};
use crate::domain::account::AccountStatus;
use crate::domain::channels::ChannelPool;

use super::history;

/// Number of days before today that get figures.
const DAYS: i64 = 400;
const DAY: Duration = Duration::from_hours(24);
/// Ages of the first and the last day of each outage, in days. They have no figures.
const OUTAGES: [(i64, i64); 3] = [(37, 38), (203, 206), (311, 311)];
/// Ages in days before which the pool was smaller, and its size in percent of the present one.
const SMALLER_POOLS: [(i64, i64); 2] = [(290, 70), (140, 85)];

/// Writes the figures, unless there are some.
///
/// # Errors
/// Fails if the database fails.
pub async fn populate(app: &App) -> anyhow::Result<()> {
    if daily_figures::first_day(&app.db).await?.is_some() {
        return Ok(());
    }
    let today = start_of_day(app.clock.now());
    let counts = accounts::counts(&app.db).await?;
    let present = |status: AccountStatus| {
        let count = counts.iter().find(|count| count.status == status);
        count.map_or(0, |count| count.accounts)
    };
    let mut all: i64 = counts.iter().map(|count| count.accounts).sum();
    let mut disabled = present(AccountStatus::Disabled);
    let pool = channel_pool::latest(&app.db).await?;
    let first = (0..DAYS).fold(today, |day, _| day - DAY);
    let created = daily_figures::created_by_day(&app.db, first).await?;
    let mut rows = Vec::new();
    let mut age = 0;
    let mut day = today;
    while age <= DAYS {
        let changes = if age < history::DAYS {
            changes_of(&app.db, day, &created).await?
        } else {
            DailyChanges {
                created: created.get(&day).copied().unwrap_or_default(),
                ..earlier_changes(age)
            }
        };
        let pool = pool.map(|(pool, _)| pool_at(pool, age));
        let (blocked, cancelled) = (
            present(AccountStatus::Blocked).min(all),
            present(AccountStatus::Cancelled) * (DAYS * 2 - age) / (DAYS * 2),
        );
        let figures = DailyFigures {
            day,
            recorded_at: day + DAY - Duration::from_mins(3),
            pool_total: pool.map(|pool| i64::from(pool.total)),
            pool_allocated: pool.map(|pool| i64::from(pool.allocated)),
            enabled_accounts: Some((all - disabled - blocked - cancelled).max(0)),
            disabled_accounts: Some(disabled),
            blocked_accounts: Some(blocked),
            cancelled_accounts: Some(cancelled),
            unknown_accounts: Some(present(AccountStatus::Unknown)),
            changes,
        };
        let is_outage = OUTAGES
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&age));
        if age > 0 && !is_outage {
            rows.push(figures);
        }
        all -= changes.created;
        disabled = (disabled - changes.disabled).max(0);
        day = day - DAY;
        age += 1;
    }
    let mut tx = app.db.begin().await?;
    for figures in &rows {
        daily_figures::save(&mut tx, figures).await?;
    }
    tx.commit().await?;
    // Today's figures are real.
    record(app).await?;
    Ok(())
}

/// Returns changes of a day before the demo's history.
const fn earlier_changes(age: i64) -> DailyChanges {
    DailyChanges {
        created: 0,
        disabled: (age % 9 == 4) as i64,
        channels_given: (age * 7_919) % 7 * (age % 3) / 2,
        channels_taken: (age * 104_729) % 5 * (age % 2) / 2,
    }
}

/// Returns the pool at the end of a day: smaller the longer ago, with small ups and downs.
fn pool_at(present: ChannelPool, age: i64) -> ChannelPool {
    let (total, allocated) = (i64::from(present.total), i64::from(present.allocated));
    let smaller = SMALLER_POOLS
        .iter()
        .find(|(since, _)| age >= *since)
        .map_or(100, |(_, percent)| *percent);
    let total = total * smaller / 100;
    let noise = (age * 7_919) % 13 - 6;
    let allocated = allocated * (10_000 - 16 * age) / 10_000 + allocated * noise / 1_500;
    let allocated = allocated.clamp(0, total);
    ChannelPool {
        total: u32::try_from(total).unwrap_or(present.total),
        allocated: u32::try_from(allocated).unwrap_or(present.allocated),
    }
}
