//! Balances: whose is read next, and what a reading leaves. Where they are read is the directory's.

use crate::db::{Db, Result, Tx};
use crate::domain::ids::AccountId;
use crate::domain::money::{Balance, to_micros};
use crate::domain::time::Timestamp;

/// The account whose balance was not asked for longest, among those that are enabled and have one of their own; none
/// where all were asked for at `before` or later.
pub async fn next_balance_to_read(db: &Db, before: Timestamp) -> Result<Option<AccountId>> {
    // The terms are those of the index.
    Ok(on!(db => query_scalar(
        "SELECT id FROM accounts
         WHERE gone_at IS NULL AND status = 'enabled' AND rollup_billing IS NOT TRUE
            AND COALESCE(balance_asked_at, 0) < $1
         ORDER BY COALESCE(balance_asked_at, 0), id LIMIT 1",
        before,
    ).fetch_optional))
}

/// Notes that an account's balance was asked for in vain: others come first now.
pub async fn mark_balance_requested(tx: &mut Tx, id: &AccountId, at: Timestamp) -> Result<()> {
    within!(tx => query("UPDATE accounts SET balance_asked_at = $2 WHERE id = $1", id, at).execute);
    Ok(())
}

/// Writes an account's balance as one reading had it; none where the reading had none. False: something newer is there.
pub async fn set_balance(
    tx: &mut Tx,
    id: &AccountId,
    balance: Option<&Balance>,
    at: Timestamp,
) -> Result<bool> {
    let available = balance
        .and_then(Balance::available)
        .map(|money| to_micros(money.amount));
    let changed = within!(tx => query(
        "UPDATE accounts SET balance = $2, balance_at = $3, balance_asked_at = $3, available_micros = $4
         WHERE id = $1 AND (balance_at IS NULL OR balance_at <= $3)",
        id, balance, at, available,
    ).execute);
    Ok(changed > 0)
}
