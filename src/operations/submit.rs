//! Entry point: turns a form into a recorded operation, and waits briefly for its outcome.

use std::time::Duration;

use super::checks::{self, conflict};
use super::request::{ExpectedValues, Request, Submission, SubmitError};
use super::send_progress::{self, Progress};
use super::{messages, registry, run};
use crate::app::App;
use crate::db::leases::held::CLAIM_DURATION;
use crate::db::{self, accounts, audit, operations};
use crate::domain::actor::Actor;
use crate::domain::audit::EventOutcome;
use crate::domain::ids::OperationId;
use crate::domain::operation::{Change, OperationState, Reason};
use crate::traces;

use db::operations::Operation;

/// Records a change, sends it in its own task, and waits briefly for its outcome.
/// The task continues if the browser disconnects. A repeated key returns the first request's
/// result.
///
/// # Errors
/// Fails with [`SubmitError`]. Then nothing was recorded and nothing was sent, unless the database
/// fails at or after the commit.
pub async fn submit(app: &App, actor: &Actor, request: Request) -> Result<Submission, SubmitError> {
    checks::ensure_permitted(actor, registry::info(request.change.kind()).permission)?;
    if let Some(earlier) = operations::by_id(&app.db, request.id).await? {
        return resume_repeated(app, actor, &request, earlier).await;
    }
    let label = match check_request(app, actor, &request).await {
        Ok(label) => label,
        // The same form may have been submitted while this one was checked. Then its operation
        // counts, not the state that it left.
        Err(error) => {
            return match operations::by_id(&app.db, request.id).await? {
                Some(earlier) => resume_repeated(app, actor, &request, earlier).await,
                None => Err(error),
            };
        }
    };
    let now = app.clock.now();
    let mut operation = Operation {
        address: actor.address.map(|address| address.to_string()),
        request_id: actor.request_id.clone(),
        reason: request.reason.clone(),
        undoes: request.undoes,
        job: actor.job,
        lease_until: Some(now + CLAIM_DURATION),
        sent_at: registry::of(&request.change).sends_at_once().then_some(now),
        ..Operation::new(
            request.id,
            request.change.clone(),
            label.unwrap_or_default(),
            actor.into(),
            now,
        )
    };
    match record(app, &mut operation, &request).await {
        Ok(None) => {}
        Ok(Some(other)) => return Ok(Submission::InProgress(other)),
        Err(SubmitError::Db(error)) if error.is_unique_violation() => {
            return resolve_lost_race(app, actor, &request, &operation.subject).await;
        }
        Err(error) => return Err(error),
    }
    let id = operation.id;
    send_progress::record(Progress::Sent);
    let attempt = run::attempt(app.clone(), operation, request.password);
    let task = app.tasks.spawn(traces::inherit(attempt));
    // The task continues even if this stops waiting for it.
    let _ = tokio::time::timeout(app.settings.page_time_budget, task).await;
    current_submission(app, id).await
}

/// Fails if a change lacks a reason that it needs. The form need not be complete yet.
///
/// # Errors
/// [`SubmitError::Field`] names the field.
pub async fn check_reason(
    app: &App,
    actor: &Actor,
    change: &Change,
    reason: &Reason,
) -> Result<(), SubmitError> {
    let kind = registry::of(change);
    if let Some(id) = change.account()
        && let Some(account) = accounts::by_id(&app.db, id).await?
        && kind.check_status(account.status.value).is_err()
    {
        // No reason is required for a change that is impossible anyway.
        return Ok(());
    }
    kind.check_reason(reason)?;
    kind.check(app, actor, reason, &ExpectedValues::default())
        .await?;
    Ok(())
}

/// Fails if a change of this kind always needs a reason and there is none.
///
/// # Errors
/// [`SubmitError::Field`] names the field.
pub fn check_reason_of(change: &Change, reason: &Reason) -> Result<(), SubmitError> {
    registry::of(change).check_reason(reason)
}

