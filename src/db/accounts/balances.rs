//! Balances: the next one to read, and storing one. `directory` reads them from Telnyx.

use crate::db::{Db, Result, Tx};
use crate::domain::ids::AccountId;
use crate::domain::money::{Balance, to_micros};
use crate::domain::time::Timestamp;

/// Returns the account whose balance was requested longest ago.
/// Considers only enabled accounts with their own balance. Returns `None` if all were requested at
/// `before` or later.
pub async fn next_balance_to_read(db: &Db, before: Timestamp) -> Result<Option<AccountId>> {
    // These conditions match those of the database index.
    Ok(on!(db => query_scalar(
        "SELECT id FROM accounts
         WHERE gone_at IS NULL AND status = 'enabled' AND rollup_billing IS NOT TRUE
            AND COALESCE(balance_asked_at, 0) < $1
         ORDER BY COALESCE(balance_asked_at, 0), id LIMIT 1",
        before,
    ).fetch_optional))
}

/// Records that a request for a balance failed, so that other accounts come first.
pub async fn mark_balance_requested(tx: &mut Tx, id: &AccountId, at: Timestamp) -> Result<()> {
    within!(tx => query("UPDATE accounts SET balance_asked_at = $2 WHERE id = $1", id, at).execute);
    Ok(())
}

/// Stores an account's balance from one reading, or `None` if the reading had none.
/// Returns `false` if a newer balance is stored.
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
        "UPDATE accounts SET balance = $2, balance_at = $3, balance_asked_at = $3, available_micros = $4,
            balance_first_at = CASE WHEN $2 IS NULL THEN balance_first_at ELSE COALESCE(balance_first_at, $3) END
         WHERE id = $1 AND (balance_at IS NULL OR balance_at <= $3)",
        id, balance, at, available,
    ).execute);
    Ok(changed > 0)
}
