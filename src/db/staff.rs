//! People who sign in to the portal. `domain::staff` has the rules for changing them.

use super::{Db, Result, Tx};
use crate::domain::density::Density;
use crate::domain::email::{self, Email};
use crate::domain::ids::StaffId;
use crate::domain::role::Role;
use crate::domain::theme::Theme;
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Person who signs in to the portal. Does not contain the password hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Staff {
    /// ID of the person.
    pub id: StaffId,
    /// Email address, as typed.
    pub email: String,
    /// Name of the person.
    pub name: String,
    /// Role of the person.
    pub role: Role,
    /// Time zone in which they read times, as an IANA name.
    pub time_zone: String,
    /// Height of the rows in their lists.
    pub density: Density,
    /// Colors of their pages.
    pub theme: Theme,
    /// Time at which they were added.
    pub created_at: Timestamp,
    /// Time at which they were disabled; `None` if they can sign in.
    pub disabled_at: Option<Timestamp>,
    /// Time of their last sign-in.
    pub last_sign_in_at: Option<Timestamp>,
    /// Time at which they last chose a password; `None` if they have none.
    pub password_changed_at: Option<Timestamp>,
    /// Time at which they first chose a password or used single sign-on.
    /// `None` while an invitation is open.
    pub joined_at: Option<Timestamp>,
    /// True if they have a second factor: an authenticator app or a passkey.
    pub second_factor: bool,
    /// True if keys without a modifier are shortcuts for them.
    pub single_keys: bool,
    /// True if they hid the list of first steps on their dashboard.
    pub hides_checklist: bool,
    /// Version of role and access. It grows with each change, so that an outdated form is detected.
    pub version: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, email, name, role, time_zone, density, theme, created_at, disabled_at, last_sign_in_at, password_changed_at, \
             joined_at, single_keys, hides_checklist, version, \
             (SELECT COUNT(*) FROM authenticator_apps WHERE authenticator_apps.staff_id = staff.id) \
             + (SELECT COUNT(*) FROM passkeys WHERE passkeys.staff_id = staff.id) > 0 AS second_factor \
             FROM staff ",
            $rest
        )
    };
}
pub(super) use select;

/// Returns the person with this ID.
pub async fn by_id(db: &Db, id: StaffId) -> Result<Option<Staff>> {
    Ok(on!(db => query_as(select!("WHERE id = $1"), id).fetch_optional))
}

/// Returns the person with this email address: see [`email::key`].
pub async fn by_email(db: &Db, email: &str) -> Result<Option<Staff>> {
    let key = email::key(email);
    // No address contains a NUL, and PostgreSQL accepts none in a text.
    if key.contains('\0') {
        return Ok(None);
    }
    Ok(on!(db => query_as(select!("WHERE email_folded = $1"), &key).fetch_optional))
}

/// Returns everyone: first those who can sign in, then by name. At most 1,000.
pub async fn all(db: &Db) -> Result<Vec<Staff>> {
    Ok(on!(db => query_as(
        select!("ORDER BY CASE WHEN disabled_at IS NULL THEN 0 ELSE 1 END, LOWER(name), email_folded LIMIT 1000"),
    ).fetch_all))
}

/// Returns `true` if there is any staff member at all.
pub async fn any(db: &Db) -> Result<bool> {
    let found: Option<i64> = on!(db => query_scalar(
        "SELECT CAST(1 AS BIGINT) FROM staff LIMIT 1",
    ).fetch_optional);
    Ok(found.is_some())
}

/// Returns `true` if there is someone besides this person.
pub async fn any_other(db: &Db, id: StaffId) -> Result<bool> {
    let found: Option<i64> = on!(db => query_scalar(
        "SELECT CAST(1 AS BIGINT) FROM staff WHERE id <> $1 LIMIT 1", id,
    ).fetch_optional);
    Ok(found.is_some())
}

/// Returns the hash of a person's password, if they have chosen one.
pub async fn password_hash(db: &Db, id: StaffId) -> Result<Option<String>> {
    let hash: Option<Option<String>> = on!(db => query_scalar(
        "SELECT password_hash FROM staff WHERE id = $1", id,
    ).fetch_optional);
    Ok(hash.flatten())
}

/// Locks the rows of all staff until the transaction ends, and returns them.
/// The rules about the last owner concern everyone at once.
pub async fn lock_all(tx: &mut Tx) -> Result<Vec<Staff>> {
    // An UPDATE without changes locks each row on PostgreSQL. SQLite has only one writer anyway.
    within!(tx => query("UPDATE staff SET version = version").execute);
    Ok(within!(tx => query_as(select!("ORDER BY email_folded LIMIT 1000")).fetch_all))
}

