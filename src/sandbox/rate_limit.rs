//! The rate limit, off until it is asked for: so many requests in each second of the clock.

use axum::http::HeaderMap;

use super::time::Millis;

/// The limit and what of it is used in the present second.
#[derive(Debug, Default)]
pub(super) struct RateLimiter {
    per_second: Option<u32>,
    second: i64,
    used: u32,
}

/// Decision of the rate limit on one request.
#[derive(Clone, Copy, Debug)]
pub(super) struct RateLimitDecision {
    pub(super) allowed: bool,
    limit: u32,
    remaining: u32,
}

impl RateLimiter {
    pub(super) fn set(&mut self, per_second: Option<u32>) {
        *self = Self {
            per_second,
            ..Self::default()
        };
    }

    /// Counts one request; None while there is no limit.
    pub(super) fn count(&mut self, now: Millis) -> Option<RateLimitDecision> {
        let limit = self.per_second?;
        let second = now.div_euclid(1000);
        if second != self.second {
            self.second = second;
            self.used = 0;
        }
        let allowed = self.used < limit;
        if allowed {
            self.used += 1;
        }
        Some(RateLimitDecision {
            allowed,
            limit,
            remaining: limit - self.used,
        })
    }
}

impl RateLimitDecision {
    /// `x-ratelimit-reset` in seconds from now, the first of its two documented readings.
    pub(super) fn write_headers(self, headers: &mut HeaderMap) {
        headers.insert("x-ratelimit-limit", self.limit.into());
        headers.insert("x-ratelimit-remaining", self.remaining.into());
        headers.insert("x-ratelimit-reset", 1.into());
    }
}
