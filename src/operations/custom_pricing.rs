//! Switching custom pricing: an absolute value, settled as a channel limit is.

use async_trait::async_trait;
use secrecy::SecretString;

use super::apply::Effect;
use super::attempt::{AttemptResult, Completion, DID_NOT_HAPPEN};
use super::channel_limit::{self, is_resend_over};
use super::kind::{ACCOUNTS_GROUP, ChangeKind, KindInfo, UndoOffer, Verb};
use super::request::SubmitError;
use crate::app::App;
use crate::db::accounts::Account;
use crate::db::operations::Operation;
use crate::domain::ids::AccountId;
use crate::domain::operation::{OperationOutcome, PriorState, Reason, SettledBy};
use crate::domain::role::Permission;
use crate::domain::time::Timestamp;
use crate::telnyx::{AccountDetail, ApiResponse};

pub(super) const INFO: KindInfo = KindInfo {
    permission: Permission::ChangePricing,
    verb: Verb::new("switched custom pricing", "switch custom pricing", "of"),
    undo_verb: Some(Verb::new(
        "undid a change of custom pricing",
        "undo a change of custom pricing",
        "of",
    )),
    icon: "wallet",
    group: ACCOUNTS_GROUP,
    infinitive: "switch custom pricing",
    checking: channel_limit::CHECKING,
    unknown: channel_limit::UNKNOWN,
    repeatable: true,
    field: None,
};

/// One switch of custom pricing.
pub(super) struct SetPricing<'a> {
    pub account: &'a AccountId,
    pub allow: bool,
}

pub(super) const fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

impl SetPricing<'_> {
    fn sent(
        &self,
        answer: ApiResponse<AccountDetail>,
        settled_by: Option<SettledBy>,
    ) -> AttemptResult {
        let message = if self.allow {
            "Custom pricing is on. The account has no rates until Telnyx sets its own; that takes effect late."
        } else {
            "Custom pricing is off. The account goes back to our rates; that takes effect late."
        };
        let outcome = OperationOutcome {
            message: message.to_owned(),
            status: Some(answer.status),
            telnyx_request_id: answer.request_id,
            unanswered: answer.earlier_unanswered,
            settled_by,
            ..OperationOutcome::default()
        };
        self.done(answer.started_at, outcome)
    }

    fn done(&self, at: Timestamp, outcome: OperationOutcome) -> AttemptResult {
        AttemptResult::Done(Completion {
            outcome,
            effects: vec![Effect::Pricing(self.account.clone(), self.allow, at)],
            created: None,
        })
    }
}

#[async_trait]
impl ChangeKind for SetPricing<'_> {
    fn title(&self, label: &str) -> String {
        if self.allow {
            format!("Use custom pricing for {label}")
        } else {
            format!("Use our rates for {label}")
        }
    }

    fn effect(&self) -> String {
        format!("switch custom pricing {}", on_off(self.allow))
    }

    fn before(&self, before: &PriorState) -> Option<String> {
        before.custom_pricing.map(|on| on_off(on).to_owned())
    }

    fn after(&self, _outcome: Option<&OperationOutcome>) -> String {
        on_off(self.allow).to_owned()
    }

    fn settlement_labels(&self) -> (String, String) {
        (
            format!("Custom pricing is {}", on_off(self.allow)),
            format!(
                "Custom pricing is {}: it did not happen",
                on_off(!self.allow)
            ),
        )
    }

    fn resend_label(&self) -> Option<String> {
        Some(format!("Send “{}” again", on_off(self.allow)))
    }

    fn check_reason(&self, reason: &Reason) -> Result<(), SubmitError> {
        if reason.text.is_empty() {
            return Err(SubmitError::reason("Say why."));
        }
        Ok(())
    }

    fn inverse(&self, operation: &Operation, account: &Account) -> Option<UndoOffer> {
        (operation.before.custom_pricing == Some(!self.allow)
            && account
                .custom_pricing
                .is_some_and(|fact| fact.value == self.allow))
        .then_some(UndoOffer::Form("custom-pricing"))
    }

    fn contradicts(&self, account: &Account) -> bool {
        account
            .custom_pricing
            .is_none_or(|fact| fact.value != self.allow)
    }

    async fn send(
        &self,
        app: &App,
        _operation: &Operation,
        _password: Option<SecretString>,
    ) -> AttemptResult {
        match app
            .telnyx
            .set_custom_pricing(self.account, self.allow)
            .await
        {
            Ok(answer) => self.sent(answer, None),
            Err(error) => AttemptResult::from_error(INFO.infinitive, &error),
        }
    }

    async fn settle(&self, app: &App, operation: &Operation) -> AttemptResult {
        if is_resend_over(app, operation) {
            return AttemptResult::Unknown(OperationOutcome {
                message: "Telnyx may or may not have switched custom pricing.".to_owned(),
                ..operation.outcome.clone().unwrap_or_default()
            });
        }
        if app.settings.read_only {
            // A read does not tell whether it took effect late or not at all: it waits.
            return AttemptResult::still_unsettled(operation);
        }
        self.send_again(app, operation).await
    }

    /// Reads the account's body, and changes nothing: whether to send the value again is a decision of its own.
    async fn check_again(&self, app: &App, operation: &Operation) -> AttemptResult {
        if !is_resend_over(app, operation) {
            return self.settle(app, operation).await;
        }
        let at = app.clock.now();
        match app.telnyx.retrieve_account(self.account).await {
            Ok(detail) if detail.account.custom_pricing == Some(self.allow) => self.done(
                at,
                OperationOutcome {
                    message: "Telnyx shows it as asked for.".to_owned(),
                    settled_by: Some(SettledBy::Reading),
                    ..OperationOutcome::default()
                },
            ),
            Ok(detail) if detail.account.custom_pricing == Some(!self.allow) => {
                AttemptResult::did_not_happen(DID_NOT_HAPPEN)
            }
            Ok(_) | Err(_) => AttemptResult::Unknown(operation.outcome.clone().unwrap_or_default()),
        }
    }

    async fn send_again(&self, app: &App, operation: &Operation) -> AttemptResult {
        match app
            .telnyx
            .set_custom_pricing(self.account, self.allow)
            .await
        {
            Ok(answer) => self.sent(answer, Some(SettledBy::SendingAgain)),
            Err(error) => AttemptResult::from_resend_error(INFO.infinitive, operation, &error),
        }
    }

    async fn settle_as_done(
        &self,
        app: &App,
        _operation: &Operation,
        _account: Option<AccountId>,
        outcome: OperationOutcome,
    ) -> Result<AttemptResult, SubmitError> {
        Ok(self.done(app.clock.now(), outcome))
    }
}
