//! Accounts that need attention, for the dashboard.

use super::{Account, load_owned_in_order};
use crate::db::{Db, Result};
use crate::domain::account_filter::{AttentionReason, Criteria};
use crate::domain::call_summary::CallSummary;

/// Accounts that need attention for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttentionGroup {
    /// Reason for attention.
    pub reason: AttentionReason,
    /// Number of accounts with this reason.
    pub total: i64,
    /// First accounts of the group, up to the requested number.
    pub accounts: Vec<Account>,
}

/// Returns how many accounts cannot call, and why. Leaves out gone accounts.
pub async fn call_summary(db: &Db) -> Result<CallSummary> {
    db.index().call_summary(db).await
}

/// Returns the accounts that need attention, by reason, the most urgent reason first.
/// Leaves out reasons without accounts. Reads `each` accounts of a reason, 1 to 100. From
/// `criteria`, uses only the definitions of "recent" and "low".
pub async fn attention(db: &Db, criteria: &Criteria, each: u32) -> Result<Vec<AttentionGroup>> {
    let each = usize::try_from(each.clamp(1, 100)).unwrap_or(1);
    let all = db.index().attention(db, criteria, each).await?;
    // An account can have several reasons, but is read only once.
    let mut named: Vec<String> = all.iter().flat_map(|(_, ids)| ids).cloned().collect();
    named.sort_unstable();
    named.dedup();
    let read = load_owned_in_order(db, named).await?;
    let account = |id: &String| {
        read.iter()
            .find(|account| account.id.as_str() == id)
            .cloned()
    };
    let found = AttentionReason::ALL
        .into_iter()
        .zip(all)
        .filter(|(_, (total, _))| *total > 0);
    Ok(found
        .map(|(concern, (total, ids))| AttentionGroup {
            reason: concern,
            total,
            accounts: ids.iter().filter_map(account).collect(),
        })
        .collect())
}
