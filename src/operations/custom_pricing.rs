//! Switching custom pricing: an absolute value that reads show with a delay.

use async_trait::async_trait;
use secrecy::SecretString;

use super::absolute_value::{self, CHECKING, UNKNOWN, is_resend_over};
use super::apply::Effect;
use super::attempt::{AttemptResult, DID_NOT_HAPPEN, confirmed, settled_by_reading};
use super::kind::{ACCOUNTS_GROUP, ChangeKind, KindInfo, UndoOffer, Verb};
use super::request::SubmitError;
use crate::app::App;
use crate::db::accounts::Account;
use crate::db::operations::Operation;
use crate::domain::ids::AccountId;
use crate::domain::operation::{Change, OperationOutcome, PriorState, Reason, SettledBy};
use crate::domain::role::Permission;
use crate::domain::time::Timestamp;

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
    checking: CHECKING,
    unknown: UNKNOWN,
    repeatable: true,
    field: None,
};

/// Switch of one account's custom pricing.
pub(super) struct SetPricing<'a> {
    pub account: &'a AccountId,
    pub allow: bool,
}

pub(super) const fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

impl SetPricing<'_> {
    /// Sends the switch.
    /// `earlier` is the operation if it was sent before with an unknown outcome.
    async fn set(&self, app: &App, earlier: Option<&Operation>) -> AttemptResult {
        let (account, allow) = (self.account, self.allow);
        let answer = match app.telnyx.set_custom_pricing(account, allow).await {
            Ok(answer) => answer,
            Err(error) => return AttemptResult::from_error(INFO.infinitive, earlier, &error),
        };
        let message = if allow {
            "Custom pricing is on. The account has no rates until Telnyx sets its own."
        } else {
            "Custom pricing is off. The account uses our rates again, with a delay."
        };
        let outcome = OperationOutcome {
            settled_by: earlier.map(|_| SettledBy::SendingAgain),
            ..confirmed(message, &answer)
        };
        AttemptResult::done(outcome, self.effects(answer.started_at))
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

    fn effect_text(&self) -> Option<String> {
        Some(format!("switch custom pricing {}", on_off(self.allow)))
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

    fn inverse_change(&self, _: &Operation, _: bool) -> Option<Change> {
        Some(Change::CustomPricing {
            account: self.account.clone(),
            allow: !self.allow,
        })
    }

    fn depends_on(&self, known: &PriorState) -> PriorState {
        PriorState {
            custom_pricing: known.custom_pricing,
            ..PriorState::default()
        }
    }

    fn same_value(&self, known: &PriorState) -> Option<String> {
        known
            .custom_pricing
            .filter(|allow| *allow == self.allow)
            .map(|_| format!("Custom pricing is {}.", on_off(self.allow)))
    }

    fn contradicts(&self, account: &Account) -> bool {
        account
            .custom_pricing
            .is_none_or(|fact| fact.value != self.allow)
    }

    fn effects(&self, at: Timestamp) -> Vec<Effect> {
        vec![Effect::Pricing(self.account.clone(), self.allow, at)]
    }

    async fn send(&self, app: &App, _: &Operation, _: Option<SecretString>) -> AttemptResult {
        self.set(app, None).await
    }

    async fn settle(&self, app: &App, operation: &Operation) -> AttemptResult {
        let unknown = "Telnyx may or may not have switched custom pricing.".to_owned();
        absolute_value::settle(self, app, operation, unknown).await
    }

    /// Settles as usual for ten minutes; after that, only reads the account.
    /// Sending the value again is then a separate decision.
    async fn check_again(&self, app: &App, operation: &Operation) -> AttemptResult {
        if !is_resend_over(app, operation) {
            return self.settle(app, operation).await;
        }
        let at = app.clock.now();
        match app.telnyx.retrieve_account(self.account).await {
            Ok(detail) if detail.account.custom_pricing == Some(self.allow) => {
                let outcome = settled_by_reading("Telnyx shows the requested value.");
                AttemptResult::done(outcome, self.effects(at))
            }
            Ok(detail) if detail.account.custom_pricing == Some(!self.allow) => {
                AttemptResult::Refused(settled_by_reading(DID_NOT_HAPPEN))
            }
            Ok(_) | Err(_) => AttemptResult::Unknown(operation.outcome.clone().unwrap_or_default()),
        }
    }

    async fn send_again(&self, app: &App, operation: &Operation) -> AttemptResult {
        self.set(app, Some(operation)).await
    }
}