/// Locks the row of one person until the transaction ends, and returns them.
pub async fn lock(tx: &mut Tx, id: StaffId) -> Result<Option<Staff>> {
    within!(tx => query("UPDATE staff SET version = version WHERE id = $1", id).execute);
    by_id_in_tx(tx, id).await
}

/// Returns the person with this ID, as the transaction sees them.
pub async fn by_id_in_tx(tx: &mut Tx, id: StaffId) -> Result<Option<Staff>> {
    Ok(within!(tx => query_as(select!("WHERE id = $1"), id).fetch_optional))
}

/// Adds a person without a password.
/// Returns `false` if someone already has the email address.
pub async fn insert(
    tx: &mut Tx,
    id: StaffId,
    email: &Email,
    name: &str,
    role: Role,
    at: Timestamp,
) -> Result<bool> {
    let changed = within!(tx => query(
        "INSERT INTO staff (id, email, email_folded, name, role, created_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (email_folded) DO NOTHING",
        id, email.as_str(), email.key(), name, role, at,
    ).execute);
    Ok(changed == 1)
}

/// Changes a person's email. Returns `false` if someone else has it.
pub async fn set_email(tx: &mut Tx, id: StaffId, email: &Email) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE staff SET email = $2, email_folded = $3, version = version + 1
         WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM staff AS others WHERE others.email_folded = $3 AND others.id <> $1)",
        id, email.as_str(), email.key(),
    ).execute);
    Ok(changed == 1)
}

/// Changes a person's role.
pub async fn set_role(tx: &mut Tx, id: StaffId, role: Role) -> Result<()> {
    within!(tx => query(
        "UPDATE staff SET role = $1, version = version + 1 WHERE id = $2", role, id,
    ).execute);
    Ok(())
}

/// Disables a person since `at`. `None` enables them again.
pub async fn set_disabled(tx: &mut Tx, id: StaffId, at: Option<Timestamp>) -> Result<()> {
    within!(tx => query(
        "UPDATE staff SET disabled_at = $1, version = version + 1 WHERE id = $2", at, id,
    ).execute);
    Ok(())
}

/// Stores the hash of a new password. The first one also marks the person as joined.
pub async fn set_password(tx: &mut Tx, id: StaffId, hash: &str, at: Timestamp) -> Result<()> {
    within!(tx => query(
        "UPDATE staff SET password_hash = $1, password_changed_at = $2, joined_at = COALESCE(joined_at, $2)
         WHERE id = $3",
        hash, at, id,
    ).execute);
    Ok(())
}

/// Records that a person accepted their invitation without choosing a password.
pub async fn mark_joined(tx: &mut Tx, id: StaffId, at: Timestamp) -> Result<()> {
    within!(tx => query("UPDATE staff SET joined_at = $1 WHERE id = $2", at, id).execute);
    Ok(())
}

/// Stores the name and time zone that a person chose for themselves.
pub async fn set_profile(tx: &mut Tx, id: StaffId, name: &str, time_zone: &str) -> Result<()> {
    within!(tx => query(
        "UPDATE staff SET name = $1, time_zone = $2 WHERE id = $3", name, time_zone, id,
    ).execute);
    Ok(())
}

/// Stores the height of rows that a person chose for their lists.
pub async fn set_density(db: &Db, id: StaffId, density: Density) -> Result<()> {
    on!(db => query("UPDATE staff SET density = $1 WHERE id = $2", density, id).execute);
    Ok(())
}

/// Stores the colors that a person chose for their pages.
pub async fn set_theme(db: &Db, id: StaffId, theme: Theme) -> Result<()> {
    on!(db => query("UPDATE staff SET theme = $1 WHERE id = $2", theme, id).execute);
    Ok(())
}

/// Stores if keys without a modifier are shortcuts for a person.
pub async fn set_single_keys(db: &Db, id: StaffId, on: bool) -> Result<()> {
    on!(db => query("UPDATE staff SET single_keys = $1 WHERE id = $2", on, id).execute);
    Ok(())
}

/// Stores if a person hides the list of first steps.
pub async fn set_hides_checklist(db: &Db, id: StaffId, hides: bool) -> Result<()> {
    on!(db => query("UPDATE staff SET hides_checklist = $1 WHERE id = $2", hides, id).execute);
    Ok(())
}

/// Records the time of a person's sign-in.
pub async fn record_sign_in(tx: &mut Tx, id: StaffId, at: Timestamp) -> Result<()> {
    within!(tx => query("UPDATE staff SET last_sign_in_at = $1 WHERE id = $2", at, id).execute);
    Ok(())
}
