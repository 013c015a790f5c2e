//! Slow round of all balances.
//!
//! No list contains balances, so each account is retrieved on its own. The one that was not read
//! for the longest time comes first. Only enabled accounts with a balance of their own are read.
//! The round has the lowest priority: it pauses whenever something else needs Telnyx. `refresh`
//! reads a single account for its page.

use std::time::Duration;

use uuid::Uuid;

use super::account_read::{AccountRead, AccountResponse, apply};
use super::pace;
use crate::app::App;
use crate::db::sweeps::{self, SweepKind, SweepOutcome};
use crate::db::{self, accounts, leases, operations, settings};
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;
use crate::telnyx::{ErrorKind, RateLimit};

const LEASE: &str = "balances";
/// Duration of the lease while an account is read. It exceeds the slowest request with its retries.
const LEASE_DURATION: Duration = Duration::from_mins(3);
/// Minimum time between two readings, across all replicas.
const MIN_GAP: Duration = Duration::from_secs(2);
/// Factor by which the round is slower than a sweep.
/// A sweep uses a fifth of the rate limit, so the round uses a twentieth.
const SWEEP_GAP_FACTOR: u32 = 4;
/// Minimum age of a balance before it is read again.
const MIN_READ_AGE: Duration = Duration::from_mins(10);

/// Result of reading one more balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BalanceReadResult {
    /// This account was read, or is gone.
    Read(AccountId),
    /// This account could not be read. It is tried again in its turn.
    Failed(AccountId, ErrorKind),
    /// All balances are recent enough.
    AllRecent,
    /// Something else has priority: the pace, another replica, trouble at Telnyx, or a change in
    /// progress.
    Deferred,
}

/// Reads the balance with the oldest reading, unless something else has priority.
///
/// # Errors
/// Fails if the database fails. A failure of Telnyx is a result, not an error.
pub async fn run(app: &App) -> db::Result<BalanceReadResult> {
    let now = app.clock.now();
    let health = app.telnyx.health();
    let trouble = health.is_down() || health.is_key_refused() || health.consecutive_failures > 0;
    if trouble || is_scarce(app.telnyx.rate(), now) {
        return Ok(BalanceReadResult::Deferred);
    }
    let Some(id) = accounts::next_balance_to_read(&app.db, now - MIN_READ_AGE).await? else {
        return Ok(BalanceReadResult::AllRecent);
    };
    // Answers about one account, such as "gone", are not reliable while the lists cannot be read.
    let swept = sweeps::latest(&app.db, SweepKind::Accounts).await?;
    if swept.is_none_or(|sweep| sweep.outcome != SweepOutcome::Done) {
        return Ok(BalanceReadResult::Deferred);
    }
    if settings::other_manager(&app.db).await?.is_some()
        || operations::any_under_way(&app.db).await?
    {
        return Ok(BalanceReadResult::Deferred);
    }
    // The lease outlives the reading by the gap. This sets the pace for all replicas.
    let holder = Uuid::new_v4();
    if !leases::acquire(&app.db, LEASE, holder, now, now + LEASE_DURATION).await? {
        return Ok(BalanceReadResult::Deferred);
    }
    let ran = tokio::select! {
        () = app.shutdown.cancelled() => Ok(BalanceReadResult::Deferred),
        ran = read(app, id, now) => ran,
    };
    leases::acquire(
        &app.db,
        LEASE,
        holder,
        now,
        now + request_gap(app.telnyx.rate(), now),
    )
    .await?;
    ran
}

async fn read(app: &App, id: AccountId, at: Timestamp) -> db::Result<BalanceReadResult> {
    let body = match app.telnyx.in_background().retrieve_account(&id).await {
        Ok(detail) => AccountResponse::Found(Box::new(detail)),
        Err(error) if error.kind() == ErrorKind::NotFound => AccountResponse::NotFound,
        Err(error) => {
            mark_requested(app, &id, at).await?;
            return Ok(BalanceReadResult::Failed(id, error.kind()));
        }
    };
    let found = matches!(body, AccountResponse::Found(_));
    let single = AccountRead {
        response: Some((body, at)),
        ..AccountRead::default()
    };
    apply(app, &id, &single, None).await?;
    if !found {
        mark_requested(app, &id, at).await?;
    }
    Ok(BalanceReadResult::Read(id))
}

async fn mark_requested(app: &App, id: &AccountId, at: Timestamp) -> db::Result<()> {
    let mut tx = app.db.begin().await?;
    accounts::mark_balance_requested(&mut tx, id, at).await?;
    tx.commit().await
}

/// Returns the time between two requests according to the last known rate limit.
fn request_gap(rate: Option<RateLimit>, now: Timestamp) -> Duration {
    (pace::request_gap(rate, now) * SWEEP_GAP_FACTOR).max(MIN_GAP)
}

/// Returns `true` if less than half of the window's requests are left.
/// Only a window that is known and has not ended counts.
fn is_scarce(rate: Option<RateLimit>, now: Timestamp) -> bool {
    rate.is_some_and(|rate| {
        rate.remaining < rate.limit / 2 && rate.reset_at.is_some_and(|reset| reset > now)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);

    fn rate(limit: u32, remaining: u32) -> RateLimit {
        RateLimit {
            limit,
            remaining,
            reset_at: Some(NOW + Duration::from_mins(1)),
            observed_at: NOW,
        }
    }

    #[test]
    fn balances_take_a_request_each_two_seconds_at_most_and_fewer_where_the_limit_is_low() {
        assert_eq!(request_gap(None, NOW), MIN_GAP);
        assert_eq!(request_gap(Some(rate(6_000, 6_000)), NOW), MIN_GAP);
        assert_eq!(
            request_gap(Some(rate(60, 60)), NOW),
            Duration::from_secs(20)
        );
    }

    #[test]
    fn balances_leave_the_second_half_of_a_window_to_others() {
        assert!(!is_scarce(None, NOW));
        assert!(!is_scarce(Some(rate(100, 50)), NOW));
        assert!(is_scarce(Some(rate(100, 49)), NOW));
        assert!(
            !is_scarce(Some(rate(100, 0)), NOW + Duration::from_mins(1)),
            "the window is over"
        );
    }
}
