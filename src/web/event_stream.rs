//! Streams of server-sent events, by which open pages learn of changes.
//!
//! A page's file has an [`EventSource`] and answers with [`OpenStreams::answer`]. All streams have
//! the same limits: a number for each session, a longest duration, and the end of the sign-in. They
//! do not extend the sign-in.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use tokio::time::{Interval, interval};
use uuid::Uuid;

use super::access::{Authorized, Read};
use crate::app::App;
use crate::domain::time::Timestamp;
use crate::metrics::OpenEventStream;

/// Interval at which a stream checks the sign-in. Each event is also checked before it is sent.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);
/// Duration after which a stream ends. The browser then opens another one.
const MAX_DURATION: Duration = Duration::from_mins(10);
/// Wait before a browser opens another stream.
const RECONNECT_WAIT: Duration = Duration::from_secs(2);
/// Maximum number of streams that a session may have open. A browser has six connections to a
/// server without HTTP/2, and needs some of them for pages.
const MAX_STREAMS: usize = 4;

/// Changes that a page follows.
pub trait EventSource: Send + 'static {
    /// Waits for the next change.
    fn next(&mut self) -> impl Future<Output = NextEvent> + Send;
}

/// Answer of an [`EventSource`].
pub enum NextEvent {
    /// Event after which the stream goes on.
    Event(Event),
    /// Event that tells the page to open no other stream.
    Last(Event),
    /// The stream ends without an event. The browser opens another one.
    End,
}

/// Number of open streams of each session.
#[derive(Clone, Debug, Default)]
pub struct OpenStreams(Arc<Mutex<HashMap<Uuid, usize>>>);

impl OpenStreams {
    /// Answers with a stream of the source's events, or with 429 if the session has too many.
    pub fn answer(&self, app: &App, may: Authorized<Read>, source: impl EventSource) -> Response {
        let Some(guard) = self.open(may.session_id()) else {
            return StatusCode::TOO_MANY_REQUESTS.into_response();
        };
        let mut checks = interval(CHECK_INTERVAL);
        checks.reset();
        let stream = OpenStream {
            source,
            sign_in: SignIn {
                opened_at: app.clock.now(),
                app: app.clone(),
                may,
            },
            checks,
            _guard: guard,
            _counted: app.metrics.open_event_stream(),
        };
        let events = stream::unfold(Some(stream), |stream| async move {
            let (event, stream) = stream?.next().await?;
            Some((Ok::<_, Infallible>(event), stream))
        });
        let mut response = Sse::new(events)
            .keep_alive(KeepAlive::default())
            .into_response();
        // A proxy must pass each event on at once.
        response.headers_mut().insert(
            HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        );
        response
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<Uuid, usize>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts a stream until the returned guard is dropped. Returns `None` if there are too many.
    fn open(&self, session: Uuid) -> Option<StreamGuard> {
        self.with(|open| {
            let streams = open.entry(session).or_default();
            (*streams < MAX_STREAMS).then(|| *streams += 1)
        })?;
        Some(StreamGuard {
            open: self.clone(),
            session,
        })
    }
}

/// Open stream of a session.
struct StreamGuard {
    open: OpenStreams,
    session: Uuid,
}

impl Drop for StreamGuard {
    fn drop(&mut self) {
        self.open.with(|open| {
            let streams = open.entry(self.session).or_default();
            *streams = streams.saturating_sub(1);
            if *streams == 0 {
                open.remove(&self.session);
            }
        });
    }
}

/// Sign-in that a stream depends on.
struct SignIn {
    app: App,
    may: Authorized<Read>,
    opened_at: Timestamp,
}

impl SignIn {
    /// Returns `true` if the stream may go on.
    async fn is_valid(&self) -> bool {
        let is_over = self.opened_at.until(self.app.clock.now()) >= MAX_DURATION;
        !is_over && matches!(self.may.is_still_authorized().await, Ok(true))
    }
}

struct OpenStream<S> {
    source: S,
    sign_in: SignIn,
    checks: Interval,
    _guard: StreamGuard,
    _counted: OpenEventStream,
}

impl<S: EventSource> OpenStream<S> {
    /// Waits for the next event. Returns it, and the stream if it goes on. Returns `None` if the
    /// stream ends without an event: the browser then opens another one, and learns there if it is
    /// still signed in.
    async fn next(mut self) -> Option<(Event, Option<Self>)> {
        let next = {
            let mut next = pin!(self.source.next());
            loop {
                tokio::select! {
                    () = self.sign_in.app.shutdown.cancelled() => return None,
                    next = &mut next => break next,
                    _ = self.checks.tick() => {
                        if !self.sign_in.is_valid().await {
                            return None;
                        }
                    }
                }
            }
        };
        if !self.sign_in.is_valid().await {
            return None;
        }
        self.checks.reset();
        match next {
            NextEvent::Event(event) => Some((event.retry(RECONNECT_WAIT), Some(self))),
            NextEvent::Last(event) => Some((event, None)),
            NextEvent::End => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_a_limited_number_of_streams_and_ended_ones_do_not_count() {
        let open = OpenStreams::default();
        let session = Uuid::new_v4();
        let mut guards: Vec<_> = (0..MAX_STREAMS).map(|_| open.open(session)).collect();
        assert!(guards.iter().all(Option::is_some));
        assert!(open.open(session).is_none());
        assert!(open.open(Uuid::new_v4()).is_some());
        guards.pop();
        assert!(open.open(session).is_some());
        guards.clear();
        assert!(open.with(|open| open.is_empty()));
    }
}
