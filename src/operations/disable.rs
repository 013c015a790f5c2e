//! Disabling an account.

use async_trait::async_trait;
use secrecy::SecretString;

use super::account_status;
use super::attempt::AttemptResult;
use super::kind::{ACCOUNTS_GROUP, ChangeKind, KindInfo, SETTLE_BY_HAND, UndoOffer, Verb};
use super::request::SubmitError;
use crate::app::App;
use crate::db::accounts::Account;
use crate::db::operations::Operation;
use crate::domain::account::AccountStatus;
use crate::domain::ids::AccountId;
use crate::domain::operation::{OperationOutcome, PriorState, Reason, ReasonCode};
use crate::domain::role::Permission;

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

/// One disabling.
pub(super) struct Disable<'a> {
    pub account: &'a AccountId,
}

#[async_trait]
impl ChangeKind for Disable<'_> {
    fn title(&self, label: &str) -> String {
        format!("Disable {label}")
    }

    fn effect(&self) -> String {
        INFO.infinitive.to_owned()
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
        match reason.code {
            None => Err(SubmitError::Field(
                "reason_code",
                "Choose a reason.".to_owned(),
            )),
            Some(ReasonCode::Other) if reason.text.is_empty() => {
                Err(SubmitError::reason("Say why in a few words."))
            }
            Some(_) => Ok(()),
        }
    }

    fn check_status(&self, account: &Account) -> Result<(), SubmitError> {
        let status = account.status.value;
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

    fn contradicts(&self, account: &Account) -> bool {
        account.status.value.may_be_disabled()
    }

    async fn send(
        &self,
        app: &App,
        _operation: &Operation,
        _password: Option<SecretString>,
    ) -> AttemptResult {
        account_status::sent(
            INFO.infinitive,
            self.account,
            AccountStatus::Disabled,
            "The account is disabled. Calls that were going on are not cut off.",
            app.telnyx.disable_account(self.account).await,
        )
    }

    async fn settle(&self, app: &App, operation: &Operation) -> AttemptResult {
        let message = "Telnyx lists the account as disabled.";
        account_status::settle(
            app,
            operation,
            self.account,
            AccountStatus::Disabled,
            message,
        )
        .await
    }

    async fn settle_as_done(
        &self,
        app: &App,
        _operation: &Operation,
        _account: Option<AccountId>,
        outcome: OperationOutcome,
    ) -> Result<AttemptResult, SubmitError> {
        let at = app.clock.now();
        Ok(account_status::done(
            self.account,
            AccountStatus::Disabled,
            at,
            outcome,
        ))
    }
}
