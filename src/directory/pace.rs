//! How often Telnyx may be asked by work that nobody waits for: never more than a fifth of its rate limit.

use std::time::Duration;

use crate::db::sweeps::Sweep;
use crate::domain::time::Timestamp;
use crate::telnyx::RateLimit;

/// The usual time from one sweep to the next.
pub const SWEEP_INTERVAL: Duration = Duration::from_mins(1);
/// A sweep may take one part in so many of the rate limit, and of the time.
const SHARE_DIVISOR: u32 = 5;
/// Assumed length of a window not measured yet and longer than a second.
const DEFAULT_WINDOW: Duration = Duration::from_mins(1);
/// A limit that was told longer ago says nothing any more.
const MAX_RATE_LIMIT_AGE: Duration = Duration::from_mins(5);
/// However low the limit, a sweep goes on after this.
const MAX_GAP: Duration = Duration::from_secs(30);

/// How long to wait between the starts of two requests, however many are under way, by the rate limit as it was last
/// told. Where less than half of it is left, others ask much: then a fifth of what is left is taken, until it starts anew.
#[must_use]
pub fn request_gap(rate: Option<RateLimit>, now: Timestamp) -> Duration {
    let Some(rate) = rate.filter(|rate| rate.observed_at.until(now) <= MAX_RATE_LIMIT_AGE) else {
        return Duration::ZERO;
    };
    let left = rate.reset_at.map(|reset| rate.observed_at.until(reset));
    // A window's end is told, not its length: one that ends within a second is taken for one of a second, any other for
    // one of a minute at least.
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

/// When the next sweep is due: a minute after the last one's start, and not before [`earliest_start`].
#[must_use]
pub fn next_due_at(last: &Sweep) -> Timestamp {
    (last.started_at + SWEEP_INTERVAL).max(earliest_start(last))
}

/// When Telnyx was left alone four times as long as the last sweep was busy: none begins sooner, whoever asks for it.
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
        // The window has started anew.
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
