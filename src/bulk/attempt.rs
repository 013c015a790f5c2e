//! One attempt at an item of a job: sends its change, and converts the answer to the item's state.

use std::time::Duration;

use super::creations::{self, NextStep};
use super::items::assignee_sentence;
use crate::annotations::assignees::{self, AssignOutcome, Assignment};
use crate::annotations::tags::{self, AddTagOutcome};
use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::db::jobs::{self, Job, items::JobItem};
use crate::db::operations::{self as stored_operations, Operation};
use crate::db::{self, staff};
use crate::domain::actor::Actor;
use crate::domain::job::{ItemState, ItemWork, JobAction};
use crate::domain::operation::{Change, OperationKind, OperationState};
use crate::domain::role::Permission;
use crate::operations::{
    self, Conflict, ExpectedValues, NotSentReason, Request, Submission, SubmitError,
};

/// Longest wait for the outcome of one item. After it, the item counts as being checked.
const OUTCOME_TIMEOUT: Duration = Duration::from_secs(30);

/// Result of one attempt at an item.
pub(super) enum ItemResult {
    /// The item has this state, for this reason.
    Concluded(ItemState, String),
    /// Nothing was sent. The item is tried again with the same key.
    Postponed(String),
    /// Telnyx put it off, and nothing happened. The item is tried again with a new key.
    PutOff(String),
    /// The portal is stopping. Another replica adopts the outcome.
    Interrupted,
}

/// Sends the change of an item, or continues what an earlier runner began.
pub(super) async fn attempt(app: &App, job: &Job, item: &JobItem) -> db::Result<ItemResult> {
    let Some(work) = &item.work else {
        let message = "The plan has no change for it.".to_owned();
        return Ok(ItemResult::Concluded(ItemState::Refused, message));
    };
    // An earlier runner may have sent it before it died.
    if let Some(operation) = stored_operations::by_id(&app.db, item.operation_id).await? {
        return outcome(app, operation).await;
    }
    let work = match creations::next_step(app, item, work).await? {
        NextStep::Send(work) => work,
        NextStep::Conclude(state, message) => return Ok(ItemResult::Concluded(state, message)),
    };
    let depends_on_earlier = matches!(job.action, JobAction::MoveChannels { .. });
    if depends_on_earlier && !jobs::items::are_earlier_phases_done(&app.db, item).await? {
        let message = "Not sent: the channels could not be taken from the other account.";
        return Ok(ItemResult::Concluded(
            ItemState::Refused,
            message.to_owned(),
        ));
    }
    let Some(actor) = actor(app, job).await? else {
        let message = format!("{} can no longer sign in.", job.staff_name);
        return Ok(ItemResult::Concluded(ItemState::Refused, message));
    };
    match &*work {
        ItemWork::Operation(change) => send(app, &actor, job, item, change).await,
        ItemWork::AddTag(name) => change_tag(app, &actor, item, name, true).await,
        ItemWork::RemoveTag(name) => change_tag(app, &actor, item, name, false).await,
        ItemWork::Assign { staff, name } => {
            let assignment = Assignment {
                shown: item.shown.assignee,
                to: *staff,
                may_be_disabled: matches!(job.action, JobAction::Undo { .. }),
            };
            assign(app, &actor, item, assignment, name).await
        }
    }
}

/// Returns the person of a job with their current role. Returns `None` if they were disabled.
async fn actor(app: &App, job: &Job) -> db::Result<Option<Actor>> {
    let found = staff::by_id(&app.db, job.staff_id).await?;
    let found = found.filter(|staff| staff.disabled_at.is_none());
    Ok(found.map(|staff| Actor {
        staff_id: staff.id,
        email: staff.email,
        name: staff.name,
        role: staff.role,
        address: job
            .address
            .as_deref()
            .and_then(|address| address.parse().ok()),
        request_id: job.request_id.clone(),
        job: Some(job.id),
    }))
}

