//! The last 90 days of a demo: what its staff did, written in the order of time through the database's own functions, so
//! that operations, facts, notes, tags and the audit agree with each other and with the simulated Telnyx.

use std::time::Duration;

use crate::app::App;
use crate::db::notes::{self, Note};
use crate::db::operations::{Operation, write};
use crate::db::{Tx, accounts, audit, tags};
use crate::domain::audit::{Event, EventActor, EventKind, EventOutcome};
use crate::domain::channels::ChannelLimit;
use crate::domain::fact::{Fact, FactSource};
use crate::domain::ids::{AccountId, NoteId, StaffId};
use crate::domain::operation::{OperationOutcome, OperationState};
use crate::domain::time::Timestamp;
use crate::operations::audit_event;
use jiff::ToSpan;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

mod annotations;
mod changes;
mod failures;
mod operation;
mod people;

pub use changes::plan as changes;
pub use operation::AccountWithLimit;
pub use people::plan as people;

/// How far back the history reaches.
pub const DAYS: i64 = 90;

/// Somebody of the demo's staff.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: StaffId,
    pub name: &'static str,
    pub email: String,
    /// Address they work from.
    pub address: &'static str,
}

impl Person {
    /// As events name them.
    pub fn who(&self) -> EventActor {
        EventActor {
            staff_id: self.id,
            name: self.name.to_owned(),
            email: self.email.clone(),
        }
    }

    /// Something that they did.
    pub fn event(&self, kind: EventKind, target: impl Into<String>) -> Event {
        Event {
            who: Some(self.who()),
            address: Some(self.address.to_owned()),
            ..Event::by_system(kind, EventOutcome::Done, target)
        }
    }
}

