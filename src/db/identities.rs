//! Identities of staff at a provider of single sign-on.
//! Each person has at most one subject at a provider. The subject is the provider's name for a
//! person.

use super::{Db, Result, Tx};
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;

/// Finds the person with this subject at this provider.
pub async fn staff_by_subject(tx: &mut Tx, issuer: &str, subject: &str) -> Result<Option<StaffId>> {
    Ok(within!(tx => query_scalar(
        "SELECT staff_id FROM identities WHERE issuer = $1 AND subject = $2", issuer, subject,
    ).fetch_optional))
}

/// Returns `true` if anyone has this subject at this provider.
pub async fn is_known(db: &Db, issuer: &str, subject: &str) -> Result<bool> {
    let found: Option<StaffId> = on!(db => query_scalar(
        "SELECT staff_id FROM identities WHERE issuer = $1 AND subject = $2", issuer, subject,
    ).fetch_optional);
    Ok(found.is_some())
}

/// Returns a person's subject at this provider, if they are linked.
pub async fn subject_of(tx: &mut Tx, issuer: &str, staff: StaffId) -> Result<Option<String>> {
    Ok(within!(tx => query_scalar(
        "SELECT subject FROM identities WHERE issuer = $1 AND staff_id = $2", issuer, staff,
    ).fetch_optional))
}

/// Returns the time at which a person was linked at this provider, if they are.
pub async fn linked_at(db: &Db, issuer: &str, staff: StaffId) -> Result<Option<Timestamp>> {
    Ok(on!(db => query_scalar(
        "SELECT created_at FROM identities WHERE issuer = $1 AND staff_id = $2", issuer, staff,
    ).fetch_optional))
}

/// Links a person to their subject at this provider.
/// Returns `false` if they have another one there, or if it belongs to another person.
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

/// Removes a person's links to all providers. Returns `true` if there were any.
pub async fn unlink(tx: &mut Tx, staff: StaffId) -> Result<bool> {
    let changed = within!(tx => query(
        "DELETE FROM identities WHERE staff_id = $1", staff,
    ).execute);
    Ok(changed > 0)
}
