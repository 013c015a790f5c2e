//! Latest events, one line each. The full list belongs to the activity.

use std::collections::HashSet;

use crate::app::App;
use crate::db::audit::{self, Entry, EventFilter};
use crate::domain::audit::{EventKind, EventOutcome};
use crate::web::access::Viewer;
use crate::web::error::Error;
use crate::web::event::{self, Sentence, UndoLookup};
use crate::web::format::{FormattedTime, TimeFormatter};

/// Maximum number of events shown.
const MAX_EVENTS: usize = 10;
/// Number of entries read for that. An operation has several, and only its latest is shown.
const MAX_ENTRIES: i64 = 40;

/// One event.
#[derive(Clone, Debug)]
pub(super) struct LatestEvent {
    pub icon: &'static str,
    /// `good`, `bad`, `warn`, `busy` or empty.
    pub kind: &'static str,
    /// Start of the sentence on who did what, up to the name of its target.
    pub lead: String,
    /// Name of the target and the address that shows it; each may be empty.
    pub target: String,
    pub tail: String,
    pub href: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub reason: Option<String>,
    /// Between which times something was done outside the portal; else empty.
    pub message: String,
    pub at: FormattedTime,
    /// The page of the change that undid it, and who did.
    pub undone: Option<(String, String)>,
    /// Kind and label of how it turned out, where that is not simply "done".
    pub outcome: Option<(&'static str, &'static str)>,
}

/// The latest events, newest first.
pub(super) async fn events(app: &App, viewer: &Viewer) -> Result<Vec<LatestEvent>, Error> {
    let entries = audit::latest(&app.db, &EventFilter::default(), MAX_ENTRIES).await?;
    let mut seen = HashSet::new();
    let newest = entries.into_iter().filter(|entry| {
        entry
            .event
            .operation
            .is_none_or(|operation| seen.insert(operation))
    });
    let newest: Vec<Entry> = newest.take(MAX_EVENTS).collect();
    let undone = UndoLookup::of(app, newest.iter()).await?;
    Ok(newest
        .into_iter()
        .map(|entry| latest_event(entry, viewer.times(), &undone))
        .collect())
}

fn latest_event(entry: Entry, times: &TimeFormatter, undone: &UndoLookup) -> LatestEvent {
    let event = entry.event;
    let sentence = Sentence::of(&event);
    let href = match (&event.account, event.operation) {
        (Some(account), _) => format!("/accounts/{account}"),
        (None, Some(operation)) => format!("/operations/{operation}"),
        (None, None) => String::new(),
    };
    // Of other changes the verb says all of it.
    let shows_values = matches!(
        event.kind,
        EventKind::ChannelLimit
            | EventKind::BlockCalls
            | EventKind::LimitRecorded
            | EventKind::CustomPricing
            | EventKind::DisplayName
            | EventKind::AccountTags
            | EventKind::TagRenamed
            | EventKind::TagMerged
            | EventKind::RoleChanged
            | EventKind::ChangedElsewhere
    );
    let message = match event.kind {
        EventKind::ChangedElsewhere => event::message(&event, times),
        _ => String::new(),
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
