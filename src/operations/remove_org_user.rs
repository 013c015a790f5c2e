//! Removing an organization user: never sent again; an uncertain one is settled by reading the user.

use super::apply::Effect;
use super::conclude::{Done, Step};
use super::status::SETTLES_AFTER;
use super::words;
use crate::app::App;
use crate::db::operations::Operation;
use crate::domain::ids::OrgUserId;
use crate::domain::operation::{Kind, Outcome, SettledBy};
use crate::telnyx::ErrorKind;

pub(super) async fn send(app: &App, user: &OrgUserId) -> Step {
    match app.telnyx.remove_org_user(user).await {
        Ok(answer) => done(
            user,
            Outcome {
                message: words::REMOVED.to_owned(),
                status: Some(answer.status),
                telnyx_request_id: answer.request_id,
                ..Outcome::default()
            },
        ),
        Err(error) => Step::failed(Kind::RemoveOrgUser, &error),
    }
}

pub(super) async fn settle(app: &App, operation: &Operation, user: &OrgUserId) -> Step {
    match app.telnyx.org_user(user).await {
        Err(error) if error.kind() == ErrorKind::NotFound => done(
            user,
            Outcome {
                message: words::REMOVED.to_owned(),
                settled_by: Some(SettledBy::Reading),
                ..Outcome::default()
            },
        ),
        Ok(_)
            if operation
                .sent_at
                .is_some_and(|sent| sent.until(app.clock.now()) >= SETTLES_AFTER) =>
        {
            Step::did_not_happen(words::DID_NOT_HAPPEN)
        }
        Ok(_) | Err(_) => Step::still(operation),
    }
}

fn done(user: &OrgUserId, outcome: Outcome) -> Step {
    Step::Done(Done {
        outcome,
        effects: vec![Effect::OrgUserRemoved(user.clone())],
        created: None,
    })
}
