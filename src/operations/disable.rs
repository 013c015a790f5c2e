//! Disabling an account.

use async_trait::async_trait;
use secrecy::SecretString;

use super::account_status;
use super::apply::Effect;
use super::attempt::AttemptResult;
use super::kind::{ACCOUNTS_GROUP, ChangeKind, KindInfo, SETTLE_BY_HAND, UndoOffer, Verb};
use super::request::SubmitError;
use crate::app::App;
use crate::db::accounts::Account;
use crate::db::operations::Operation;
use crate::domain::account::AccountStatus;
use crate::domain::ids::AccountId;
use crate::domain::operation::{Change, OperationOutcome, PriorState, Reason, ReasonCode};
use crate::domain::role::Permission;
use crate::domain::time::Timestamp;

pub(super) const INFO: KindInfo = KindInfo {
    permission: Permission::ChangeStatus,
    verb: Verb::new("disabled", "disable", ""),
    undo_verb: Some(Verb::new("undid enabling", "undo enabling", "")),
    icon: "power-off",
    group: ACCOUNTS_GROUP,
    infinitive: "disable the account",
    checking: account_status::CHECKING,
    unknown: SETTLE_BY_HAND,
    repeatable: false,
    field: None,
};

/// Disabling of one account.
pub(super) struct Disable<'a> {
    pub account: &'a AccountId,
}

#[async_trait]
impl ChangeKind for Disable<'_> {
    fn title(&self, label: &str) -> String {
        format!("Disable {label}")
    }

    fn before(&self, before: &PriorState) -> Option<String> {
        before.status.map(|status| status.label().to_owned())
    }

    fn after(&self, _outcome: Option<&OperationOutcome>) -> String {
        "Disabled".to_owned()
    }

    fn settlement_labels(&self) -> (String, String) {
        (
            "The account is disabled".to_owned(),
            "The account is not disabled".to_owned(),
        )
    }

    fn check_reason(&self, reason: &Reason) -> Result<(), SubmitError> {
        let checked = reason.require(&ReasonCode::FOR_ACCOUNTS);
        checked.map_err(|(field, sentence)| SubmitError::Field(field, sentence.to_owned()))
    }

    fn check_status(&self, status: AccountStatus) -> Result<(), SubmitError> {
        if status.may_be_disabled() {
            Ok(())
        } else {
            Err(account_status::refusal(status, "disabled"))
        }
    }

    fn inverse(&self, operation: &Operation, account: &Account) -> Option<UndoOffer> {
        (operation.before.status == Some(AccountStatus::Enabled)
            && account.status.value == AccountStatus::Disabled)
            .then_some(UndoOffer::Form("enable"))
    }

    fn inverse_change(&self, _: &Operation, reenable_all_connections: bool) -> Option<Change> {
        Some(Change::Enable {
            account: self.account.clone(),
            reenable_all_connections,
        })
    }

    fn depends_on(&self, known: &PriorState) -> PriorState {
        PriorState {
            status: known.status,
            ..PriorState::default()
        }
    }

    fn same_value(&self, known: &PriorState) -> Option<String> {
        (known.status == Some(AccountStatus::Disabled)).then(|| "It is disabled.".to_owned())
    }

    fn contradicts(&self, account: &Account) -> bool {
        account.status.value.may_be_disabled()
    }

    fn effects(&self, at: Timestamp) -> Vec<Effect> {
        vec![Effect::Status(
            self.account.clone(),
            AccountStatus::Disabled,
            at,
        )]
    }

    async fn send(&self, app: &App, _: &Operation, _: Option<SecretString>) -> AttemptResult {
        let message = "The account is disabled. Calls in progress are not cut off.";
        let answer = app.telnyx.disable_account(self.account).await;
        AttemptResult::from_answer(INFO.infinitive, message, answer, |at| self.effects(at))
    }

    async fn settle(&self, app: &App, operation: &Operation) -> AttemptResult {
        let message = "Telnyx lists the account as disabled.";
        account_status::settle(self, app, operation, AccountStatus::Disabled, message).await
    }
}