/// The demo's staff, by role.
#[derive(Clone, Debug)]
pub struct Staff {
    pub owner: Person,
    pub admin: Person,
    pub manager: Person,
    pub viewer: Person,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum HistoryStep {
    /// Something that leaves nothing but its event.
    Event(Box<Event>),
    /// A change was asked for.
    Start(Box<Operation>),
    /// A change came to this. The person is named if somebody else settled it.
    Finish(
        Box<Operation>,
        OperationState,
        Box<OperationOutcome>,
        Option<EventActor>,
    ),
    /// A limit was confirmed or recorded, by this person.
    Limit(AccountId, ChannelLimit, FactSource, StaffId, &'static str),
    /// An account got a name of the portal's own.
    DisplayName(AccountId, String, Box<Event>),
    /// An account got a tag.
    Tag(AccountId, String, StaffId, Box<Event>),
    /// Somebody wrote a note.
    Note(AccountId, Person, &'static str, bool, Box<Event>),
    /// Telnyx showed a change that was not made here.
    ExternalChange(AccountId, Box<Event>),
}

/// Events of the demo, in the order in which they were planned.
#[derive(Debug)]
pub struct History {
    pub now: Timestamp,
    steps: Vec<(Timestamp, HistoryStep)>,
}

impl History {
    pub const fn new(now: Timestamp) -> Self {
        Self {
            now,
            steps: Vec::new(),
        }
    }

    /// When the portal was set up.
    pub fn start(&self) -> Timestamp {
        self.business_time(DAYS, 0)
    }

    /// A moment of a working day, so many days ago: Saturdays and Sundays become the Friday before.
    pub fn business_time(&self, days_ago: i64, minute: i64) -> Timestamp {
        let today = self.now.to_jiff().to_zoned_datetime(TimeZone::UTC);
        let day = today.date().saturating_sub(days_ago.days());
        let back = match day.weekday() {
            Weekday::Saturday => 1,
            Weekday::Sunday => 2,
            _ => 0,
        };
        let morning = day.saturating_sub(back.days()).at(8, 0, 0, 0);
        // Seconds that differ from event to event.
        let second = (days_ago * 31 + minute * 17) % 60;
        let at = morning
            .saturating_add((minute % 570).minutes())
            .saturating_add(second.seconds());
        at.to_zoned_datetime(TimeZone::UTC).map_or(self.now, |at| {
            Timestamp::from_millis(at.timestamp().as_millisecond())
        })
    }

    /// Returns how many days ago this was.
    pub fn days_since(&self, at: Timestamp) -> i64 {
        i64::try_from(at.until(self.now).as_secs() / 86_400).unwrap_or(0)
    }

    pub fn add(&mut self, at: Timestamp, step: HistoryStep) {
        if at < self.now {
            self.steps.push((at, step));
        }
    }

    pub fn event(&mut self, at: Timestamp, event: Event) {
        self.add(at, HistoryStep::Event(Box::new(event)));
    }

    /// Writes all of it, the oldest first.
    pub async fn write(mut self, app: &App, tx: &mut Tx) -> anyhow::Result<()> {
        // Stable: what was planned for one moment stays in its order.
        self.steps.sort_by_key(|(at, _)| *at);
        for (at, step) in self.steps {
            write_step(app, tx, at, step).await?;
        }
        Ok(())
    }
}

async fn write_step(
    app: &App,
    tx: &mut Tx,
    at: Timestamp,
    step: HistoryStep,
) -> anyhow::Result<()> {
    let event = match step {
        HistoryStep::Event(event) => event,
        HistoryStep::Start(operation) => {
            write::insert(tx, &operation).await?;
            Box::new(audit_event(&operation, EventOutcome::Started))
        }
        HistoryStep::Finish(mut operation, state, outcome, by) => {
            write::conclude(tx, &operation, state, &outcome, None, at).await?;
            operation.state = state;
            operation.outcome = Some(*outcome);
            let told = match state {
                OperationState::Done => EventOutcome::Done,
                OperationState::Refused => EventOutcome::Refused,
                OperationState::Unknown => EventOutcome::Unknown,
                OperationState::Queued | OperationState::Running | OperationState::Checking => {
                    EventOutcome::Checking
                }
            };
            let event = audit_event(&operation, told);
            Box::new(Event {
                who: by.or(event.who),
                ..event
            })
        }
        HistoryStep::Limit(account, value, source, id, name) => {
            let fact = Fact {
                value,
                source,
                observed_at: at,
            };
            accounts::set_limit(tx, &account, fact, Some((id, name))).await?;
            return Ok(());
        }
        HistoryStep::DisplayName(account, name, event) => {
            accounts::set_display_name(tx, &account, None, Some(&name)).await?;
            event
        }
        HistoryStep::Tag(account, name, by, mut event) => {
            let before = tags::lock_of_account(tx, &account).await?;
            let tag = tags::find_or_create(tx, &name, by, at).await?;
            tags::add_to_account(tx, &account, tag.id).await?;
            let listed = |tags: &[tags::Tag]| match tags {
                [] => "none".to_owned(),
                tags => tags
                    .iter()
                    .map(|tag| tag.name.clone())
                    .collect::<Vec<_>>()
                    .join(", "),
            };
            event.before = Some(listed(&before));
            event.after = Some(listed(&tags::lock_of_account(tx, &account).await?));
            event
        }
        HistoryStep::Note(account, by, body, pinned, event) => {
            let note = Note {
                id: NoteId::new(at),
                account,
                body: body.to_owned(),
                pinned,
                created_by: by.id,
                created_by_name: by.name.to_owned(),
                created_at: at,
                edited_at: None,
                deleted_at: None,
                version: 1,
            };
            notes::insert(tx, &note).await?;
            if pinned {
                notes::pin(tx, note.id, true).await?;
            }
            event
        }
        HistoryStep::ExternalChange(account, event) => {
            accounts::mark_changed_elsewhere(tx, &account, at).await?;
            event
        }
    };
    audit::append(tx, &app.audit_key, at, &event).await?;
    Ok(())
}

/// So long a request to Telnyx took.
pub const fn request_duration(place: i64) -> Duration {
    Duration::from_millis(240 + (place.unsigned_abs() * 137) % 900)
}
