//! Single values that the portal remembers about itself.

use super::{Db, Result, Tx};

/// The name under which the manager's account id is kept.
pub const MANAGER_ACCOUNT_ID: &str = "manager_account_id";
/// Present in a demo's database, which `serve` refuses.
pub const DEMO: &str = "demo";
/// Present while Telnyx's accounts are another manager's: that manager's account id.
pub const MANAGER_MISMATCH: &str = "manager_mismatch";

/// Present while the last reading showed far fewer accounts than before: how many, and of how many.
pub const SHRINK_DETECTED: &str = "fewer_shown";
/// Present while somebody accepted that so few are all there are: how many, and who.
pub const SHRINK_ACCEPTED: &str = "fewer_accepted";
/// When the reading began that was taken over although it showed far fewer accounts.
pub const SHRINK_APPLIED_AT: &str = "shrunk_at";

/// Present if the last whole reading skipped accounts that cannot be read: which.
pub const SKIPPED_ACCOUNTS: &str = "skipped_accounts";

/// Result of the last verification of the audit's chain, sealed.
pub const AUDIT_VERIFICATION: &str = "audit_checked";
/// Present while a verification of the audit's chain runs: how far it is.
pub const AUDIT_VERIFICATION_PROGRESS: &str = "audit_checking";

/// The last time that a trusted proxy did not say for whom it asks, as JSON.
pub const UNREADABLE_PROXY_HEADER: &str = "proxy_unreadable";

/// The roles that must have a second factor, with commas between.
pub const SECOND_FACTOR_ROLES: &str = "second_factor_roles";

/// The value kept under `name`.
pub async fn value(db: &Db, name: &str) -> Result<Option<String>> {
    Ok(on!(db => query_scalar("SELECT value FROM settings WHERE name = $1", name).fetch_optional))
}

/// The manager that Telnyx's accounts belong to, while that is another one than the portal's data.
pub async fn other_manager(db: &Db) -> Result<Option<String>> {
    Ok(value(db, MANAGER_MISMATCH)
        .await?
        .filter(|other| !other.is_empty()))
}

/// [`value`] within a transaction.
pub async fn value_in_tx(tx: &mut Tx, name: &str) -> Result<Option<String>> {
    Ok(
        within!(tx => query_scalar("SELECT value FROM settings WHERE name = $1", name).fetch_optional),
    )
}

/// The value kept under `name`, which nobody else changes until the transaction ends.
pub async fn lock(tx: &mut Tx, name: &str) -> Result<Option<String>> {
    Ok(within!(tx => query_scalar(
        "UPDATE settings SET value = value WHERE name = $1 RETURNING value", name,
    ).fetch_optional))
}

/// Keeps `value` under `name` unless something is kept there already; answers what is kept now.
pub async fn set_if_absent(tx: &mut Tx, name: &str, value: &str) -> Result<String> {
    within!(&mut *tx => query(
        "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        name, value,
    ).execute);
    Ok(within!(tx => query_scalar("SELECT value FROM settings WHERE name = $1", name).fetch_one))
}

/// Keeps `value` under `name`, whatever was kept there.
pub async fn set(tx: &mut Tx, name: &str, value: &str) -> Result<()> {
    within!(tx => query(
        "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name, value,
    ).execute);
    Ok(())
}

/// Forgets what is kept under `name`; whether anything was.
pub async fn remove(tx: &mut Tx, name: &str) -> Result<bool> {
    Ok(within!(tx => query("DELETE FROM settings WHERE name = $1", name).execute) > 0)
}
