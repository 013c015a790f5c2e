//! Authenticator apps and recovery codes, as they are kept: seeds encrypted, codes hashed. Passkeys are in `passkeys`;
//! what any of them proves is `staff::factors`'.

use super::{Db, Result, Tx};
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;

/// Somebody's authenticator app.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AuthenticatorApp {
    /// Its seed, encrypted.
    pub seed: Vec<u8>,
    /// When it was set up.
    pub created_at: Timestamp,
    /// When a code of it was last taken at a sign-in.
    pub used_at: Option<Timestamp>,
}

/// Somebody's authenticator app, where they have one.
pub async fn authenticator_app(db: &Db, staff: StaffId) -> Result<Option<AuthenticatorApp>> {
    Ok(on!(db => query_as(
        "SELECT seed, created_at, used_at FROM authenticator_apps WHERE staff_id = $1", staff,
    ).fetch_optional))
}

/// Keeps an app in place of any before; the code of `step` was taken to confirm it.
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

/// Uses the code of a step. False where it was used already, or a later one was.
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

/// The encrypted seed of every authenticator app, and whose it is.
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

/// Removes everyone's recovery codes; answers how many people had some left.
pub async fn remove_all_codes(tx: &mut Tx) -> Result<i64> {
    let people = within!(tx => query_scalar(
        "SELECT COUNT(DISTINCT staff_id) FROM recovery_codes WHERE used_at IS NULL",
    ).fetch_one);
    within!(tx => query("DELETE FROM recovery_codes").execute);
    Ok(people)
}

/// Removes somebody's app; whether there was one.
pub async fn remove_app(tx: &mut Tx, staff: StaffId) -> Result<bool> {
    let changed = within!(tx => query(
        "DELETE FROM authenticator_apps WHERE staff_id = $1", staff,
    ).execute);
    Ok(changed == 1)
}

/// Keeps these hashes of recovery codes in place of any before; without any, there are none.
pub async fn set_codes(tx: &mut Tx, staff: StaffId, hashes: &[Vec<u8>]) -> Result<()> {
    within!(&mut *tx => query("DELETE FROM recovery_codes WHERE staff_id = $1", staff).execute);
    for hash in hashes {
        within!(&mut *tx => query(
            "INSERT INTO recovery_codes (staff_id, code_hash) VALUES ($1, $2)", staff, hash,
        ).execute);
    }
    Ok(())
}

/// Uses a recovery code. False where it was used already, or never was.
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

/// Returns how many recovery codes someone has left, and of how many.
pub async fn codes_left(db: &Db, staff: StaffId) -> Result<(i64, i64)> {
    Ok(on!(db => query_as(CODES_LEFT_SQL, staff).fetch_one))
}

/// [`codes_left`] within a transaction.
pub async fn codes_left_in(tx: &mut Tx, staff: StaffId) -> Result<(i64, i64)> {
    Ok(within!(tx => query_as(CODES_LEFT_SQL, staff).fetch_one))
}

const CODES_LEFT_SQL: &str =
    "SELECT COUNT(*) - COUNT(used_at), COUNT(*) FROM recovery_codes WHERE staff_id = $1";

/// For each role, how many who can sign in have no second factor.
pub async fn staff_without_second_factor(db: &Db) -> Result<Vec<(String, i64)>> {
    Ok(on!(db => query_as(
        "SELECT role, COUNT(*) FROM staff
         WHERE disabled_at IS NULL AND joined_at IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM authenticator_apps WHERE authenticator_apps.staff_id = staff.id)
           AND NOT EXISTS (SELECT 1 FROM passkeys WHERE passkeys.staff_id = staff.id)
         GROUP BY role",
    ).fetch_all))
}

/// Removes every factor of somebody: app, passkeys, recovery codes. Answers whether there was an app, and how many
/// passkeys.
pub async fn remove_all(tx: &mut Tx, staff: StaffId) -> Result<(bool, u64)> {
    let app = remove_app(tx, staff).await?;
    set_codes(tx, staff, &[]).await?;
    let passkeys = within!(tx => query("DELETE FROM passkeys WHERE staff_id = $1", staff).execute);
    Ok((app, passkeys))
}
