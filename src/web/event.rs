//! Presentation of events: sentence, icon, color and badge. The activity, the dashboard, the page
//! of an account and the exports all use it.

use std::collections::HashMap;

use super::error::Error;
use super::format::TimeFormatter;
use crate::app::App;
use crate::db::audit::Entry;
use crate::db::operations;
use crate::domain::audit::{Event, EventActor, EventKind, EventOutcome};
use crate::domain::ids::OperationId;
use crate::domain::job::JobStep;

mod presentation;

/// Event as a sentence, split around the name of its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sentence {
    /// Sentence up to the name: who did what.
    pub lead: String,
    /// Name of the target; empty if the sentence is complete without it.
    pub target: String,
    /// Text after the name.
    pub tail: String,
}

impl Sentence {
    /// Builds the sentence of an event.
    pub fn of(event: &Event) -> Self {
        let verb = presentation::verb(event);
        let target = event.shown_target().to_owned();
        match (&event.who, event.kind) {
            (_, EventKind::ChangedElsewhere) => Self {
                lead: String::new(),
                target,
                tail: verb.past_tense.to_owned(),
            },
            (None, EventKind::DirectoryAlert) => Self {
                lead: "The portal raised an alert:".to_owned(),
                target,
                tail: String::new(),
            },
            (_, EventKind::Job) => Self::of_job(event, target),
            (None, EventKind::SignInFailed) => {
                Self::with_preposition(verb.past_tense.to_owned(), verb.preposition, target)
            }
            (who, kind) => {
                let name = who.as_ref().map_or("The portal", shown_name);
                // People who act on themselves are named only once.
                let oneself = who
                    .as_ref()
                    .is_some_and(|who| target == who.email || target == who.name);
                let said = match event.outcome {
                    EventOutcome::Done => verb.past_tense.to_owned(),
                    _ if kind == EventKind::SignInFailed => "failed to sign in".to_owned(),
                    _ => format!("asked to {}", verb.infinitive),
                };
                let target = if oneself { String::new() } else { target };
                Self::with_preposition(format!("{name} {said}"), verb.preposition, target)
            }
        }
    }

    /// Builds the sentence of a job's event.
    fn of_job(event: &Event, target: String) -> Self {
        let step = event.step.unwrap_or_else(|| step_of_message(event));
        let act = match step {
            JobStep::Started => "started the job",
            JobStep::Continued => "continued the job",
            JobStep::Retried => "retried the failed part of the job",
            JobStep::Paused => "paused the job",
            JobStep::Stopped => "stopped the job",
            JobStep::BoundReached | JobStep::Ended => {
                let paused = step == JobStep::BoundReached;
                let tail = if paused { "paused" } else { "finished" };
                return Self {
                    lead: "The job".to_owned(),
                    target,
                    tail: tail.to_owned(),
                };
            }
        };
        let name = event.who.as_ref().map_or("The portal", shown_name);
        Self {
            lead: format!("{name} {act}"),
            target,
            tail: String::new(),
        }
    }

