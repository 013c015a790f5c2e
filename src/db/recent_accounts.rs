//! Accounts that each person opened last, for the search of the whole portal.

use super::accounts::{self, Account};
use super::{Db, Result};
use crate::domain::ids::{AccountId, StaffId};
use crate::domain::time::Timestamp;

/// Number of accounts that are kept for each person.
const MAX_KEPT: i64 = 20;

/// Records that a person opened an account. Forgets all but their latest ones.
pub async fn record(db: &Db, staff: StaffId, account: &AccountId, at: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    within!(&mut tx => query(
        "INSERT INTO recent_accounts (staff_id, account_id, opened_at) VALUES ($1, $2, $3)
         ON CONFLICT (staff_id, account_id) DO UPDATE SET opened_at = excluded.opened_at",
        staff, account, at,
    ).execute);
    within!(&mut tx => query(
        "DELETE FROM recent_accounts WHERE staff_id = $1 AND account_id NOT IN (
            SELECT account_id FROM recent_accounts WHERE staff_id = $1
            ORDER BY opened_at DESC, account_id LIMIT $2)",
        staff, MAX_KEPT,
    ).execute);
    tx.commit().await?;
    Ok(())
}

/// Returns the accounts that a person opened, the latest first. Leaves out gone accounts.
pub async fn of_staff(db: &Db, staff: StaffId) -> Result<Vec<Account>> {
    let ids: Vec<AccountId> = on!(db => query_scalar(
        "SELECT account_id FROM recent_accounts WHERE staff_id = $1
         ORDER BY opened_at DESC, account_id LIMIT $2",
        staff, MAX_KEPT,
    ).fetch_all);
    let mut accounts = accounts::by_ids(db, &ids).await?;
    accounts.retain(|account| account.gone_at.is_none());
    accounts.sort_by_key(|account| ids.iter().position(|id| *id == account.id));
    Ok(accounts)
}
