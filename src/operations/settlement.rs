//! Loop that continues unfinished operations and settles uncertain ones.
//! Works the same after a crash. In read-only mode it only settles what a read can settle; what
//! must be sent waits.

use futures::StreamExt;
use futures::stream;

use super::attempt::AttemptResult;
use super::{checks, conclude, create, registry, run};
use crate::app::App;
use crate::db;
use crate::db::operations::{self, Operation};
use crate::domain::operation::{OperationOutcome, OperationState};

/// Maximum number of operations per round.
const BATCH_SIZE: i64 = 50;
/// Maximum number of operations recovered at the same time.
const MAX_CONCURRENT: usize = 4;

/// Runs one round: continues every operation that is due, once.
/// Returns the number of operations.
pub async fn run_once(app: &App) -> db::Result<usize> {
    // Under another manager's key, every read would say that nothing happened.
    if checks::is_other_manager(app).await? {
        return Ok(0);
    }
    let due = if app.settings.read_only {
        operations::due_for_check(&app.db, app.clock.now(), BATCH_SIZE).await?
    } else {
        operations::due(&app.db, app.clock.now(), BATCH_SIZE).await?
    };
    let taken = stream::iter(due)
        .map(|(id, attempt)| async move {
            if app.shutdown.is_cancelled() {
                return 0;
            }
            match run::claim(app, id, attempt).await {
                Ok(Some(operation)) => {
                    resume(app, operation).await;
                    1
                }
                Ok(None) => 0,
                Err(error) => {
                    tracing::error!(%error, operation = %id, "an operation could not be taken up");
                    0
                }
            }
        })
        .buffer_unordered(MAX_CONCURRENT)
        .fold(0, |sum, taken| async move { sum + taken })
        .await;
    Ok(taken)
}

/// Makes every open operation unknown, so that a person settles it. `why` is the sentence that the
/// portal shows. Returns the number of operations.
pub async fn give_up_all(app: &App, why: &str) -> db::Result<usize> {
    let open = operations::open(&app.db, i64::MAX).await?;
    let mut given_up = 0;
    for operation in open {
        if operation.state == OperationState::Unknown {
            continue;
        }
        let Some(mut operation) = run::claim(app, operation.id, operation.attempt).await? else {
            continue;
        };
        let outcome = OperationOutcome {
            message: why.to_owned(),
            ..OperationOutcome::default()
        };
        conclude::write(app, &mut operation, AttemptResult::Unknown(outcome), None).await?;
        given_up += 1;
    }
    Ok(given_up)
}

async fn resume(app: &App, operation: Operation) {
    let step = match operation.sent_at {
        Some(_) => match run::settle(app, &operation).await {
            Some(step) => step,
            None => return,
        },
        None if registry::of(&operation.change).sends_at_once() => {
            return run::send_first(app, operation).await;
        }
        // Not marked as sent, so nothing was sent. A password for it would be lost by now.
        None => AttemptResult::Refused(create::interrupted_before_sending()),
    };
    conclude::conclude(app, operation, step).await;
}
