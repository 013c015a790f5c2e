//! Sweep in progress: its client, lease, pace, and reasons to end early.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use uuid::Uuid;

use super::pace;
use super::shrink_guard::Shrinkage;
use crate::app::App;
use crate::db::sweeps::SweepOutcome;
use crate::db::{self, leases};
use crate::domain::time::Timestamp;
use crate::telnyx::Client;

/// Name of the lease under which one replica sweeps.
pub(super) const LEASE: &str = "sweep";

/// Duration of a lease. It exceeds the slowest request with its retries.
pub(super) const LEASE_DURATION: Duration = Duration::from_mins(3);

/// Age at which a lease is renewed.
const RENEW_LEASE_AFTER: Duration = Duration::from_secs(30);

/// Reason why a sweep ends without changing anything.
pub(super) enum SweepAborted {
    /// The reading is unusable. Contains a sentence that says why.
    Unusable(SweepOutcome, String),
    /// The lists show far fewer accounts than before.
    TooFew(Shrinkage),
    /// The accounts belong to this other manager.
    OtherManager(String),
    /// Another replica sweeps now.
    LeaseLost,
    /// The portal is stopping. Another process resumes the sweep.
    Stopped,
    /// The database failed.
    Db(db::Error),
}

impl From<db::Error> for SweepAborted {
    fn from(error: db::Error) -> Self {
        Self::Db(error)
    }
}

/// Sweep in progress. Its client lets people's requests go first.
pub(super) struct SweepRun<'a> {
    pub app: &'a App,
    pub client: Client,
    pub holder: Uuid,
    pub renewed_at: AtomicI64,
    /// Total time that requests were held back. The holder of the lock sends the next one.
    pub paused: Mutex<Duration>,
}

impl SweepRun<'_> {
    /// Waits until the next request may be sent. All requests of the sweep share one pace.
    /// Returns `false` if the portal is stopping, so that none may be sent.
    pub async fn wait_for_turn(&self) -> bool {
        let mut paused = self.paused.lock().await;
        let gap = pace::request_gap(self.client.rate(), self.app.clock.now());
        if !gap.is_zero() {
            *paused += gap;
            tokio::select! {
                () = tokio::time::sleep(gap) => {}
                () = self.app.shutdown.cancelled() => {}
            }
        }
        !self.is_shutting_down()
    }

    /// Returns `true` if the portal is shutting down.
    pub fn is_shutting_down(&self) -> bool {
        self.app.shutdown.is_cancelled()
    }

    /// Renews the lease if it is old enough.
    pub async fn renew_lease(&self) -> Result<(), SweepAborted> {
        let now = self.app.clock.now();
        let renewed_at = Timestamp::from_millis(self.renewed_at.load(Ordering::Relaxed));
        if renewed_at.until(now) >= RENEW_LEASE_AFTER {
            if !leases::acquire(&self.app.db, LEASE, self.holder, now, now + LEASE_DURATION).await?
            {
                return Err(SweepAborted::LeaseLost);
            }
            self.renewed_at.store(now.as_millis(), Ordering::Relaxed);
        }
        Ok(())
    }

    /// Returns the time that the sweep has worked since `from`, without its pauses.
    pub async fn busy_time(&self, from: Timestamp) -> Duration {
        from.until(self.app.clock.now())
            .saturating_sub(*self.paused.lock().await)
    }
}
