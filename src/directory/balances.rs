//! The slow round of all balances: no list tells them, so each account is retrieved by itself, the longest unread first.
//!
//! Only what is enabled and has a balance of its own is read. It is the least of what the portal asks Telnyx for: it
//! stands back whenever anything else matters more. Reading one account for its page is in `refresh`.

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
/// How long the lease lasts while one is read; longer than the slowest request with its retries.
const LEASE_DURATION: Duration = Duration::from_mins(3);
/// Never sooner than this after the one before, over all replicas.
const MIN_GAP: Duration = Duration::from_secs(2);
/// A sweep keeps to a fifth of the rate limit; balances to a fourth of that.
const SWEEP_GAP_FACTOR: u32 = 4;
/// A balance that was asked for since is recent enough.
const MIN_READ_AGE: Duration = Duration::from_mins(10);

/// Result of reading one more balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BalanceReadResult {
    /// This account was read, or found gone.
    Read(AccountId),
    /// This account could not be read; it is tried again when it is its turn.
    Failed(AccountId, ErrorKind),
    /// All are recent enough.
    AllRecent,
    /// Something else matters more now: the pace, another replica's turn, Telnyx in trouble, a change under way.
    Deferred,
}

/// Reads the balance that was not read for the longest time, unless something else matters more.
///
/// # Errors
/// When the database fails. That Telnyx fails is an outcome.
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
    // Where the lists could not be read, an answer about one account (that it is gone, say) is worth little.
    let swept = sweeps::latest(&app.db, SweepKind::Accounts).await?;
    if swept.is_none_or(|sweep| sweep.outcome != SweepOutcome::Done) {
        return Ok(BalanceReadResult::Deferred);
    }
    if settings::other_manager(&app.db).await?.is_some()
        || operations::any_under_way(&app.db).await?
    {
        return Ok(BalanceReadResult::Deferred);
    }
    // The lease outlives the reading by the gap: that is the pace, whichever replica comes next.
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
    apply(app, &id, &single).await?;
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

/// From one request to the next, by the rate limit as it was last told.
fn request_gap(rate: Option<RateLimit>, now: Timestamp) -> Duration {
    (pace::request_gap(rate, now) * SWEEP_GAP_FACTOR).max(MIN_GAP)
}

/// Returns `true` if less than half of the window's requests are left. Only a window that is known and not
/// over counts.
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
