//! Where an attempt leaves its operation: one transaction writes outcome, directory and audit event.

use std::time::Duration;

use super::apply::{self, Effect};
use super::words;
use crate::app::App;
use crate::db::operations::{self, Operation};
use crate::db::{self, audit};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventOutcome};
use crate::domain::ids::{AccountId, OperationId};
use crate::domain::operation::{Before, Change, Kind, Outcome, SettledBy, State, subject_of_account};
use crate::domain::time::Timestamp;
use crate::telnyx;

/// After so long an operation that cannot be settled is unknown, and a person has to look.
pub(super) const GIVE_UP: Duration = Duration::from_mins(15);
/// The longest pause between two checks.
const LONGEST_PAUSE: u64 = 30;

/// How long after the first failure an outcome is written again; doubled for each further try.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest of these waits: in all they are shorter than a lease.
const LONGEST_WAIT: Duration = Duration::from_secs(8);

/// What one attempt found.
#[derive(Clone)]
pub(super) enum Step {
    /// Telnyx did it.
    Done(Done),
    /// Telnyx did not do it.
    Refused(Outcome),
    /// Nothing proves either; look again.
    Check(Outcome),
    /// It cannot be found out.
    Unknown(Outcome),
}

/// What Telnyx did.
#[derive(Clone, Default)]
pub(super) struct Done {
    /// For the record.
    pub outcome: Outcome,
    /// For the directory.
    pub effects: Vec<Effect>,
    /// The account that a creation made.
    pub created: Option<AccountId>,
}

impl Step {
    /// What an error of Telnyx's leaves: refused where it proves that nothing happened, else to be checked.
    pub(super) fn failed(kind: Kind, error: &telnyx::Error) -> Self {
        let outcome = words::failure(kind, error);
        match error.certainty() {
            telnyx::Certainty::NotSent | telnyx::Certainty::Refused => Self::Refused(outcome),
            telnyx::Certainty::Uncertain => Self::Check(outcome),
        }
    }

    /// What an error leaves of a value that was sent before, uncertainly.
    pub(super) fn failed_again(operation: &Operation, error: &telnyx::Error) -> Self {
        if error.settles_earlier_attempts() {
            Self::Refused(words::failure(operation.kind, error))
        } else {
            let outcome = operation
                .outcome
                .clone()
                .unwrap_or_else(|| words::failure(operation.kind, error));
            Self::Check(Outcome {
                unanswered: error.certainty() == telnyx::Certainty::Uncertain,
                ..outcome
            })
        }
    }

    /// It provably did not happen, though Telnyx never said so.
    pub(super) fn did_not_happen(message: &str) -> Self {
        Self::Refused(Outcome {
            message: message.to_owned(),
            settled_by: Some(SettledBy::Reading),
            ..Outcome::default()
        })
    }

    /// A look did not settle it; what was known of the failure stays.
    pub(super) fn still(operation: &Operation) -> Self {
        Self::Check(operation.outcome.clone().unwrap_or_else(|| Outcome {
            message: words::INTERRUPTED.to_owned(),
            ..Outcome::default()
        }))
    }
}

/// Who settled an operation by hand, and why.
pub(super) struct ByHand<'a> {
    pub actor: &'a Actor,
    pub reason: &'a str,
}

/// Writes what an attempt found, and says whether it could. While the database does not answer, it is tried again for as
/// long as the lease holds: what Telnyx answered is known only here. After that, recovery settles the operation.
pub(super) async fn conclude(app: &App, operation: Operation, step: Step) -> bool {
    let mut wait = FIRST_WAIT;
    loop {
        let mut concluded = operation.clone();
        let written = app.db.watch(write(app, &mut concluded, step.clone(), None)).await;
        let Err(error) = written.and_then(|written| written) else {
            return true;
        };
        if !error.is_unavailable() || wait > LONGEST_WAIT || app.shutdown.is_cancelled() {
            let id = operation.id;
            tracing::error!(%error, operation = %id, "an outcome could not be written; recovery will settle it");
            return false;
        }
        tokio::select! {
            () = app.shutdown.cancelled() => {}
            () = tokio::time::sleep(wait) => {}
        }
        wait *= 2;
    }
}

/// Writes what somebody saw; the audit names them, not whoever had asked for the change.
pub(super) async fn by_hand(app: &App, mut operation: Operation, step: Step, by: ByHand<'_>) -> db::Result<()> {
    write(app, &mut operation, step, Some(by)).await
}

