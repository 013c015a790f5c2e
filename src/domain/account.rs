//! Managed accounts: their status, and the words for it.

use super::string_enum::string_enum;
use std::fmt;

string_enum! {
    /// Status of an account at Telnyx, which says if it may use Telnyx.
    /// Taken from the lists that filter by status, because no response body carries it.
    #[derive(PartialOrd, Ord)]
    pub enum AccountStatus {
        /// In the list of enabled accounts.
        Enabled = "enabled", "Enabled";
        /// Disabled by the manager; its outgoing and incoming traffic stands still.
        Disabled = "disabled", "Disabled";
        /// Blocked by Telnyx, who alone can lift it.
        Blocked = "blocked", "Blocked by Telnyx";
        /// Cancelled; only Telnyx can bring it back.
        Cancelled = "cancelled", "Cancelled";
        /// In none of the lists when they were read last.
        Unknown = "unknown", "Unknown";
    }
}

impl AccountStatus {
    /// Those that Telnyx has a list for.
    pub const LISTED: [Self; 4] = [
        Self::Enabled,
        Self::Disabled,
        Self::Blocked,
        Self::Cancelled,
    ];

    /// Returns `true` if the reseller can enable it. Only Telnyx lifts Blocked and Cancelled.
    #[must_use]
    pub const fn may_be_enabled(self) -> bool {
        matches!(self, Self::Disabled | Self::Unknown)
    }

    /// Returns `true` if the reseller can disable it.
    #[must_use]
    pub const fn may_be_disabled(self) -> bool {
        matches!(self, Self::Enabled | Self::Unknown)
    }
}

/// Placeholder for the name of an account that has none.
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

impl fmt::Display for AccountStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}
