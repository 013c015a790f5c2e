//! New emails of staff that are not confirmed yet. Each person has at most one.

use super::{Db, Result, Tx};
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;

/// Stores a person's new email and the hash of the token that confirms it. Replaces an earlier one.
pub async fn put(
    tx: &mut Tx,
    staff: StaffId,
    email: &str,
    token_hash: &[u8],
    expires_at: Timestamp,
) -> Result<()> {
    within!(tx => query(
        "INSERT INTO email_changes (staff_id, email, token_hash, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (staff_id) DO UPDATE SET
            email = excluded.email, token_hash = excluded.token_hash, expires_at = excluded.expires_at",
        staff, email, token_hash, expires_at,
    ).execute);
    Ok(())
}

/// Returns the email that a person has to confirm, and until when.
pub async fn pending(
    db: &Db,
    staff: StaffId,
    now: Timestamp,
) -> Result<Option<(String, Timestamp)>> {
    Ok(on!(db => query_as(
        "SELECT email, expires_at FROM email_changes WHERE staff_id = $1 AND expires_at > $2",
        staff, now,
    ).fetch_optional))
}

/// Returns the email that this token confirms for the person. Does not use up the token.
pub async fn find(
    db: &Db,
    staff: StaffId,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Option<String>> {
    Ok(on!(db => query_scalar(
        "SELECT email FROM email_changes WHERE staff_id = $1 AND token_hash = $2 AND expires_at > $3",
        staff, token_hash, now,
    ).fetch_optional))
}

/// Uses up the token: returns the same as [`find`], and the token does not work again.
pub async fn consume(
    tx: &mut Tx,
    staff: StaffId,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Option<String>> {
    Ok(within!(tx => query_scalar(
        "DELETE FROM email_changes WHERE staff_id = $1 AND token_hash = $2 AND expires_at > $3 RETURNING email",
        staff, token_hash, now,
    ).fetch_optional))
}

/// Removes the email that a person has not confirmed.
pub async fn remove(tx: &mut Tx, staff: StaffId) -> Result<()> {
    within!(tx => query("DELETE FROM email_changes WHERE staff_id = $1", staff).execute);
    Ok(())
}

/// Removes emails that were not confirmed in time.
pub async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    Ok(within!(tx => query("DELETE FROM email_changes WHERE expires_at <= $1", now).execute))
}