async fn write(app: &App, operation: &mut Operation, step: Step, by: Option<ByHand<'_>>) -> db::Result<()> {
    let now = app.clock.now();
    let step = given_up(operation, step, now);
    let (state, mut outcome, effects, created, outcome_word) = match step {
        Step::Done(done) => (
            State::Done,
            done.outcome,
            done.effects,
            done.created,
            EventOutcome::Done,
        ),
        Step::Refused(outcome) => (State::Refused, outcome, Vec::new(), None, EventOutcome::Refused),
        Step::Check(outcome) => (State::Checking, outcome, Vec::new(), None, EventOutcome::Checking),
        Step::Unknown(outcome) => (State::Unknown, outcome, Vec::new(), None, EventOutcome::Unknown),
    };
    // What settles a change may say nothing of Telnyx's; then the last of its answers is the one to ask Telnyx about.
    if outcome.telnyx_request_id.is_none() {
        let earlier = operation.outcome.as_mut();
        outcome.telnyx_request_id = earlier.and_then(|earlier| earlier.telnyx_request_id.take());
    }
    operation.unanswered_at = unanswered_at(operation, state, &outcome, now);
    let news = operation.state != state;
    if created.is_some() {
        operation.account = created;
    }
    let next_check_at = (state == State::Checking).then(|| now + pause(operation.checks));
    let mut tx = app.db.begin().await?;
    if !operations::write::conclude(&mut tx, operation, state, &outcome, next_check_at, now).await? {
        tracing::warn!(operation = %operation.id, "an attempt ended after its lease was taken; its outcome is dropped");
        return Ok(());
    }
    operation.state = state;
    operation.outcome = Some(outcome);
    for effect in effects {
        apply::apply(&mut tx, operation, effect).await?;
    }
    let mut told = Vec::new();
    if state == State::Done
        && let Some(next) = following_limit(operation, now)
    {
        operations::write::insert(&mut tx, &next).await?;
        told.push(words::event(&next, EventOutcome::Started));
    }
    if news {
        let event = words::event(operation, outcome_word);
        let event = match by {
            Some(by) => Event {
                before: event.before,
                after: event.after,
                account: event.account,
                operation: event.operation,
                reason: Some(by.reason.to_owned()),
                telnyx_request_id: event.telnyx_request_id,
                message: event.message,
                ..Event::by(by.actor, event.kind, event.outcome, event.target)
            },
            None => event,
        };
        told.insert(0, event);
    }
    for event in told {
        audit::append(&mut tx, &app.audit_key, now, &event).await?;
    }
    tx.commit().await?;
    if news && state == State::Unknown {
        let outcome = operation.outcome.as_ref();
        tracing::error!(
            operation = %operation.id,
            kind = operation.kind.as_str(),
            status = outcome.and_then(|outcome| outcome.status),
            telnyx_request_id = outcome.and_then(|outcome| outcome.telnyx_request_id.as_deref()),
            attempt = operation.attempt,
            "an operation is unknown: someone has to settle it"
        );
    }
    Ok(())
}

/// When a request of the operation was last left without an answer, as far as it may still act.
fn unanswered_at(operation: &Operation, state: State, outcome: &Outcome, now: Timestamp) -> Option<Timestamp> {
    let sent_once = !matches!(operation.kind, Kind::ChannelLimit | Kind::CustomPricing);
    if state == State::Done && sent_once {
        // The one request has acted.
        return None;
    }
    // An attempt that never ended left no outcome.
    let interrupted = operation
        .sent_at
        .filter(|_| operation.attempt > 1 && operation.outcome.is_none());
    let this = outcome.unanswered.then_some(now);
    this.or(operation.unanswered_at).or(interrupted)
}

/// An operation that cannot be settled for too long becomes unknown.
fn given_up(operation: &Operation, step: Step, now: Timestamp) -> Step {
    match step {
        Step::Check(outcome) if operation.began_at().until(now) >= GIVE_UP => Step::Unknown(outcome),
        step => step,
    }
}

/// 1, 2, 4 … 30 seconds.
fn pause(checks: i64) -> Duration {
    let exponent = u32::try_from(checks.clamp(0, 5)).unwrap_or(5);
    Duration::from_secs(2_u64.pow(exponent).min(LONGEST_PAUSE))
}

/// The limit that was asked for together with a new account, as an operation of its own.
fn following_limit(operation: &Operation, now: Timestamp) -> Option<Operation> {
    let Change::Create {
        channel_limit: Some(limit),
        ..
    } = &operation.change
    else {
        return None;
    };
    let account = operation.account.clone()?;
    Some(Operation {
        id: OperationId::new(now),
        kind: Kind::ChannelLimit,
        subject: subject_of_account(&account),
        change: Change::ChannelLimit { account, limit: *limit },
        state: State::Queued,
        before: Before::default(),
        outcome: None,
        undoes: None,
        follows: Some(operation.id),
        attempt: 0,
        lease_until: None,
        sent_at: None,
        checks: 0,
        next_check_at: None,
        created_at: now,
        started_at: None,
        finished_at: None,
        unanswered_at: None,
        rest_after: None,
        ..operation.clone()
    })
}
