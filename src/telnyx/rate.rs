//! The rate limit as Telnyx last told it. Who slows down because of it is not decided here.

use reqwest::header::HeaderMap;

use crate::domain::time::Timestamp;

/// `x-ratelimit-reset` is seconds from now in one page of the documentation and epoch seconds in another; above this it
/// is an epoch (September 2001, or 31 years from now).
const EPOCH_THRESHOLD: f64 = 1_000_000_000.0;

/// Values of the `x-ratelimit-*` headers of one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Number of requests that a window takes.
    pub limit: u32,
    /// Number of requests left in the window.
    pub remaining: u32,
    /// When the window starts anew, where that was told.
    pub reset_at: Option<Timestamp>,
    /// When the answer came.
    pub observed_at: Timestamp,
}

impl RateLimit {
    /// Reads an answer's headers; none without both a limit and a remainder.
    pub(super) fn read(headers: &HeaderMap, now: Timestamp) -> Option<Self> {
        Some(Self {
            limit: count(headers, "x-ratelimit-limit")?,
            remaining: count(headers, "x-ratelimit-remaining")?,
            reset_at: reset_at(headers, now),
            observed_at: now,
        })
    }
}

/// When `x-ratelimit-reset` says that the window starts anew.
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

/// A header's text, without the parameters that drafts of the standard append (`100;w=60`, `100, 100;w=60`).
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let whole = headers.get(name)?.to_str().ok()?;
    whole.split([',', ';']).next().map(str::trim)
}

fn count(headers: &HeaderMap, name: &str) -> Option<u32> {
    text(headers, name)?.parse().ok()
}
