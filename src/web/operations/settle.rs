//! What people do with a change whose outcome is not known: look again, send the value again, say what they saw.

use axum::response::Response;
use serde::Deserialize;

use super::Desk;
use super::show::{SettleTyped, render};
use crate::domain::ids::AccountId;
use crate::domain::operation::State;
use crate::operations::by_hand::{self, Seen};
use crate::operations::{Submission, SubmitError};
use crate::web::access::SettleOperations;
use crate::web::change::{Problem, Turned, turn};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::page;
use crate::web::shell::Toast;

/// `POST /operations/{id}/check-again`
pub(super) async fn check_again(desk: Desk<SettleOperations>) -> Result<Response, Error> {
    let result = by_hand::check_again(&desk.app, desk.may.actor(), desk.operation.id).await;
    answer(&desk, SettleTyped::default(), result).await
}

/// `POST /operations/{id}/send-again`
pub(super) async fn send_again(desk: Desk<SettleOperations>) -> Result<Response, Error> {
    let result = by_hand::send_again(&desk.app, desk.may.actor(), desk.operation.id).await;
    answer(&desk, SettleTyped::default(), result).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Settled {
    /// `happened` or `did_not_happen`.
    seen: String,
    /// For a creation: one of the candidates, or empty.
    candidate: String,
    /// For a creation: an id pasted from Mission Control.
    account_id: String,
    reason: String,
}

/// `POST /operations/{id}/settle`
pub(super) async fn settle(desk: Desk<SettleOperations>, Form(settled): Form<Settled>) -> Result<Response, Error> {
    let pasted = settled.account_id.trim();
    let account = if pasted.is_empty() {
        settled.candidate.trim()
    } else {
        pasted
    };
    let typed = SettleTyped {
        seen: settled.seen.clone(),
        account_id: account.to_owned(),
        reason: settled.reason.clone(),
    };
    let mut wrong = Vec::new();
    let made: Option<AccountId> = account.parse().ok();
    if !account.is_empty() && made.is_none() {
        wrong.push((
            "account_id",
            "This is no account id: copy it from Mission Control.".to_owned(),
        ));
    }
    let is_creation = matches!(desk.operation.kind, crate::domain::operation::Kind::Create);
    let seen = match settled.seen.as_str() {
        "happened" => {
            if is_creation && account.is_empty() {
                wrong.push(("account_id", "Say which account it made.".to_owned()));
            }
            Some(Seen::Happened(made))
        }
        "did_not_happen" => Some(Seen::DidNotHappen),
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
            by_hand::settle(&desk.app, desk.may.actor(), desk.operation.id, seen, &settled.reason).await
        }
        _ => return render(&desk, typed, Some(Problem::at_fields(wrong))).await,
    };
    answer(&desk, typed, result).await
}

async fn answer(
    desk: &Desk<SettleOperations>,
    typed: SettleTyped,
    result: Result<Submission, SubmitError>,
) -> Result<Response, Error> {
    let own = format!("/operations/{}", desk.operation.id);
    // A refusal is an outcome here: somebody wanted to know, and knows.
    let toast = match &result {
        Ok(Submission::Settled(operation) | Submission::Open(operation)) => Some(match operation.state {
            State::Done | State::Refused => Toast {
                kind: "success",
                text: format!("{}: settled.", operation.label),
                undo: None,
            },
            State::Unknown => Toast {
                kind: "warning",
                text: format!("{}: still not known.", operation.label),
                undo: None,
            },
            State::Queued | State::Running | State::Checking => Toast {
                kind: "info",
                text: format!("{}: being checked.", operation.label),
                undo: None,
            },
        }),
        _ => None,
    };
    if let Some(toast) = toast {
        desk.may.toast(toast).await?;
        return Ok(page::redirect(&own));
    }
    match turn(&desk.app, desk.may.actor(), desk.may.times(), result).await? {
        Turned::Problem(mut problem) => {
            problem.notice.try_anyway = false;
            render(desk, typed, Some(problem)).await
        }
        Turned::Done { .. } | Turned::Open(_) => Ok(page::redirect(&own)),
    }
}
