//! Accounts that need attention, for the dashboard.

use super::{Account, load_owned_in_order};
use crate::db::{Db, Result};
use crate::domain::account_filter::{AttentionReason, Criteria};

/// The accounts of one concern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttentionGroup {
    /// Why.
    pub reason: AttentionReason,
    /// Number of accounts with this reason.
    pub total: i64,
    /// The first few of them.
    pub accounts: Vec<Account>,
}

/// Returns the accounts that need attention, by reason, the most urgent reason first. Reasons without accounts are
/// left out. Reads `each` accounts of a reason, at most 100. Uses only those criteria that define a reason: what is
/// recent, and what is low.
pub async fn attention(db: &Db, criteria: &Criteria, each: u32) -> Result<Vec<AttentionGroup>> {
    let each = usize::try_from(each.clamp(1, 100)).unwrap_or(1);
    let all = db.index().attention(db, criteria, each).await?;
    // An account can be of several concerns; it is read once.
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
