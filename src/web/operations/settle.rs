//! Actions on a change with an unknown outcome: checking again, sending again, or recording what
//! someone saw.

use axum::response::Response;
use serde::Deserialize;

use super::OperationContext;
use super::show::{SettleInput, show_page};
use crate::domain::ids::AccountId;
use crate::domain::operation::OperationState;
use crate::operations::manual_settlement::{self, ObservedOutcome};
use crate::operations::{Submission, SubmitError};
use crate::web::access::SettleOperations;
use crate::web::change::{ChangeOutcome, Problem, change_outcome};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::layout::Toast;
use crate::web::render;

/// `POST /operations/{id}/check-again`
pub(super) async fn check_again(
    context: OperationContext<SettleOperations>,
) -> Result<Response, Error> {
    let result =
        manual_settlement::check_again(&context.app, context.may.actor(), context.operation.id)
            .await;
    respond(&context, SettleInput::default(), result).await
}

/// `POST /operations/{id}/send-again`
pub(super) async fn send_again(
    context: OperationContext<SettleOperations>,
) -> Result<Response, Error> {
    let result =
        manual_settlement::send_again(&context.app, context.may.actor(), context.operation.id)
            .await;
    respond(&context, SettleInput::default(), result).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SettleForm {
    /// `happened` or `did_not_happen`.
    seen: String,
    /// For a creation, one of the candidates, or empty.
    candidate: String,
    /// For a creation, an ID pasted from Mission Control.
    account_id: String,
    reason: String,
}

/// `POST /operations/{id}/settle`
pub(super) async fn settle(
    context: OperationContext<SettleOperations>,
    Form(settled): Form<SettleForm>,
) -> Result<Response, Error> {
    let pasted = settled.account_id.trim();
    let account = if pasted.is_empty() {
        settled.candidate.trim()
    } else {
        pasted
    };
    let typed = SettleInput {
        seen: settled.seen.clone(),
        account_id: account.to_owned(),
        reason: settled.reason.clone(),
    };
    let mut wrong = Vec::new();
    let made: Option<AccountId> = account.parse().ok();
    if !account.is_empty() && made.is_none() {
        wrong.push((
            "account_id",
            "This is not an account ID. Copy it from Mission Control.".to_owned(),
        ));
    }
    let is_creation = matches!(
        context.operation.kind,
        crate::domain::operation::OperationKind::Create
    );
    let seen = match settled.seen.as_str() {
        "happened" => {
            if is_creation && account.is_empty() {
                wrong.push(("account_id", "Say which account was created.".to_owned()));
            }
            Some(ObservedOutcome::Happened(made))
        }
        "did_not_happen" => Some(ObservedOutcome::DidNotHappen),
        _ => {
            wrong.push(("seen", "Say what you saw.".to_owned()));
            None
        }
    };
    if settled.reason.trim().is_empty() {
        wrong.push(("reason", "Say where and how you saw it.".to_owned()));
    }
    let result = match seen {
        Some(seen) if wrong.is_empty() => {
            manual_settlement::settle(
                &context.app,
                context.may.actor(),
                context.operation.id,
                seen,
                &settled.reason,
            )
            .await
        }
        _ => return show_page(&context, typed, Some(Problem::at_fields(wrong))).await,
    };
    respond(&context, typed, result).await
}

async fn respond(
    context: &OperationContext<SettleOperations>,
    typed: SettleInput,
    result: Result<Submission, SubmitError>,
) -> Result<Response, Error> {
    let own = format!("/operations/{}", context.operation.id);
    // A refused change is a success here, because its outcome is now known.
    let toast = match &result {
        Ok(Submission::Settled(operation) | Submission::Open(operation)) => {
            Some(match operation.state {
                OperationState::Done | OperationState::Refused => {
                    Toast::success(format!("{}: settled.", operation.label))
                }
                OperationState::Unknown => {
                    Toast::new("warning", format!("{}: still not known.", operation.label))
                }
                OperationState::Queued | OperationState::Running | OperationState::Checking => {
                    Toast::new("info", format!("{}: being checked.", operation.label))
                }
            })
        }
        _ => None,
    };
    if let Some(toast) = toast {
        context.may.toast(toast).await?;
        return Ok(render::redirect(&own));
    }
    match change_outcome(
        &context.app,
        context.may.actor(),
        context.may.times(),
        result,
    )
    .await?
    {
        ChangeOutcome::Problem(mut problem) => {
            problem.notice.try_anyway = false;
            show_page(context, typed, Some(problem)).await
        }
        ChangeOutcome::Done { .. } | ChangeOutcome::Pending(_) => Ok(render::redirect(&own)),
    }
}
