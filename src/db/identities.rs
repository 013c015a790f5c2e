//! Identities of staff at a provider of single sign-on. Each person has one name there.

use super::{Db, Result, Tx};
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;

/// Finds the person who has this name at this provider.
pub async fn staff_by_subject(tx: &mut Tx, issuer: &str, subject: &str) -> Result<Option<StaffId>> {
    Ok(within!(tx => query_scalar(
        "SELECT staff_id FROM identities WHERE issuer = $1 AND subject = $2", issuer, subject,
    ).fetch_optional))
}

/// Returns `true` if anyone has this name at this provider.
pub async fn is_known(db: &Db, issuer: &str, subject: &str) -> Result<bool> {
    let found: Option<StaffId> = on!(db => query_scalar(
        "SELECT staff_id FROM identities WHERE issuer = $1 AND subject = $2", issuer, subject,
    ).fetch_optional);
    Ok(found.is_some())
}

/// Somebody's name at this provider, where they are linked to one.
pub async fn subject_of(tx: &mut Tx, issuer: &str, staff: StaffId) -> Result<Option<String>> {
    Ok(within!(tx => query_scalar(
        "SELECT subject FROM identities WHERE issuer = $1 AND staff_id = $2", issuer, staff,
    ).fetch_optional))
}

/// Since when somebody is linked to a name at this provider; none where they are not.
pub async fn linked_at(db: &Db, issuer: &str, staff: StaffId) -> Result<Option<Timestamp>> {
    Ok(on!(db => query_scalar(
        "SELECT created_at FROM identities WHERE issuer = $1 AND staff_id = $2", issuer, staff,
    ).fetch_optional))
}

/// Links somebody to their name at this provider. False where they have another one there, or it is somebody else's.
pub async fn link(
    tx: &mut Tx,
    issuer: &str,
    subject: &str,
    staff: StaffId,
    at: Timestamp,
) -> Result<bool> {
    let changed = within!(tx => query(
        "INSERT INTO identities (issuer, subject, staff_id, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
        issuer, subject, staff, at,
    ).execute);
    Ok(changed == 1)
}

/// Forgets somebody's names at all providers; whether there was any.
pub async fn unlink(tx: &mut Tx, staff: StaffId) -> Result<bool> {
    let changed = within!(tx => query(
        "DELETE FROM identities WHERE staff_id = $1", staff,
    ).execute);
    Ok(changed > 0)
}