/// Checks everything that must hold before the change is recorded.
/// Returns the operation's label if it is known by then.
async fn check_request(
    app: &App,
    actor: &Actor,
    request: &Request,
) -> Result<Option<String>, SubmitError> {
    checks::ensure_may_send(app, request.try_anyway).await?;
    let kind = registry::of(&request.change);
    kind.check_reason(&request.reason)?;
    let checked = kind
        .check(app, actor, &request.reason, &request.expected)
        .await;
    if checked.is_err()
        && let Some(id) = request.change.account()
        && let Some(account) = accounts::by_id(&app.db, id).await?
    {
        // A change made meanwhile is reported first, because it may be why the check failed.
        let differences = conflict::differences(&account, &request.expected);
        if !differences.is_empty() {
            return Err(conflict::describe_conflict(app, &account, differences).await?);
        }
        kind.check_status(account.status.value)?;
    }
    checked
}

/// Records an operation with its first audit event.
/// Checks the account after the insert reserved it, because until then another operation could
/// change it. Returns a creation that could be confused with this one, if there is one. Then
/// nothing was recorded.
async fn record(
    app: &App,
    operation: &mut Operation,
    request: &Request,
) -> Result<Option<Operation>, SubmitError> {
    let mut tx = app.db.begin().await?;
    operations::write::insert(&mut tx, operation).await?;
    if let Some(id) = request.change.account() {
        let account = accounts::by_id_in_tx(&mut tx, id)
            .await?
            .ok_or(SubmitError::UnknownAccount)?;
        let differences = conflict::differences(&account, &request.expected);
        if !differences.is_empty() {
            // Discards the transaction, so that the audit is read without the only connection that
            // writes.
            drop(tx);
            return Err(conflict::describe_conflict(app, &account, differences).await?);
        }
        checks::check_undo(&mut tx, operation).await?;
        registry::of(&request.change).check_status(account.status.value)?;
        account
            .shown_organization_name()
            .clone_into(&mut operation.label);
        operation.before = checks::snapshot(&account);
        operations::write::save_target(&mut tx, operation).await?;
    }
    let event = messages::event(operation, EventOutcome::Started);
    audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    // Only after the audit's head is locked: of two concurrent requests, the second then sees the
    // first.
    if let Some(other) = registry::of(&request.change)
        .find_ambiguous(&mut tx, operation)
        .await?
    {
        return Ok(Some(other));
    }
    send_progress::record(Progress::MaybeSent);
    match tx.commit().await {
        Ok(()) => Ok(None),
        Err(error) => {
            if !error.is_lost_connection() {
                send_progress::record(Progress::NotSent);
            }
            Err(error.into())
        }
    }
}

/// Returns the operation of an earlier request with the same key.
/// Fails if that request came from another person or had other input.
async fn resume_repeated(
    app: &App,
    actor: &Actor,
    request: &Request,
    earlier: Operation,
) -> Result<Submission, SubmitError> {
    if earlier.staff_id != actor.staff_id
        || earlier.change != request.change
        || earlier.reason != request.reason
    {
        return Err(SubmitError::KeyReused);
    }
    wait_for_outcome(app, earlier.id).await
}

/// Resolves a conflict with a request that was recorded meanwhile.
/// Either the same form was sent twice at once, or someone else made a change.
async fn resolve_lost_race(
    app: &App,
    actor: &Actor,
    request: &Request,
    subject: &str,
) -> Result<Submission, SubmitError> {
    if let Some(earlier) = operations::by_id(&app.db, request.id).await? {
        return resume_repeated(app, actor, request, earlier).await;
    }
    match operations::open_for_subject(&app.db, subject).await? {
        Some(other) => Ok(Submission::InProgress(other)),
        // It was settled just now, so the values on the form are outdated.
        None => Err(SubmitError::Conflict(Box::default())),
    }
}

/// Waits briefly for a running operation, then returns its state.
pub(super) async fn wait_for_outcome(
    app: &App,
    id: OperationId,
) -> Result<Submission, SubmitError> {
    let pause = Duration::from_millis(50);
    let mut waited = Duration::ZERO;
    loop {
        let submission = current_submission(app, id).await?;
        match &submission {
            Submission::Open(operation)
                if operation.state == OperationState::Running
                    && waited < app.settings.page_time_budget => {}
            _ => return Ok(submission),
        }
        tokio::time::sleep(pause).await;
        waited += pause;
    }
}

async fn current_submission(app: &App, id: OperationId) -> Result<Submission, SubmitError> {
    let operation = operations::by_id(&app.db, id)
        .await?
        .ok_or_else(|| db::Error::Stored("an operation vanished".to_owned()))?;
    Ok(if operation.state.is_settled() {
        Submission::Settled(operation)
    } else {
        Submission::Open(operation)
    })
}
