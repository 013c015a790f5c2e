//! Rate limit: a number of requests in each second of the clock. Off by default.

use axum::http::HeaderMap;

use super::time::Millis;

/// Limit, and the part of it that is used in the present second.
#[derive(Debug, Default)]
pub(super) struct RateLimiter {
    per_second: Option<u32>,
    second: i64,
    used: u32,
}

/// Decision of the rate limiter on one request.
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

    /// Counts one request. Returns `None` if there is no limit.
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
    /// Writes the rate limit headers.
    /// `x-ratelimit-reset` is in seconds from now, one of its two documented meanings.
    pub(super) fn write_headers(self, headers: &mut HeaderMap) {
        headers.insert("x-ratelimit-limit", self.limit.into());
        headers.insert("x-ratelimit-remaining", self.remaining.into());
        headers.insert("x-ratelimit-reset", 1.into());
    }
}
