//! Last 90 days of a demo, after its set-up: the actions of its staff, written in order of time.
//! They go through the database's own functions, so that operations, facts, notes, tags and the
//! audit agree with each other and with the simulated Telnyx.

use std::time::Duration;

use crate::app::App;
use crate::db::jobs::{self as stored_jobs, Job, items::JobItem};
use crate::db::notes::{self, Note};
use crate::db::operations::{Operation, write};
use crate::db::views::{self, SaveResult};
use crate::db::{Tx, accounts, assignees, audit, tags};
use crate::domain::audit::{Event, EventActor, EventKind, EventOutcome};
use crate::domain::channels::ChannelLimit;
use crate::domain::fact::{Fact, FactSource};
use crate::domain::ids::{AccountId, NoteId, StaffId};
use crate::domain::job::JobState;
use crate::domain::notification::NotificationFact;
use crate::domain::operation::{OperationOutcome, OperationState};
use crate::domain::time::Timestamp;
use crate::operations::audit_event;
use jiff::ToSpan;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

mod annotations;
mod changes;
mod failures;
mod jobs;
mod notifications;
mod operation;
mod people;
mod reviews;

pub use changes::plan as changes;
pub use notifications::plan as notifications;
pub use operation::AccountWithLimit;
pub use people::plan as people;
pub use reviews::plan as reviews;

/// Number of days that the history covers.
pub const DAYS: i64 = 90;
/// Age of the set-up in days. Only an access review was made before the days of the history.
const SET_UP_DAYS: i64 = 195;

/// Staff member of the demo.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: StaffId,
    pub name: &'static str,
    pub email: String,
    /// IP address that they work from.
    pub address: &'static str,
}

impl Person {
    /// Returns the person as actor of an event.
    pub fn who(&self) -> EventActor {
        EventActor {
            staff_id: self.id,
            name: self.name.to_owned(),
            email: self.email.clone(),
        }
    }

    /// Returns an event of this person.
    pub fn event(&self, kind: EventKind, target: impl Into<String>) -> Event {
        Event {
            who: Some(self.who()),
            address: Some(self.address.to_owned()),
            ..Event::by_system(kind, EventOutcome::Done, target)
        }
    }
}

/// Staff of the demo, by role.
#[derive(Clone, Debug)]
pub struct Staff {
    pub owner: Person,
    pub admin: Person,
    pub manager: Person,
    pub viewer: Person,
}

