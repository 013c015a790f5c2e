//! Change at Telnyx, which is recorded before it is sent: its input, state and outcome.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::channels::ChannelLimit;
use super::email;
use super::ids::{AccountId, OrgUserId, StaffId};
use super::string_enum::string_enum;
use super::text;

mod details;
mod reason;

pub use details::AccountDetails;
pub use reason::{Reason, ReasonCode};

string_enum! {
    /// Kind of a change.
    pub enum OperationKind {
        /// Create an account.
        Create = "create", "Create account";
        /// Enable an account.
        Enable = "enable", "Enable account";
        /// Disable an account.
        Disable = "disable", "Disable account";
        /// Set an account's channel limit.
        ChannelLimit = "channel_limit", "Channel limit";
        /// Switch an account's custom pricing.
        CustomPricing = "custom_pricing", "Custom pricing";
        /// Remove an organization user.
        RemoveOrgUser = "remove_org_user", "Remove organization user";
    }
}

impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

string_enum! {
    /// State of an operation.
    pub enum OperationState {
        /// Recorded, but not started.
        Queued = "queued", "Queued";
        /// A worker holds its lease and is sending it.
        Running = "running", "Running";
        /// Telnyx confirmed it.
        Done = "done", "Done";
        /// Telnyx refused it, or it provably did not happen.
        Refused = "refused", "Failed";
        /// The portal is checking if Telnyx acted.
        Checking = "checking", "Checking";
        /// The portal could not find out if Telnyx acted. A person has to look.
        Unknown = "unknown", "Unknown";
    }
}

impl OperationState {
    /// Returns `true` if the outcome is final.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Done | Self::Refused)
    }
}

/// Input of an operation.
/// It contains no secret. A password is passed separately and never stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// Create an account.
    Create {
        /// Organization name.
        organization_name: String,
        /// Email address. If it is `None`, Telnyx derives one from the manager's.
        email: Option<String>,
        /// True if the account is to have custom pricing.
        custom_pricing: bool,
        /// True if its charges roll up to the manager. This cannot be changed later.
        rollup_billing: bool,
        /// Limit to set afterwards in a separate operation; `None` keeps Telnyx's default.
        channel_limit: Option<ChannelLimit>,
        /// True if a password is passed along. The password itself is not stored here.
        with_password: bool,
        /// The portal's own data about the account.
        #[serde(default, skip_serializing_if = "AccountDetails::is_empty")]
        details: Box<AccountDetails>,
    },
    /// Enable an account.
    Enable {
        /// Account to enable.
        account: AccountId,
        /// True if all of its connections are enabled too.
        reenable_all_connections: bool,
    },
    /// Disable an account.
    Disable {
        /// Account to disable.
        account: AccountId,
    },
    /// Set an account's channel limit.
    ChannelLimit {
        /// Account whose limit is set.
        account: AccountId,
        /// Limit to set, an absolute value.
        limit: ChannelLimit,
    },
    /// Switch an account's custom pricing.
    CustomPricing {
        /// Account whose pricing is switched.
        account: AccountId,
        /// True if the account is to have custom pricing.
        allow: bool,
    },
    /// Remove an organization user.
    RemoveOrgUser {
        /// User to remove.
        user: OrgUserId,
        /// Email address, as shown and typed again for confirmation.
        email: String,
    },
}

impl Change {
    /// Returns the kind of the change.
    #[must_use]
    pub const fn kind(&self) -> OperationKind {
        match self {
            Self::Create { .. } => OperationKind::Create,
            Self::Enable { .. } => OperationKind::Enable,
            Self::Disable { .. } => OperationKind::Disable,
            Self::ChannelLimit { .. } => OperationKind::ChannelLimit,
            Self::CustomPricing { .. } => OperationKind::CustomPricing,
            Self::RemoveOrgUser { .. } => OperationKind::RemoveOrgUser,
        }
    }

    /// Returns `true` if it sets the channel limit to 0.
    /// The pages offer that as a separate action.
    #[must_use]
    pub fn blocks_calls(&self) -> bool {
        matches!(self, Self::ChannelLimit { limit, .. } if *limit == ChannelLimit::ZERO)
    }

    /// Returns the name of the change as pages show it.
    #[must_use]
    pub fn label(&self) -> &'static str {
        if self.blocks_calls() {
            "Block outbound calls"
        } else {
            self.kind().label()
        }
    }

    /// Returns the subject. At most one operation may be open for a subject at a time.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Create {
                email: Some(email), ..
            } => subject_of_creation(email),
            Self::Create {
                organization_name, ..
            } => format!("create:{}", text::folded(organization_name)),
            Self::Enable { account, .. }
            | Self::Disable { account }
            | Self::ChannelLimit { account, .. }
            | Self::CustomPricing { account, .. } => subject_of_account(account),
            Self::RemoveOrgUser { user, .. } => format!("user:{user}"),
        }
    }

    /// Returns the account that it concerns. For a creation, there is none yet.
    #[must_use]
    pub const fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Enable { account, .. }
            | Self::Disable { account }
            | Self::ChannelLimit { account, .. }
            | Self::CustomPricing { account, .. } => Some(account),
            Self::Create { .. } | Self::RemoveOrgUser { .. } => None,
        }
    }

    /// Returns the organization user that it concerns.
    #[must_use]
    pub const fn org_user(&self) -> Option<&OrgUserId> {
        match self {
            Self::RemoveOrgUser { user, .. } => Some(user),
            _ => None,
        }
    }
}

/// Time for which an unanswered request may still take effect after it was sent.
pub const LATE_EFFECT_PERIOD: Duration = Duration::from_hours(1);

/// Returns the subject of every change to this account.
#[must_use]
pub fn subject_of_account(account: &AccountId) -> String {
    format!("account:{account}")
}

/// Returns the subject of the creation of an account with this email address.
#[must_use]
pub fn subject_of_creation(email: &str) -> String {
    format!("create:{}", email::key(email))
}

/// Known values before a change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PriorState {
    /// Known status.
    pub status: Option<super::account::AccountStatus>,
    /// Known channel limit.
    pub channel_limit: Option<ChannelLimit>,
    /// True if the account had custom pricing; `None` if unknown.
    pub custom_pricing: Option<bool>,
    /// For a job that assigns an account manager: the one before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<StaffId>,
    /// For a creation: the accounts that already had this email address or name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namesakes: Option<Vec<AccountId>>,
}

/// Outcome of an operation, in addition to its state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OperationOutcome {
    /// Message for staff, without secrets.
    pub message: String,
    /// HTTP status of Telnyx's answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Telnyx's own error code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Telnyx's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Field of the request that Telnyx named, as a JSON pointer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Telnyx's ID of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub telnyx_request_id: Option<String>,
    /// Means by which it was settled. `None` if Telnyx's answer settled it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled_by: Option<SettledBy>,
    /// Limit that Telnyx confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_limit: Option<ChannelLimit>,
    /// True if a request of this attempt got no answer. The operation stores the time.
    #[serde(skip)]
    pub unanswered: bool,
    /// For an unknown creation: the accounts that it may have created.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<AccountId>,
}

/// Way in which an uncertain operation was settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettledBy {
    /// A reading showed that it happened.
    /// Or readings over a long enough time showed that it did not.
    Reading,
    /// The same absolute value was sent again.
    SendingAgain,
    /// A person checked it and recorded the result.
    Person,
}
