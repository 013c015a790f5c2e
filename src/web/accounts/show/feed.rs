//! The latest of an account's activity, as its page shows it. The whole of it is the activity's.

use crate::app::App;
use crate::db::audit::{self, Entry};
use crate::domain::audit::{EventKind, EventOutcome};
use crate::domain::ids::AccountId;
use crate::web::access::Viewer;
use crate::web::elsewhere;
use crate::web::error::Error;
use crate::web::view::{Times, When};

/// One event.
pub(super) struct Item {
    /// `good`, `bad`, `warn`, `busy` or empty.
    pub kind: &'static str,
    pub icon: &'static str,
    /// Who did what, or what was noticed.
    pub text: String,
    /// What was there before, and what came: both or neither.
    pub change: Option<(String, String)>,
    pub reason: String,
    /// What came of it, where that goes beyond "done".
    pub message: String,
    pub at: When,
    /// Tone and words of how it turned out; empty where it is done.
    pub outcome: (&'static str, &'static str),
    /// The operation that it belongs to; empty where it belongs to none.
    pub operation: String,
}

/// The latest events of an account. Of a change that went on, only the latest word is told.
pub(super) async fn latest(app: &App, viewer: &Viewer, id: &AccountId, most: i64) -> Result<Vec<Item>, Error> {
    let filter = audit::Filter {
        account: Some(id.clone()),
        ..audit::Filter::default()
    };
    let entries = audit::latest(&app.db, viewer.scope(), &filter, most * 3).await?;
    let went_on = |entry: &Entry| {
        let same = |other: &Entry| other.event.operation == entry.event.operation && other.seq > entry.seq;
        entry.event.operation.is_some() && entries.iter().any(same)
    };
    let telling = entries.iter().filter(|entry| !went_on(entry));
    let most = usize::try_from(most).unwrap_or_default();
    Ok(telling
        .take(most)
        .map(|entry| Item::new(entry, viewer.times()))
        .collect())
}

impl Item {
    fn new(entry: &Entry, times: &Times) -> Self {
        let event = &entry.event;
        let (kind, icon) = mark(event.kind, event.outcome);
        // Of a note the verb does not say whose it was, or that it was pinned.
        let note = matches!(event.kind, EventKind::NoteChanged | EventKind::NoteDeleted);
        let plain = event.outcome == EventOutcome::Done && event.who.is_some() && !note;
        Self {
            kind,
            icon,
            text: match &event.who {
                Some(who) => format!("{}: {}", who.name, event.kind.label()),
                None => event.kind.label().to_owned(),
            },
            change: event.before.clone().zip(event.after.clone()),
            reason: event.reason.clone().unwrap_or_default(),
            message: if plain {
                String::new()
            } else {
                elsewhere::message(event, times)
            },
            at: times.at(entry.at),
            outcome: match event.outcome {
                EventOutcome::Done => ("", ""),
                EventOutcome::Refused => ("bad", event.outcome.label()),
                EventOutcome::Started | EventOutcome::Checking => ("busy", event.outcome.label()),
                EventOutcome::Unknown => ("warn", event.outcome.label()),
            },
            operation: event.operation.map(|id| id.to_string()).unwrap_or_default(),
        }
    }
}

const fn mark(kind: EventKind, outcome: EventOutcome) -> (&'static str, &'static str) {
    let (tone, icon) = match kind {
        EventKind::Create => ("good", "plus"),
        EventKind::Enable => ("good", "power"),
        EventKind::Disable => ("bad", "power-off"),
        EventKind::ChannelLimit | EventKind::LimitRecorded => ("", "audio-waveform"),
        EventKind::CustomPricing | EventKind::AccountTags => ("", "tag"),
        EventKind::DisplayName => ("", "pencil"),
        EventKind::NoteAdded | EventKind::NoteChanged | EventKind::NoteDeleted => ("", "file-text"),
        EventKind::KeyShown => ("warn", "key-round"),
        EventKind::ChangedElsewhere => ("warn", "external-link"),
        _ => ("", "history"),
    };
    match outcome {
        EventOutcome::Done => (tone, icon),
        EventOutcome::Started | EventOutcome::Checking => ("busy", icon),
        EventOutcome::Refused | EventOutcome::Unknown => ("warn", icon),
    }
}
