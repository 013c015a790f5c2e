//! Enabling and disabling. Neither is ever sent again; an uncertain one is settled by a single reading.

use std::time::Duration;

use super::apply::Effect;
use super::conclude::{Done, Step};
use super::words;
use crate::app::App;
use crate::db::accounts;
use crate::db::operations::Operation;
use crate::domain::account::AccountStatus;
use crate::domain::actor::Scope;
use crate::domain::ids::AccountId;
use crate::domain::operation::{Kind, Outcome, SettledBy};
use crate::domain::time::Timestamp;
use crate::telnyx::Called;

/// So long after it was sent must readings still show the old status before it is said that nothing happened: a
/// request that timed out here may act later there, and lists lag.
pub(super) const SETTLES_AFTER: Duration = Duration::from_mins(1);

pub(super) async fn enable(app: &App, account: &AccountId, reenable_all_connections: bool) -> Step {
    match app.telnyx.enable_account(account, reenable_all_connections).await {
        Ok(answer) => {
            let message = if reenable_all_connections {
                words::ENABLED_WITH_CONNECTIONS
            } else {
                words::ENABLED_WITHOUT_CONNECTIONS
            };
            done(
                account,
                AccountStatus::Enabled,
                answer.started_at,
                Outcome {
                    message: message.to_owned(),
                    status: Some(answer.status),
                    telnyx_request_id: answer.request_id,
                    ..Outcome::default()
                },
            )
        }
        Err(error) => Step::failed(Kind::Enable, &error),
    }
}

pub(super) async fn disable(app: &App, account: &AccountId) -> Step {
    match app.telnyx.disable_account(account).await {
        Ok(answer) => done(
            account,
            AccountStatus::Disabled,
            answer.started_at,
            Outcome {
                message: words::DISABLED.to_owned(),
                status: Some(answer.status),
                telnyx_request_id: answer.request_id,
                ..Outcome::default()
            },
        ),
        Err(error) => Step::failed(Kind::Disable, &error),
    }
}

pub(super) async fn settle(app: &App, operation: &Operation, account: &AccountId) -> Step {
    let wanted = if operation.kind == Kind::Enable {
        AccountStatus::Enabled
    } else {
        AccountStatus::Disabled
    };
    let called = match accounts::by_id(&app.db, Scope::All, account).await {
        Ok(Some(found)) => Called::of(&found.email, &found.organization_name),
        Ok(None) | Err(_) => None,
    };
    let Some(called) = called else {
        return Step::still(operation);
    };
    let at = app.clock.now();
    match app.telnyx.status_of(account, &called).await {
        Ok(Some(status)) if status == wanted => {
            let message = if wanted == AccountStatus::Enabled {
                words::SETTLED_AS_ENABLED
            } else {
                words::SETTLED_AS_DISABLED
            };
            done(
                account,
                wanted,
                at,
                Outcome {
                    message: message.to_owned(),
                    settled_by: Some(SettledBy::Reading),
                    ..Outcome::default()
                },
            )
        }
        Ok(Some(_)) if operation.sent_at.is_some_and(|sent| sent.until(at) >= SETTLES_AFTER) => {
            Step::did_not_happen(words::DID_NOT_HAPPEN)
        }
        Ok(_) | Err(_) => Step::still(operation),
    }
}

fn done(account: &AccountId, status: AccountStatus, at: Timestamp, outcome: Outcome) -> Step {
    Step::Done(Done {
        outcome,
        effects: vec![Effect::Status(account.clone(), status, at)],
        created: None,
    })
}
