//! Job of the demo's history: a tag that was added to several accounts at once.

use std::time::Duration;

use crate::db::jobs::{Job, items::JobItem};
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::ids::{JobId, OperationId};
use crate::domain::job::{Decision, ItemState, ItemWork, JobAction, JobState, JobStep};
use crate::domain::operation::{PriorState, Reason};
use crate::domain::time::Timestamp;

use super::operation::AccountWithLimit;
use super::{History, HistoryStep, Person, Staff};

const TAG: &str = "Spring campaign";
const SELECTION: &str = "8 accounts, selected one by one";
/// Number of accounts that get the tag.
const MAX_ACCOUNTS: usize = 8;
/// Days since the job.
const DAYS_AGO: i64 = 6;

/// Plans a job of some accounts that are older than it.
pub fn plan(history: &mut History, staff: &Staff, known: &[AccountWithLimit]) {
    let at = history.business_time(DAYS_AGO, 260);
    let is_older = |one: &&AccountWithLimit| {
        let created = one.account.created_at;
        one.index % 7 == 2 && created.is_some_and(|created| created < at - Duration::from_hours(24))
    };
    let accounts: Vec<&AccountWithLimit> =
        known.iter().filter(is_older).take(MAX_ACCOUNTS).collect();
    if accounts.is_empty() {
        return;
    }
    let by = &staff.manager;
    let job = job(by, at);
    let end = at + Duration::from_secs(20);
    let items = accounts
        .iter()
        .zip(1..)
        .map(|(one, number)| item(&job, number, one, end));
    let items: Vec<JobItem> = items.collect();
    let target = job
        .action
        .title(i64::try_from(items.len()).unwrap_or_default());
    let event = |step, outcome, message: String| Event {
        job: Some(job.id),
        step: Some(step),
        outcome,
        after: Some(SELECTION.to_owned()),
        message,
        ..by.event(EventKind::Job, target.clone())
    };
    let started = event(
        JobStep::Started,
        EventOutcome::Started,
        "Started.".to_owned(),
    );
    let ended = event(
        JobStep::Ended,
        EventOutcome::Done,
        format!("{} done", items.len()),
    );
    let step = HistoryStep::Job(Box::new((job.clone(), items, end)), Box::new(started));
    history.add(at, step);
    for (one, second) in accounts.iter().zip(1..) {
        let tagged = Event {
            account: Some(one.account.id.clone()),
            job: Some(job.id),
            ..by.event(
                EventKind::AccountTags,
                one.account.organization_name.clone(),
            )
        };
        let step = HistoryStep::Tag(
            one.account.id.clone(),
            TAG.to_owned(),
            by.id,
            Box::new(tagged),
        );
        history.add(at + Duration::from_secs(second), step);
    }
    history.event(end, ended);
}

fn job(by: &Person, at: Timestamp) -> Job {
    Job {
        id: JobId::new(at),
        state: JobState::Preview,
        action: JobAction::AddTag {
            name: TAG.to_owned(),
        },
        selection: SELECTION.to_owned(),
        reason: Reason::default(),
        staff_id: by.id,
        staff_name: by.name.to_owned(),
        staff_email: by.email.clone(),
        address: Some(by.address.to_owned()),
        request_id: None,
        undoes: None,
        run_until: None,
        waiting_for: String::new(),
        created_at: at,
        started_at: None,
        finished_at: None,
    }
}

fn item(job: &Job, number: i64, one: &AccountWithLimit, at: Timestamp) -> JobItem {
    JobItem {
        job_id: job.id,
        number,
        account: Some(one.account.id.clone()),
        name: one.account.name().to_owned(),
        email: one.account.email.clone(),
        decision: Decision::Change,
        state: ItemState::Done,
        work: Some(ItemWork::AddTag(TAG.to_owned())),
        shown: PriorState::default(),
        channels: 0,
        phase: 1,
        undoes: None,
        operation_id: OperationId::new(at),
        message: format!("It has the tag {TAG}."),
        finished_at: Some(at),
    }
}
