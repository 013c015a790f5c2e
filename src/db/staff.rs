//! The people who sign in to the portal. The rules about who may change whom are in `domain::staff`.

use super::{Db, Result, Tx};
use crate::domain::email::{self, Email};
use crate::domain::ids::StaffId;
use crate::domain::role::Role;
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Somebody who signs in to the portal. The hash of their password is not part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Staff {
    /// Their id.
    pub id: StaffId,
    /// Their e-mail address, as typed.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Role of the person.
    pub role: Role,
    /// The zone in which they read times, as IANA names it.
    pub time_zone: String,
    /// When they were added.
    pub created_at: Timestamp,
    /// Since when they cannot sign in any more.
    pub disabled_at: Option<Timestamp>,
    /// When they last signed in.
    pub last_sign_in_at: Option<Timestamp>,
    /// When they last chose a password; none where they have none.
    pub password_changed_at: Option<Timestamp>,
    /// When they first chose a password or signed in at the provider of single sign-on; none while an invitation is
    /// open.
    pub joined_at: Option<Timestamp>,
    /// True if they have a second factor: an authenticator app or a passkey.
    pub second_factor: bool,
    /// Goes up with each change by somebody else, so that a form can tell that it is stale.
    pub version: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, email, name, role, time_zone, created_at, disabled_at, last_sign_in_at, password_changed_at, \
             joined_at, version, \
             (SELECT COUNT(*) FROM authenticator_apps WHERE authenticator_apps.staff_id = staff.id) \
             + (SELECT COUNT(*) FROM passkeys WHERE passkeys.staff_id = staff.id) > 0 AS second_factor \
             FROM staff ",
            $rest
        )
    };
}
pub(super) use select;

/// The one with this id.
pub async fn by_id(db: &Db, id: StaffId) -> Result<Option<Staff>> {
    Ok(on!(db => query_as(select!("WHERE id = $1"), id).fetch_optional))
}

/// The one with this email address: see [`email::key`].
pub async fn by_email(db: &Db, email: &str) -> Result<Option<Staff>> {
    let key = email::key(email);
    // Nobody's address has a NUL, and PostgreSQL takes none in a text.
    if key.contains('\0') {
        return Ok(None);
    }
    Ok(on!(db => query_as(select!("WHERE email_folded = $1"), &key).fetch_optional))
}

/// Everybody, those who can sign in first, then by name.
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

/// The hash of somebody's password, where they have chosen one.
pub async fn password_hash(db: &Db, id: StaffId) -> Result<Option<String>> {
    let hash: Option<Option<String>> = on!(db => query_scalar(
        "SELECT password_hash FROM staff WHERE id = $1", id,
    ).fetch_optional);
    Ok(hash.flatten())
}

/// Takes the rows of all staff so that no other transaction changes one until this one ends: the rules about the last
/// owner hold for everybody at once. Answers everybody as they are then.
pub async fn lock_all(tx: &mut Tx) -> Result<Vec<Staff>> {
    // An UPDATE that changes nothing locks each row on PostgreSQL; on SQLite the transaction is alone already.
    within!(tx => query("UPDATE staff SET version = version").execute);
    Ok(within!(tx => query_as(select!("ORDER BY email_folded LIMIT 1000")).fetch_all))
}

/// Takes the row of one of the staff so that no other transaction changes it until this one ends; answers them as they
/// are then.
pub async fn lock(tx: &mut Tx, id: StaffId) -> Result<Option<Staff>> {
    within!(tx => query("UPDATE staff SET version = version WHERE id = $1", id).execute);
    by_id_in_tx(tx, id).await
}

/// The one with this id, as this transaction sees them.
pub async fn by_id_in_tx(tx: &mut Tx, id: StaffId) -> Result<Option<Staff>> {
    Ok(within!(tx => query_as(select!("WHERE id = $1"), id).fetch_optional))
}

/// Adds somebody without a password. False when the e-mail address is somebody's already.
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

/// Gives somebody another role.
pub async fn set_role(tx: &mut Tx, id: StaffId, role: Role) -> Result<()> {
    within!(tx => query(
        "UPDATE staff SET role = $1, version = version + 1 WHERE id = $2", role, id,
    ).execute);
    Ok(())
}

/// Disables somebody since `at`, or enables them again with `None`.
pub async fn set_disabled(tx: &mut Tx, id: StaffId, at: Option<Timestamp>) -> Result<()> {
    within!(tx => query(
        "UPDATE staff SET disabled_at = $1, version = version + 1 WHERE id = $2", at, id,
    ).execute);
    Ok(())
}

/// Keeps the hash of a new password, and the name where one was given with it.
pub async fn set_password(tx: &mut Tx, id: StaffId, hash: &str, at: Timestamp) -> Result<()> {
    within!(tx => query(
        "UPDATE staff SET password_hash = $1, password_changed_at = $2, joined_at = COALESCE(joined_at, $2)
         WHERE id = $3",
        hash, at, id,
    ).execute);
    Ok(())
}

/// Keeps that somebody took their invitation without choosing a password.
pub async fn mark_joined(tx: &mut Tx, id: StaffId, at: Timestamp) -> Result<()> {
    within!(tx => query("UPDATE staff SET joined_at = $1 WHERE id = $2", at, id).execute);
    Ok(())
}

/// Keeps what somebody says of themselves.
pub async fn set_profile(tx: &mut Tx, id: StaffId, name: &str, time_zone: &str) -> Result<()> {
    within!(tx => query(
        "UPDATE staff SET name = $1, time_zone = $2 WHERE id = $3", name, time_zone, id,
    ).execute);
    Ok(())
}

/// Keeps when somebody signed in.
pub async fn record_sign_in(tx: &mut Tx, id: StaffId, at: Timestamp) -> Result<()> {
    within!(tx => query("UPDATE staff SET last_sign_in_at = $1 WHERE id = $2", at, id).execute);
    Ok(())
}
