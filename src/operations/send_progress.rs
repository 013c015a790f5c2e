//! Progress of a request in sending a change to Telnyx.
//! The error page needs it if the database fails afterwards.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

tokio::task_local! {
    static REQUEST: SendTracker;
}

/// Tracks the progress of one request. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct SendTracker(Arc<AtomicU8>);

/// Progress of a request with its change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing was recorded, so nothing is sent.
    NotSent,
    /// The change may have been recorded. If so, it is settled later.
    MaybeSent,
    /// The change was recorded and sent.
    Sent,
}

impl SendTracker {
    /// Runs a request and tracks what it sends.
    pub async fn track<T>(&self, request: impl Future<Output = T>) -> T {
        REQUEST.scope(self.clone(), request).await
    }

    /// Returns the progress so far.
    #[must_use]
    pub fn progress(&self) -> Progress {
        match self.0.load(Ordering::Acquire) {
            0 => Progress::NotSent,
            1 => Progress::MaybeSent,
            _ => Progress::Sent,
        }
    }
}

/// Records the progress of the current request. `Sent` is final.
pub(super) fn record(progress: Progress) {
    // Does nothing outside a request.
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
