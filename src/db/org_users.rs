//! The organization users as last read.

use super::{Result, Tx};
use crate::domain::ids::OrgUserId;

/// Drops a user who was removed; nothing where the snapshot has no such user.
///
/// # Errors
/// When the database fails.
pub async fn remove(tx: &mut Tx, id: &OrgUserId) -> Result<()> {
    within!(tx, conn => {
        sqlx::query("DELETE FROM org_users WHERE id = $1")
            .bind(id.as_str())
            .execute(&mut *conn)
            .await?;
    });
    Ok(())
}
