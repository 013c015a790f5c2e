//! Saved views of the list of accounts: each person's names for queries of its address.

use uuid::Uuid;

use super::{Db, Result};
use crate::domain::ids::{StaffId, ViewId};
use crate::domain::text::folded;
use crate::domain::time::Timestamp;

/// Maximum number of views that one person can have.
pub const MAX_PER_STAFF: i64 = 50;

/// Saved view of one person.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SavedView {
    /// ID of the view.
    pub id: ViewId,
    /// Name as its owner typed it.
    pub name: String,
    /// Query of the list's address, without the `?`.
    pub query: String,
    /// True if the list opens with this view.
    pub is_default: bool,
}

/// Result of saving or renaming a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveResult {
    /// The view was saved.
    Done,
    /// Another of their views has this name, ignoring case.
    Taken,
    /// They have the maximum number of views.
    TooMany,
    /// They have no such view.
    Gone,
}

/// Returns a person's views, by name.
pub async fn of_staff(db: &Db, staff: StaffId) -> Result<Vec<SavedView>> {
    Ok(on!(db => query_as(
        "SELECT id, name, query, is_default FROM views WHERE staff_id = $1 ORDER BY name_folded",
        staff,
    ).fetch_all))
}

/// Saves a query under a name.
pub async fn save(
    db: &Db,
    staff: StaffId,
    name: &str,
    query: &str,
    now: Timestamp,
) -> Result<SaveResult> {
    let mut tx = db.begin().await?;
    let saved = within!(&mut tx => query(
        "INSERT INTO views (id, staff_id, name, name_folded, query, is_default, created_at)
         SELECT $1, $2, $3, $4, $5, FALSE, $6 WHERE (SELECT COUNT(*) FROM views WHERE staff_id = $2) < $7
         ON CONFLICT (staff_id, name_folded) DO NOTHING",
        ViewId::new(now), staff, name, folded(name), query, now, MAX_PER_STAFF,
    ).execute);
    let named: i64 = within!(&mut tx => query_scalar(
        "SELECT COUNT(*) FROM views WHERE staff_id = $1 AND name_folded = $2", staff, folded(name),
    ).fetch_one);
    tx.commit().await?;
    Ok(match (saved, named) {
        (0, 0) => SaveResult::TooMany,
        (0, _) => SaveResult::Taken,
        _ => SaveResult::Done,
    })
}

/// Renames one of a person's views.
pub async fn rename(db: &Db, staff: StaffId, id: ViewId, name: &str) -> Result<SaveResult> {
    match update_name(db, staff, id, name).await {
        Ok(true) => Ok(SaveResult::Done),
        Ok(false) => Ok(SaveResult::Gone),
        Err(error) if error.is_unique_violation() => Ok(SaveResult::Taken),
        Err(error) => Err(error),
    }
}

async fn update_name(db: &Db, staff: StaffId, id: ViewId, name: &str) -> Result<bool> {
    let changed = on!(db => query(
        "UPDATE views SET name = $3, name_folded = $4 WHERE id = $1 AND staff_id = $2",
        id, staff, name, folded(name),
    ).execute);
    Ok(changed > 0)
}

/// Deletes one of a person's views. Returns `true` if there was one.
pub async fn delete(db: &Db, staff: StaffId, id: ViewId) -> Result<bool> {
    let deleted = on!(db => query(
        "DELETE FROM views WHERE id = $1 AND staff_id = $2", id, staff,
    ).execute);
    Ok(deleted > 0)
}

/// Makes one of a person's views the default of the list. `None` means no view.
pub async fn set_default(db: &Db, staff: StaffId, id: Option<ViewId>) -> Result<()> {
    on!(db => query(
        "UPDATE views SET is_default = (id = $2) WHERE staff_id = $1",
        staff, id.unwrap_or(ViewId::from_uuid(Uuid::nil())),
    ).execute);
    Ok(())
}
