//! Links that can be used once: for the first owner, an invitation, or a forgotten password.
//! Only the hash of a token is stored.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Db, Result, Tx};
use crate::domain::ids::StaffId;
use crate::domain::string_enum::string_enum;
use crate::domain::time::Timestamp;

string_enum! {
    /// Purpose of a link.
    pub enum LinkPurpose {
        /// To create the first owner.
        SetUp = "setup";
        /// To choose the first password.
        Invitation = "invitation";
        /// To choose a new password.
        Reset = "reset";
    }
}

/// Stores a link and revokes earlier ones for the same person. Only the newest works.
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

/// Revokes all unused links of this person. `None` means those for the first owner.
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

/// Finds the person that a valid, unused link is for. Does not use it up.
/// `Some(None)` means the first owner.
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

/// Returns when the open invitation of each person ends.
pub async fn invitations(db: &Db, now: Timestamp) -> Result<HashMap<StaffId, Timestamp>> {
    let open: Vec<(StaffId, Timestamp)> = on!(db => query_as(
        "SELECT staff_id, expires_at FROM links
         WHERE purpose = $1 AND staff_id IS NOT NULL AND used_at IS NULL AND expires_at > $2",
        LinkPurpose::Invitation, now,
    ).fetch_all);
    Ok(open.into_iter().collect())
}

/// Uses the link: returns the same as [`find`], and the link cannot be used again.
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
