//! Enabling and disabling. Neither is ever sent again; an uncertain one is settled by a single reading.

use std::time::Duration;

use super::apply::Effect;
use super::conclude::{AttemptResult, Completion};
use super::messages;
use crate::app::App;
use crate::db::accounts;
use crate::db::operations::Operation;
use crate::domain::account::AccountStatus;
use crate::domain::ids::AccountId;
use crate::domain::operation::{OperationKind, OperationOutcome, SettledBy};
use crate::domain::time::Timestamp;
use crate::telnyx::LookupKey;

/// So long after it was sent must readings still show the old status before it is said that nothing happened: a
/// request that timed out here may act later there, and lists lag.
pub(super) const SETTLES_AFTER: Duration = Duration::from_mins(1);

pub(super) async fn enable(
    app: &App,
    account: &AccountId,
    reenable_all_connections: bool,
) -> AttemptResult {
    match app
        .telnyx
        .enable_account(account, reenable_all_connections)
        .await
    {
        Ok(answer) => {
            let message = if reenable_all_connections {
                messages::ENABLED_WITH_CONNECTIONS
            } else {
                messages::ENABLED_WITHOUT_CONNECTIONS
            };
            done(
                account,
                AccountStatus::Enabled,
                answer.started_at,
                OperationOutcome {
                    message: message.to_owned(),
                    status: Some(answer.status),
                    telnyx_request_id: answer.request_id,
                    ..OperationOutcome::default()
                },
            )
        }
        Err(error) => AttemptResult::from_error(OperationKind::Enable, &error),
    }
}

pub(super) async fn disable(app: &App, account: &AccountId) -> AttemptResult {
    match app.telnyx.disable_account(account).await {
        Ok(answer) => done(
            account,
            AccountStatus::Disabled,
            answer.started_at,
            OperationOutcome {
                message: messages::DISABLED.to_owned(),
                status: Some(answer.status),
                telnyx_request_id: answer.request_id,
                ..OperationOutcome::default()
            },
        ),
        Err(error) => AttemptResult::from_error(OperationKind::Disable, &error),
    }
}

pub(super) async fn settle(app: &App, operation: &Operation, account: &AccountId) -> AttemptResult {
    let wanted = if operation.kind == OperationKind::Enable {
        AccountStatus::Enabled
    } else {
        AccountStatus::Disabled
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
            let message = if wanted == AccountStatus::Enabled {
                messages::SETTLED_AS_ENABLED
            } else {
                messages::SETTLED_AS_DISABLED
            };
            done(
                account,
                wanted,
                at,
                OperationOutcome {
                    message: message.to_owned(),
                    settled_by: Some(SettledBy::Reading),
                    ..OperationOutcome::default()
                },
            )
        }
        Ok(Some(_))
            if operation
                .sent_at
                .is_some_and(|sent| sent.until(at) >= SETTLES_AFTER) =>
        {
            AttemptResult::did_not_happen(messages::DID_NOT_HAPPEN)
        }
        Ok(_) | Err(_) => AttemptResult::still_unsettled(operation),
    }
}

fn done(
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
