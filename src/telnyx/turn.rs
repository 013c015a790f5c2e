//! Turns of the requests that jobs send: spread over the rate limit that Telnyx states.
//!
//! Requests in even steps use a window up without meeting its end. A burst would leave people's
//! requests with nothing until the next window.

use std::sync::PoisonError;
use std::time::Duration;

use tokio::time::Instant;

use super::client::Client;
use super::rate::RateLimit;
use crate::domain::time::Timestamp;

/// Maximum age of a rate limit. An older one is ignored.
const MAX_RATE_LIMIT_AGE: Duration = Duration::from_mins(5);
/// Assumed length of a window that is longer than a second and has just begun.
const LONG_WINDOW: Duration = Duration::from_mins(1);
/// Part of the rate limit that is left for people, as a divisor: 1/32, at least one request.
const RESERVE_DIVISOR: u32 = 32;
/// Number of turns that may be made up for, if a request started late.
const MAX_LATE_TURNS: u32 = 4;
/// Longest wait between two turns.
const MAX_STEP: Duration = Duration::from_secs(10);

impl Client {
    /// Waits for this request's turn among those of all jobs of this process.
    pub(super) async fn wait_for_turn(&self) {
        let step = step(self.rate(), self.shared.clock.now());
        let turn = {
            let turns = &self.shared.job_turn;
            let mut next = turns.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let earliest = now.checked_sub(step * MAX_LATE_TURNS).unwrap_or(now);
            let turn = next.map_or(now, |next| next.max(earliest));
            *next = Some(turn + step);
            turn
        };
        tokio::time::sleep_until(turn).await;
    }
}

/// Returns the time between two turns, so that the rate limit is used but not exceeded.
fn step(rate: Option<RateLimit>, now: Timestamp) -> Duration {
    let Some(rate) = rate.filter(|rate| rate.observed_at.until(now) <= MAX_RATE_LIMIT_AGE) else {
        return Duration::ZERO;
    };
    let reserve = (rate.limit / RESERVE_DIVISOR).max(1);
    let usable = rate.limit.saturating_sub(reserve).max(1);
    let left = rate
        .reset_at
        .map(|reset| rate.observed_at.until(reset))
        .filter(|left| *left > Duration::from_secs(1));
    let step = match (rate.reset_at, left) {
        // A window of a second is over before its remainder says anything.
        (Some(_), None) => Duration::from_secs(1) / usable,
        (Some(reset), Some(_)) if rate.remaining < rate.limit / 2 => {
            now.until(reset) / rate.remaining.saturating_sub(reserve).max(1)
        }
        (_, left) => left.unwrap_or(LONG_WINDOW).max(LONG_WINDOW) / usable,
    };
    step.min(MAX_STEP)
}
