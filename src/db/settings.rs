//! Single values that the portal remembers about itself.

use super::{Db, Result, Tx};

/// The name under which the manager's account id is kept.
pub const MANAGER_ACCOUNT_ID: &str = "manager_account_id";
/// Present in a demo's database, which `serve` refuses.
pub const DEMO: &str = "demo";

/// The value kept under `name`.
///
/// # Errors
/// When the database fails.
pub async fn value(db: &Db, name: &str) -> Result<Option<String>> {
    Ok(on!(db, pool => {
        sqlx::query_scalar::<_, String>("SELECT value FROM settings WHERE name = $1")
            .bind(name)
            .fetch_optional(pool)
            .await
    })?)
}

/// Keeps `value` under `name` unless something is kept there already; answers what is kept now.
///
/// # Errors
/// When the database fails.
pub async fn keep_first(tx: &mut Tx, name: &str, value: &str) -> Result<String> {
    Ok(within!(tx, conn => {
        sqlx::query("INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
            .bind(name)
            .bind(value)
            .execute(&mut *conn)
            .await?;
        sqlx::query_scalar::<_, String>("SELECT value FROM settings WHERE name = $1")
            .bind(name)
            .fetch_one(&mut *conn)
            .await
    })?)
}
