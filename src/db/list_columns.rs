//! Columns that people chose for their lists. `web` knows which columns a list has.

use super::{Db, Result};
use crate::domain::ids::StaffId;

/// Returns the keys that a person chose for a list, between dots. `None` if they chose none.
pub async fn of_staff(db: &Db, staff: StaffId, list: &str) -> Result<Option<String>> {
    Ok(on!(db => query_scalar(
        "SELECT column_keys FROM list_columns WHERE staff_id = $1 AND list = $2", staff, list,
    ).fetch_optional))
}

/// Stores the keys that a person chose for a list.
pub async fn save(db: &Db, staff: StaffId, list: &str, keys: &str) -> Result<()> {
    on!(db => query(
        "INSERT INTO list_columns (staff_id, list, column_keys) VALUES ($1, $2, $3)
         ON CONFLICT (staff_id, list) DO UPDATE SET column_keys = excluded.column_keys",
        staff, list, keys,
    ).execute);
    Ok(())
}

/// Deletes what a person chose for a list, which then has its own columns.
pub async fn reset(db: &Db, staff: StaffId, list: &str) -> Result<()> {
    on!(db => query(
        "DELETE FROM list_columns WHERE staff_id = $1 AND list = $2", staff, list,
    ).execute);
    Ok(())
}
