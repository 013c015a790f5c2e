//! Record of whether a request has sent a change to Telnyx. Its page needs this if the database fails after
//! that.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

tokio::task_local! {
    static REQUEST: SendTracker;
}

/// How far a request came with its change. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct SendTracker(Arc<AtomicU8>);

/// How far a request came with its change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing was recorded, so nothing is sent.
    NotSent,
    /// The database may have recorded it; what is recorded is settled later.
    MaybeSent,
    /// It was recorded and sent.
    Sent,
}

impl SendTracker {
    /// Runs a request; what it sends is noted here.
    pub async fn track<T>(&self, request: impl Future<Output = T>) -> T {
        REQUEST.scope(self.clone(), request).await
    }

    /// How far it came.
    #[must_use]
    pub fn progress(&self) -> Progress {
        match self.0.load(Ordering::Acquire) {
            0 => Progress::NotSent,
            1 => Progress::MaybeSent,
            _ => Progress::Sent,
        }
    }
}

/// Notes how far the running request came. What was sent stays sent.
pub(super) fn record(progress: Progress) {
    // Outside of a request nobody asks.
    let _ = REQUEST.try_with(|sent| match progress {
        Progress::Sent => sent.0.store(2, Ordering::Release),
        Progress::MaybeSent => {
            let _ = sent
                .0
                .compare_exchange(0, 1, Ordering::AcqRel, Ordering::Acquire);
        }
        Progress::NotSent => {
            let _ = sent
                .0
                .compare_exchange(1, 0, Ordering::AcqRel, Ordering::Acquire);
        }
    });
}