async fn send(
    app: &App,
    actor: &Actor,
    job: &Job,
    item: &JobItem,
    change: &Change,
) -> db::Result<ItemResult> {
    let request = Request {
        id: item.operation_id,
        change: change.clone(),
        reason: job.reason.clone(),
        undoes: item.undoes,
        expected: if creations::is_limit_of_new_account(item) {
            ExpectedValues::default()
        } else {
            operations::expected_values(change, &item.shown)
        },
        try_anyway: false,
        password: None,
    };
    match operations::submit(app, actor, request).await {
        Ok(Submission::Settled(operation) | Submission::Open(operation)) => {
            outcome(app, operation).await
        }
        Ok(Submission::InProgress(other)) if other.state == OperationState::Unknown => {
            let message = "An earlier change of this account has an unknown outcome. Settle that \
                           first.";
            Ok(ItemResult::Concluded(
                ItemState::Refused,
                message.to_owned(),
            ))
        }
        Ok(Submission::InProgress(_)) => {
            let message = "Waits for another change of the same account.";
            Ok(ItemResult::Postponed(message.to_owned()))
        }
        Err(error) => refusal(error),
    }
}

/// Waits until an operation is no longer being sent, and returns its outcome.
async fn outcome(app: &App, mut operation: Operation) -> db::Result<ItemResult> {
    let started = tokio::time::Instant::now();
    loop {
        let result = ItemOutcome::of(app, &operation).await?;
        if !result.is_being_sent || started.elapsed() >= OUTCOME_TIMEOUT {
            return Ok(if result.put_off {
                ItemResult::PutOff(result.message)
            } else {
                ItemResult::Concluded(result.state, result.message)
            });
        }
        if app.shutdown.is_cancelled() {
            return Ok(ItemResult::Interrupted);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        match stored_operations::by_id(&app.db, operation.id).await? {
            Some(read) => operation = read,
            None => return Err(db::Error::Stored("an operation vanished".to_owned())),
        }
    }
}

/// Outcome of an item, read from its operation and from the one that follows it.
pub(super) struct ItemOutcome {
    pub state: ItemState,
    pub message: String,
    /// True if an attempt is under way.
    is_being_sent: bool,
    /// True if Telnyx answered 429, so that nothing happened.
    pub put_off: bool,
}

impl ItemOutcome {
    /// Returns the outcome so far. A created account is complete once its channel limit is set.
    pub async fn of(app: &App, operation: &Operation) -> db::Result<Self> {
        let outcome = Self::without_follow_up(operation);
        if operation.kind != OperationKind::Create || outcome.state != ItemState::Done {
            return Ok(outcome);
        }
        let Some(limit) = stored_operations::follow_up_of(&app.db, operation.id).await? else {
            return Ok(outcome);
        };
        let follow_up = Self::without_follow_up(&limit);
        let message = if follow_up.state == ItemState::Done {
            format!("{} {}", outcome.message, follow_up.message)
        } else {
            format!(
                "The account is created. Its channel limit: {}",
                follow_up.message
            )
        };
        Ok(Self {
            state: match follow_up.state {
                ItemState::Refused => ItemState::Incomplete,
                state => state,
            },
            message,
            ..follow_up
        })
    }

    fn without_follow_up(operation: &Operation) -> Self {
        let state = item_state(operation.state);
        let status = operation
            .outcome
            .as_ref()
            .and_then(|outcome| outcome.status);
        Self {
            state,
            message: operations::outcome_text(operation),
            is_being_sent: matches!(
                operation.state,
                OperationState::Queued | OperationState::Running
            ),
            put_off: state == ItemState::Refused && status == Some(429),
        }
    }
}

/// Returns the state of an item whose operation has this state.
const fn item_state(state: OperationState) -> ItemState {
    match state {
        OperationState::Done => ItemState::Done,
        OperationState::Refused => ItemState::Refused,
        OperationState::Unknown => ItemState::Unknown,
        OperationState::Queued | OperationState::Running | OperationState::Checking => {
            ItemState::Checking
        }
    }
}

/// Returns the result of an item that was not recorded as an operation.
fn refusal(error: SubmitError) -> db::Result<ItemResult> {
    let refused = |message: String| Ok(ItemResult::Concluded(ItemState::Refused, message));
    match error {
        SubmitError::Db(error) => Err(error),
        SubmitError::NotSent(reason) => Ok(ItemResult::Postponed(not_sent(reason).to_owned())),
        SubmitError::Forbidden(permission) => {
            refused(format!("Your role can no longer {}.", permission.verb()))
        }
        SubmitError::Conflict(conflict) => refused(describe_conflict(&conflict)),
        SubmitError::KeyReused => refused("It was sent by another job already.".to_owned()),
        SubmitError::Pool { pool, now, wanted } => {
            let needed = i64::from(wanted.get()) - i64::from(now.get());
            refused(format!(
                "It needs {needed} more channels, and the pool has {} free.",
                pool.total.saturating_sub(pool.allocated)
            ))
        }
        SubmitError::UnknownAccount => refused("Telnyx no longer lists this account.".to_owned()),
        SubmitError::Rule(sentence) | SubmitError::Field(_, sentence) => refused(sentence),
    }
}

const fn not_sent(reason: NotSentReason) -> &'static str {
    match reason {
        NotSentReason::TelnyxDown(_) => "Telnyx does not answer.",
        NotSentReason::OtherManager => "The API key belongs to another manager.",
        NotSentReason::ReadOnly => "The portal is set to read-only.",
        NotSentReason::CannotRead => "Telnyx could not be read.",
    }
}

