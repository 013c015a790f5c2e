//! What a managed account is: its status, and the words for it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Whether an account may use Telnyx, as the lists that filter by status tell it (no body carries it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// In the list of enabled accounts.
    Enabled,
    /// Disabled by the manager; its outgoing and incoming traffic stands still.
    Disabled,
    /// Blocked by Telnyx, who alone can lift it.
    Blocked,
    /// Cancelled; only Telnyx can bring it back.
    Cancelled,
    /// In none of the lists when they were read last.
    Unknown,
}

impl AccountStatus {
    /// Each of them, in the order in which pages show them.
    pub const ALL: [Self; 5] = [
        Self::Enabled,
        Self::Disabled,
        Self::Blocked,
        Self::Cancelled,
        Self::Unknown,
    ];

    /// Those that Telnyx has a list for.
    pub const LISTED: [Self; 4] = [
        Self::Enabled,
        Self::Disabled,
        Self::Blocked,
        Self::Cancelled,
    ];

    /// As the database, addresses and Telnyx's filter write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Blocked => "blocked",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
        }
    }

    /// As pages show it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::Blocked => "Blocked by Telnyx",
            Self::Cancelled => "Cancelled",
            Self::Unknown => "Unknown",
        }
    }

    /// Whether the reseller can enable it: Blocked and Cancelled are Telnyx's to lift.
    #[must_use]
    pub const fn may_be_enabled(self) -> bool {
        matches!(self, Self::Disabled | Self::Unknown)
    }

    /// Whether the reseller can disable it.
    #[must_use]
    pub const fn may_be_disabled(self) -> bool {
        matches!(self, Self::Enabled | Self::Unknown)
    }
}

/// What stands for a name that an account does not have.
pub const NO_NAME: &str = "(no name)";

/// Returns a name as pages, dialogs and events show it: never empty.
#[must_use]
pub fn shown_name(name: &str) -> &str {
    if name.trim().is_empty() {
        NO_NAME
    } else {
        name
    }
}

/// A word that is no status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an account status")]
pub struct InvalidAccountStatus;

impl FromStr for AccountStatus {
    type Err = InvalidAccountStatus;

    fn from_str(text: &str) -> Result<Self, InvalidAccountStatus> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(InvalidAccountStatus)
    }
}

impl fmt::Display for AccountStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}
