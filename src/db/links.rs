//! One-use links: the first owner, an invitation, a forgotten password. Only the hash of a token is kept.

use uuid::Uuid;

use super::{Db, Result, Tx};
use crate::domain::ids::StaffId;
use crate::domain::string_enum::string_enum;
use crate::domain::time::Timestamp;

string_enum! {
    /// Purpose of a link.
    pub enum LinkPurpose {
        /// Creating the first owner.
        SetUp = "setup";
        /// Choosing the first password.
        Invitation = "invitation";
        /// Choosing another password.
        Reset = "reset";
    }
}

/// Keeps a link and takes back the earlier ones for the same person: the newest alone works.
pub async fn create(
    tx: &mut Tx,
    purpose: LinkPurpose,
    token_hash: &[u8],
    staff: Option<StaffId>,
    created_by: Option<StaffId>,
    (at, expires_at): (Timestamp, Timestamp),
) -> Result<()> {
    revoke(tx, staff).await?;
    within!(tx => query(
        "INSERT INTO links (id, purpose, token_hash, staff_id, created_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        Uuid::new_v4(), purpose, token_hash, staff, created_by, at, expires_at,
    ).execute);
    Ok(())
}

/// Takes back every link of this person that was not used; with nobody, those for the first owner.
pub async fn revoke(tx: &mut Tx, staff: Option<StaffId>) -> Result<()> {
    match staff {
        Some(staff) => within!(tx => query(
            "DELETE FROM links WHERE staff_id = $1 AND used_at IS NULL", staff,
        ).execute),
        None => {
            within!(tx => query("DELETE FROM links WHERE staff_id IS NULL AND used_at IS NULL").execute)
        }
    };
    Ok(())
}

/// Finds the person that a valid, unused link is for. `Some(None)` means the first owner. The link
/// stays unused.
pub async fn find(
    db: &Db,
    purpose: LinkPurpose,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Option<Option<StaffId>>> {
    Ok(on!(db => query_scalar(
        "SELECT staff_id FROM links WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3",
        token_hash, purpose, now,
    ).fetch_optional))
}

/// Uses the link: as [`find`], and never again.
pub async fn consume(
    tx: &mut Tx,
    purpose: LinkPurpose,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Option<Option<StaffId>>> {
    Ok(within!(tx => query_scalar(
        "UPDATE links SET used_at = $1
         WHERE token_hash = $2 AND purpose = $3 AND used_at IS NULL AND expires_at > $1 RETURNING staff_id",
        now, token_hash, purpose,
    ).fetch_optional))
}
