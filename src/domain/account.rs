//! Status of managed accounts, and the words for it.

use super::string_enum::string_enum;
use std::fmt;

string_enum! {
    /// Status of an account at Telnyx, which determines if it may use Telnyx.
    /// It comes from the lists that filter by status, because no response contains it.
    #[derive(PartialOrd, Ord)]
    pub enum AccountStatus {
        /// In the list of enabled accounts.
        Enabled = "enabled", "Enabled";
        /// Disabled by the manager. Its outgoing and incoming traffic is stopped.
        Disabled = "disabled", "Disabled";
        /// Blocked by Telnyx. Only Telnyx can unblock it.
        Blocked = "blocked", "Blocked by Telnyx";
        /// Cancelled. Only Telnyx can restore it.
        Cancelled = "cancelled", "Cancelled";
        /// In none of the lists when they were last read.
        Unknown = "unknown", "Unknown";
    }
}

impl AccountStatus {
    /// Statuses for which Telnyx has a list.
    pub const LISTED: [Self; 4] = [
        Self::Enabled,
        Self::Disabled,
        Self::Blocked,
        Self::Cancelled,
    ];

    /// Returns `true` if the reseller can enable it. Only Telnyx can lift Blocked and Cancelled.
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

/// Text shown for an account without a name.
pub const NO_NAME: &str = "(no name)";

/// Returns a name as pages, dialogs and events show it. It is never empty.
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
