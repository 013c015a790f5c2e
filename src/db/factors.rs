//! Stored authenticator apps and recovery codes: seeds are encrypted, codes hashed.
//! Passkeys are in `passkeys`. `staff::factors` decides what a factor proves.

use super::{Db, Result, Tx};
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;

/// Authenticator app of a person.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AuthenticatorApp {
    /// Seed of the app, encrypted.
    pub seed: Vec<u8>,
    /// Time at which it was set up.
    pub created_at: Timestamp,
    /// Time at which one of its codes was last used to sign in.
    pub used_at: Option<Timestamp>,
}

/// Returns a person's authenticator app, if they have one.
pub async fn authenticator_app(db: &Db, staff: StaffId) -> Result<Option<AuthenticatorApp>> {
    Ok(on!(db => query_as(
        "SELECT seed, created_at, used_at FROM authenticator_apps WHERE staff_id = $1", staff,
    ).fetch_optional))
}

/// Stores an app and replaces the previous one.
/// The code of `step` confirmed it, so it counts as used.
pub async fn set_app(
    tx: &mut Tx,
    staff: StaffId,
    seed: &[u8],
    step: i64,
    at: Timestamp,
) -> Result<()> {
    within!(tx => query(
        "INSERT INTO authenticator_apps (staff_id, seed, last_step, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (staff_id) DO UPDATE
         SET seed = excluded.seed, last_step = excluded.last_step, created_at = excluded.created_at, used_at = NULL",
        staff, seed, step, at,
    ).execute);
    Ok(())
}

/// Uses the code of a time step.
/// Returns `false` if this or a later code was already used, or if the app was replaced.
pub async fn consume_totp_step(
    tx: &mut Tx,
    staff: StaffId,
    seed: &[u8],
    step: i64,
    at: Timestamp,
) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE authenticator_apps SET last_step = $1, used_at = $2
         WHERE staff_id = $3 AND seed = $4 AND last_step < $1",
        step, at, staff, seed,
    ).execute);
    Ok(changed == 1)
}

/// Returns the encrypted seeds of all authenticator apps, with the people they belong to.
pub async fn seeds(tx: &mut Tx) -> Result<Vec<(StaffId, Vec<u8>)>> {
    Ok(within!(tx => query_as(
        "SELECT staff_id, seed FROM authenticator_apps ORDER BY staff_id",
    ).fetch_all))
}

/// Replaces an encrypted seed by the same seed, encrypted with another key.
pub async fn set_seed(tx: &mut Tx, staff: StaffId, seed: &[u8]) -> Result<()> {
    within!(tx => query(
        "UPDATE authenticator_apps SET seed = $1 WHERE staff_id = $2", seed, staff,
    ).execute);
    Ok(())
}

/// Removes everyone's recovery codes. Returns how many people had unused ones.
pub async fn remove_all_codes(tx: &mut Tx) -> Result<i64> {
    let people = within!(tx => query_scalar(
        "SELECT COUNT(DISTINCT staff_id) FROM recovery_codes WHERE used_at IS NULL",
    ).fetch_one);
    within!(tx => query("DELETE FROM recovery_codes").execute);
    Ok(people)
}

/// Removes a person's app. Returns `true` if there was one.
pub async fn remove_app(tx: &mut Tx, staff: StaffId) -> Result<bool> {
    let changed = within!(tx => query(
        "DELETE FROM authenticator_apps WHERE staff_id = $1", staff,
    ).execute);
    Ok(changed == 1)
}

/// Stores these hashes of recovery codes and replaces the previous ones.
pub async fn set_codes(tx: &mut Tx, staff: StaffId, hashes: &[Vec<u8>]) -> Result<()> {
    within!(&mut *tx => query("DELETE FROM recovery_codes WHERE staff_id = $1", staff).execute);
    for hash in hashes {
        within!(&mut *tx => query(
            "INSERT INTO recovery_codes (staff_id, code_hash) VALUES ($1, $2)", staff, hash,
        ).execute);
    }
    Ok(())
}

/// Uses a recovery code. Returns `false` if it was already used or does not exist.
pub async fn consume_recovery_code(
    tx: &mut Tx,
    staff: StaffId,
    hash: &[u8],
    at: Timestamp,
) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE recovery_codes SET used_at = $1 WHERE staff_id = $2 AND code_hash = $3 AND used_at IS NULL",
        at, staff, hash,
    ).execute);
    Ok(changed == 1)
}

/// Returns how many unused recovery codes a person has, and how many in total.
pub async fn codes_left(db: &Db, staff: StaffId) -> Result<(i64, i64)> {
    Ok(on!(db => query_as(CODES_LEFT_SQL, staff).fetch_one))
}

/// Returns the same as [`codes_left`], within a transaction.
pub async fn codes_left_in(tx: &mut Tx, staff: StaffId) -> Result<(i64, i64)> {
    Ok(within!(tx => query_as(CODES_LEFT_SQL, staff).fetch_one))
}

const CODES_LEFT_SQL: &str =
    "SELECT COUNT(*) - COUNT(used_at), COUNT(*) FROM recovery_codes WHERE staff_id = $1";

/// Returns, for each role, how many active people have no second factor.
pub async fn staff_without_second_factor(db: &Db) -> Result<Vec<(String, i64)>> {
    Ok(on!(db => query_as(
        "SELECT role, COUNT(*) FROM staff
         WHERE disabled_at IS NULL AND joined_at IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM authenticator_apps WHERE authenticator_apps.staff_id = staff.id)
           AND NOT EXISTS (SELECT 1 FROM passkeys WHERE passkeys.staff_id = staff.id)
         GROUP BY role",
    ).fetch_all))
}

/// Removes all second factors of a person: app, passkeys and recovery codes.
/// Returns `true` if there was an app, and the number of passkeys.
pub async fn remove_all(tx: &mut Tx, staff: StaffId) -> Result<(bool, u64)> {
    let app = remove_app(tx, staff).await?;
    set_codes(tx, staff, &[]).await?;
    let passkeys = within!(tx => query("DELETE FROM passkeys WHERE staff_id = $1", staff).execute);
    Ok((app, passkeys))
}