fn describe_conflict(conflict: &Conflict) -> String {
    let changes = conflict.changes.iter().map(|change| {
        let by = change.who.as_ref().map(|who| format!(", changed by {who}"));
        format!(
            "{} was {} in the preview and is {} now{}.",
            change.what,
            change.shown,
            change.now,
            by.unwrap_or_default()
        )
    });
    let sentences: Vec<String> = changes.collect();
    if sentences.is_empty() {
        "Another change of the same account was made at the same time.".to_owned()
    } else {
        sentences.join(" ")
    }
}

const fn refused(message: String) -> ItemResult {
    ItemResult::Concluded(ItemState::Refused, message)
}

/// Returns the account of an item whose change is the portal's own.
/// Otherwise returns the reason why it cannot be made.
async fn account_to_annotate(
    app: &App,
    actor: &Actor,
    item: &JobItem,
) -> db::Result<Result<Account, String>> {
    let permission = Permission::Annotate;
    if !actor.may(permission) {
        return Ok(Err(format!(
            "Your role can no longer {}.",
            permission.verb()
        )));
    }
    let account = match &item.account {
        Some(id) => accounts::by_id(&app.db, id).await?,
        None => None,
    };
    Ok(account.ok_or_else(|| "Telnyx no longer lists this account.".to_owned()))
}

async fn change_tag(
    app: &App,
    actor: &Actor,
    item: &JobItem,
    name: &str,
    add: bool,
) -> db::Result<ItemResult> {
    let account = match account_to_annotate(app, actor, item).await? {
        Ok(account) => account,
        Err(message) => return Ok(refused(message)),
    };
    let message = if add {
        match tags::add_to_account(app, actor, &account, name).await? {
            AddTagOutcome::Done | AddTagOutcome::AlreadyTagged(_) => {
                format!("It has the tag {name}.")
            }
            AddTagOutcome::TooMany => {
                let most = tags::MAX_PER_ACCOUNT;
                let message = format!("It has {most} tags already, and cannot have more.");
                return Ok(refused(message));
            }
        }
    } else {
        if let Some(tag) = db::tags::by_name(&app.db, name).await? {
            tags::remove_from_account(app, actor, &account, tag.id).await?;
        }
        format!("It does not have the tag {name}.")
    };
    Ok(ItemResult::Concluded(ItemState::Done, message))
}

async fn assign(
    app: &App,
    actor: &Actor,
    item: &JobItem,
    assignment: Assignment,
    name: &str,
) -> db::Result<ItemResult> {
    let account = match account_to_annotate(app, actor, item).await? {
        Ok(account) => account,
        Err(message) => return Ok(refused(message)),
    };
    Ok(
        match assignees::assign(app, actor, &account.id, assignment).await? {
            AssignOutcome::Done => {
                ItemResult::Concluded(ItemState::Done, assignee_sentence(assignment.to, name))
            }
            AssignOutcome::Stale => {
                refused("Its account manager was changed since the preview.".to_owned())
            }
            AssignOutcome::Unavailable => refused(format!("{name} can no longer sign in.")),
        },
    )
}
