//! Status changes: what enabling and disabling share. Neither is ever sent again; an uncertain one is settled by a read.

use std::time::Duration;

use super::apply::Effect;
use super::attempt::{AttemptResult, Completion, DID_NOT_HAPPEN};
use super::request::SubmitError;
use crate::app::App;
use crate::db::accounts;
use crate::db::operations::Operation;
use crate::domain::account::AccountStatus;
use crate::domain::ids::AccountId;
use crate::domain::operation::{OperationOutcome, SettledBy};
use crate::domain::time::Timestamp;
use crate::telnyx::{self, ApiResponse, LookupKey};

/// How long after it was sent reads must still show the old status before it is said that nothing happened. A request
/// that timed out here may act later there, and lists lag.
pub(super) const SETTLES_AFTER: Duration = Duration::from_mins(1);

/// Tells what the portal does while a status change is uncertain.
pub(super) const CHECKING: &str = "Telnyx gave no clear answer. The portal reads the account's status until it shows, and sends nothing again. \
     Nothing needs to be done; this page shows the outcome.";

/// Returns what an answer of Telnyx's leaves.
pub(super) fn sent<T>(
    infinitive: &str,
    account: &AccountId,
    status: AccountStatus,
    message: &str,
    answer: Result<ApiResponse<T>, telnyx::Error>,
) -> AttemptResult {
    match answer {
        Ok(answer) => done(
            account,
            status,
            answer.started_at,
            OperationOutcome {
                message: message.to_owned(),
                status: Some(answer.status),
                telnyx_request_id: answer.request_id,
                ..OperationOutcome::default()
            },
        ),
        Err(error) => AttemptResult::from_error(infinitive, &error),
    }
}

/// Reads the account's status, and concludes from it whether the change to `wanted` happened.
pub(super) async fn settle(
    app: &App,
    operation: &Operation,
    account: &AccountId,
    wanted: AccountStatus,
    message: &str,
) -> AttemptResult {
    let called = match accounts::by_id(&app.db, account).await {
        Ok(Some(found)) => LookupKey::of(&found.email, &found.organization_name),
        Ok(None) | Err(_) => None,
    };
    let Some(called) = called else {
        return AttemptResult::still_unsettled(operation);
    };
    let at = app.clock.now();
    match app.telnyx.status_of(account, &called).await {
        Ok(Some(status)) if status == wanted => done(
            account,
            wanted,
            at,
            OperationOutcome {
                message: message.to_owned(),
                settled_by: Some(SettledBy::Reading),
                ..OperationOutcome::default()
            },
        ),
        Ok(Some(_))
            if operation
                .sent_at
                .is_some_and(|sent| sent.until(at) >= SETTLES_AFTER) =>
        {
            AttemptResult::did_not_happen(DID_NOT_HAPPEN)
        }
        Ok(_) | Err(_) => AttemptResult::still_unsettled(operation),
    }
}

/// Returns that the account has this status now.
pub(super) fn done(
    account: &AccountId,
    status: AccountStatus,
    at: Timestamp,
    outcome: OperationOutcome,
) -> AttemptResult {
    AttemptResult::Done(Completion {
        outcome,
        effects: vec![Effect::Status(account.clone(), status, at)],
        created: None,
    })
}

/// Fails because an account of this status cannot be `verb`: "enabled", "disabled".
pub(super) fn refusal(status: AccountStatus, verb: &str) -> SubmitError {
    SubmitError::Rule(match status {
        AccountStatus::Enabled | AccountStatus::Disabled => {
            format!("This account is {verb} already.")
        }
        AccountStatus::Blocked => {
            format!(
                "Telnyx blocked this account: it cannot be {verb} here, only Telnyx can lift that."
            )
        }
        AccountStatus::Cancelled => format!("This account is cancelled: it cannot be {verb} here."),
        AccountStatus::Unknown => {
            format!("This account cannot be {verb} while its status is unknown.")
        }
    })
}
