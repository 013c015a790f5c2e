//! Removing an organization user: never sent again; an uncertain one is settled by reading the user.

use super::apply::Effect;
use super::conclude::{AttemptResult, Completion};
use super::messages;
use super::status::SETTLES_AFTER;
use crate::app::App;
use crate::db::operations::Operation;
use crate::domain::ids::OrgUserId;
use crate::domain::operation::{OperationKind, OperationOutcome, SettledBy};
use crate::telnyx::ErrorKind;

pub(super) async fn send(app: &App, user: &OrgUserId) -> AttemptResult {
    match app.telnyx.remove_org_user(user).await {
        Ok(answer) => done(
            user,
            OperationOutcome {
                message: messages::REMOVED.to_owned(),
                status: Some(answer.status),
                telnyx_request_id: answer.request_id,
                ..OperationOutcome::default()
            },
        ),
        Err(error) => AttemptResult::from_error(OperationKind::RemoveOrgUser, &error),
    }
}

pub(super) async fn settle(app: &App, operation: &Operation, user: &OrgUserId) -> AttemptResult {
    match app.telnyx.org_user(user).await {
        Err(error) if error.kind() == ErrorKind::NotFound => done(
            user,
            OperationOutcome {
                message: messages::REMOVED.to_owned(),
                settled_by: Some(SettledBy::Reading),
                ..OperationOutcome::default()
            },
        ),
        Ok(_)
            if operation
                .sent_at
                .is_some_and(|sent| sent.until(app.clock.now()) >= SETTLES_AFTER) =>
        {
            AttemptResult::did_not_happen(messages::DID_NOT_HAPPEN)
        }
        Ok(_) | Err(_) => AttemptResult::still_unsettled(operation),
    }
}

fn done(user: &OrgUserId, outcome: OperationOutcome) -> AttemptResult {
    AttemptResult::Done(Completion {
        outcome,
        effects: vec![Effect::OrgUserRemoved(user.clone())],
        created: None,
    })
}
