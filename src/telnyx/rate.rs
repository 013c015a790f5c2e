//! Rate limit as Telnyx last stated it. Other modules decide who slows down.

use reqwest::header::HeaderMap;

use crate::domain::time::Timestamp;

/// Smallest `x-ratelimit-reset` that is read as epoch seconds.
/// Telnyx's documentation describes the header as seconds from now on one page and as epoch seconds
/// on another. As an epoch this value is September 2001; as a wait it is 31 years.
const EPOCH_THRESHOLD: f64 = 1_000_000_000.0;

/// Values of the `x-ratelimit-*` headers of one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Number of requests allowed in a window.
    pub limit: u32,
    /// Number of requests left in the window.
    pub remaining: u32,
    /// Start of the next window, if the answer states it.
    pub reset_at: Option<Timestamp>,
    /// Time of the answer.
    pub observed_at: Timestamp,
}

impl RateLimit {
    /// Reads the headers of an answer. Returns `None` without both a limit and a remainder.
    pub(super) fn read(headers: &HeaderMap, now: Timestamp) -> Option<Self> {
        Some(Self {
            limit: count(headers, "x-ratelimit-limit")?,
            remaining: count(headers, "x-ratelimit-remaining")?,
            reset_at: reset_at(headers, now),
            observed_at: now,
        })
    }
}

/// Returns the start of the next window according to `x-ratelimit-reset`.
pub(super) fn reset_at(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    let seconds: f64 = text(headers, "x-ratelimit-reset")?.parse().ok()?;
    if seconds > EPOCH_THRESHOLD {
        let millis = std::time::Duration::try_from_secs_f64(seconds)
            .ok()?
            .as_millis();
        return i64::try_from(millis).ok().map(Timestamp::from_millis);
    }
    Some(now + std::time::Duration::try_from_secs_f64(seconds).ok()?)
}

/// Returns a header's value without parameters (`100;w=60`, `100, 100;w=60`).
/// Drafts of the standard append them.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let whole = headers.get(name)?.to_str().ok()?;
    whole.split([',', ';']).next().map(str::trim)
}

fn count(headers: &HeaderMap, name: &str) -> Option<u32> {
    text(headers, name)?.parse().ok()
}
