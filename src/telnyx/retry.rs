//! Rules for repeating a request: when, and after which wait.
//! This module is pure; the loop that sleeps and sends is in `client`.
//!
//! No retry crate is used because the rules are few and specific. The decision depends on the
//! method and on what the last failure proves; the wait depends on three headers of the answer.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::domain::time::Timestamp;

use super::error::{Cause, Error};
use super::rate;

/// Limits for repeating a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct RetryPolicy {
    /// Number of attempts after the first.
    pub retries: u32,
    /// Wait before the second attempt; it doubles for each further one.
    pub base: Duration,
    /// Upper bound of a wait.
    pub max_wait: Duration,
}

impl RetryPolicy {
    /// Returns the wait before attempt `tried + 1`, or `None` to stop.
    /// `chance` is between 0 and 1; it shortens a wait that Telnyx did not set by up to a quarter.
    pub fn wait(
        &self,
        method: &Method,
        error: &Error,
        tried: u32,
        chance: f64,
    ) -> Option<Duration> {
        if tried > self.retries || !is_retryable(method, error) {
            return None;
        }
        if let Some(asked) = error.retry_after() {
            return Some(asked.min(self.max_wait));
        }
        let doubled = 2_u32
            .checked_pow(tried.saturating_sub(1))
            .and_then(|factor| self.base.checked_mul(factor))
            .unwrap_or(self.max_wait);
        Some(
            doubled
                .min(self.max_wait)
                .mul_f64(1.0 - 0.25 * chance.clamp(0.0, 1.0)),
        )
    }
}

/// Returns `true` if it is safe and useful to repeat a request.
/// A GET and a PATCH (an absolute value) are safe. A POST is repeated only if it provably did not
/// reach Telnyx or was refused unprocessed, because two creates make two accounts.
fn is_retryable(method: &Method, error: &Error) -> bool {
    let repeatable = *method == Method::GET || *method == Method::PATCH;
    match error.cause() {
        Cause::Connect | Cause::Status(429) => true,
        Cause::Timeout
        | Cause::ConnectionLost
        | Cause::Truncated(_)
        | Cause::Status(408 | 409 | 500..) => repeatable,
        // Another attempt would get the same answer, or make the queue of requests longer.
        Cause::Status(_) | Cause::Unreadable(_) | Cause::NotBuilt | Cause::NoPermit => false,
    }
}

/// Returns the wait that an answer asks for, without an upper bound.
/// Reads `retry-after-ms`, then `Retry-After` in seconds or as an HTTP date, then
/// `x-ratelimit-reset` if the status is 429.
pub(super) fn requested_wait(headers: &HeaderMap, status: u16, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let millis = || seconds(text("retry-after-ms")?).map(|wait| wait / 1_000);
    let after = || {
        let asked = text(RETRY_AFTER.as_str())?;
        seconds(asked).or_else(|| http_date(asked).map(|at| now.until(at)))
    };
    let reset = || {
        (status == 429)
            .then(|| rate::reset_at(headers, now))?
            .map(|at| now.until(at))
    };
    millis().or_else(after).or_else(reset)
}

fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
}

fn http_date(text: &str) -> Option<Timestamp> {
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> RetryPolicy {
        RetryPolicy {
            retries: 20,
            base: Duration::from_millis(500),
            max_wait: Duration::from_secs(8),
        }
    }

    fn wait(tried: u32, chance: f64) -> Duration {
        let error = Error::new(Cause::Status(503));
        policy().wait(&Method::GET, &error, tried, chance).unwrap()
    }

    #[test]
    fn waits_double_up_to_the_cap() {
        let waits: Vec<u128> = (1..=7).map(|tried| wait(tried, 0.0).as_millis()).collect();
        assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
    }

    #[test]
    fn the_jitter_takes_a_quarter_at_most() {
        assert_eq!(wait(2, 1.0), Duration::from_millis(750));
        assert_eq!(wait(2, 0.5), Duration::from_millis(875));
    }

    #[test]
    fn a_wait_that_was_asked_for_has_no_jitter_and_is_capped() {
        let asked = |seconds| {
            let error =
                Error::new(Cause::Status(429)).with_retry_after(Some(Duration::from_secs(seconds)));
            policy().wait(&Method::POST, &error, 1, 1.0)
        };
        assert_eq!(asked(0), Some(Duration::ZERO));
        assert_eq!(asked(3), Some(Duration::from_secs(3)));
        assert_eq!(asked(3_600), Some(Duration::from_secs(8)));
    }

    #[test]
    fn headers_ask_for_seconds_dates_and_milliseconds() {
        let now = Timestamp::parse_iso("2015-10-21T07:27:30Z").unwrap();
        let asked = |name: &'static str, value: &str, status| {
            let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
            requested_wait(&headers, status, now).map(|wait| wait.as_millis())
        };
        assert_eq!(asked("retry-after", "2", 503), Some(2_000));
        assert_eq!(asked("retry-after", "0.25", 503), Some(250));
        assert_eq!(
            asked("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT", 503),
            Some(30_000)
        );
        assert_eq!(
            asked("retry-after", "Wed, 21 Oct 2015 07:00:00 GMT", 503),
            Some(0)
        );
        assert_eq!(asked("retry-after", "-1", 503), None);
        assert_eq!(asked("retry-after", "soon", 503), None);
        assert_eq!(asked("retry-after-ms", "40", 503), Some(40));
        assert_eq!(asked("x-ratelimit-reset", "7", 429), Some(7_000));
        assert_eq!(asked("x-ratelimit-reset", "1445412455", 429), Some(5_000));
        assert_eq!(asked("x-ratelimit-reset", "7", 503), None);
    }
}
