//! Figures of each day: the pool, the accounts by status, and what changed. Days are days in UTC.
//! Nothing removes them, so that years can be compared.

use std::collections::BTreeMap;

use super::{Db, Result, Tx};
use crate::domain::time::Timestamp;

/// Figures of one day. A day on which nothing was recorded has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct DailyFigures {
    /// Start of the day.
    pub day: Timestamp,
    /// Time at which the figures were last recorded.
    pub recorded_at: Timestamp,
    /// Channels of the pool; `None` if the pool was not read on that day.
    pub pool_total: Option<i64>,
    /// Allocated channels of the pool.
    pub pool_allocated: Option<i64>,
    /// Enabled accounts; `None` if no sweep was completed on that day.
    pub enabled_accounts: Option<i64>,
    /// Disabled accounts.
    pub disabled_accounts: Option<i64>,
    /// Accounts that Telnyx has blocked.
    pub blocked_accounts: Option<i64>,
    /// Cancelled accounts.
    pub cancelled_accounts: Option<i64>,
    /// Accounts whose status is unknown.
    pub unknown_accounts: Option<i64>,
    /// Changes of the day.
    #[sqlx(flatten)]
    pub changes: DailyChanges,
}

/// Changes of one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct DailyChanges {
    /// Number of accounts that were created at Telnyx.
    pub created: i64,
    /// Number of accounts that were disabled, here or outside the portal.
    pub disabled: i64,
    /// Sum of the channels by which limits were raised.
    pub channels_given: i64,
    /// Sum of the channels by which limits were lowered.
    pub channels_taken: i64,
}

impl DailyFigures {
    /// Returns the allocated channels and all channels of the pool, if it was read.
    #[must_use]
    pub fn pool(&self) -> Option<(i64, i64)> {
        self.pool_allocated.zip(self.pool_total)
    }
}

/// Returns the figures from this day on, oldest first.
pub async fn since(db: &Db, day: Timestamp) -> Result<Vec<DailyFigures>> {
    Ok(on!(db => query_as(
        "SELECT day, recorded_at, pool_total, pool_allocated, enabled_accounts, disabled_accounts, blocked_accounts,
            cancelled_accounts, unknown_accounts, created, disabled, channels_given, channels_taken
         FROM daily_figures WHERE day >= $1 ORDER BY day",
        day,
    ).fetch_all))
}

/// Returns the first day with figures.
pub async fn first_day(db: &Db) -> Result<Option<Timestamp>> {
    Ok(on!(db => query_scalar("SELECT MIN(day) FROM daily_figures").fetch_one))
}

/// Returns the time at which the figures of this day were last recorded.
pub async fn recorded_at(db: &Db, day: Timestamp) -> Result<Option<Timestamp>> {
    Ok(on!(db => query_scalar(
        "SELECT recorded_at FROM daily_figures WHERE day = $1", day,
    ).fetch_optional))
}

/// Stores the figures of a day. Keeps earlier readings of that day that these figures lack.
pub async fn save(tx: &mut Tx, figures: &DailyFigures) -> Result<()> {
    within!(tx => query(
        "INSERT INTO daily_figures (day, recorded_at, pool_total, pool_allocated, enabled_accounts, disabled_accounts,
            blocked_accounts, cancelled_accounts, unknown_accounts, created, disabled, channels_given, channels_taken)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (day) DO UPDATE SET recorded_at = excluded.recorded_at,
            pool_total = COALESCE(excluded.pool_total, daily_figures.pool_total),
            pool_allocated = COALESCE(excluded.pool_allocated, daily_figures.pool_allocated),
            enabled_accounts = COALESCE(excluded.enabled_accounts, daily_figures.enabled_accounts),
            disabled_accounts = COALESCE(excluded.disabled_accounts, daily_figures.disabled_accounts),
            blocked_accounts = COALESCE(excluded.blocked_accounts, daily_figures.blocked_accounts),
            cancelled_accounts = COALESCE(excluded.cancelled_accounts, daily_figures.cancelled_accounts),
            unknown_accounts = COALESCE(excluded.unknown_accounts, daily_figures.unknown_accounts),
            created = excluded.created, disabled = excluded.disabled,
            channels_given = excluded.channels_given, channels_taken = excluded.channels_taken",
        figures.day, figures.recorded_at, figures.pool_total, figures.pool_allocated, figures.enabled_accounts,
        figures.disabled_accounts, figures.blocked_accounts, figures.cancelled_accounts, figures.unknown_accounts,
        figures.changes.created, figures.changes.disabled, figures.changes.channels_given,
        figures.changes.channels_taken,
    ).execute);
    Ok(())
}

/// Stores the changes of an earlier day that has figures. A day without figures stays without.
pub async fn save_changes(tx: &mut Tx, day: Timestamp, changes: &DailyChanges) -> Result<()> {
    within!(tx => query(
        "UPDATE daily_figures SET created = $2, disabled = $3, channels_given = $4, channels_taken = $5 WHERE day = $1",
        day, changes.created, changes.disabled, changes.channels_given, changes.channels_taken,
    ).execute);
    Ok(())
}

/// Returns the number of accounts created at Telnyx on each day from this one on, by the start of
/// the day.
pub async fn created_by_day(db: &Db, from: Timestamp) -> Result<BTreeMap<Timestamp, i64>> {
    let days: Vec<(Timestamp, i64)> = on!(db => query_as(
        "SELECT created_at - created_at % 86400000 AS day, COUNT(*) FROM accounts WHERE created_at >= $1 GROUP BY 1",
        from,
    ).fetch_all);
    Ok(days.into_iter().collect())
}

/// Returns the number of accounts that were disabled in this time, in the portal or outside it.
/// `until` is exclusive.
pub async fn count_disabled(db: &Db, from: Timestamp, until: Timestamp) -> Result<i64> {
    // The expressions keep SQLite from reading all events with the index on the outcome or the kind.
    Ok(on!(db => query_scalar(
        "SELECT COUNT(DISTINCT account_id) FROM audit_events
         WHERE at >= $1 AND at < $2 AND outcome || '' = 'done'
            AND (kind || '' = 'disable' OR (kind || '' = 'changed_elsewhere' AND payload LIKE '%\"after\":\"Disabled\"%'))",
        from, until,
    ).fetch_one))
}
