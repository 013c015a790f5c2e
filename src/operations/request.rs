//! Input of [`submit`](super::submit()), its results, and the reasons for a refusal.

use secrecy::SecretString;

use crate::db::{self, operations::Operation};
use crate::domain::account::AccountStatus;
use crate::domain::channels::{ChannelLimit, ChannelPool};
use crate::domain::fact::FactSource;
use crate::domain::ids::OperationId;
use crate::domain::operation::{Change, Reason};
use crate::domain::role::Permission;
use crate::domain::time::Timestamp;

/// Request of a form.
#[derive(Debug)]
pub struct Request {
    /// The operation's key, made when the form was shown.
    pub id: OperationId,
    /// The change.
    pub change: Change,
    /// Why.
    pub reason: Reason,
    /// The operation that it undoes.
    pub undoes: Option<OperationId>,
    /// Values that the form showed of what it changes.
    pub expected: ExpectedValues,
    /// Send it although Telnyx does not answer at the moment.
    pub try_anyway: bool,
    /// For a creation: sent once and kept nowhere.
    pub password: Option<SecretString>,
}

/// Outcome of a request.
#[derive(Debug)]
pub enum Submission {
    /// The operation is done or refused: see its state.
    Settled(Operation),
    /// It is running, being checked, or unknown: a page polls it.
    Open(Operation),
    /// Somebody else's operation holds the subject; nothing was recorded.
    InProgress(Operation),
}

/// Why nothing is sent although the form was fine. Nothing will happen by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSentReason {
    /// Telnyx has not answered since then; "Try anyway" may be offered.
    TelnyxDown(Timestamp),
    /// The key is another manager's.
    OtherManager,
    /// The portal is set to read only.
    ReadOnly,
    /// A value that must be checked first could not be read from Telnyx.
    CannotRead,
}

/// Why a request was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The role lacks it.
    #[error("not permitted: {}", .0.verb())]
    Forbidden(Permission),
    /// The values that the form showed have changed.
    #[error("changed meanwhile")]
    Conflict(Box<Conflict>),
    /// The same operation key came with another person or another input.
    #[error("this form was used for something else already")]
    KeyReused,
    /// It would not be sent now.
    #[error("not sent")]
    NotSent(NotSentReason),
    /// The pool, read now, cannot give it.
    #[error("the pool cannot give it")]
    Pool {
        /// As read now.
        pool: ChannelPool,
        /// The limit that is known.
        now: ChannelLimit,
        /// The limit asked for.
        wanted: ChannelLimit,
    },
    /// The directory has no such account.
    #[error("no such account")]
    UnknownAccount,
    /// The target forbids it, in a sentence.
    #[error("{0}")]
    Rule(String),
    /// A field of the form lacks something, in a sentence for it.
    #[error("{1}")]
    Field(&'static str, String),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl SubmitError {
    /// The target forbids it.
    pub(super) fn rule(sentence: &str) -> Self {
        Self::Rule(sentence.to_owned())
    }

    /// There is no undo of this change any more.
    pub(super) fn not_undoable() -> Self {
        Self::rule("This cannot be undone any more: it was changed since, or undone already.")
    }

    /// A reason is needed.
    pub(super) fn reason(sentence: &str) -> Self {
        Self::Field("reason", sentence.to_owned())
    }
}

/// Values that a form showed of what it changes; `None` for a value that it did not show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpectedValues {
    /// The status.
    pub status: Option<AccountStatus>,
    /// The limit, as far as it was known.
    pub channel_limit: Option<Option<ChannelLimit>>,
    /// Custom pricing, as far as it was known.
    pub custom_pricing: Option<Option<bool>>,
}

/// Difference between what the form showed and the present state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conflict {
    /// Each value that changed; empty where only the moment was wrong.
    pub changes: Vec<ChangedValue>,
}

/// One value that changed while a form was open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedValue {
    /// Which: "Status", "Channel limit", "Custom pricing".
    pub what: &'static str,
    /// Value that the form showed.
    pub shown: String,
    /// Value now.
    pub now: String,
    /// Person who changed it; `None` if the change was not made through the portal.
    pub who: Option<String>,
    /// How it came to the portal's knowledge.
    pub source: FactSource,
    /// When that was.
    pub at: Timestamp,
}
