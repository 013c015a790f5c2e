//! Balances: whose is read next, and what a reading leaves. Where they are read is the directory's.

use super::{parse_stored, replace_nul};
use crate::db::{Db, Error, Result, Tx};
use crate::domain::ids::AccountId;
use crate::domain::money::{Balance, to_micros};
use crate::domain::time::Timestamp;

/// The account whose balance was not asked for longest, among those that are enabled and have one of their own; none
/// where all were asked for at `before` or later.
pub async fn next_balance_to_read(db: &Db, before: Timestamp) -> Result<Option<AccountId>> {
    let id: Option<String> = on!(db, pool => {
        // The terms are those of the index.
        sqlx::query_scalar(
            "SELECT id FROM accounts
             WHERE gone_at IS NULL AND status = 'enabled' AND rollup_billing IS NOT TRUE
                AND COALESCE(balance_asked_at, 0) < $1
             ORDER BY COALESCE(balance_asked_at, 0), id LIMIT 1",
        )
        .bind(before.as_millis())
        .fetch_optional(pool)
        .await?
    });
    id.as_deref().map(parse_stored).transpose()
}

/// Notes that an account's balance was asked for in vain: others come first now.
pub async fn mark_balance_requested(tx: &mut Tx, id: &AccountId, at: Timestamp) -> Result<()> {
    within!(tx, conn => {
        sqlx::query("UPDATE accounts SET balance_asked_at = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(at.as_millis())
            .execute(&mut *conn)
            .await?;
    });
    Ok(())
}

/// Writes an account's balance as one reading had it; none where the reading had none. False: something newer is there.
pub async fn set_balance(
    tx: &mut Tx,
    id: &AccountId,
    balance: Option<&Balance>,
    at: Timestamp,
) -> Result<bool> {
    let text = balance
        .map(serde_json::to_string)
        .transpose()
        .map_err(Error::stored)?;
    let available = balance
        .and_then(Balance::available)
        .map(|money| to_micros(money.amount));
    let done = within!(tx, conn => {
        sqlx::query(
            "UPDATE accounts SET balance = $2, balance_at = $3, balance_asked_at = $3, available_micros = $4
             WHERE id = $1 AND (balance_at IS NULL OR balance_at <= $3)",
        )
        .bind(id.as_str())
        .bind(text.as_deref().map(replace_nul))
        .bind(at.as_millis())
        .bind(available)
        .execute(&mut *conn)
        .await?
        .rows_affected()
    });
    Ok(done > 0)
}