    /// Returns the complete sentence as plain text.
    pub fn text(&self) -> String {
        let parts = [&self.lead, &self.target, &self.tail];
        let parts: Vec<&str> = parts.into_iter().map(String::as_str).collect();
        parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn with_preposition(lead: String, joint: &str, target: String) -> Self {
        let lead = if target.is_empty() || joint.is_empty() {
            lead
        } else {
            format!("{lead} {joint}")
        };
        Self {
            lead,
            target,
            tail: String::new(),
        }
    }
}

/// Returns the step of an event that was recorded without it. The message begins with the step.
fn step_of_message(event: &Event) -> JobStep {
    let steps = [
        ("Started again", JobStep::Retried),
        ("Started", JobStep::Started),
        ("Continued", JobStep::Continued),
        ("Paused.", JobStep::Paused),
        ("Paused", JobStep::BoundReached),
        ("Stopped", JobStep::Stopped),
    ];
    let mut steps = steps.into_iter();
    let step = steps.find(|(start, _)| event.message.starts_with(start));
    step.map_or(JobStep::Ended, |(_, step)| step)
}

/// Returns the name of a person, or their email address if they have none.
fn shown_name(who: &EventActor) -> &str {
    if who.name.trim().is_empty() {
        &who.email
    } else {
        &who.name
    }
}

/// Returns the address of the job that an event is about or belongs to. Empty if there is none.
pub(super) fn job_href(event: &Event) -> String {
    event
        .job
        .map(|job| format!("/jobs/{job}"))
        .unwrap_or_default()
}

/// Returns the label of an event in a list of facts.
pub(super) fn label(event: &Event) -> String {
    let label = presentation::displayed_kind(event).label();
    match event.undoes {
        Some(_) => format!("Undo: {label}"),
        None => label.to_owned(),
    }
}

/// Returns the group of a kind in the activity's list of kinds.
pub(super) fn group(kind: EventKind) -> &'static str {
    presentation::group(kind)
}

/// Returns `true` if an event of this kind records a change that may be undone.
pub(super) fn is_undoable(kind: EventKind) -> bool {
    presentation::has_before(kind)
}

/// Returns the name of an event's icon in `static/icons.svg`.
pub(super) fn icon(event: &Event) -> &'static str {
    match event.undoes {
        Some(_) => "undo-2",
        None => presentation::icon(presentation::displayed_kind(event)),
    }
}

/// Returns the color of an event's icon: `bad`, `warn`, `busy`, `good` or empty.
pub(super) const fn color(event: &Event) -> &'static str {
    match (event.outcome, event.kind) {
        // The event of a start stays, and the job goes on elsewhere.
        (EventOutcome::Started, EventKind::Job) => "",
        (EventOutcome::Started | EventOutcome::Checking, _) => "busy",
        (EventOutcome::Refused, _) | (_, EventKind::SignInFailed | EventKind::AuditBroken) => "bad",
        (EventOutcome::Unknown, _)
        | (_, EventKind::ChangedElsewhere | EventKind::DirectoryAlert) => "warn",
        (EventOutcome::Done, EventKind::Create) => "good",
        (EventOutcome::Done, _) => "",
    }
}

/// Returns the color and word of the outcome. Returns `None` if the sentence tells it already.
pub(super) fn badge(event: &Event) -> Option<(&'static str, &'static str)> {
    let told = event.operation.is_none() && event.outcome == EventOutcome::Done;
    let is_step = event.kind == EventKind::Job && event.outcome == EventOutcome::Started;
    if told || is_step || event.kind == EventKind::SignInFailed {
        return None;
    }
    let kind = match event.outcome {
        EventOutcome::Done => "good",
        EventOutcome::Refused => "bad",
        EventOutcome::Unknown => "warn",
        EventOutcome::Started | EventOutcome::Checking => "busy",
    };
    let label = match (event.kind, event.outcome) {
        // One failure is enough; the message has the numbers.
        (EventKind::Job, EventOutcome::Refused) => "With failures",
        (_, outcome) => outcome.label(),
    };
    Some((kind, label))
}

/// Returns the value before the change. Returns "not known" for a change that has an earlier value
/// which the portal did not see.
pub(super) fn before(event: &Event) -> Option<String> {
    let unknown = || {
        (presentation::has_before(event.kind) && event.after.is_some())
            .then(|| "not known".to_owned())
    };
    event.before.clone().or_else(unknown)
}

/// Describes the result in a sentence; may be empty. If nobody saw it happen, it tells between
/// which times it did, in the reader's time zone: `Status changed, between 14:01 and 14:02, outside
/// the portal.`
pub(super) fn message(event: &Event, times: &TimeFormatter) -> String {
    match (event.not_before, event.not_after) {
        (Some(from), Some(to)) => format!(
            "{}, {}, outside the portal.",
            event.message.trim_end_matches('.'),
            times.between(from, to)
        ),
        _ if repeats_the_change(event) => String::new(),
        _ => event.message.clone(),
    }
}