/// Step of the history.
#[derive(Clone, Debug)]
pub enum HistoryStep {
    /// Event without any other effect.
    Event(Box<Event>),
    /// Start of a change.
    Start(Box<Operation>),
    /// End of a change. Names the person if someone other than its author settled it.
    Finish(
        Box<Operation>,
        OperationState,
        Box<OperationOutcome>,
        Option<EventActor>,
    ),
    /// Channel limit that a person had confirmed or recorded.
    Limit(AccountId, ChannelLimit, FactSource, StaffId, &'static str),
    /// Account that gets a display name.
    DisplayName(AccountId, String, Box<Event>),
    /// Account that gets an account manager.
    Assignee(AccountId, StaffId, Box<Event>),
    /// Account that gets a tag.
    Tag(AccountId, String, StaffId, Box<Event>),
    /// Note that a person wrote.
    Note(AccountId, Person, &'static str, bool, Box<Event>),
    /// View of the accounts that a person shared with the team.
    SharedView(StaffId, &'static str, &'static str, Box<Event>),
    /// Finished job with its items, and the time of its end.
    Job(Box<(Job, Vec<JobItem>, Timestamp)>, Box<Event>),
    /// Change that was made outside the portal.
    ExternalChange(AccountId, Box<Event>),
    /// Step of an access review.
    Review(Box<reviews::ReviewStep>),
    /// Notification without any other effect, of one person or of everyone.
    Notification(Box<NotificationFact>, Option<StaffId>),
}

/// Steps of the history, in the order in which they were planned.
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

    /// Returns the time at which the portal was set up, before its first access review.
    pub fn set_up_at(&self) -> Timestamp {
        self.business_time(SET_UP_DAYS, 0)
    }

    /// Returns the time from which the portal was in daily use.
    pub fn start(&self) -> Timestamp {
        self.business_time(DAYS, 0)
    }

    /// Returns a time on a working day, this many days ago.
    /// Saturdays and Sundays become the Friday before.
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

    /// Returns the number of days since `at`.
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

    /// Adds events of working days: days ago, minute and event.
    pub fn events(&mut self, events: impl IntoIterator<Item = (i64, i64, Event)>) {
        for (days_ago, minute, event) in events {
            self.event(self.business_time(days_ago, minute), event);
        }
    }

    /// Writes all steps, oldest first.
    pub async fn write(mut self, app: &App, tx: &mut Tx) -> anyhow::Result<()> {
        // The sort is stable: steps with the same time stay in their planned order.
        self.steps.sort_by_key(|(at, _)| *at);
        for (at, step) in self.steps {
            write_step(app, tx, at, step).await?;
        }
        Ok(())
    }
}

/// Saves a view of the person and shares it with the team.
async fn share_view(
    tx: &mut Tx,
    by: StaffId,
    name: &str,
    query: &str,
    at: Timestamp,
) -> anyhow::Result<()> {
    if let SaveResult::Done(id) = views::insert(tx, by, name, query, at).await? {
        views::share(tx, id).await?;
    }
    Ok(())
}

/// Concludes a change. Returns the event of its outcome.
async fn finish(
    app: &App,
    tx: &mut Tx,
    at: Timestamp,
    (mut operation, state, outcome, by): (
        Box<Operation>,
        OperationState,
        Box<OperationOutcome>,
        Option<EventActor>,
    ),
) -> anyhow::Result<Event> {
    write::conclude(tx, &operation, state, &outcome, None, at).await?;
    operation.state = state;
    operation.outcome = Some(*outcome);
    notifications::tell_result(tx, &operation, at).await?;
    if let Some(by) = &by {
        let settlement = Event {
            who: Some(by.clone()),
            message: "Settled by hand.".to_owned(),
            ..audit_event(&operation, EventOutcome::Checking)
        };
        audit::append(tx, &app.audit_key, at, &settlement).await?;
    }
    Ok(Event {
        settled_by: by,
        ..audit_event(&operation, state.into())
    })
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
        HistoryStep::Finish(operation, state, outcome, by) => {
            Box::new(finish(app, tx, at, (operation, state, outcome, by)).await?)
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
        HistoryStep::Assignee(account, id, event) => {
            assignees::set(tx, &account, None, Some(id)).await?;
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
        HistoryStep::SharedView(by, name, query, event) => {
            share_view(tx, by, name, query, at).await?;
            event
        }
        HistoryStep::Job(job, event) => {
            let (job, items, end) = *job;
            stored_jobs::insert(tx, &job).await?;
            stored_jobs::items::insert(tx, &items).await?;
            stored_jobs::run(tx, job.id, &[JobState::Preview], at).await?;
            stored_jobs::end(tx, job.id, end).await?;
            let fact = notifications::ended_job(&job, items.len());
            notifications::notify(tx, &fact, Some(job.staff_id), end).await?;
            event
        }
        HistoryStep::ExternalChange(account, event) => {
            accounts::mark_changed_elsewhere(tx, &account, at).await?;
            let fact = notifications::external_change(&event);
            notifications::notify(tx, &fact, None, at).await?;
            event
        }
        HistoryStep::Review(step) => return reviews::write(app, tx, at, *step).await,
        HistoryStep::Notification(fact, only) => {
            return notifications::notify(tx, &fact, only, at).await;
        }
    };
    audit::append(tx, &app.audit_key, at, &event).await?;
    Ok(())
}

/// Returns the duration of a simulated request to Telnyx.
pub const fn request_duration(place: i64) -> Duration {
    Duration::from_millis(240 + (place.unsigned_abs() * 137) % 900)
}
