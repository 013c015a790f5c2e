//! A sweep under way: its client, its lease, its pace, and why it may end early.

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

/// Name of the lease that one replica sweeps with.
pub(super) const LEASE: &str = "sweep";

/// How long a lease lasts; longer than the slowest request with its retries.
pub(super) const LEASE_DURATION: Duration = Duration::from_mins(3);

/// How old a lease becomes before it is renewed.
const RENEW_LEASE_AFTER: Duration = Duration::from_secs(30);

/// Why a sweep ends without changing anything.
pub(super) enum SweepAborted {
    /// The reading cannot be used; with a sentence.
    Unusable(SweepOutcome, String),
    /// Far fewer accounts than before.
    TooFew(Shrinkage),
    /// The accounts are this other manager's.
    OtherManager(String),
    /// Somebody else sweeps by now.
    LeaseLost,
    /// The portal is to stop; another goes on.
    Stopped,
    /// The database failed.
    Db(db::Error),
}

impl From<db::Error> for SweepAborted {
    fn from(error: db::Error) -> Self {
        Self::Db(error)
    }
}

/// A sweep under way: the client that lets people's requests go first, the lease, the pauses.
pub(super) struct SweepRun<'a> {
    pub app: &'a App,
    pub client: Client,
    pub holder: Uuid,
    pub renewed_at: AtomicI64,
    /// How long requests were held back so far. Whoever has it sends the next one.
    pub paused: Mutex<Duration>,
}

impl SweepRun<'_> {
    /// Waits until the next request may be sent, by the pace that all of them keep together; false where the portal is
    /// to stop, and none may.
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

    /// Renews the lease where it is time to.
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

    /// How long it was at work since `from`, without the pauses.
    pub async fn busy_time(&self, from: Timestamp) -> Duration {
        from.until(self.app.clock.now())
            .saturating_sub(*self.paused.lock().await)
    }
}
