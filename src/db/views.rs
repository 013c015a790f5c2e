//! Saved views of the list of accounts: each somebody's own, a name for the query of its address.

use uuid::Uuid;

use super::{Db, Result};
use crate::domain::ids::{StaffId, ViewId};
use crate::domain::text::folded;
use crate::domain::time::Timestamp;

/// Maximum number of views that one person can have.
pub const MAX_PER_STAFF: i64 = 50;

/// A saved view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedView {
    /// Its id.
    pub id: ViewId,
    /// As its owner typed it.
    pub name: String,
    /// The query of the list's address, without the `?`.
    pub query: String,
    /// True if the list opens with this view.
    pub is_default: bool,
}

/// Result of saving or renaming a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveResult {
    /// It is saved.
    Done,
    /// Another of their views is called so, in whatever case.
    Taken,
    /// They have as many as they can have.
    TooMany,
    /// There is no such view of theirs.
    Gone,
}

/// Somebody's views, by name.
pub async fn of_staff(db: &Db, staff: StaffId) -> Result<Vec<SavedView>> {
    let rows: Vec<(Uuid, String, String, bool)> = on!(db, pool => {
        sqlx::query_as("SELECT id, name, query, is_default FROM views WHERE staff_id = $1 ORDER BY name_folded")
            .bind(staff.as_uuid())
            .fetch_all(pool)
            .await?
    });
    let view = |(id, name, query, is_default)| SavedView {
        id: ViewId::from_uuid(id),
        name,
        query,
        is_default,
    };
    Ok(rows.into_iter().map(view).collect())
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
    let saved = within!(&mut tx, conn => {
        sqlx::query(
            "INSERT INTO views (id, staff_id, name, name_folded, query, is_default, created_at)
             SELECT $1, $2, $3, $4, $5, FALSE, $6 WHERE (SELECT COUNT(*) FROM views WHERE staff_id = $2) < $7
             ON CONFLICT (staff_id, name_folded) DO NOTHING",
        )
        .bind(ViewId::new(now).as_uuid())
        .bind(staff.as_uuid())
        .bind(name)
        .bind(folded(name))
        .bind(query)
        .bind(now.as_millis())
        .bind(MAX_PER_STAFF)
        .execute(&mut *conn)
        .await?
        .rows_affected()
    });
    let named: i64 = within!(&mut tx, conn => {
        sqlx::query_scalar("SELECT COUNT(*) FROM views WHERE staff_id = $1 AND name_folded = $2")
            .bind(staff.as_uuid())
            .bind(folded(name))
            .fetch_one(&mut *conn)
            .await?
    });
    tx.commit().await?;
    Ok(match (saved, named) {
        (0, 0) => SaveResult::TooMany,
        (0, _) => SaveResult::Taken,
        _ => SaveResult::Done,
    })
}

/// Gives one of somebody's views another name.
pub async fn rename(db: &Db, staff: StaffId, id: ViewId, name: &str) -> Result<SaveResult> {
    match update_name(db, staff, id, name).await {
        Ok(true) => Ok(SaveResult::Done),
        Ok(false) => Ok(SaveResult::Gone),
        Err(error) if error.is_unique_violation() => Ok(SaveResult::Taken),
        Err(error) => Err(error),
    }
}

async fn update_name(db: &Db, staff: StaffId, id: ViewId, name: &str) -> Result<bool> {
    let mut tx = db.begin().await?;
    let changed = within!(&mut tx, conn => {
        sqlx::query("UPDATE views SET name = $3, name_folded = $4 WHERE id = $1 AND staff_id = $2")
            .bind(id.as_uuid())
            .bind(staff.as_uuid())
            .bind(name)
            .bind(folded(name))
            .execute(&mut *conn)
            .await?
            .rows_affected()
    });
    tx.commit().await?;
    Ok(changed > 0)
}

/// Deletes one of somebody's views; whether there was one.
pub async fn delete(db: &Db, staff: StaffId, id: ViewId) -> Result<bool> {
    let mut tx = db.begin().await?;
    let deleted = within!(&mut tx, conn => {
        sqlx::query("DELETE FROM views WHERE id = $1 AND staff_id = $2")
            .bind(id.as_uuid())
            .bind(staff.as_uuid())
            .execute(&mut *conn)
            .await?
            .rows_affected()
    });
    tx.commit().await?;
    Ok(deleted > 0)
}

/// Makes one of somebody's views the one that the list opens with, or none of them.
pub async fn set_default(db: &Db, staff: StaffId, id: Option<ViewId>) -> Result<()> {
    let mut tx = db.begin().await?;
    within!(&mut tx, conn => {
        sqlx::query("UPDATE views SET is_default = (id = $2) WHERE staff_id = $1")
            .bind(staff.as_uuid())
            .bind(id.map_or(Uuid::nil(), ViewId::as_uuid))
            .execute(&mut *conn)
            .await?;
    });
    tx.commit().await
}
