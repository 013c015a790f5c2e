//! Enabling an account. A reason may be needed, depending on who disabled it.

use async_trait::async_trait;
use secrecy::SecretString;

use super::account_status;
use super::apply::Effect;
use super::attempt::AttemptResult;
use super::kind::{ACCOUNTS_GROUP, ChangeKind, KindInfo, SETTLE_BY_HAND, UndoOffer, Verb};
use super::request::{ExpectedValues, SubmitError};
use crate::app::App;
use crate::db::accounts::Account;
use crate::db::operations::Operation;
use crate::db::{self, audit};
use crate::domain::account::AccountStatus;
use crate::domain::actor::Actor;
use crate::domain::audit::{EventKind, EventOutcome};
use crate::domain::ids::{AccountId, StaffId};
use crate::domain::operation::{Change, OperationOutcome, PriorState, Reason};
use crate::domain::role::Permission;
use crate::domain::time::Timestamp;

pub(super) const INFO: KindInfo = KindInfo {
    permission: Permission::ChangeStatus,
    verb: Verb::new("enabled", "enable", ""),
    undo_verb: Some(Verb::new("undid disabling", "undo disabling", "")),
    icon: "power",
    group: ACCOUNTS_GROUP,
    infinitive: "enable the account",
    checking: account_status::CHECKING,
    unknown: SETTLE_BY_HAND,
    repeatable: false,
    field: None,
};

const WITH_CONNECTIONS: &str = "The account is enabled. Telnyx was asked to switch on all of its \
                                connections. Connections that fail Telnyx's checks stay off; \
                                Telnyx does not say which. Ask the customer to make a test call.";
const WITHOUT_CONNECTIONS: &str =
    "The account is enabled. Its connections were not changed, so calls may still fail.";
const SETTLED: &str = "Telnyx lists the account as enabled. The state of its connections is not \
                       known. Ask the customer to make a test call.";

/// Enabling of one account.
pub(super) struct Enable<'a> {
    pub account: &'a AccountId,
    pub reenable_all_connections: bool,
}

#[async_trait]
impl ChangeKind for Enable<'_> {
    fn title(&self, label: &str) -> String {
        format!("Enable {label}")
    }

    fn before(&self, before: &PriorState) -> Option<String> {
        before.status.map(|status| status.label().to_owned())
    }

    fn after(&self, _outcome: Option<&OperationOutcome>) -> String {
        if self.reenable_all_connections {
            "Enabled, with all connections"
        } else {
            "Enabled, connections not changed"
        }
        .to_owned()
    }

    fn settlement_labels(&self) -> (String, String) {
        (
            "The account is enabled".to_owned(),
            "The account is not enabled".to_owned(),
        )
    }

    /// Not a plain success, because calls may still fail.
    fn toast_tone(&self, _outcome: Option<&OperationOutcome>) -> &'static str {
        "info"
    }

    async fn check(
        &self,
        app: &App,
        actor: &Actor,
        reason: &Reason,
        _expected: &ExpectedValues,
    ) -> Result<Option<String>, SubmitError> {
        if reason.text.is_empty() && needs_reason(app, actor, self.account).await? {
            return Err(SubmitError::reason(
                "Say why. Someone else disabled this account, or it was disabled outside the \
                 portal.",
            ));
        }
        Ok(None)
    }

    fn check_status(&self, status: AccountStatus) -> Result<(), SubmitError> {
        if status.may_be_enabled() {
            Ok(())
        } else {
            Err(account_status::refusal(status, "enabled"))
        }
    }

    fn inverse(&self, operation: &Operation, account: &Account) -> Option<UndoOffer> {
        (operation.before.status == Some(AccountStatus::Disabled)
            && account.status.value == AccountStatus::Enabled)
            .then_some(UndoOffer::Form("disable"))
    }

    fn inverse_change(&self, _: &Operation, _: bool) -> Option<Change> {
        Some(Change::Disable {
            account: self.account.clone(),
        })
    }

    fn depends_on(&self, known: &PriorState) -> PriorState {
        PriorState {
            status: known.status,
            ..PriorState::default()
        }
    }

    fn same_value(&self, known: &PriorState) -> Option<String> {
        (known.status == Some(AccountStatus::Enabled)).then(|| "It is enabled.".to_owned())
    }

    fn contradicts(&self, account: &Account) -> bool {
        account.status.value.may_be_enabled()
    }

    fn effects(&self, at: Timestamp) -> Vec<Effect> {
        vec![Effect::Status(
            self.account.clone(),
            AccountStatus::Enabled,
            at,
        )]
    }

    async fn send(&self, app: &App, _: &Operation, _: Option<SecretString>) -> AttemptResult {
        let connections = self.reenable_all_connections;
        let message = if connections {
            WITH_CONNECTIONS
        } else {
            WITHOUT_CONNECTIONS
        };
        let answer = app.telnyx.enable_account(self.account, connections).await;
        AttemptResult::from_answer(INFO.infinitive, message, answer, |at| self.effects(at))
    }

    async fn settle(&self, app: &App, operation: &Operation) -> AttemptResult {
        account_status::settle(self, app, operation, AccountStatus::Enabled, SETTLED).await
    }
}

/// Record of the last time an account was disabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisabledBy {
    /// Staff member who did it; `None` if it was done outside the portal.
    pub who: Option<(StaffId, String)>,
    /// Time at which it was recorded.
    pub at: Timestamp,
    /// Reason in their own words; empty if none is recorded.
    pub reason: String,
}

/// Returns who disabled the account last, when and why.
/// Returns `None` if the portal does not know.
pub async fn disabled_by(app: &App, account: &AccountId) -> db::Result<Option<DisabledBy>> {
    let filter = audit::EventFilter {
        account: Some(account.clone()),
        kinds: vec![
            EventKind::Disable,
            EventKind::Enable,
            EventKind::ChangedElsewhere,
        ],
        outcome: Some(EventOutcome::Done),
        ..audit::EventFilter::default()
    };
    let latest = audit::latest(&app.db, &filter, 20).await?;
    let disabled = AccountStatus::Disabled.label();
    Ok(latest
        .into_iter()
        .find(|entry| match entry.event.kind {
            EventKind::Disable => true,
            EventKind::ChangedElsewhere => entry.event.after.as_deref() == Some(disabled),
            _ => false,
        })
        .map(|entry| DisabledBy {
            who: entry.event.who.map(|who| (who.staff_id, who.name)),
            at: entry.at,
            reason: entry.event.reason.unwrap_or_default(),
        }))
}

/// Returns `true` if this person must give a reason to enable the account.
/// They need none if they disabled it themselves.
pub async fn needs_reason(app: &App, actor: &Actor, account: &AccountId) -> db::Result<bool> {
    Ok(match disabled_by(app, account).await? {
        Some(DisabledBy {
            who: Some((id, _)), ..
        }) => id != actor.staff_id,
        Some(DisabledBy { who: None, .. }) | None => true,
    })
}
