//! Link to Mission Control, Telnyx's own portal.

use crate::config::Settings;

/// List of managed accounts in Mission Control. Telnyx's help center links to it:
/// <https://support.telnyx.com/en/articles/4951492-managed-accounts>. No address of a single managed
/// account is documented.
const MANAGED_ACCOUNTS: &str = "https://portal.telnyx.com/#/advanced-features/managed-accounts";

/// Returns the address of the list of accounts in Mission Control. Returns `None` if the portal does
/// not talk to Telnyx, because Mission Control does not have simulated accounts.
pub(super) fn href(settings: &Settings) -> Option<&'static str> {
    (!settings.is_sandbox()).then_some(MANAGED_ACCOUNTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_portal_that_talks_to_telnyx_leads_to_mission_control() {
        let settings = |base: &str| {
            Settings::for_sandbox(
                ([127, 0, 0, 1], 8080).into(),
                "http://127.0.0.1:8080".parse().expect("an address"),
                base.parse().expect("an address"),
                "sqlite::memory:",
            )
        };
        assert!(href(&settings("http://127.0.0.1:8081/v2")).is_none());
        let there = href(&settings("https://api.telnyx.com/v2"));
        assert!(there.is_some_and(|href| href.starts_with("https://portal.telnyx.com/")));
    }
}
