//! The loop's work: take up what nobody holds, and settle what is uncertain. Runs after a crash as at any other time.

use futures::StreamExt;
use futures::stream;

use super::conclude::{self, Step};
use super::{run, words};
use crate::app::App;
use crate::db;
use crate::db::operations::{self, Operation};
use crate::db::settings;
use crate::domain::operation::Kind;

/// How many operations one round takes up.
const ROUND: i64 = 50;
/// How many of them at the same time.
const AT_ONCE: usize = 4;

/// One round: every operation whose turn it is is taken up once. Answers how many that were.
///
/// # Errors
/// When the database fails.
pub async fn run_once(app: &App) -> db::Result<usize> {
    // Under another manager's key every reading would say that nothing happened.
    let other = settings::value(&app.db, settings::MANAGER_MISMATCH).await?;
    if app.settings.read_only || other.is_some_and(|other| !other.is_empty()) {
        return Ok(0);
    }
    let due = operations::due(&app.db, app.clock.now(), ROUND).await?;
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
