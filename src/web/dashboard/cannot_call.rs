//! Number of accounts that cannot call, its causes, and the enabled accounts. Each cause leads to
//! its list.

use crate::domain::account::AccountStatus;
use crate::domain::call_summary::CallSummary;
use crate::web::format::group_thousands;

/// Figure with a link to the list that it counts.
pub(super) struct Tile {
    pub label: &'static str,
    pub href: String,
    pub value: String,
    pub note: String,
}

impl Tile {
    fn new(label: &'static str, href: impl Into<String>, accounts: i64, note: &str) -> Self {
        Self {
            label,
            href: href.into(),
            value: group_thousands(accounts),
            note: if accounts == 0 {
                String::new()
            } else {
                note.to_owned()
            },
        }
    }
}

/// Returns the sentence below the number of accounts that cannot call.
pub(super) fn unable_note(calls: &CallSummary) -> String {
    let causes = calls.disabled
        + calls.blocked
        + calls.cancelled
        + calls.without_channels
        + calls.without_credit;
    let all = group_thousands(calls.accounts);
    if causes > calls.unable {
        format!("of {all}; some for several causes")
    } else {
        format!("of {all} accounts")
    }
}

/// Returns the causes, and the enabled accounts at the end.
pub(super) fn tiles(calls: &CallSummary, enabled: i64) -> Vec<Tile> {
    let of_status = |status: AccountStatus, accounts: i64, note: &str| {
        let href = format!("/accounts?status={}", status.as_str());
        Tile::new(status.label(), href, accounts, note)
    };
    vec![
        of_status(AccountStatus::Disabled, calls.disabled, ""),
        of_status(
            AccountStatus::Blocked,
            calls.blocked,
            "only Telnyx can unblock it",
        ),
        of_status(AccountStatus::Cancelled, calls.cancelled, ""),
        Tile::new(
            "Limit 0",
            "/channels?show=zero",
            calls.without_channels,
            "no outbound calls",
        ),
        Tile::new(
            "No available credit",
            "/accounts?calls=cannot&status=enabled",
            calls.without_credit,
            "enabled accounts",
        ),
        of_status(AccountStatus::Enabled, enabled, ""),
    ]
}
