//! Kind of change: one trait for everything that differs between kinds.
//! Each kind has a file that implements it.

use async_trait::async_trait;
use secrecy::SecretString;

use super::apply::Effect;
use super::attempt::AttemptResult;
use super::request::{ExpectedValues, SubmitError};
use crate::app::App;
use crate::db::accounts::Account;
use crate::db::operations::Operation;
use crate::db::{self, Tx};
use crate::domain::account::AccountStatus;
use crate::domain::actor::Actor;
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::AccountId;
use crate::domain::operation::{Change, OperationOutcome, PriorState, Reason};
use crate::domain::role::Permission;
use crate::domain::time::Timestamp;

/// Facts and texts that are the same for all changes of a kind.
#[derive(Clone, Copy, Debug)]
pub struct KindInfo {
    /// Permission to request the change, to undo it and to send it again.
    pub permission: Permission,
    /// Verb of its audit events.
    pub verb: Verb,
    /// Verb of events that undo another change; `None` if no change of this kind does.
    pub undo_verb: Option<Verb>,
    /// Name of a symbol in `static/icons.svg`.
    pub icon: &'static str,
    /// Group in the activity's list of kinds.
    pub group: &'static str,
    /// Infinitive that completes "Telnyx did not …".
    pub infinitive: &'static str,
    /// Text that says what the portal does while the outcome is uncertain.
    pub checking: &'static str,
    /// Text that says what a person has to do if the outcome is unknown.
    pub unknown: &'static str,
    /// True if it sets an absolute value, so that the same request may be repeated.
    pub repeatable: bool,
    /// Form field for Telnyx's refusal, if the refusal names no field.
    pub field: Option<&'static str>,
}

/// Verb of an event. The name of the event's target follows it.
#[derive(Clone, Copy, Debug)]
pub struct Verb {
    /// Past tense: "changed the channel limit".
    pub past_tense: &'static str,
    /// Infinitive: "change the channel limit".
    pub infinitive: &'static str,
    /// Word between verb and name, such as "of"; empty if there is none.
    pub preposition: &'static str,
}

impl Verb {
    /// Builds a verb from its forms, in the order of the fields.
    #[must_use]
    pub const fn new(
        past_tense: &'static str,
        infinitive: &'static str,
        preposition: &'static str,
    ) -> Self {
        Self {
            past_tense,
            infinitive,
            preposition,
        }
    }
}

/// Way in which an operation can be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UndoOffer {
    /// At once, by setting the limit back to this value.
    Limit(ChannelLimit),
    /// Through a form, because it asks questions. Holds the last segment of the form's path.
    Form(&'static str),
}

/// Text that says what a person has to do about an unknown outcome.
pub(super) const SETTLE_BY_HAND: &str = "Look in Mission Control, then check again or settle it \
                                         by hand. Until then, no other change of this account is \
                                         sent.";

/// Group of the kinds that change accounts.
pub const ACCOUNTS_GROUP: &str = "Accounts";

/// One change of some kind: its rules, its requests to Telnyx and its texts.
#[async_trait]
pub(crate) trait ChangeKind: Send + Sync {
    /// Returns the change as an order: "Disable Acme Ltd".
    fn title(&self, label: &str) -> String;

    /// Returns what the request would do: "set the channel limit to 5".
    /// Returns `None` if the kind's infinitive says it.
    fn effect_text(&self) -> Option<String> {
        None
    }

    /// Returns the value before the change, or `None` if it was not known.
    fn before(&self, _before: &PriorState) -> Option<String> {
        None
    }

    /// Returns the requested value, or the one that Telnyx confirmed.
    fn after(&self, outcome: Option<&OperationOutcome>) -> String;

    /// Returns labels for what a person saw: that it happened, and that it did not.
    fn settlement_labels(&self) -> (String, String);

    /// Returns the label of the button that sends the value again.
    /// Returns `None` if there is no such button.
    fn resend_label(&self) -> Option<String> {
        None
    }

    /// Returns the tone of the message that reports success.
    fn toast_tone(&self, _outcome: Option<&OperationOutcome>) -> &'static str {
        "success"
    }

    /// Fails if the form lacks a reason that this change always needs.
    fn check_reason(&self, _reason: &Reason) -> Result<(), SubmitError> {
        Ok(())
    }

    /// Fails if the target forbids the change. Runs before anything is recorded.
    /// Returns the operation's label if it is known by then. For a change of an account, the label
    /// is the account's name.
    async fn check(
        &self,
        _app: &App,
        _actor: &Actor,
        _reason: &Reason,
        _expected: &ExpectedValues,
    ) -> Result<Option<String>, SubmitError> {
        Ok(None)
    }

    /// Fails if the account's status forbids the change.
    fn check_status(&self, _status: AccountStatus) -> Result<(), SubmitError> {
        Ok(())
    }

    /// Finds an open operation that could be confused with this one.
    async fn find_ambiguous(
        &self,
        _tx: &mut Tx,
        _operation: &Operation,
    ) -> db::Result<Option<Operation>> {
        Ok(None)
    }

    /// Returns how to undo the change if the account still has the resulting value.
    fn inverse(&self, _operation: &Operation, _account: &Account) -> Option<UndoOffer> {
        None
    }

    /// Returns the change that undoes the operation.
    /// `reenable_all_connections` answers the question that enabling asks.
    fn inverse_change(
        &self,
        _operation: &Operation,
        _reenable_all_connections: bool,
    ) -> Option<Change> {
        None
    }

    /// Returns the values that the change depends on.
    fn depends_on(&self, _known: &PriorState) -> PriorState {
        PriorState::default()
    }

    /// Returns a sentence if the account has the requested value.
    fn same_value(&self, _known: &PriorState) -> Option<String> {
        None
    }

    /// Returns `true` if a late request of this change would alter the account now.
    fn contradicts(&self, _account: &Account) -> bool {
        false
    }

    /// Returns `true` if it is sent once it is recorded, without a prior read.
    fn sends_at_once(&self) -> bool {
        true
    }

    /// Sends the request for the first time.
    async fn send(
        &self,
        app: &App,
        operation: &Operation,
        password: Option<SecretString>,
    ) -> AttemptResult;

    /// Finds out the outcome, or repeats a request that may be repeated.
    async fn settle(&self, app: &App, operation: &Operation) -> AttemptResult;

    /// Checks at Telnyx because a person requested it.
    /// Repeats a request only during the time in which the portal also does so by itself.
    async fn check_again(&self, app: &App, operation: &Operation) -> AttemptResult {
        self.settle(app, operation).await
    }

    /// Sends the same absolute value again because a person requested it.
    async fn send_again(&self, _app: &App, operation: &Operation) -> AttemptResult {
        AttemptResult::still_unsettled(operation)
    }

    /// Returns the effects on the directory if the change happened at this time as requested.
    fn effects(&self, _at: Timestamp) -> Vec<Effect> {
        Vec::new()
    }

    /// Returns the result to record if a person saw that the change happened.
    /// `account` is the account that a creation made.
    async fn settle_as_done(
        &self,
        app: &App,
        _operation: &Operation,
        _account: Option<AccountId>,
        outcome: OperationOutcome,
    ) -> Result<AttemptResult, SubmitError> {
        let effects = self.effects(app.clock.now());
        Ok(AttemptResult::done(outcome, effects))
    }

    /// Returns the change that follows once this one is done.
    fn follow_up(&self, _operation: &Operation) -> Option<Change> {
        None
    }
}