/// Returns `true` if the message only says again what the limit is after the change.
fn repeats_the_change(event: &Event) -> bool {
    let after = event.after.as_deref().unwrap_or_default();
    event.kind == EventKind::ChannelLimit
        && event.message == format!("The channel limit is {after}.")
}

/// Returns the person who settled a change by hand. `first` is the first event of the operation;
/// an older version named only the person who settled.
pub(super) fn settler<'e>(event: &'e Event, first: &Event) -> Option<&'e EventActor> {
    let is_settled = matches!(event.outcome, EventOutcome::Done | EventOutcome::Refused);
    let other = event.who.as_ref().filter(|who| {
        let requester = first.who.as_ref().map(|who| who.staff_id);
        event.operation.is_some() && is_settled && requester.is_some_and(|id| id != who.staff_id)
    });
    event.settled_by.as_ref().or(other)
}

/// Returns "Settled by Maya Chen" if that person settled the change by hand. Empty if the message
/// says so already.
pub(super) fn settled_by_text(event: &Event, settler: Option<&EventActor>) -> String {
    let text = settler.map(|who| format!("Settled by {}", shown_name(who)));
    text.filter(|text| !event.message.starts_with(text.as_str()))
        .unwrap_or_default()
}

/// Changes that undid others, with the person's name. The key is the change that was undone.
pub(super) struct UndoLookup(HashMap<OperationId, (OperationId, String)>);

impl UndoLookup {
    /// Looks up the changes that undid these entries, in one query.
    pub async fn of(app: &App, entries: impl Iterator<Item = &Entry>) -> Result<Self, Error> {
        let ids: Vec<OperationId> = entries.filter_map(|entry| entry.event.operation).collect();
        Ok(Self(operations::undone_by(&app.db, &ids).await?))
    }

    /// Returns the address of the undoing change, and "Undone by Maya Chen".
    pub fn note(&self, event: &Event) -> Option<(String, String)> {
        let (id, name) = self.0.get(&event.operation?)?;
        Some((format!("/operations/{id}"), format!("Undone by {name}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(step: Option<JobStep>, message: &str) -> String {
        let event = Event {
            who: Some(EventActor {
                staff_id: "01980000-0000-7000-8000-000000000000"
                    .parse()
                    .expect("an ID"),
                name: "Ann".to_owned(),
                email: "ann@example.com".to_owned(),
            }),
            step,
            message: message.to_owned(),
            ..Event::by_system(EventKind::Job, EventOutcome::Started, "Disable 2 accounts")
        };
        Sentence::of(&event).text()
    }

    #[test]
    fn a_jobs_event_says_its_step_also_if_only_its_message_tells_it() {
        for (step, message, expected) in [
            (
                JobStep::Started,
                "Started with the first 2.",
                "Ann started the job Disable 2 accounts",
            ),
            (
                JobStep::Continued,
                "Continued.",
                "Ann continued the job Disable 2 accounts",
            ),
            (
                JobStep::Retried,
                "Started again with 1 that had failed.",
                "Ann retried the failed part of the job Disable 2 accounts",
            ),
            (
                JobStep::Paused,
                "Paused.",
                "Ann paused the job Disable 2 accounts",
            ),
            (
                JobStep::BoundReached,
                "Paused after the first 2: 2 done.",
                "The job Disable 2 accounts paused",
            ),
            (
                JobStep::Stopped,
                "Stopped.",
                "Ann stopped the job Disable 2 accounts",
            ),
            (
                JobStep::Ended,
                "2 done",
                "The job Disable 2 accounts finished",
            ),
        ] {
            assert_eq!(sentence(None, message), expected);
            assert_eq!(sentence(Some(step), ""), expected);
        }
    }
}
