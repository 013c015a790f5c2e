//! Removing an organization user.
//! The request is never repeated. Reading the user settles an uncertain one.

use async_trait::async_trait;
use secrecy::SecretString;

use super::account_status::SETTLES_AFTER;
use super::apply::Effect;
use super::attempt::{AttemptResult, DID_NOT_HAPPEN, settled_by_reading};
use super::kind::{ChangeKind, KindInfo, SETTLE_BY_HAND, Verb};
use super::request::{ExpectedValues, NotSentReason, SubmitError};
use crate::app::App;
use crate::db::operations::Operation;
use crate::domain::actor::Actor;
use crate::domain::email;
use crate::domain::ids::OrgUserId;
use crate::domain::operation::{OperationOutcome, Reason, ReasonCode};
use crate::domain::org_user::RemovalObstacle;
use crate::domain::role::Permission;
use crate::domain::time::Timestamp;
use crate::telnyx::ErrorKind;

pub(super) const INFO: KindInfo = KindInfo {
    permission: Permission::RemoveOrgUsers,
    verb: Verb::new(
        "removed the organization user",
        "remove the organization user",
        "",
    ),
    undo_verb: None,
    icon: "user-minus",
    group: "Telnyx users (our organization)",
    infinitive: "remove the user",
    checking: "Telnyx gave no clear answer. The portal checks if the user is still listed, and \
               sends nothing again. You need to do nothing; this page shows the outcome.",
    unknown: SETTLE_BY_HAND,
    repeatable: false,
    field: None,
};

const REMOVED: &str = "The user is removed from the organization. Telnyx does not say what \
                       happens to their API keys.";

/// Removal of one user.
pub(super) struct RemoveUser<'a> {
    pub user: &'a OrgUserId,
    pub email: &'a str,
}

#[async_trait]
impl ChangeKind for RemoveUser<'_> {
    fn title(&self, label: &str) -> String {
        format!("Remove {label} from the organization")
    }

    fn after(&self, _outcome: Option<&OperationOutcome>) -> String {
        "Removed".to_owned()
    }

    fn settlement_labels(&self) -> (String, String) {
        (
            "The user is gone".to_owned(),
            "The user is still there".to_owned(),
        )
    }

    fn check_reason(&self, reason: &Reason) -> Result<(), SubmitError> {
        let checked = reason.require(&ReasonCode::FOR_ORG_USERS);
        checked.map_err(|(field, sentence)| SubmitError::Field(field, sentence.to_owned()))
    }

    /// Reads the user now, because a stored copy must not decide about an irreversible change.
    async fn check(
        &self,
        app: &App,
        actor: &Actor,
        _reason: &Reason,
        _expected: &ExpectedValues,
    ) -> Result<Option<String>, SubmitError> {
        let reading = app.telnyx.org_user(self.user);
        let reading = tokio::time::timeout(app.settings.page_time_budget, reading).await;
        let reading = reading.map_err(|_| SubmitError::NotSent(NotSentReason::CannotRead))?;
        let user = reading.map_err(|error| match error.kind() {
            ErrorKind::NotFound => SubmitError::rule("Telnyx does not list this user any more."),
            _ => SubmitError::NotSent(NotSentReason::CannotRead),
        })?;
        let address = user.email.unwrap_or_default();
        if !email::is_same(&address, self.email) {
            return Err(SubmitError::rule(
                "The email address does not match this user.",
            ));
        }
        let key_owner = app.settings.key_owner_email.as_deref();
        match RemovalObstacle::check(user.kind, &address, &actor.email, key_owner) {
            Some(obstacle) => Err(SubmitError::rule(obstacle.sentence())),
            None => Ok(Some(address)),
        }
    }

    fn effects(&self, _at: Timestamp) -> Vec<Effect> {
        vec![Effect::OrgUserRemoved(self.user.clone())]
    }

    async fn send(&self, app: &App, _: &Operation, _: Option<SecretString>) -> AttemptResult {
        let answer = app.telnyx.remove_org_user(self.user).await;
        AttemptResult::from_answer(INFO.infinitive, REMOVED, answer, |at| self.effects(at))
    }

    async fn settle(&self, app: &App, operation: &Operation) -> AttemptResult {
        match app.telnyx.org_user(self.user).await {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let effects = self.effects(app.clock.now());
                AttemptResult::done(settled_by_reading(REMOVED), effects)
            }
            Ok(_) => {
                let at = app.clock.now();
                AttemptResult::not_seen(operation, at, SETTLES_AFTER, DID_NOT_HAPPEN)
            }
            Err(_) => AttemptResult::still_unsettled(operation),
        }
    }
}
