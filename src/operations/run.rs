//! One attempt at an operation: claims it, sends it, concludes it, and runs what follows.
//! Also renews the lease meanwhile.

use std::time::Duration;

use secrecy::SecretString;

use super::attempt::AttemptResult;
use super::{conclude, late_effects, registry};
use crate::app::App;
use crate::db::operations::{self, Operation};
use crate::db::{self, leases};
use crate::domain::ids::OperationId;

/// Duration of a lease. If it is not renewed, recovery takes over the operation.
pub(super) const LEASE_DURATION: Duration = Duration::from_secs(20);

/// Claims an operation for one attempt. Returns `None` if another task has claimed it.
pub(super) async fn claim(
    app: &App,
    id: OperationId,
    attempt: i64,
) -> db::Result<Option<Operation>> {
    let now = app.clock.now();
    operations::write::claim(&app.db, id, attempt, now, now + LEASE_DURATION).await
}

/// Sends a claimed operation, concludes it, and runs the operation that follows.
pub(super) async fn attempt(app: App, operation: Operation, password: Option<SecretString>) {
    let concluded = send(&app, &operation, password).await;
    if concluded && let Err(error) = run_follow_up(&app, &operation).await {
        tracing::error!(%error, operation = %operation.id, "what follows an operation is left to recovery");
    }
}

/// Sends a claimed operation. Returns `true` if its outcome could be written.
async fn send(app: &App, operation: &Operation, password: Option<SecretString>) -> bool {
    let kind = registry::of(&operation.change);
    let step = with_lease(app, operation, kind.send(app, operation, password)).await;
    let concluded = conclude::conclude(app, operation.clone(), step).await;
    late_effects::watch_pool(app, operation).await;
    concluded
}

/// Finds out the outcome of an uncertain operation, or repeats what may be repeated.
pub(super) async fn settle(app: &App, operation: &Operation) -> AttemptResult {
    let kind = registry::of(&operation.change);
    with_lease(app, operation, kind.settle(app, operation)).await
}

/// Checks at Telnyx because a person requested it.
pub(super) async fn check_again(app: &App, operation: &Operation) -> AttemptResult {
    let kind = registry::of(&operation.change);
    with_lease(app, operation, kind.check_again(app, operation)).await
}

/// Sends the same absolute value again and concludes the operation.
pub(super) async fn send_again(app: &App, operation: &Operation) {
    let kind = registry::of(&operation.change);
    // If this does not settle it, it stays unknown. A person has to look, not the loop.
    let step = match with_lease(app, operation, kind.send_again(app, operation)).await {
        AttemptResult::Unsettled(outcome) => AttemptResult::Unknown(outcome),
        step => step,
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

/// Runs `work` and renews the operation's lease meanwhile.
async fn with_lease<T>(app: &App, operation: &Operation, work: impl Future<Output = T>) -> T {
    let renew = || async move {
        let until = app.clock.now() + LEASE_DURATION;
        operations::write::renew_lease(&app.db, operation.id, operation.attempt, until)
            .await
            .map(drop)
    };
    leases::with_renewal(renew, operation.id, work).await
}
