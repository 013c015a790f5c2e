//! The loop's work: take up what nobody holds, and settle what is uncertain. Runs after a crash as at any other time;
//! read only too, where it settles what a reading settles, and what would have to be sent waits.

use futures::StreamExt;
use futures::stream;

use super::conclude::{self, Step};
use super::{checks, run, words};
use crate::app::App;
use crate::db;
use crate::db::operations::{self, Operation};
use crate::domain::operation::Kind;

/// How many operations one round takes up.
const ROUND: i64 = 50;
/// How many of them at the same time.
const AT_ONCE: usize = 4;

/// One round: every operation whose turn it is is taken up once. Answers how many that were.
pub async fn run_once(app: &App) -> db::Result<usize> {
    // Under another manager's key every reading would say that nothing happened.
    if checks::another_manager(app).await? {
        return Ok(0);
    }
    let due = if app.settings.read_only {
        operations::due_to_read(&app.db, app.clock.now(), ROUND).await?
    } else {
        operations::due(&app.db, app.clock.now(), ROUND).await?
    };
    let taken = stream::iter(due)
        .map(|(id, attempt)| async move {
            let now = app.clock.now();
            match operations::write::claim(&app.db, id, attempt, now, now + run::LEASE).await {
                Ok(Some(operation)) => {
                    take_up(app, operation).await;
                    1
                }
                Ok(None) => 0,
                Err(error) => {
                    tracing::error!(%error, operation = %id, "an operation could not be taken up");
                    0
                }
            }
        })
        .buffer_unordered(AT_ONCE)
        .fold(0, |sum, taken| async move { sum + taken })
        .await;
    Ok(taken)
}

async fn take_up(app: &App, operation: Operation) {
    match (operation.sent_at, operation.kind) {
        // Its note is missing, so nothing was sent. A password may have gone with it, which is nowhere now.
        (None, Kind::Create) => {
            let step = Step::Refused(words::interrupted_before_sending());
            conclude::conclude(app, operation, step).await;
        }
        (None, _) => run::send_first(app, operation).await,
        (Some(_), _) => {
            let step = run::settle(app, &operation).await;
            conclude::conclude(app, operation, step).await;
        }
    }
}
