//! One attempt at an operation: keep its lease alive, send it, conclude it, go on to what follows.

use std::time::Duration;

use secrecy::SecretString;

use super::attempt::AttemptResult;
use super::{conclude, late_effects, registry};
use crate::app::App;
use crate::db;
use crate::db::operations::{self, Operation};
use crate::domain::ids::OperationId;

/// How long an attempt keeps an operation without a sign of life; then recovery takes it up.
pub(super) const LEASE_DURATION: Duration = Duration::from_secs(20);
/// How often it gives a sign of life.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(5);

/// Takes an operation up for one attempt; `None` if someone else has.
pub(super) async fn claim(
    app: &App,
    id: OperationId,
    attempt: i64,
) -> db::Result<Option<Operation>> {
    let now = app.clock.now();
    operations::write::claim(&app.db, id, attempt, now, now + LEASE_DURATION).await
}

/// Sends an operation that this task holds, concludes it, and runs the operation that follows, if one does.
pub(super) async fn attempt(app: App, operation: Operation, password: Option<SecretString>) {
    let concluded = send(&app, &operation, password).await;
    if concluded && let Err(error) = run_follow_up(&app, &operation).await {
        tracing::error!(%error, operation = %operation.id, "what follows an operation is left to recovery");
    }
}

/// Sends an operation that this task holds. Returns `true` if its outcome could be written.
async fn send(app: &App, operation: &Operation, password: Option<SecretString>) -> bool {
    let kind = registry::of(&operation.change);
    let step = with_lease(app, operation, kind.send(app, operation, password)).await;
    let concluded = conclude::conclude(app, operation.clone(), step).await;
    late_effects::watch_pool(app, operation).await;
    concluded
}

/// Finds out what became of an operation that is uncertain, or sends what may be sent again.
pub(super) async fn settle(app: &App, operation: &Operation) -> AttemptResult {
    let kind = registry::of(&operation.change);
    with_lease(app, operation, kind.settle(app, operation)).await
}

/// Looks at Telnyx because a person asked for it.
pub(super) async fn check_again(app: &App, operation: &Operation) -> AttemptResult {
    let kind = registry::of(&operation.change);
    with_lease(app, operation, kind.check_again(app, operation)).await
}

/// Sends the same absolute value again because somebody asked for it, and concludes the operation.
pub(super) async fn send_again(app: &App, operation: &Operation) {
    let kind = registry::of(&operation.change);
    // Not settled by this: it stays for a person, not for the loop.
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

/// The limit of an account just created is an operation of its own, queued in the same transaction.
async fn run_follow_up(app: &App, operation: &Operation) -> db::Result<()> {
    let Some(next) = operations::follow_up_of(&app.db, operation.id).await? else {
        return Ok(());
    };
    if let Some(claimed) = claim(app, next.id, next.attempt).await? {
        send_first(app, claimed).await;
    }
    Ok(())
}

/// Runs `work` while the lease is kept alive. Losing it does not stop the work: its outcome is then not written.
async fn with_lease<T>(app: &App, operation: &Operation, work: impl Future<Output = T>) -> T {
    // Beside the work, never in its way: both may wait for the one connection that writes.
    let beats = async {
        let mut beat = tokio::time::interval(HEARTBEAT_INTERVAL);
        let mut failing = false;
        beat.tick().await;
        loop {
            beat.tick().await;
            let until = app.clock.now() + LEASE_DURATION;
            match operations::write::renew_lease(&app.db, operation.id, operation.attempt, until)
                .await
            {
                Err(error) if !failing => {
                    tracing::warn!(%error, operation = %operation.id, "a lease could not be renewed");
                    failing = true;
                }
                Err(_) => {}
                Ok(_) => failing = false,
            }
        }
    };
    tokio::select! {
        biased;
        out = work => out,
        never = beats => never,
    }
}
