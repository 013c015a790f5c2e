//! Answers to a form, built from the result of [`operations::submit`](crate::operations::submit).

use super::problem::Problem;
use crate::app::App;
use crate::db;
use crate::db::operations::Operation;
use crate::directory;
use crate::domain::actor::Actor;
use crate::domain::operation::{OperationKind, OperationState};
use crate::domain::text::isolate_bidi;
use crate::operations::{Submission, SubmitError, kind_of, undo};
use crate::web::format::TimeFormatter;
use crate::web::layout::Toast;

/// Answer to a form.
#[derive(Clone, Debug)]
pub enum ChangeOutcome {
    /// The change is done. The page continues with this toast, which offers Undo if possible.
    Done {
        /// Completed operation.
        operation: Box<Operation>,
        /// Message about it.
        toast: Toast,
    },
    /// The change is running, being checked, or unknown. The page at
    /// [`ChangeOutcome::operation_path`] waits for it.
    Pending(Box<Operation>),
    /// The change failed. The page shows the form again, with the submitted values, new tokens and
    /// this problem.
    Problem(Problem),
}

impl ChangeOutcome {
    /// Returns the address of an operation's page.
    #[must_use]
    pub fn operation_path(operation: &Operation) -> String {
        format!("/operations/{}", operation.id)
    }
}

/// Converts the result of a request into the page's next step.
pub async fn change_outcome(
    app: &App,
    actor: &Actor,
    times: &TimeFormatter,
    result: Result<Submission, SubmitError>,
) -> db::Result<ChangeOutcome> {
    let problem = match result {
        Ok(Submission::Settled(operation)) if operation.state == OperationState::Done => {
            if operation.kind == OperationKind::ChannelLimit {
                // The change moved the pool too. If Telnyx cannot be read now, the pool's age shows
                // that. The wait is short, because the change itself may have taken its time.
                let patience = app.settings.page_time_budget / 3;
                let _ = tokio::time::timeout(patience, directory::refresh_pool(app)).await;
            }
            let toast = success_toast(app, actor, &operation).await?;
            return Ok(ChangeOutcome::Done {
                operation: Box::new(operation),
                toast,
            });
        }
        Ok(Submission::Open(operation)) => return Ok(ChangeOutcome::Pending(Box::new(operation))),
        Ok(Submission::Settled(operation)) => Problem::refused(&operation),
        Ok(Submission::InProgress(other)) => Problem::in_progress(&other, actor.staff_id, times),
        Err(error) => problem_from_error(error, times)?,
    };
    Ok(ChangeOutcome::Problem(problem))
}

fn problem_from_error(error: SubmitError, times: &TimeFormatter) -> db::Result<Problem> {
    Ok(match error {
        SubmitError::Forbidden(permission) => Problem::forbidden(permission),
        SubmitError::Conflict(conflict) => Problem::conflict(&conflict, times),
        SubmitError::KeyReused => Problem::idempotency_conflict(),
        SubmitError::NotSent(why) => Problem::not_sent(why, times),
        SubmitError::Pool { pool, now, wanted } => Problem::insufficient_pool(pool, now, wanted),
        SubmitError::UnknownAccount => Problem::unknown_account(),
        SubmitError::Rule(sentence) => Problem::rule_violation(&sentence),
        SubmitError::Field(field, sentence) => Problem::at_field(field, sentence),
        SubmitError::Db(error) => return Err(error),
    })
}

/// Maximum length of a toast in characters. Longer messages continue in a notice of the page.
const MAX_TOAST: usize = 140;

/// Splits a long message after its first sentence.
fn split_message(message: &str) -> (&str, &str) {
    if message.chars().count() <= MAX_TOAST {
        return (message, "");
    }
    let Some(end) = message.find(". ") else {
        return (message, "");
    };
    let (first, rest) = message.split_at(end + 1);
    (first, rest.trim_start())
}

/// Builds the toast for a completed operation. Offers its undo if this person may undo it.
async fn success_toast(app: &App, actor: &Actor, operation: &Operation) -> db::Result<Toast> {
    let offer = undo::undo_offer(app, actor, operation).await?;
    let outcome = operation.outcome.as_ref();
    let message = outcome.map_or("Done.", |outcome| outcome.message.as_str());
    let kind = kind_of(&operation.change).toast_tone(outcome);
    let (first, rest) = split_message(message);
    let text = format!("{}: {first}", isolate_bidi(&operation.label));
    Ok(Toast {
        note: rest.to_owned(),
        undo: offer.map(|_| operation.id.to_string()),
        ..Toast::new(kind, text)
    })
}
