//! The only reader of the wall clock. All other code gets its time from a [`Clock`], so that tests
//! can advance it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::domain::time::Timestamp;

/// Clock that returns the system's time, or a time set by a test.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    fixed: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// Returns the system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// Returns a clock that stands still until [`Clock::advance`] moves it. Its clones move with
    /// it.
    #[must_use]
    pub fn fixed(at: Timestamp) -> Self {
        Self {
            fixed: Some(Arc::new(AtomicI64::new(at.as_millis()))),
        }
    }

    /// Returns the current time.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the wall clock"
    )]
    pub fn now(&self) -> Timestamp {
        match &self.fixed {
            Some(hands) => Timestamp::from_millis(hands.load(Ordering::SeqCst)),
            None => Timestamp::from_millis(jiff::Timestamp::now().as_millisecond()),
        }
    }

    /// Moves a fixed clock forward. Does nothing to the system's clock.
    pub fn advance(&self, by: Duration) {
        if let Some(hands) = &self.fixed {
            let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
            hands.fetch_add(millis, Ordering::SeqCst);
        }
    }
}
