//! Single values that the portal stores about itself.

use std::collections::HashMap;

use super::{Db, Result, Tx};

/// ID of the manager's account.
pub const MANAGER_ACCOUNT_ID: &str = "manager_account_id";
/// Set in the database of a demo, which `serve` refuses.
pub const DEMO: &str = "demo";
/// Place that the SQLite database was moved to. `serve` then refuses it.
pub const MOVED_TO: &str = "moved_to";
/// ID of the API key's manager. Set while the portal's data belongs to another one.
pub const MANAGER_MISMATCH: &str = "manager_mismatch";

/// Time since which Telnyx does not answer, set while a replica sees an outage.
pub const TELNYX_OUTAGE: &str = "telnyx_outage";

/// Number of accounts, now and before, set while the last sweep found far fewer.
pub const SHRINK_DETECTED: &str = "fewer_shown";
/// Number of accounts, now and before, set while a person has accepted this.
pub const SHRINK_ACCEPTED: &str = "fewer_accepted";
/// Start of the sweep that was applied although it found far fewer accounts.
pub const SHRINK_APPLIED_AT: &str = "shrunk_at";

/// Accounts that the last complete sweep skipped because they cannot be read.
pub const SKIPPED_ACCOUNTS: &str = "skipped_accounts";

/// Result of the last verification of the audit's chain, sealed.
pub const AUDIT_VERIFICATION: &str = "audit_checked";
/// Progress of a running verification of the audit's chain.
pub const AUDIT_VERIFICATION_PROGRESS: &str = "audit_checking";

/// Last request, as JSON, in which a trusted proxy did not name the client.
pub const UNREADABLE_PROXY_HEADER: &str = "proxy_unreadable";

/// Roles that must have a second factor, separated by commas.
pub const SECOND_FACTOR_ROLES: &str = "second_factor_roles";

/// Revision of the settings that people change. It is another one after each change.
pub const SETTINGS_REVISION: &str = "settings_revision";
/// Name and accent color of the portal, as JSON.
pub const APPEARANCE: &str = "appearance";

/// Template of the welcome email, as JSON.
pub const WELCOME_EMAIL: &str = "welcome_email";

/// Thresholds of notifications, as JSON.
pub const THRESHOLDS: &str = "notification_thresholds";
/// Reminder of access reviews, as JSON.
pub const ACCESS_REVIEW: &str = "access_review";
/// Settings of the webhook, as JSON.
pub const WEBHOOK: &str = "webhook";

/// Time at which the portal last checked that it can write.
pub const WRITE_CHECK: &str = "write_check";

/// Result of the latest daily backup, as JSON.
pub const LAST_BACKUP: &str = "last_backup";

/// Returns the value stored under `name`.
pub async fn value(db: &Db, name: &str) -> Result<Option<String>> {
    Ok(on!(db => query_scalar("SELECT value FROM settings WHERE name = $1", name).fetch_optional))
}

/// Returns the values that are stored under these names, as one moment had them.
pub async fn values(db: &Db, names: [&str; 3]) -> Result<HashMap<String, String>> {
    let rows: Vec<(String, String)> = on!(db => query_as(
        "SELECT name, value FROM settings WHERE name IN ($1, $2, $3)", names[0], names[1], names[2],
    ).fetch_all);
    Ok(rows.into_iter().collect())
}

/// Returns the API key's manager if the portal's data belongs to another one.
pub async fn other_manager(db: &Db) -> Result<Option<String>> {
    Ok(value(db, MANAGER_MISMATCH)
        .await?
        .filter(|other| !other.is_empty()))
}

/// Returns the same as [`value`], within a transaction.
pub async fn value_in_tx(tx: &mut Tx, name: &str) -> Result<Option<String>> {
    Ok(
        within!(tx => query_scalar("SELECT value FROM settings WHERE name = $1", name).fetch_optional),
    )
}

/// Returns the value stored under `name`, and locks it until the transaction ends.
pub async fn lock(tx: &mut Tx, name: &str) -> Result<Option<String>> {
    Ok(within!(tx => query_scalar(
        "UPDATE settings SET value = value WHERE name = $1 RETURNING value", name,
    ).fetch_optional))
}

/// Stores `value` under `name` if nothing is stored there. Returns the stored value.
pub async fn set_if_absent(tx: &mut Tx, name: &str, value: &str) -> Result<String> {
    within!(&mut *tx => query(
        "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        name, value,
    ).execute);
    Ok(within!(tx => query_scalar("SELECT value FROM settings WHERE name = $1", name).fetch_one))
}

/// Stores `value` under `name` and replaces the previous value.
pub async fn set(tx: &mut Tx, name: &str, value: &str) -> Result<()> {
    within!(tx => query(
        "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name, value,
    ).execute);
    Ok(())
}

/// Deletes the value under `name`. Returns `true` if there was one.
pub async fn remove(tx: &mut Tx, name: &str) -> Result<bool> {
    Ok(within!(tx => query("DELETE FROM settings WHERE name = $1", name).execute) > 0)
}
