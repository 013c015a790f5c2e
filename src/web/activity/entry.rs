//! Row of the activity: the sentence, the values before and after, the outcome, possible actions
//! and details.

use crate::app::App;
use crate::db::audit::Entry;
use crate::db::audit::timeline::TimelineEntry;
use crate::db::operations;
use crate::domain::audit::{Event, EventActor, EventKind, EventOutcome};
use crate::domain::text::group_thousands;
use crate::operations::undo;
use crate::web::access::Viewer;
use crate::web::error::Error;
use crate::web::event::{self, Sentence, UndoLookup};
use crate::web::format::TimeFormatter;

pub(super) struct EntryRow {
    pub seq: i64,
    pub icon: &'static str,
    pub color: &'static str,
    /// Start of the sentence, up to the name of the target: who did what.
    pub lead: String,
    /// Name of the target; empty if the sentence is complete without it.
    pub target: String,
    pub target_href: String,
    /// Text after the name.
    pub tail: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub reason: String,
    pub time: TimeOfDay,
    pub address: String,
    pub message: String,
    /// Person who settled the change by hand, unless the message names them; empty if nobody did.
    pub settled_by: String,
    pub badge: Option<(&'static str, &'static str)>,
    /// Page of the change that undid it, and a text with the person's name.
    pub undone: Option<(String, String)>,
    /// ID of the operation, if it can be undone from here.
    pub undo: Option<String>,
    /// Address of the operation's page.
    pub operation_href: String,
    /// Address of the job that the change belongs to; empty if none.
    pub job_href: String,
    /// Earlier steps, if the entry stands for several events.
    pub history: Vec<HistoryStep>,
    pub facts: Vec<Fact>,
}

/// Time of day, with the full time as its title.
pub(super) struct TimeOfDay {
    pub iso: String,
    pub absolute: String,
    pub shown: String,
}

impl TimeOfDay {
    fn new(entry: &Entry, times: &TimeFormatter) -> Self {
        let zoned = entry.at.to_jiff().to_zoned_datetime(times.zone().clone());
        Self {
            iso: entry.at.to_string(),
            absolute: times.absolute(entry.at),
            shown: zoned.strftime("%H:%M").to_string(),
        }
    }
}

/// One of the events that an entry stands for.
pub(super) struct HistoryStep {
    pub time: TimeOfDay,
    pub label: &'static str,
    pub message: String,
    /// Telnyx's ID of the request; may be empty.
    pub request: String,
}

/// Detail below an entry, for reading or copying.
pub(super) struct Fact {
    pub name: &'static str,
    pub value: String,
    /// Name of the value on its copy button; empty if the fact is for reading only.
    pub copies: &'static str,
}

impl EntryRow {
    pub async fn new(
        app: &App,
        viewer: &Viewer,
        folded: &TimelineEntry,
        undone: &UndoLookup,
    ) -> Result<Self, Error> {
        let times = viewer.times();
        let seq = folded.latest.seq;
        // The row shows the current state, even if the filter matched an earlier event.
        let event = &folded.current().event;
        let account = event.account.as_ref();
        let settler = event::settler(event, &folded.first().event);
        // The sentence names who asked for it, even if a colleague settled it.
        let requested = &folded.first().event;
        let sentence = Sentence::of(&Event {
            who: requested.who.clone(),
            ..event.clone()
        });
        Ok(Self {
            seq,
            icon: event::icon(event),
            color: event::color(event),
            lead: sentence.lead,
            target_href: account
                .map_or_else(|| event::job_href(event), |id| format!("/accounts/{id}")),
            target: sentence.target,
            tail: sentence.tail,
            before: event::before(event),
            after: event.after.clone(),
            reason: event.reason.clone().unwrap_or_default(),
            time: TimeOfDay::new(&folded.latest, times),
            address: requested.address.clone().unwrap_or_default(),
            message: event::message(event, times),
            settled_by: event::settled_by_text(event, settler),
            badge: event::badge(event),
            undone: undone.note(event),
            undo: undoable_operation(app, viewer, event).await?,
            operation_href: event
                .operation
                .map(|id| format!("/operations/{id}"))
                .unwrap_or_default(),
            job_href: match event.kind {
                EventKind::Job => String::new(),
                _ => event::job_href(event),
            },
            history: history(folded, times),
            facts: facts(&folded.latest, requested.who.as_ref(), settler, times),
        })
    }

    /// Returns `true` if there is a change to draw.
    pub fn has_change(&self) -> bool {
        self.before.is_some() || self.after.is_some()
    }
}

/// Returns the ID of the operation if this person may undo it now.
async fn undoable_operation(
    app: &App,
    viewer: &Viewer,
    event: &Event,
) -> Result<Option<String>, Error> {
    let undone = event::is_undoable(event.kind);
    let Some(id) = event
        .operation
        .filter(|_| undone && event.outcome == EventOutcome::Done)
    else {
        return Ok(None);
    };
    let Some(operation) = operations::by_id(&app.db, id).await? else {
        return Ok(None);
    };
    let offer = undo::undo_offer(app, viewer.actor(), &operation).await?;
    Ok(offer.map(|_| id.to_string()))
}

fn history(folded: &TimelineEntry, times: &TimeFormatter) -> Vec<HistoryStep> {
    if folded.earlier.is_empty() && folded.later.is_empty() {
        return Vec::new();
    }
    folded
        .all()
        .map(|entry| HistoryStep {
            time: TimeOfDay::new(entry, times),
            label: match entry.event.outcome {
                EventOutcome::Started => "Asked for",
                outcome => outcome.label(),
            },
            message: entry.event.message.clone(),
            request: entry.event.telnyx_request_id.clone().unwrap_or_default(),
        })
        .collect()
}

fn facts(
    entry: &Entry,
    requester: Option<&EventActor>,
    settler: Option<&EventActor>,
    times: &TimeFormatter,
) -> Vec<Fact> {
    let event = &entry.event;
    let mut facts = Vec::new();
    let mut fact = |name, value: Option<String>, copies| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            facts.push(Fact {
                name,
                value,
                copies,
            });
        }
    };
    let id = |id: &dyn std::fmt::Display| Some(id.to_string());
    let person = |who: &EventActor| format!("{} <{}>", who.name, who.email);
    fact("When", Some(times.absolute(entry.at)), "");
    fact("Action", Some(event::label(event)), "");
    fact("Who", requester.map(person), "");
    fact("Settled by", settler.map(person), "");
    fact("From address", event.address.clone(), "");
    fact(
        "Account ID",
        event.account.as_ref().and_then(|account| id(account)),
        "account ID",
    );
    fact(
        "Operation",
        event.operation.as_ref().and_then(|operation| id(operation)),
        "operation ID",
    );
    fact("Request", event.request_id.clone(), "request ID");
    fact(
        "Telnyx’s request",
        event.telnyx_request_id.clone(),
        "Telnyx’s request ID",
    );
    fact("Event no.", Some(group_thousands(entry.seq)), "");
    facts
}
