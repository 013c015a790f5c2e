//! A kind of change: everything that is particular to one, behind one trait. Each kind has a file that implements it.

use async_trait::async_trait;
use secrecy::SecretString;

use super::apply::Effect;
use super::attempt::AttemptResult;
use super::request::{ExpectedValues, SubmitError};
use crate::app::App;
use crate::db::accounts::Account;
use crate::db::operations::Operation;
use crate::db::{self, Tx};
use crate::domain::actor::Actor;
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::AccountId;
use crate::domain::operation::{Change, OperationOutcome, PriorState, Reason};
use crate::domain::role::Permission;
use crate::domain::time::Timestamp;

/// Facts and texts that are the same for all changes of a kind.
#[derive(Clone, Copy, Debug)]
pub struct KindInfo {
    /// Needed to ask for it, to undo it and to send it again.
    pub permission: Permission,
    /// The verb of events.
    pub verb: Verb,
    /// The verb of events that undo another change; `None` if no change of this kind does.
    pub undo_verb: Option<Verb>,
    /// A symbol of `static/icons.svg`.
    pub icon: &'static str,
    /// The group in the activity's list of kinds.
    pub group: &'static str,
    /// Completes "Telnyx did not …".
    pub infinitive: &'static str,
    /// Tells what the portal does while it finds out what became of it.
    pub checking: &'static str,
    /// Tells what a person has to do if it could not be found out.
    pub unknown: &'static str,
    /// True if it sets an absolute value. The same request may then be sent again.
    pub repeatable: bool,
    /// The field that Telnyx refuses if it names none.
    pub field: Option<&'static str>,
}

/// The verb of an event, around the name of what it concerns.
#[derive(Clone, Copy, Debug)]
pub struct Verb {
    /// As done: "changed the channel limit".
    pub past_tense: &'static str,
    /// As asked for: "change the channel limit".
    pub infinitive: &'static str,
    /// Joins the verb and the name: "of"; empty if the name follows at once.
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

/// How an operation can be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UndoOffer {
    /// At once: sets the limit back to this.
    Limit(ChannelLimit),
    /// Through the form at this last part of an account's address, which has questions to ask.
    Form(&'static str),
}

/// Tells a person what to do about a change whose outcome could not be found out.
pub(super) const SETTLE_BY_HAND: &str = "Look in Mission Control, then check again or settle it by hand. Until then no other change of it is sent.";

/// The group of kinds that change accounts.
pub const ACCOUNTS_GROUP: &str = "Accounts";

/// One change of some kind: its rules, its requests to Telnyx and its texts.
#[async_trait]
pub(crate) trait ChangeKind: Send + Sync {
    /// Names the change as an order: "Disable Acme Ltd".
    fn title(&self, label: &str) -> String;

    /// Tells what its request would do: "set the channel limit to 5"; `None` if that is the kind's infinitive.
    fn effect_text(&self) -> Option<String> {
        None
    }

    /// Tells the value before the change; `None` if it was not known.
    fn before(&self, _before: &PriorState) -> Option<String> {
        None
    }

    /// Tells the value that was asked for or that Telnyx confirmed.
    fn after(&self, outcome: Option<&OperationOutcome>) -> String;

    /// Labels what a person may have seen: that it happened, and that it did not.
    fn settlement_labels(&self) -> (String, String);

    /// Labels the button that sends the same value again; `None` if there is no such button.
    fn resend_label(&self) -> Option<String> {
        None
    }

    /// The tone of the message that says it is done.
    fn toast_tone(&self, _outcome: Option<&OperationOutcome>) -> &'static str {
        "success"
    }

    /// Fails if the form lacks a reason that this change always needs.
    fn check_reason(&self, _reason: &Reason) -> Result<(), SubmitError> {
        Ok(())
    }

    /// Fails if the target forbids the change, as read before anything is recorded. Returns the operation's label if it
    /// is known by then; for a change of an account it is the account's name.
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
    fn check_status(&self, _account: &Account) -> Result<(), SubmitError> {
        Ok(())
    }

    /// Finds an open operation that this one could not be told from.
    async fn find_ambiguous(
        &self,
        _tx: &mut Tx,
        _operation: &Operation,
    ) -> db::Result<Option<Operation>> {
        Ok(None)
    }

    /// Returns how the change is undone while the account still has the value that it left.
    fn inverse(&self, _operation: &Operation, _account: &Account) -> Option<UndoOffer> {
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

    /// Sends it for the first time.
    async fn send(
        &self,
        app: &App,
        operation: &Operation,
        password: Option<SecretString>,
    ) -> AttemptResult;

    /// Finds out what became of it, or sends again what may be sent again.
    async fn settle(&self, app: &App, operation: &Operation) -> AttemptResult;

    /// Looks at Telnyx because a person asked for it; sends nothing after the time for that is over.
    async fn check_again(&self, app: &App, operation: &Operation) -> AttemptResult {
        self.settle(app, operation).await
    }

    /// Sends the same absolute value again because a person asked for it.
    async fn send_again(&self, _app: &App, operation: &Operation) -> AttemptResult {
        AttemptResult::still_unsettled(operation)
    }

    /// Returns the effects on the directory if it happened at this time, as it was asked for.
    fn effects(&self, _at: Timestamp) -> Vec<Effect> {
        Vec::new()
    }

    /// Returns what is recorded if a person saw that it happened. `account` is the one that a creation made.
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
