//! Latest events, one line each. The activity has all of them.

use std::collections::HashSet;

use crate::app::App;
use crate::db::audit::{self, Entry, EventFilter};
use crate::db::jobs;
use crate::domain::audit::{EventKind, EventOutcome};
use crate::domain::ids::JobId;
use crate::web::access::Viewer;
use crate::web::error::Error;
use crate::web::event::{self, Sentence, UndoLookup};
use crate::web::format::{FormattedTime, TimeFormatter};

/// Maximum number of events shown.
const MAX_EVENTS: usize = 10;
/// Number of events that are read. An operation has several, and only its latest is shown.
const MAX_ENTRIES: i64 = 40;

#[derive(Clone, Debug)]
pub(super) struct LatestEvent {
    pub icon: &'static str,
    /// `good`, `bad`, `warn`, `busy` or empty.
    pub kind: &'static str,
    /// Start of the sentence, up to the name of the target: who did what.
    pub lead: String,
    /// Name of the target; may be empty.
    pub target: String,
    pub tail: String,
    pub href: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub reason: Option<String>,
    /// For a change outside the portal, the times between which it happened. For a job, its
    /// result. For a change that was settled by hand, who did that. Otherwise empty.
    pub message: String,
    pub at: FormattedTime,
    /// Page of the change that undid it, and a text with the person's name.
    pub undone: Option<(String, String)>,
    /// Kind and label of the outcome, unless it is simply "done".
    pub outcome: Option<(&'static str, &'static str)>,
}

/// Returns the latest events, newest first. The events of a job and of its items are one.
pub(super) async fn events(app: &App, viewer: &Viewer) -> Result<Vec<LatestEvent>, Error> {
    let filter = EventFilter {
        without_job_items: true,
        only_changes: true,
        ..EventFilter::default()
    };
    let entries = audit::latest(&app.db, &filter, MAX_ENTRIES).await?;
    let (mut operations, mut jobs_seen) = (HashSet::new(), HashSet::new());
    let newest = entries.into_iter().filter(|entry| {
        let event = &entry.event;
        event.operation.is_none_or(|id| operations.insert(id))
            && event.job.is_none_or(|id| jobs_seen.insert(id))
    });
    let newest: Vec<Entry> = newest.take(MAX_EVENTS).collect();
    let undone = UndoLookup::of(app, newest.iter()).await?;
    let open = newest
        .iter()
        .filter(|entry| entry.event.outcome == EventOutcome::Started);
    let open: Vec<JobId> = open.filter_map(|entry| entry.event.job).collect();
    let counts = jobs::counts(&app.db, &open).await?;
    Ok(newest
        .into_iter()
        .map(|entry| {
            // The result so far says more than the step.
            let counts = entry.event.job.and_then(|job| counts.get(&job));
            let event = latest_event(entry, viewer.times(), &undone);
            match counts {
                Some(counts) => LatestEvent {
                    message: counts.summary(),
                    ..event
                },
                None => event,
            }
        })
        .collect())
}

fn latest_event(entry: Entry, times: &TimeFormatter, undone: &UndoLookup) -> LatestEvent {
    let event = entry.event;
    let sentence = Sentence::of(&event);
    let href = match (&event.account, event.operation) {
        (Some(account), _) => format!("/accounts/{account}"),
        (None, Some(operation)) => format!("/operations/{operation}"),
        (None, None) => event::job_href(&event),
    };
    // For other changes, the verb says everything.
    let shows_values = matches!(
        event.kind,
        EventKind::ChannelLimit
            | EventKind::BlockCalls
            | EventKind::LimitRecorded
            | EventKind::CustomPricing
            | EventKind::DisplayName
            | EventKind::Assignee
            | EventKind::AccountTags
            | EventKind::TagRenamed
            | EventKind::TagMerged
            | EventKind::RoleChanged
            | EventKind::EmailChanged
            | EventKind::ChangedElsewhere
    );
    let message = match event.kind {
        EventKind::ChangedElsewhere | EventKind::Job => event::message(&event, times),
        _ => event::settled_by_text(&event, event.settled_by.as_ref()),
    };
    LatestEvent {
        icon: event::icon(&event),
        kind: event::color(&event),
        undone: undone.note(&event),
        outcome: event::badge(&event).filter(|_| event.outcome != EventOutcome::Done),
        lead: sentence.lead,
        target: sentence.target,
        tail: sentence.tail,
        href,
        before: event.before.filter(|_| shows_values),
        after: event.after.filter(|_| shows_values),
        reason: event.reason,
        message,
        at: times.format(entry.at),
    }
}
