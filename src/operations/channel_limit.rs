//! Setting a channel limit: an absolute value that is first checked against the pool.

use async_trait::async_trait;
use secrecy::SecretString;

use super::absolute_value::{self, CHECKING, UNKNOWN, is_resend_over};
use super::apply::Effect;
use super::attempt::{AttemptResult, confirmed};
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
use crate::domain::operation::{Change, OperationOutcome, PriorState, Reason, SettledBy};
use crate::domain::role::Permission;
use crate::domain::time::Timestamp;

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

/// Change of one account's channel limit.
pub(super) struct SetLimit<'a> {
    pub account: &'a AccountId,
    pub limit: ChannelLimit,
}

impl SetLimit<'_> {
    /// Returns the limit that Telnyx confirmed, or else the requested one.
    fn set_limit(&self, outcome: Option<&OperationOutcome>) -> ChannelLimit {
        outcome
            .and_then(|outcome| outcome.channel_limit)
            .unwrap_or(self.limit)
    }

    /// Sends the limit.
    /// `earlier` is the operation if it was sent before with an unknown outcome.
    async fn set(&self, app: &App, earlier: Option<&Operation>) -> AttemptResult {
        let limit = self.limit;
        let answer = match app.telnyx.set_channel_limit(self.account, limit).await {
            Ok(answer) => answer,
            Err(error) => return AttemptResult::from_error(INFO.infinitive, earlier, &error),
        };
        let set = answer.value;
        let message = if set == limit {
            format!("The channel limit is {limit}.")
        } else {
            format!("Telnyx set the channel limit to {set} instead of {limit}.")
        };
        AttemptResult::done(
            OperationOutcome {
                channel_limit: Some(set),
                settled_by: earlier.map(|_| SettledBy::SendingAgain),
                ..confirmed(&message, &answer)
            },
            vec![Effect::Limit(self.account.clone(), set, answer.started_at)],
        )
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

    fn effect_text(&self) -> Option<String> {
        Some(format!("set the channel limit to {}", self.limit))
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

    /// Fails if the pool, read now, is too small for the raise.
    /// Does not fail if the present limit is unknown or the pool cannot be read. Then Telnyx
    /// decides.
    async fn check(
        &self,
        app: &App,
        actor: &Actor,
        _reason: &Reason,
        expected: &ExpectedValues,
    ) -> Result<Option<String>, SubmitError> {
        // A job's plan has added up the pool. A read for each row would halve its pace.
        if actor.job.is_some() {
            return Ok(None);
        }
        let account = accounts::by_id(&app.db, self.account).await?;
        // An outdated form is refused when the operation is recorded, without a request to Telnyx.
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

    fn inverse_change(&self, operation: &Operation, _: bool) -> Option<Change> {
        Some(Change::ChannelLimit {
            account: self.account.clone(),
            limit: operation.before.channel_limit?,
        })
    }

    fn depends_on(&self, known: &PriorState) -> PriorState {
        PriorState {
            channel_limit: known.channel_limit,
            ..PriorState::default()
        }
    }

    fn same_value(&self, known: &PriorState) -> Option<String> {
        known
            .channel_limit
            .filter(|limit| *limit == self.limit)
            .map(|limit| format!("The channel limit is {limit}."))
    }

    fn contradicts(&self, account: &Account) -> bool {
        account
            .channel_limit
            .is_none_or(|fact| fact.value != self.limit)
    }

    fn effects(&self, at: Timestamp) -> Vec<Effect> {
        vec![Effect::Limit(self.account.clone(), self.limit, at)]
    }

    async fn send(&self, app: &App, _: &Operation, _: Option<SecretString>) -> AttemptResult {
        self.set(app, None).await
    }

    async fn settle(&self, app: &App, operation: &Operation) -> AttemptResult {
        let limit = self.limit;
        let known = operation.before.channel_limit;
        let unknown = match known.filter(|before| *before != limit) {
            Some(before) => format!("The limit at Telnyx may be {before} or {limit}."),
            None => format!("Telnyx may or may not have set {limit}."),
        };
        absolute_value::settle(self, app, operation, unknown).await
    }

    /// Repeats the value for ten minutes as usual; after that, does nothing.
    /// No read returns a limit, and sending the value again is then a separate decision.
    async fn check_again(&self, app: &App, operation: &Operation) -> AttemptResult {
        if is_resend_over(app, operation) {
            return AttemptResult::Unknown(operation.outcome.clone().unwrap_or_default());
        }
        self.settle(app, operation).await
    }

    async fn send_again(&self, app: &App, operation: &Operation) -> AttemptResult {
        self.set(app, Some(operation)).await
    }
}
