//! Requests in progress on a connection.
//! They last from their first byte to the last byte of the answer.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use http_body::{Frame, SizeHint};
use tokio::time::Instant;

/// Activity of a connection. Cheap to clone.
#[derive(Clone)]
pub(super) struct Activity(Arc<Mutex<State>>);

struct State {
    under_way: usize,
    is_new: bool,
    idle_since: Instant,
}

impl Default for Activity {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State {
            under_way: 0,
            is_new: true,
            idle_since: Instant::now(),
        })))
    }
}

impl Activity {
    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts a request until the returned guard is dropped.
    pub(super) fn begin(&self) -> RequestGuard {
        self.with(|state| {
            state.under_way += 1;
            state.is_new = false;
        });
        RequestGuard(self.clone())
    }

    /// Returns `true` if there has been no request yet.
    pub(super) fn is_new(&self) -> bool {
        self.with(|state| state.is_new)
    }

    /// Returns the time since which the connection is idle.
    /// Returns `None` if a request is in progress.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        self.with(|state| (state.under_way == 0).then_some(state.idle_since))
    }
}

/// Request in progress.
pub(super) struct RequestGuard(Activity);

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.with(|state| {
            state.under_way -= 1;
            state.idle_since = Instant::now();
        });
    }
}

/// Body of an answer, which ends its request when it is dropped.
pub(super) struct TrackedBody {
    body: Body,
    _under_way: RequestGuard,
}

impl TrackedBody {
    /// Counts the request until the body is sent.
    pub(super) fn new(body: Body, under_way: RequestGuard) -> Self {
        Self {
            body,
            _under_way: under_way,
        }
    }
}

impl http_body::Body for TrackedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
