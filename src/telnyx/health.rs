//! Health of Telnyx: if it answers and accepts the key, learned from every call.
//! Other modules decide who holds a change back because of it.

use crate::domain::time::Timestamp;

use super::error::{Error, ErrorKind};

/// So many calls in a row without a usable answer make an outage; one failure alone holds nothing back.
const OUTAGE_THRESHOLD: u32 = 3;
/// So many 403s in a row, with no success between, mean that the key itself is refused and not one permission missing.
const FORBIDDEN_THRESHOLD: u32 = 3;

/// Health of Telnyx according to the calls so far.
/// A call is counted once, however often it was tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Calls in a row that ended without a usable answer.
    pub consecutive_failures: u32,
    /// When the present outage began: the first of at least three failures in a row.
    pub down_since: Option<Timestamp>,
    /// Since when Telnyx refuses the key.
    pub refused_since: Option<Timestamp>,
    /// When the last success came.
    pub last_ok: Option<Timestamp>,
    first_failure: Option<Timestamp>,
    first_refusal: Option<Timestamp>,
    consecutive_refusals: u32,
}

impl Health {
    /// Several calls in a row got no usable answer. Any success ends it.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.down_since.is_some()
    }

    /// Telnyx refuses the key (401, or 403 again and again). Waiting does not help. Any success ends it.
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

    /// `with_own_key`: the call acted for the manager itself; a refusal to act inside one account says nothing of the key.
    pub(super) fn record_failure(&mut self, error: &Error, with_own_key: bool, now: Timestamp) {
        match error.kind() {
            ErrorKind::Unavailable | ErrorKind::Unreadable => self.record_no_answer(now),
            ErrorKind::NotSent if error.was_attempted() => self.record_no_answer(now),
            // Nothing left the portal, or Telnyx is there and busy: neither better nor worse than before.
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

    fn record_no_answer(&mut self, now: Timestamp) {
        self.consecutive_failures = self.consecutive_failures.saturating_add(1);
        let first = *self.first_failure.get_or_insert(now);
        if self.consecutive_failures >= OUTAGE_THRESHOLD {
            self.down_since.get_or_insert(first);
        }
    }

    /// A refusal is an answer too: Telnyx is up.
    fn record_answer(&mut self) {
        self.consecutive_failures = 0;
        self.first_failure = None;
        self.down_since = None;
    }

    /// A 401 is about the key. A 403 may be about one permission of it: it counts when nothing ever succeeded, or when
    /// it comes again and again.
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
