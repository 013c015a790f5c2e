//! Latest events of an account, for its page. The activity has all of them.

use crate::app::App;
use crate::db::audit::{self, Entry};
use crate::domain::audit::{EventKind, EventOutcome};
use crate::domain::ids::AccountId;
use crate::web::access::Viewer;
use crate::web::error::Error;
use crate::web::event::{self, Sentence, UndoLookup};
use crate::web::format::{FormattedTime, TimeFormatter};

pub(super) struct FeedItem {
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
}

/// Returns the latest events of an account. Of an operation with several events of one kind, only
/// the latest is shown.
pub(super) async fn latest(
    app: &App,
    viewer: &Viewer,
    id: &AccountId,
    most: i64,
) -> Result<Vec<FeedItem>, Error> {
    let filter = audit::EventFilter {
        account: Some(id.clone()),
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
    let telling = entries.iter().filter(|entry| !went_on(entry));
    let undone = UndoLookup::of(app, entries.iter()).await?;
    let most = usize::try_from(most).unwrap_or_default();
    Ok(telling
        .take(most)
        .map(|entry| FeedItem::new(entry, viewer.times(), &undone))
        .collect())
}

impl FeedItem {
    fn new(entry: &Entry, times: &TimeFormatter, undone: &UndoLookup) -> Self {
        let event = &entry.event;
        // The verb for a note tells neither whose it was nor that it was pinned.
        let note = matches!(event.kind, EventKind::NoteChanged | EventKind::NoteDeleted);
        let plain = event.outcome == EventOutcome::Done
            && event.who.is_some()
            && !note
            && !event.is_late_effect();
        Self {
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
        }
    }
}
