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

/// Change that a form requests.
#[derive(Debug)]
pub struct Request {
    /// Key of the operation, created when the form was shown.
    pub id: OperationId,
    /// Requested change.
    pub change: Change,
    /// Reason given on the form.
    pub reason: Reason,
    /// Operation that this one undoes.
    pub undoes: Option<OperationId>,
    /// Values that the form showed.
    pub expected: ExpectedValues,
    /// True to send the change even if Telnyx does not answer at the moment.
    pub try_anyway: bool,
    /// Password of a new account. It is sent once and never stored.
    pub password: Option<SecretString>,
}

/// Result of a request.
#[derive(Debug)]
pub enum Submission {
    /// The operation is done or refused, as its state says.
    Settled(Operation),
    /// The operation is running, being checked, or unknown. A page polls it.
    Open(Operation),
    /// Another open operation is in the way. Nothing was recorded.
    InProgress(Operation),
}

/// Reason why nothing is sent although the form is valid.
/// The portal does not send it later by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSentReason {
    /// Telnyx has not answered since this time. The page may offer "Try anyway".
    TelnyxDown(Timestamp),
    /// The API key belongs to another manager.
    OtherManager,
    /// The portal is set to read-only.
    ReadOnly,
    /// A value that must be checked first could not be read from Telnyx.
    CannotRead,
}

/// Reason why a request was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The role lacks this permission.
    #[error("not permitted: {}", .0.verb())]
    Forbidden(Permission),
    /// The values that the form showed have changed.
    #[error("changed meanwhile")]
    Conflict(Box<Conflict>),
    /// The key was already used by another person or with other input.
    #[error("this form was used for something else already")]
    KeyReused,
    /// The portal would not send it now.
    #[error("not sent")]
    NotSent(NotSentReason),
    /// The pool, read now, is too small.
    #[error("the pool cannot give it")]
    Pool {
        /// Pool as it was just read.
        pool: ChannelPool,
        /// Known limit of the account.
        now: ChannelLimit,
        /// Requested limit.
        wanted: ChannelLimit,
    },
    /// The directory has no such account.
    #[error("no such account")]
    UnknownAccount,
    /// The target forbids it; holds a sentence that says why.
    #[error("{0}")]
    Rule(String),
    /// A field of the form is wrong or missing; holds its name and a sentence for it.
    #[error("{1}")]
    Field(&'static str, String),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl SubmitError {
    /// Returns the error of a target that forbids the change.
    pub(super) fn rule(sentence: &str) -> Self {
        Self::Rule(sentence.to_owned())
    }

    /// Returns the error of a change that can no longer be undone.
    pub(super) fn not_undoable() -> Self {
        Self::rule("This can no longer be undone: it was changed since, or undone already.")
    }

    /// Returns the error of a missing reason.
    pub(super) fn reason(sentence: &str) -> Self {
        Self::Field("reason", sentence.to_owned())
    }
}

/// Values that a form showed; `None` for each value that it did not show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpectedValues {
    /// Status of the account.
    pub status: Option<AccountStatus>,
    /// Channel limit; `Some(None)` if it was shown as unknown.
    pub channel_limit: Option<Option<ChannelLimit>>,
    /// Custom pricing; `Some(None)` if it was shown as unknown.
    pub custom_pricing: Option<Option<bool>>,
}

/// Difference between the values on the form and the current ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conflict {
    /// Each value that changed; empty if only the timing was wrong.
    pub changes: Vec<ChangedValue>,
}

/// Value that changed while a form was open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedValue {
    /// Name of the value: "Status", "Channel limit" or "Custom pricing".
    pub what: &'static str,
    /// Value that the form showed.
    pub shown: String,
    /// Current value.
    pub now: String,
    /// Person who changed it; `None` if the portal has no record of one.
    pub who: Option<String>,
    /// Source from which the portal knows the current value.
    pub source: FactSource,
    /// Time of the change, or else of the reading.
    pub at: Timestamp,
}
