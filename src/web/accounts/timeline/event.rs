//! Event of the activity in the timeline of its account.

use std::collections::HashMap;

use crate::app::App;
use crate::db::accounts::Account;
use crate::db::audit::{self, Entry};
use crate::db::operations::{self, Operation};
use crate::domain::audit::{EventKind, EventOutcome};
use crate::domain::ids::OperationId;
use crate::domain::time::Timestamp;
use crate::operations::undo;
use crate::web::access::Viewer;
use crate::web::error::Error;
use crate::web::event::{self, Sentence, UndoLookup};
use crate::web::format::{FormattedTime, TimeFormatter};

pub(in crate::web::accounts) struct EventView {
    pub seq: i64,
    /// `good`, `bad`, `warn`, `busy` or empty.
    pub kind: &'static str,
    pub icon: &'static str,
    /// Sentence that tells who did what, or what the portal noticed.
    pub text: String,
    /// Values before and after the change: both or neither.
    pub change: Option<(String, String)>,
    pub reason: String,
    /// Result, if it says more than "done".
    pub message: String,
    pub at: FormattedTime,
    /// Color and word of the outcome; `None` if it is done.
    pub outcome: Option<(&'static str, &'static str)>,
    /// Page of the change that undid it, and a text with the person's name.
    pub undone: Option<(String, String)>,
    /// Operation that the event belongs to; empty if none.
    pub operation: String,
    /// Address of the job that it belongs to; empty if none.
    pub job_href: String,
    /// True if the reader may undo the operation now.
    pub may_undo: bool,
}

/// Returns the latest events of an account, each with its time. Of an operation with several events
/// of one kind, only the latest is shown. The notes show themselves what was written and edited.
pub(super) async fn latest(
    app: &App,
    viewer: &Viewer,
    account: &Account,
    most: i64,
) -> Result<Vec<(Timestamp, EventView)>, Error> {
    let filter = audit::EventFilter {
        account: Some(account.id.clone()),
        without_kinds: vec![EventKind::NoteAdded, EventKind::NoteChanged],
        ..audit::EventFilter::default()
    };
    let entries = audit::latest(&app.db, &filter, most * 3).await?;
    let went_on = |entry: &Entry| {
        let same = |other: &Entry| {
            other.event.operation == entry.event.operation
                && other.event.kind == entry.event.kind
                && other.seq > entry.seq
        };
        entry.event.operation.is_some() && entries.iter().any(same)
    };
    let most = usize::try_from(most).unwrap_or_default();
    let telling: Vec<&Entry> = entries
        .iter()
        .filter(|entry| !went_on(entry))
        .take(most)
        .collect();
    let undone = UndoLookup::of(app, telling.iter().copied()).await?;
    let undoable = undoable_operations(app, viewer, account, &telling).await?;
    Ok(telling
        .into_iter()
        .map(|entry| {
            let mut view = EventView::new(entry, viewer.times(), &undone);
            let operation = entry.event.operation.and_then(|id| undoable.get(&id));
            view.may_undo = view.undone.is_none() && operation.is_some();
            (entry.at, view)
        })
        .collect())
}

/// Returns the operations of these entries that the reader may undo, if no other one did.
async fn undoable_operations(
    app: &App,
    viewer: &Viewer,
    account: &Account,
    entries: &[&Entry],
) -> Result<HashMap<OperationId, Operation>, Error> {
    if account.gone_at.is_some() {
        return Ok(HashMap::new());
    }
    let done = entries
        .iter()
        .map(|entry| &entry.event)
        .filter(|event| event::is_undoable(event.kind) && event.outcome == EventOutcome::Done);
    let ids: Vec<OperationId> = done.filter_map(|event| event.operation).collect();
    let found = operations::by_ids(&app.db, &ids).await?;
    let offered = found
        .into_iter()
        .filter(|operation| undo::offer_for(viewer.actor(), operation, account).is_some());
    Ok(offered.map(|operation| (operation.id, operation)).collect())
}

impl EventView {
    fn new(entry: &Entry, times: &TimeFormatter, undone: &UndoLookup) -> Self {
        let event = &entry.event;
        // The verb for a note does not tell whose it was.
        let plain = event.outcome == EventOutcome::Done
            && event.who.is_some()
            && event.kind != EventKind::NoteDeleted
            && !event.is_late_effect();
        Self {
            seq: entry.seq,
            kind: event::color(event),
            icon: event::icon(event),
            text: Sentence::of(event).text(),
            change: event::before(event).zip(event.after.clone()),
            reason: event.reason.clone().unwrap_or_default(),
            message: if plain {
                String::new()
            } else {
                event::message(event, times)
            },
            at: times.format(entry.at),
            outcome: event::badge(event).filter(|_| event.outcome != EventOutcome::Done),
            undone: undone.note(event),
            operation: event.operation.map(|id| id.to_string()).unwrap_or_default(),
            job_href: event::job_href(event),
            may_undo: false,
        }
    }
}
