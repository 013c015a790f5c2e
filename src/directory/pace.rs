//! Pace of background requests to Telnyx: at most a fifth of its rate limit.

use std::time::Duration;

use crate::db::sweeps::Sweep;
use crate::domain::time::Timestamp;
use crate::telnyx::RateLimit;

/// Usual time between the starts of two sweeps.
pub const SWEEP_INTERVAL: Duration = Duration::from_mins(1);
/// Divisor of the rate limit, and of the time, that a sweep may use.
const SHARE_DIVISOR: u32 = 5;
/// Assumed length of a window that is longer than a second and not measured yet.
const DEFAULT_WINDOW: Duration = Duration::from_mins(1);
/// Maximum age of a rate limit. An older one is ignored.
const MAX_RATE_LIMIT_AGE: Duration = Duration::from_mins(5);
/// Maximum time between two requests, even if the limit is very low.
const MAX_GAP: Duration = Duration::from_secs(30);

/// Returns the time between the starts of two requests.
/// It follows from the last known rate limit and does not depend on how many requests are in
/// progress. If less than half of the limit is left, others need many requests. A sweep then uses a
/// fifth of the rest until the window ends.
#[must_use]
pub fn request_gap(rate: Option<RateLimit>, now: Timestamp) -> Duration {
    let Some(rate) = rate.filter(|rate| rate.observed_at.until(now) <= MAX_RATE_LIMIT_AGE) else {
        return Duration::ZERO;
    };
    let left = rate.reset_at.map(|reset| rate.observed_at.until(reset));
    // Telnyx states the end of a window, but not its length. A window that ends within a second is
    // assumed to last a second, any other at least a minute.
    let window = match left {
        Some(left) if left <= Duration::from_secs(1) => Duration::from_secs(1),
        Some(left) => left.max(DEFAULT_WINDOW),
        None => DEFAULT_WINDOW,
    };
    let usual = window * SHARE_DIVISOR / rate.limit.max(1);
    let scarce = match rate.reset_at {
        Some(reset) if rate.remaining < rate.limit / 2 && rate.remaining > 0 => {
            now.until(reset) * SHARE_DIVISOR / rate.remaining
        }
        Some(reset) if rate.remaining == 0 => now.until(reset),
        _ => Duration::ZERO,
    };
    usual.max(scarce).min(MAX_GAP)
}

/// Returns the time at which the next sweep is due.
/// It is a minute after the last one's start, but not before [`earliest_start`].
#[must_use]
pub fn next_due_at(last: &Sweep) -> Timestamp {
    (last.started_at + SWEEP_INTERVAL).max(earliest_start(last))
}

/// Returns the earliest time at which any sweep may start.
/// By then, Telnyx has had four times as long a pause as the last sweep was busy.
#[must_use]
pub fn earliest_start(last: &Sweep) -> Timestamp {
    last.finished_at + last.busy * (SHARE_DIVISOR - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::sweeps::SweepOutcome;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);

    fn rate(limit: u32, reset: Option<Duration>) -> RateLimit {
        RateLimit {
            limit,
            remaining: limit,
            reset_at: reset.map(|reset| NOW + reset),
            observed_at: NOW,
        }
    }

    #[test]
    fn a_sweep_takes_a_fifth_of_the_rate_limit() {
        let second = Some(Duration::from_secs(1));
        assert_eq!(
            request_gap(Some(rate(10, second)), NOW),
            Duration::from_millis(500)
        );
        assert_eq!(
            request_gap(Some(rate(100, None)), NOW),
            Duration::from_secs(3)
        );
        assert_eq!(
            request_gap(Some(rate(100, Some(Duration::from_secs(20)))), NOW),
            Duration::from_secs(3)
        );
        assert_eq!(request_gap(Some(rate(1, None)), NOW), MAX_GAP);
        assert_eq!(request_gap(None, NOW), Duration::ZERO);
        assert_eq!(
            request_gap(Some(rate(10, second)), NOW + Duration::from_mins(6)),
            Duration::ZERO
        );
    }

    #[test]
    fn where_little_is_left_a_sweep_takes_a_fifth_of_that() {
        let left = |remaining, seconds| RateLimit {
            remaining,
            ..rate(100, Some(Duration::from_secs(seconds)))
        };
        assert_eq!(request_gap(Some(left(99, 20)), NOW), Duration::from_secs(3));
        assert_eq!(
            request_gap(Some(left(10, 20)), NOW),
            Duration::from_secs(10)
        );
        assert_eq!(request_gap(Some(left(0, 20)), NOW), Duration::from_secs(20));
        // The next window has started.
        assert_eq!(
            request_gap(Some(left(0, 20)), NOW + Duration::from_secs(21)),
            Duration::from_secs(3)
        );
    }

    #[test]
    fn a_sweep_a_minute_but_not_sooner_than_five_times_its_own_time() {
        let last = |seconds| Sweep {
            started_at: NOW,
            finished_at: NOW + Duration::from_secs(seconds),
            outcome: SweepOutcome::Done,
            message: String::new(),
            seen: 0,
            changed: 0,
            busy: Duration::from_secs(seconds),
        };
        assert_eq!(next_due_at(&last(2)), NOW + Duration::from_mins(1));
        assert_eq!(next_due_at(&last(30)), NOW + Duration::from_secs(150));
    }
}
