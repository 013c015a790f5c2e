//! Stream that tells an open page of a job when the job changes (server-sent events).

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Extension;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use tokio::time::{Interval, MissedTickBehavior, interval};
use uuid::Uuid;

use super::JobContext;
use crate::app::App;
use crate::db::jobs::{self, Job};
use crate::domain::ids::JobId;
use crate::domain::job::{JobCounts, JobState};
use crate::domain::time::Timestamp;
use crate::web::access::{Authorized, Read};
use crate::web::error::Error;

/// Interval at which a stream reads the job and the sign-in.
const INTERVAL: Duration = Duration::from_secs(1);
/// Duration after which a stream ends. The browser then opens another one.
const MAX_DURATION: Duration = Duration::from_mins(10);
/// Wait before a browser opens another stream.
const RECONNECT_WAIT: Duration = Duration::from_secs(2);
/// Maximum number of streams that a session may have open. More than that update by polling.
const MAX_STREAMS: usize = 6;

/// Number of open streams of each session.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenStreams(Arc<Mutex<HashMap<Uuid, usize>>>);

impl OpenStreams {
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

/// State of a job. An event is sent when it differs from the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Progress {
    state: JobState,
    waiting_for: String,
    counts: JobCounts,
    /// True if the items of a preview are still being stored.
    is_preparing: bool,
}

impl Progress {
    /// Reads the state of a job. Returns `None` if the job is gone.
    async fn load(app: &App, id: JobId) -> Result<Option<Self>, Error> {
        let Some(Job {
            state, waiting_for, ..
        }) = jobs::by_id(&app.db, id).await?
        else {
            return Ok(None);
        };
        let is_preparing =
            state == JobState::Preview && jobs::plans::is_pending(&app.db, id).await?;
        Ok(Some(Self {
            state,
            waiting_for,
            counts: jobs::counts_of(&app.db, id).await?,
            is_preparing,
        }))
    }

    /// Returns `true` if the job changes by itself.
    fn is_live(&self) -> bool {
        self.state == JobState::Running || self.counts.under_way() > 0 || self.is_preparing
    }
}

/// Open stream: the reader, the job, and the state that the page knows.
struct Watch {
    app: App,
    may: Authorized<Read>,
    job: JobId,
    opened_at: Timestamp,
    known: Option<Progress>,
    ticks: Interval,
    _guard: StreamGuard,
}

/// `GET /jobs/{id}/events`
pub(super) async fn events(
    context: JobContext,
    Extension(open): Extension<OpenStreams>,
) -> Response {
    let Some(guard) = open.open(context.may.session_id()) else {
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    };
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let shutdown = context.app.shutdown.clone();
    let watch = Watch {
        opened_at: context.app.clock.now(),
        app: context.app,
        may: context.may,
        job: context.job.id,
        known: None,
        ticks,
        _guard: guard,
    };
    let events = stream::unfold(Some(watch), |watch: Option<Watch>| async move {
        let (event, watch) = watch?.next().await?;
        Some((Ok::<_, Infallible>(event), watch))
    });
    let events = events.take_until(shutdown.cancelled_owned());
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

impl Watch {
    /// Waits for the next change. Returns its event, and the stream if it goes on.
    /// Returns `None` if the stream ends without an event: the browser then opens another one, and
    /// learns there if it is still signed in.
    async fn next(mut self) -> Option<(Event, Option<Self>)> {
        loop {
            self.ticks.tick().await;
            let is_over = self.opened_at.until(self.app.clock.now()) >= MAX_DURATION;
            if is_over || !self.is_signed_in().await {
                return None;
            }
            let now = match Progress::load(&self.app, self.job).await {
                Ok(now) => now,
                Err(error) => {
                    tracing::debug!(?error, "a stream of events ends");
                    return None;
                }
            };
            let Some(now) = now.filter(Progress::is_live) else {
                return Some((Event::default().event("end").data("end"), None));
            };
            if self.known.as_ref() == Some(&now) {
                continue;
            }
            let event = Event::default()
                .event("change")
                .retry(RECONNECT_WAIT)
                .data(now.counts.summary());
            self.known = Some(now);
            return Some((event, Some(self)));
        }
    }

    /// Returns `true` if the session that opened the stream is still valid.
    async fn is_signed_in(&self) -> bool {
        matches!(self.may.is_still_signed_in().await, Ok(true))
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
