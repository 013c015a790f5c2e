//! Links that take the channels of disabled accounts back into the pool: of one account, or of all.

use super::paths;
use crate::db::accounts::{Account, ChannelTotals};
use crate::domain::account::AccountStatus;
use crate::domain::text::group_thousands;

/// Reason that the forms suggest.
const REASON: &str = "Reclaim channels of a disabled account";

/// Address of the list of disabled accounts that hold channels.
pub const LIST: &str = "/channels?show=reclaim";

/// Link to a form that takes channels back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReclaimLink {
    pub label: String,
    pub href: String,
}

impl ReclaimLink {
    /// Returns the link of an account, if it is disabled and known to hold channels. Its form
    /// returns to `return_to`.
    pub fn of_account(account: &Account, return_to: &str) -> Option<Self> {
        let is_disabled = account.status.value == AccountStatus::Disabled;
        let limit = account.channel_limit.map(|fact| fact.value);
        let limit = limit.filter(|limit| is_disabled && limit.get() > 0)?;
        Some(Self {
            label: format!("Reclaim {limit}"),
            href: block_calls_href(account, return_to),
        })
    }

    /// Returns the link of all disabled accounts of a list that hold channels; `None` if there are
    /// none.
    pub fn of_all(totals: &ChannelTotals, list: &str) -> Option<Self> {
        let accounts = totals.reclaimable_accounts;
        let unit = if accounts == 1 { "account" } else { "accounts" };
        let label = format!(
            "Reclaim all ({} channels, {} {unit})",
            group_thousands(totals.reclaimable_channels),
            group_thousands(accounts)
        );
        let pairs = [("list", list), ("all", "yes"), ("reason", REASON)];
        let href = paths::with_query("/channels/bulk/block-calls", pairs);
        (accounts > 0).then_some(Self { label, href })
    }
}

/// Returns the address of the form that blocks an account's outbound calls. It suggests the reason
/// if the account is disabled.
pub fn block_calls_href(account: &Account, return_to: &str) -> String {
    let is_disabled = account.status.value == AccountStatus::Disabled;
    let reason = if is_disabled { REASON } else { "" };
    paths::with_query(
        &format!("/accounts/{}/block-calls", account.id),
        [("reason", reason), ("return_to", return_to)],
    )
}
