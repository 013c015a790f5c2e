//! Shared parts of enabling and disabling an account.
//! Neither request is ever repeated. Reading the status settles an uncertain one.

use std::time::Duration;

use super::attempt::{AttemptResult, DID_NOT_HAPPEN, settled_by_reading};
use super::kind::ChangeKind;
use super::request::SubmitError;
use crate::app::App;
use crate::db::accounts;
use crate::db::operations::Operation;
use crate::domain::account::AccountStatus;
use crate::telnyx::LookupKey;

/// Time after sending during which the old status proves nothing.
/// Telnyx may act late on a request that timed out, and its lists lag behind.
pub(super) const SETTLES_AFTER: Duration = Duration::from_mins(1);

/// Text that says what the portal does while a status change is uncertain.
pub(super) const CHECKING: &str = "Telnyx gave no clear answer. The portal reads the account's \
                                   status until it is clear, and sends nothing again. You need to \
                                   do nothing; this page shows the outcome.";

/// Reads the account's status to find out if the change to `wanted` happened.
pub(super) async fn settle(
    kind: &dyn ChangeKind,
    app: &App,
    operation: &Operation,
    wanted: AccountStatus,
    message: &str,
) -> AttemptResult {
    let Some(account) = &operation.account else {
        return AttemptResult::still_unsettled(operation);
    };
    let called = match accounts::by_id(&app.db, account).await {
        Ok(Some(found)) => LookupKey::of(&found.email, &found.organization_name),
        Ok(None) | Err(_) => None,
    };
    let Some(called) = called else {
        return AttemptResult::still_unsettled(operation);
    };
    let at = app.clock.now();
    match app.telnyx.status_of(account, &called).await {
        Ok(Some(status)) if status == wanted => {
            AttemptResult::done(settled_by_reading(message), kind.effects(at))
        }
        Ok(Some(_)) => AttemptResult::not_seen(operation, at, SETTLES_AFTER, DID_NOT_HAPPEN),
        Ok(None) | Err(_) => AttemptResult::still_unsettled(operation),
    }
}

/// Returns the error for a status that forbids the change.
/// `verb` is "enabled" or "disabled".
pub(super) fn refusal(status: AccountStatus, verb: &str) -> SubmitError {
    SubmitError::Rule(match status {
        AccountStatus::Enabled | AccountStatus::Disabled => {
            format!("This account is {verb} already.")
        }
        AccountStatus::Blocked => {
            format!(
                "Telnyx blocked this account. It cannot be {verb} here; only Telnyx can unblock \
                 it."
            )
        }
        AccountStatus::Cancelled => format!("This account is cancelled: it cannot be {verb} here."),
        AccountStatus::Unknown => {
            format!("This account cannot be {verb} while its status is unknown.")
        }
    })
}
