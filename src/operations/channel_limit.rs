//! Setting a channel limit: an absolute value, so an uncertain one is settled by sending it again, for ten minutes.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;

use super::apply::Effect;
use super::attempt::{AttemptResult, Completion};
use super::checks::conflict;
use super::kind::{ACCOUNTS_GROUP, ChangeKind, KindInfo, UndoOffer, Verb};
use super::request::{ExpectedValues, SubmitError};
use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::db::channel_pool;
use crate::db::operations::Operation;
use crate::domain::actor::Actor;
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::AccountId;
use crate::domain::operation::{OperationOutcome, PriorState, Reason, SettledBy};
use crate::domain::role::Permission;
use crate::telnyx::ApiResponse;

/// How long after its beginning the same value may be sent again; later it could undo what was done since.
const RESEND_WITHIN: Duration = Duration::from_mins(10);

/// Tells what the portal does while an absolute value is uncertain.
pub(super) const CHECKING: &str = "Telnyx gave no clear answer. For ten minutes from its beginning the portal sends the same value again, \
     which does no harm if it arrived the first time. Nothing needs to be done; this page shows the outcome.";
/// Tells a person what to do about an absolute value that is unknown.
pub(super) const UNKNOWN: &str = "The portal no longer sends it by itself: it could undo what somebody did since. Look in Mission Control, \
     then send it again or settle it by hand. Until then no other change of this account is sent.";

pub(super) const INFO: KindInfo = KindInfo {
    permission: Permission::ChangeLimits,
    verb: Verb::new(
        "changed the channel limit",
        "change the channel limit",
        "of",
    ),
    undo_verb: Some(Verb::new(
        "undid a change of the channel limit",
        "undo a change of the channel limit",
        "of",
    )),
    icon: "audio-waveform",
    group: ACCOUNTS_GROUP,
    infinitive: "set the channel limit",
    checking: CHECKING,
    unknown: UNKNOWN,
    repeatable: true,
    field: Some("channel_limit"),
};

/// One change of a limit.
pub(super) struct SetLimit<'a> {
    pub account: &'a AccountId,
    pub limit: ChannelLimit,
}

/// Returns `true` if the portal no longer sends the same value again by itself.
pub(super) fn is_resend_over(app: &App, operation: &Operation) -> bool {
    operation.began_at().until(app.clock.now()) >= RESEND_WITHIN
}

impl SetLimit<'_> {
    /// The limit that Telnyx confirmed, or else the one asked for.
    fn set_limit(&self, outcome: Option<&OperationOutcome>) -> ChannelLimit {
        outcome
            .and_then(|outcome| outcome.channel_limit)
            .unwrap_or(self.limit)
    }

    fn done(
        &self,
        answer: ApiResponse<ChannelLimit>,
        settled_by: Option<SettledBy>,
    ) -> AttemptResult {
        let limit = self.limit;
        let message = if answer.value == limit {
            format!("The channel limit is {limit}.")
        } else {
            format!(
                "Telnyx set the channel limit to {} instead of {limit}.",
                answer.value
            )
        };
        AttemptResult::Done(Completion {
            outcome: OperationOutcome {
                message,
                status: Some(answer.status),
                telnyx_request_id: answer.request_id,
                unanswered: answer.earlier_unanswered,
                channel_limit: Some(answer.value),
                settled_by,
                ..OperationOutcome::default()
            },
            effects: vec![Effect::Limit(
                self.account.clone(),
                answer.value,
                answer.started_at,
            )],
            created: None,
        })
    }
}

