//! Notices on a person's profile, shown until they dismiss them. A notice says how their sign-in was changed, when
//! and from where.

use uuid::Uuid;

use super::{Db, Result, Tx};
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;

/// A notice.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Notice {
    /// Its id.
    pub id: Uuid,
    /// Description of what happened, in a sentence.
    #[sqlx(rename = "words")]
    pub message: String,
    /// Address that the change was made from.
    pub address: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Tells somebody something.
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

/// Returns the notices that someone has not dismissed, the latest first.
pub async fn of_staff(db: &Db, staff: StaffId) -> Result<Vec<Notice>> {
    Ok(on!(db => query_as(
        "SELECT id, words, address, at FROM notices WHERE staff_id = $1 ORDER BY at DESC, id LIMIT 50",
        staff,
    ).fetch_all))
}

/// Dismisses what somebody was told up to a time: what came since they saw the page stays. Answers how many.
pub async fn dismiss(tx: &mut Tx, staff: StaffId, until: Timestamp) -> Result<u64> {
    Ok(within!(tx => query(
        "DELETE FROM notices WHERE staff_id = $1 AND at <= $2", staff, until,
    ).execute))
}
