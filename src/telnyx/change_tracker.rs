//! Tracks if a changing request may have reached Telnyx.
//! Work that has not sent one can be interrupted, and another replica can send it.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::error::{Certainty, Error};

tokio::task_local! {
    static WORK: ChangeTracker;
}

/// Tracks the changing requests of one piece of work. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct ChangeTracker(Arc<AtomicBool>);

impl ChangeTracker {
    /// Runs `work` and tracks what it sends.
    pub async fn track<T>(&self, work: impl Future<Output = T>) -> T {
        WORK.scope(self.clone(), work).await
    }

    /// Returns `true` if a changing request is on its way, took effect, or may have.
    #[must_use]
    pub fn may_have_sent(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Sends a changing request and tracks it. A refusal proves that nothing happened.
pub(super) async fn track_change<T>(
    request: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let tracker = WORK.try_with(Clone::clone).ok();
    let earlier = tracker.as_ref().is_some_and(ChangeTracker::may_have_sent);
    let note = |may_have_sent| {
        if let Some(tracker) = &tracker {
            tracker.0.store(may_have_sent, Ordering::Release);
        }
    };
    note(true);
    let outcome = request.await;
    if let Err(error) = &outcome
        && error.last_certainty() != Certainty::Uncertain
    {
        note(earlier);
    }
    outcome
}
