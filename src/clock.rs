//! The only reader of the wall clock. All other code gets its time from a [`Clock`], so that tests
//! can advance it.
//!
//! A clock never goes back. If the system's clock is set back, it runs at half speed until the
//! system's clock has caught up. So leases, pauses and sessions end, and events keep their order.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::time::Timestamp;

/// Set-back that is logged. Smaller ones are usual corrections.
const NOTABLE_SET_BACK: Duration = Duration::from_secs(1);
/// Maximum time that a clock starts ahead of the system's.
const MAX_AHEAD: Duration = Duration::from_hours(24);

/// Clock that returns the system's time, or a time set by a test.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    fixed: Option<Arc<AtomicI64>>,
    steady: Arc<Mutex<SteadyTime>>,
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
            ..Self::default()
        }
    }

    /// Returns the current time. It is never earlier than one that was returned before.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        if self.fixed.is_some() {
            return self.system_time();
        }
        let (time, set_back) = {
            let mut steady = self.steady.lock().unwrap_or_else(PoisonError::into_inner);
            let system = self.system_time();
            let was_slow = steady.slow.is_some();
            let time = steady.advance(system, Instant::now());
            let begins = steady.slow.is_some() && !was_slow;
            (time, begins.then(|| system.until(time)))
        };
        if let Some(set_back) = set_back.filter(|by| *by >= NOTABLE_SET_BACK) {
            tracing::warn!(
                seconds = set_back.as_secs(),
                "the system's clock was set back; the portal's clock runs at half speed until it has caught up"
            );
        }
        time
    }

    /// Returns the time of the system's clock, which can go back. It is for what must match the
    /// clock of someone else, such as the code of an authenticator app.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the wall clock"
    )]
    pub fn system_time(&self) -> Timestamp {
        match &self.fixed {
            Some(hands) => Timestamp::from_millis(hands.load(Ordering::SeqCst)),
            None => Timestamp::from_millis(jiff::Timestamp::now().as_millisecond()),
        }
    }

    /// Starts no earlier than `recorded`, the newest time in the database. The system's clock may
    /// have been set back while no process ran. Ignores a time that is more than a day ahead.
    pub fn start_after(&self, recorded: Timestamp) {
        let ahead = self.system_time().until(recorded);
        if self.fixed.is_some() || ahead.is_zero() {
            return;
        }
        if ahead > MAX_AHEAD {
            tracing::error!(
                hours = ahead.as_secs() / 3_600,
                "the system's clock is far behind the newest record of the database; set it right and restart"
            );
            return;
        }
        {
            let mut steady = self.steady.lock().unwrap_or_else(PoisonError::into_inner);
            steady.latest = Some(recorded);
        }
        // Logs it, like a set-back while the process runs.
        let _ = self.now();
    }

    /// Moves a fixed clock forward. Does nothing to the system's clock.
    pub fn advance(&self, by: Duration) {
        if let Some(hands) = &self.fixed {
            let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
            hands.fetch_add(millis, Ordering::SeqCst);
        }
    }
}

/// Time that never goes back.
#[derive(Debug, Default)]
struct SteadyTime {
    latest: Option<Timestamp>,
    /// Time at half speed, while the system's clock has not caught up.
    slow: Option<SlowTime>,
}

#[derive(Clone, Copy, Debug)]
struct SlowTime {
    began: Instant,
    from: Timestamp,
}

impl SteadyTime {
    /// Returns the time when the system's clock shows `system`.
    fn advance(&mut self, system: Timestamp, now: Instant) -> Timestamp {
        if self.slow.is_none()
            && let Some(latest) = self.latest.filter(|latest| system < *latest)
        {
            self.slow = Some(SlowTime {
                began: now,
                from: latest,
            });
        }
        let slow = self
            .slow
            .map(|slow| slow.from + now.saturating_duration_since(slow.began) / 2);
        let time = if let Some(slow) = slow.filter(|slow| system < *slow) {
            slow
        } else {
            self.slow = None;
            system
        };
        self.latest = Some(time);
        time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn after_a_set_back_it_runs_at_half_speed_until_the_system_has_caught_up() {
        let mut time = SteadyTime::default();
        let began = Instant::now();
        let mut shown = |system: i64, seconds: u64| {
            time.advance(at(system), began + Duration::from_secs(seconds))
        };
        assert_eq!(shown(10 * HOUR, 0), at(10 * HOUR));
        assert_eq!(shown(9 * HOUR, 0), at(10 * HOUR));
        assert_eq!(shown(9 * HOUR + 60, 60), at(10 * HOUR + 30));
        // Setting it back again changes nothing.
        assert_eq!(shown(8 * HOUR, 120), at(10 * HOUR + 60));
        // It was a mistake, and the clock is set right again.
        assert_eq!(shown(10 * HOUR + 180, 180), at(10 * HOUR + 180));
        assert_eq!(shown(10 * HOUR + 181, 181), at(10 * HOUR + 181));
    }

    #[test]
    fn it_starts_after_what_is_recorded_but_not_a_day_ahead() {
        let clock = Clock::system();
        let recorded = clock.system_time() + Duration::from_hours(1);
        clock.start_after(recorded);
        assert!(clock.now() >= recorded);
        let clock = Clock::system();
        clock.start_after(clock.system_time() + Duration::from_hours(48));
        assert!(clock.now() < recorded);
    }
}
