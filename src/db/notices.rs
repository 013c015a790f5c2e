//! Notices about changes to a person's sign-in, shown on their profile until dismissed.
//! A notice says what was changed, when, and from which IP address.

use uuid::Uuid;

use super::{Db, Result, Tx};
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;

/// Notice to one person.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Notice {
    /// ID of the notice.
    pub id: Uuid,
    /// Sentence that says what happened.
    #[sqlx(rename = "words")]
    pub message: String,
    /// IP address that the change was made from.
    pub address: Option<String>,
    /// Time of the change.
    pub at: Timestamp,
}

/// Stores a notice for a person.
pub async fn create(
    tx: &mut Tx,
    staff: StaffId,
    words: &str,
    address: Option<&str>,
    at: Timestamp,
) -> Result<()> {
    within!(tx => query(
        "INSERT INTO notices (id, staff_id, words, address, at) VALUES ($1, $2, $3, $4, $5)",
        Uuid::new_v4(), staff, words, address, at,
    ).execute);
    Ok(())
}

/// Returns the notices that a person has not dismissed, the latest first.
pub async fn of_staff(db: &Db, staff: StaffId) -> Result<Vec<Notice>> {
    Ok(on!(db => query_as(
        "SELECT id, words, address, at FROM notices WHERE staff_id = $1 ORDER BY at DESC, id LIMIT 50",
        staff,
    ).fetch_all))
}

/// Dismisses a person's notices up to a time. Returns how many there were.
/// Notices that arrived after they opened the page stay.
pub async fn dismiss(tx: &mut Tx, staff: StaffId, until: Timestamp) -> Result<u64> {
    Ok(within!(tx => query(
        "DELETE FROM notices WHERE staff_id = $1 AND at <= $2", staff, until,
    ).execute))
}
