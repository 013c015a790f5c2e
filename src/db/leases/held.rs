//! Work under a lease or a claim: renewed while it runs, and released if the shutdown interrupts
//! it, so that another replica continues at once.

use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use tokio::time::{interval, sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::clock::Clock;
use crate::db::jobs::items::{self, JobItem};
use crate::db::{Db, Result, notification_emails, operations, webhook_deliveries, welcome_emails};
use crate::domain::ids::{OperationId, WelcomeEmailId};

/// Duration of a claim that is renewed. If it is not renewed, another replica takes over.
pub const CLAIM_DURATION: Duration = Duration::from_secs(20);
/// Interval at which a claim is renewed.
const RENEWAL_INTERVAL: Duration = Duration::from_secs(5);
/// Interval at which a shutdown checks if work can be interrupted by now.
const INTERRUPTION_INTERVAL: Duration = Duration::from_millis(100);

/// Lease of a loop, or claim of one row.
#[derive(Clone, Copy, Debug)]
pub enum Lease<'a> {
    /// Lease that lets one replica run a loop.
    Loop {
        /// Name of the lease.
        name: &'static str,
        /// Run that holds it.
        holder: Uuid,
    },
    /// Attempt at an operation.
    Operation {
        /// The operation.
        id: OperationId,
        /// Number of the attempt.
        attempt: i64,
        /// True if no earlier attempt sent anything.
        is_first: bool,
    },
    /// Item of a job.
    JobItem(&'a JobItem),
    /// Attempt at a welcome email.
    WelcomeEmail(WelcomeEmailId, i64),
    /// Attempt at an email with notifications.
    NotificationEmail(Uuid),
    /// Attempt at a delivery to the webhook.
    WebhookDelivery(Uuid, i64),
}

/// Step of a shutdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShutdownStep {
    /// The portal is stopping. Work still has time.
    Stopping,
    /// The process ends now.
    Ending,
}

impl ShutdownStep {
    /// Returns `true` when the process ends. For work that is not interrupted before.
    #[must_use]
    pub fn is_end(self) -> bool {
        self == Self::Ending
    }
}

/// Leases of this process. Cheap to clone.
#[derive(Clone)]
pub struct Leases {
    db: Db,
    clock: Clock,
    stopping: CancellationToken,
    ending: CancellationToken,
}

impl fmt::Debug for Leases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Leases(…)")
    }
}

impl Leases {
    /// Returns the leases of a process that stops when `stopping` is cancelled.
    #[must_use]
    pub fn new(db: Db, clock: Clock, stopping: CancellationToken) -> Self {
        Self {
            db,
            clock,
            stopping,
            ending: CancellationToken::new(),
        }
    }

    /// Interrupts the work that is still running, because the process ends.
    pub fn end(&self) {
        self.stopping.cancel();
        self.ending.cancel();
    }

    /// Runs `work` and renews its claim meanwhile. Returns `None` if the shutdown interrupted it:
    /// it is then dropped, and its lease is released.
    ///
    /// `may_interrupt` tells if it can be interrupted at this moment. Work that it never allows
    /// keeps its claim beyond the end of the process.
    pub async fn hold<T>(
        &self,
        lease: Lease<'_>,
        may_interrupt: impl Fn(ShutdownStep) -> bool,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        // The renewals run concurrently with the work: both may wait for the only connection that
        // writes. The work is polled first, so `may_interrupt` sees what it did.
        let outcome = tokio::select! {
            biased;
            outcome = work => Some(outcome),
            () = self.interruption(may_interrupt) => None,
            never = self.renew(lease) => match never {},
        };
        if outcome.is_none()
            && let Err(error) = self.release(lease).await
        {
            tracing::warn!(%error, ?lease, "a lease could not be released; it ends by itself");
        }
        outcome
    }

    /// Runs the work of a loop under a lease. Returns `None` if another replica has the lease, or
    /// if the end of the process interrupted the work.
    pub async fn run_alone<T, F: Future<Output = Result<T>>>(
        &self,
        name: &'static str,
        duration: Duration,
        work: impl FnOnce(Uuid) -> F,
    ) -> Result<Option<T>> {
        let holder = Uuid::new_v4();
        let now = self.clock.now();
        if !super::acquire(&self.db, name, holder, now, now + duration).await? {
            return Ok(None);
        }
        let lease = Lease::Loop { name, holder };
        let held = self.hold(lease, ShutdownStep::is_end, work(holder));
        let Some(outcome) = held.await else {
            return Ok(None);
        };
        super::release(&self.db, name, holder).await?;
        outcome.map(Some)
    }

    /// Completes when the shutdown may interrupt the work.
    async fn interruption(&self, may_interrupt: impl Fn(ShutdownStep) -> bool) {
        self.stopping.cancelled().await;
        loop {
            let step = if self.ending.is_cancelled() {
                ShutdownStep::Ending
            } else {
                ShutdownStep::Stopping
            };
            if may_interrupt(step) {
                return;
            }
            tokio::select! {
                () = self.ending.cancelled(), if !step.is_end() => {}
                () = sleep(INTERRUPTION_INTERVAL) => {}
            }
        }
    }

    /// Renews a claim until this is dropped. Losing it does not stop the work, but its outcome is
    /// then not written.
    async fn renew(&self, lease: Lease<'_>) -> Infallible {
        let mut beat = interval(RENEWAL_INTERVAL);
        let mut failing = false;
        beat.tick().await;
        loop {
            beat.tick().await;
            let until = self.clock.now() + CLAIM_DURATION;
            let renewed = match lease {
                Lease::Operation { id, attempt, .. } => {
                    operations::write::renew_lease(&self.db, id, attempt, until)
                        .await
                        .map(drop)
                }
                Lease::JobItem(item) => items::renew_lease(&self.db, item, until).await,
                // These outlast their work, or are renewed by it.
                Lease::Loop { .. }
                | Lease::WelcomeEmail(..)
                | Lease::NotificationEmail(_)
                | Lease::WebhookDelivery(..) => return std::future::pending().await,
            };
            match renewed {
                Err(error) if !failing => {
                    tracing::warn!(%error, ?lease, "a lease could not be renewed");
                    failing = true;
                }
                Err(_) => {}
                Ok(()) => failing = false,
            }
        }
    }

    /// Releases a lease whose work was interrupted.
    async fn release(&self, lease: Lease<'_>) -> Result<()> {
        let db = &self.db;
        match lease {
            Lease::Loop { name, holder } => super::release(db, name, holder).await,
            Lease::Operation {
                id,
                attempt,
                is_first,
            } => operations::write::release(db, id, attempt, is_first).await,
            Lease::JobItem(item) => items::release(db, item).await,
            Lease::WelcomeEmail(id, attempt) => welcome_emails::release(db, id, attempt).await,
            Lease::NotificationEmail(id) => notification_emails::release(db, id).await,
            Lease::WebhookDelivery(id, attempt) => {
                webhook_deliveries::release(db, id, attempt).await
            }
        }
    }
}
