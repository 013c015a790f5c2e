//! Health of Telnyx: does it answer and accept the key? Learned from every call.
//! Other modules decide which changes to hold back because of it.

use crate::domain::time::Timestamp;

use super::error::{Error, ErrorKind};

/// Number of calls in a row without a usable answer that count as an outage.
/// A single failure has no consequence.
const OUTAGE_THRESHOLD: u32 = 3;
/// Number of consecutive 403s, without a success between, that mean a refused key.
/// Fewer may be caused by one missing permission.
const FORBIDDEN_THRESHOLD: u32 = 3;

/// Health of Telnyx according to the calls so far.
/// A call counts once, no matter how many attempts it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Number of calls in a row that ended without a usable answer.
    pub consecutive_failures: u32,
    /// Start of the present outage: the first of at least three failures in a row.
    pub down_since: Option<Timestamp>,
    /// Time since which Telnyx refuses the key.
    pub refused_since: Option<Timestamp>,
    /// Time of the last success.
    pub last_ok: Option<Timestamp>,
    first_failure: Option<Timestamp>,
    first_refusal: Option<Timestamp>,
    consecutive_refusals: u32,
}

impl Health {
    /// Returns `true` if several calls in a row got no usable answer. Any success resets it.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.down_since.is_some()
    }

    /// Returns `true` if Telnyx refuses the key (401, or repeated 403).
    /// Waiting does not help. Any success resets it.
    #[must_use]
    pub fn is_key_refused(&self) -> bool {
        self.refused_since.is_some()
    }

    pub(super) fn record_success(&mut self, now: Timestamp) {
        *self = Self {
            last_ok: Some(now),
            ..Self::default()
        };
    }

    /// Records the failure of a call.
    /// `with_own_key` is `true` if the call acted for the manager itself. A refusal to act inside
    /// one account proves nothing about the key.
    pub(super) fn record_failure(&mut self, error: &Error, with_own_key: bool, now: Timestamp) {
        match error.kind() {
            ErrorKind::Unavailable | ErrorKind::Unreadable => self.record_no_answer(now),
            ErrorKind::NotSent if error.was_attempted() => self.record_no_answer(now),
            // Either nothing was sent, or Telnyx is up and busy: the health stays the same.
            ErrorKind::NotSent | ErrorKind::RateLimited => {}
            ErrorKind::Unauthorized | ErrorKind::Forbidden => {
                self.record_answer();
                if with_own_key {
                    self.record_refusal(error.kind(), now);
                }
            }
            ErrorKind::NotFound | ErrorKind::Conflict | ErrorKind::Invalid => self.record_answer(),
        }
    }

    /// Records an outage that another replica noticed. The next call tells if it goes on.
    pub(super) fn assume_outage(&mut self, since: Timestamp) {
        self.consecutive_failures = self.consecutive_failures.max(OUTAGE_THRESHOLD);
        self.first_failure.get_or_insert(since);
        self.down_since.get_or_insert(since);
    }

    fn record_no_answer(&mut self, now: Timestamp) {
        self.consecutive_failures = self.consecutive_failures.saturating_add(1);
        let first = *self.first_failure.get_or_insert(now);
        if self.consecutive_failures >= OUTAGE_THRESHOLD {
            self.down_since.get_or_insert(first);
        }
    }

    /// Records that Telnyx is up. A refusal is an answer too.
    fn record_answer(&mut self) {
        self.consecutive_failures = 0;
        self.first_failure = None;
        self.down_since = None;
    }

    /// Records a 401 or 403. A 401 is always about the key.
    /// A 403 may be about one missing permission, so it counts only if no call has ever succeeded
    /// or if it repeats.
    fn record_refusal(&mut self, kind: ErrorKind, now: Timestamp) {
        self.consecutive_refusals = self.consecutive_refusals.saturating_add(1);
        let first = *self.first_refusal.get_or_insert(now);
        let about_the_key = kind == ErrorKind::Unauthorized
            || self.last_ok.is_none()
            || self.consecutive_refusals >= FORBIDDEN_THRESHOLD;
        if about_the_key {
            self.refused_since.get_or_insert(first);
        }
    }
}
