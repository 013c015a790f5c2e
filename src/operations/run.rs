//! One attempt at an operation: claims it, sends it, concludes it, and runs what follows.
//! Also renews the lease meanwhile.

use secrecy::SecretString;

use super::attempt::AttemptResult;
use super::{conclude, late_effects, registry};
use crate::app::App;
use crate::db;
use crate::db::leases::held::{CLAIM_DURATION, Lease, ShutdownStep};
use crate::db::operations::{self, Operation};
use crate::domain::ids::OperationId;
use crate::telnyx::ChangeTracker;

/// Claims an operation for one attempt. Returns `None` if another task has claimed it.
pub(super) async fn claim(
    app: &App,
    id: OperationId,
    attempt: i64,
) -> db::Result<Option<Operation>> {
    let now = app.clock.now();
    operations::write::claim(&app.db, id, attempt, now, now + CLAIM_DURATION).await
}

/// Sends a claimed operation, concludes it, and runs the operation that follows.
pub(super) async fn attempt(app: App, operation: Operation, password: Option<SecretString>) {
    let concluded = send(&app, &operation, password).await;
    if concluded && let Err(error) = run_follow_up(&app, &operation).await {
        tracing::error!(%error, operation = %operation.id, "what follows an operation is left to recovery");
    }
}

/// Sends a claimed operation for the first time. Returns `true` if its outcome could be written.
async fn send(app: &App, operation: &Operation, password: Option<SecretString>) -> bool {
    let kind = registry::of(&operation.change);
    let work = kind.send(app, operation, password);
    let Some(step) = with_lease(app, operation, true, work).await else {
        return false;
    };
    let concluded = conclude::conclude(app, operation.clone(), step).await;
    late_effects::watch_pool(app, operation).await;
    concluded
}

/// Finds out the outcome of an uncertain operation, or repeats what may be repeated. Returns `None`
/// if the shutdown interrupted it.
pub(super) async fn settle(app: &App, operation: &Operation) -> Option<AttemptResult> {
    let kind = registry::of(&operation.change);
    with_lease(app, operation, false, kind.settle(app, operation)).await
}

/// Checks at Telnyx because a person requested it. Returns `None` if the shutdown interrupted it.
pub(super) async fn check_again(app: &App, operation: &Operation) -> Option<AttemptResult> {
    let kind = registry::of(&operation.change);
    with_lease(app, operation, false, kind.check_again(app, operation)).await
}

/// Sends the same absolute value again and concludes the operation.
pub(super) async fn send_again(app: &App, operation: &Operation) {
    let kind = registry::of(&operation.change);
    let work = kind.send_again(app, operation);
    // If this does not settle it, it stays unknown. A person has to look, not the loop.
    let step = match with_lease(app, operation, false, work).await {
        Some(AttemptResult::Unsettled(outcome)) => AttemptResult::Unknown(outcome),
        Some(step) => step,
        None => return,
    };
    conclude::conclude(app, operation.clone(), step).await;
}

/// Sends an operation that was recorded but never sent, and concludes it.
pub(super) async fn send_first(app: &App, operation: Operation) {
    let (id, attempt, now) = (operation.id, operation.attempt, app.clock.now());
    match operations::write::mark_sending(&app.db, id, attempt, &operation.before, now).await {
        Ok(true) => {
            send(app, &operation, None).await;
        }
        Ok(false) => {}
        Err(error) => {
            tracing::error!(%error, operation = %operation.id, "not sent: the database failed");
        }
    }
}

/// Runs the operation that follows this one.
/// The channel limit of a new account is such an operation, queued in the same transaction.
async fn run_follow_up(app: &App, operation: &Operation) -> db::Result<()> {
    let Some(next) = operations::follow_up_of(&app.db, operation.id).await? else {
        return Ok(());
    };
    if let Some(claimed) = claim(app, next.id, next.attempt).await? {
        send_first(app, claimed).await;
    }
    Ok(())
}

/// Runs `work` under the operation's claim. Returns `None` if the shutdown interrupted it.
///
/// Work that may have changed something is never interrupted, because only this process learns the
/// answer. A person's own request is not interrupted while there is time.
async fn with_lease<T>(
    app: &App,
    operation: &Operation,
    is_first: bool,
    work: impl Future<Output = T>,
) -> Option<T> {
    let lease = Lease::Operation {
        id: operation.id,
        attempt: operation.attempt,
        is_first,
    };
    let has_time = operation.job.is_none() && operation.attempt == 1;
    // An unsent creation is refused by the recovery, so a job's goes on while there is time.
    let has_time = has_time || !registry::of(&operation.change).sends_at_once();
    let tracker = ChangeTracker::default();
    let may_interrupt =
        |step: ShutdownStep| !tracker.may_have_sent() && (step.is_end() || !has_time);
    app.leases
        .hold(lease, may_interrupt, tracker.track(work))
        .await
}