#[async_trait]
impl ChangeKind for SetLimit<'_> {
    fn title(&self, label: &str) -> String {
        match self.limit {
            ChannelLimit::ZERO => format!("Block outbound calls of {label}"),
            limit => format!("Set the channel limit of {label} to {limit}"),
        }
    }

    fn effect(&self) -> String {
        format!("set the channel limit to {}", self.limit)
    }

    fn before(&self, before: &PriorState) -> Option<String> {
        before.channel_limit.map(|limit| limit.to_string())
    }

    fn after(&self, outcome: Option<&OperationOutcome>) -> String {
        self.set_limit(outcome).to_string()
    }

    fn settlement_labels(&self) -> (String, String) {
        let limit = self.limit;
        (
            format!("The limit is {limit}"),
            format!("The limit is not {limit}: it did not happen"),
        )
    }

    fn resend_label(&self) -> Option<String> {
        Some(format!("Send {} again", self.limit))
    }

    fn toast_tone(&self, outcome: Option<&OperationOutcome>) -> &'static str {
        if self.set_limit(outcome) == self.limit {
            "success"
        } else {
            "warning"
        }
    }

    fn check_reason(&self, reason: &Reason) -> Result<(), SubmitError> {
        if self.limit == ChannelLimit::ZERO && reason.text.is_empty() {
            return Err(SubmitError::reason(
                "Say why outbound calls are to be blocked.",
            ));
        }
        Ok(())
    }

    /// Fails if the pool, read now, cannot give what a raise takes. Telnyx decides if the present limit is not known, or
    /// if the pool cannot be read.
    async fn check(
        &self,
        app: &App,
        _actor: &Actor,
        _reason: &Reason,
        expected: &ExpectedValues,
    ) -> Result<Option<String>, SubmitError> {
        let account = accounts::by_id(&app.db, self.account).await?;
        // A form that is out of date is refused when it is recorded, without a request to Telnyx.
        let account = account.filter(|account| conflict::differences(account, expected).is_empty());
        let known = account.and_then(|account| account.channel_limit);
        let Some(now) = known.map(|fact| fact.value).filter(|now| self.limit > *now) else {
            return Ok(None);
        };
        let at = app.clock.now();
        let reading = tokio::time::timeout(app.settings.page_time_budget, app.telnyx.pool()).await;
        let Ok(Ok(pool)) = reading else {
            return Ok(None);
        };
        let mut tx = app.db.begin().await?;
        channel_pool::save(&mut tx, pool, at).await?;
        tx.commit().await?;
        if pool.can_allocate(now, self.limit) {
            return Ok(None);
        }
        Err(SubmitError::Pool {
            pool,
            now,
            wanted: self.limit,
        })
    }

    fn inverse(&self, operation: &Operation, account: &Account) -> Option<UndoOffer> {
        let left = self.set_limit(operation.outcome.as_ref());
        let back = operation
            .before
            .channel_limit
            .filter(|back| *back != left)?;
        let still = account.channel_limit.is_some_and(|fact| fact.value == left);
        let offer = if back == ChannelLimit::ZERO {
            UndoOffer::Form("block-calls")
        } else {
            UndoOffer::Limit(back)
        };
        still.then_some(offer)
    }

    fn contradicts(&self, account: &Account) -> bool {
        account
            .channel_limit
            .is_none_or(|fact| fact.value != self.limit)
    }

    async fn send(
        &self,
        app: &App,
        _operation: &Operation,
        _password: Option<SecretString>,
    ) -> AttemptResult {
        match app.telnyx.set_channel_limit(self.account, self.limit).await {
            Ok(answer) => self.done(answer, None),
            Err(error) => AttemptResult::from_error(INFO.infinitive, &error),
        }
    }

    async fn settle(&self, app: &App, operation: &Operation) -> AttemptResult {
        if is_resend_over(app, operation) {
            let limit = self.limit;
            let known = operation.before.channel_limit;
            let message = match known.filter(|before| *before != limit) {
                Some(before) => format!("Telnyx may hold {before} or {limit}."),
                None => format!("Telnyx may or may not have set {limit}."),
            };
            return AttemptResult::Unknown(OperationOutcome {
                message,
                ..operation.outcome.clone().unwrap_or_default()
            });
        }
        if app.settings.read_only {
            // No read tells: it waits.
            return AttemptResult::still_unsettled(operation);
        }
        self.send_again(app, operation).await
    }

    /// Looks, and changes nothing: whether to send the value again is a decision of its own. No read tells a limit.
    async fn check_again(&self, app: &App, operation: &Operation) -> AttemptResult {
        if is_resend_over(app, operation) {
            return AttemptResult::Unknown(operation.outcome.clone().unwrap_or_default());
        }
        self.settle(app, operation).await
    }

    async fn send_again(&self, app: &App, operation: &Operation) -> AttemptResult {
        match app.telnyx.set_channel_limit(self.account, self.limit).await {
            Ok(answer) => self.done(answer, Some(SettledBy::SendingAgain)),
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
        Ok(AttemptResult::Done(Completion {
            outcome,
            effects: vec![Effect::Limit(
                self.account.clone(),
                self.limit,
                app.clock.now(),
            )],
            created: None,
        }))
    }
}
