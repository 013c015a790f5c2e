//! Stream that tells an open page of a job when the job changes.

use std::time::Duration;

use axum::Extension;
use axum::response::Response;
use axum::response::sse::Event;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::JobContext;
use crate::app::App;
use crate::db::jobs::{self, Job};
use crate::domain::ids::JobId;
use crate::domain::job::{JobCounts, JobState};
use crate::web::error::Error;
use crate::web::event_stream::{EventSource, NextEvent, OpenStreams};

/// Interval at which a stream reads the job.
const INTERVAL: Duration = Duration::from_secs(1);

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

/// Job that a page follows, and the state that the page knows.
struct FollowedJob {
    app: App,
    job: JobId,
    known: Option<Progress>,
    ticks: Interval,
}

/// `GET /jobs/{id}/events`
pub(super) async fn events(
    context: JobContext,
    Extension(streams): Extension<OpenStreams>,
) -> Response {
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let job = FollowedJob {
        app: context.app.clone(),
        job: context.job.id,
        known: None,
        ticks,
    };
    streams.answer(&context.app, context.may, job)
}

impl EventSource for FollowedJob {
    async fn next(&mut self) -> NextEvent {
        loop {
            self.ticks.tick().await;
            let now = match Progress::load(&self.app, self.job).await {
                Ok(now) => now,
                Err(error) => {
                    tracing::debug!(?error, "a stream of events ends");
                    return NextEvent::End;
                }
            };
            let Some(now) = now.filter(Progress::is_live) else {
                return NextEvent::Last(Event::default().event("end").data("end"));
            };
            if self.known.as_ref() == Some(&now) {
                continue;
            }
            let event = Event::default().event("change").data(now.counts.summary());
            self.known = Some(now);
            return NextEvent::Event(event);
        }
    }
}
