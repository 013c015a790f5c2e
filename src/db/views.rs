//! Saved views of the list of accounts: names for queries of its address. A view belongs to one
//! person, or is shared with the team.

use super::{Db, Result, Tx};
use crate::domain::ids::{StaffId, ViewId};
use crate::domain::text::folded;
use crate::domain::time::Timestamp;

/// Maximum number of views that one person can create. Those that they share count too.
pub const MAX_PER_STAFF: i64 = 50;
/// Maximum number of shared views.
pub const MAX_SHARED: i64 = 20;

/// Owner of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewOwner {
    /// One person, who alone sees the view.
    Person(StaffId),
    /// The team: everyone sees the view.
    Team,
}

/// Saved view as one person sees it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SavedView {
    /// ID of the view.
    pub id: ViewId,
    /// Name as it was typed.
    pub name: String,
    /// Query of the list's address, without the `?`.
    pub query: String,
    /// True if everyone sees the view.
    pub is_shared: bool,
    /// True if the person's list opens with this view.
    pub is_default: bool,
    /// Version of name, query and sharing, so that an outdated form is detected.
    pub version: i64,
}

/// View whose row a transaction locked.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct LockedView {
    /// Name as it was typed.
    pub name: String,
    /// Version of the view.
    pub version: i64,
}

/// Result of saving a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveResult {
    /// The view was saved.
    Done(ViewId),
    /// Another of their views has this name, ignoring case.
    Taken,
    /// They have the maximum number of views.
    TooMany,
}

/// Returns the views that a person sees, in their order: their own first.
pub async fn of_staff(db: &Db, staff: StaffId) -> Result<Vec<SavedView>> {
    Ok(on!(db => query_as(
        "SELECT v.id, v.name, v.query, v.shared AS is_shared, d.view_id IS NOT NULL AS is_default, v.version
         FROM views v LEFT JOIN default_views d ON d.view_id = v.id AND d.staff_id = $1
         WHERE v.staff_id = $1 OR v.shared ORDER BY v.shared, v.position, v.name_folded, v.id",
        staff,
    ).fetch_all))
}

/// Saves a query under a name, as the last of a person's views.
pub async fn save(
    db: &Db,
    staff: StaffId,
    name: &str,
    query: &str,
    now: Timestamp,
) -> Result<SaveResult> {
    let mut tx = db.begin().await?;
    let result = insert(&mut tx, staff, name, query, now).await?;
    tx.commit().await?;
    Ok(result)
}

/// Inserts a view as the last of a person's views.
pub async fn insert(
    tx: &mut Tx,
    staff: StaffId,
    name: &str,
    query: &str,
    now: Timestamp,
) -> Result<SaveResult> {
    let id = ViewId::new(now);
    let saved = within!(tx => query(
        "INSERT INTO views (id, staff_id, name, name_folded, query, created_at, position)
         SELECT $1, $2, $3, $4, $5, $6,
            (SELECT COALESCE(MAX(position), 0) + 1 FROM views WHERE staff_id = $2 AND NOT shared)
         WHERE (SELECT COUNT(*) FROM views WHERE staff_id = $2) < $7
         ON CONFLICT (staff_id, name_folded) DO NOTHING",
        id, staff, name, folded(name), query, now, MAX_PER_STAFF,
    ).execute);
    let named: i64 = within!(tx => query_scalar(
        "SELECT COUNT(*) FROM views WHERE staff_id = $1 AND name_folded = $2", staff, folded(name),
    ).fetch_one);
    Ok(match (saved, named) {
        (0, 0) => SaveResult::TooMany,
        (0, _) => SaveResult::Taken,
        _ => SaveResult::Done(id),
    })
}

/// Returns the owner's view with this ID and locks its row.
pub async fn lock(tx: &mut Tx, owner: ViewOwner, id: ViewId) -> Result<Option<LockedView>> {
    Ok(match owner {
        ViewOwner::Person(staff) => within!(tx => query_as(
            "UPDATE views SET version = version WHERE id = $1 AND staff_id = $2 AND NOT shared
             RETURNING name, version",
            id, staff,
        ).fetch_optional),
        ViewOwner::Team => within!(tx => query_as(
            "UPDATE views SET version = version WHERE id = $1 AND shared RETURNING name, version",
            id,
        ).fetch_optional),
    })
}

/// Renames a view. Violates a unique index if another view of its owner has this name.
pub async fn rename(tx: &mut Tx, id: ViewId, name: &str) -> Result<()> {
    within!(tx => query(
        "UPDATE views SET name = $2, name_folded = $3, version = version + 1 WHERE id = $1",
        id, name, folded(name),
    ).execute);
    Ok(())
}

/// Stores another query under a view.
pub async fn set_query(tx: &mut Tx, id: ViewId, query: &str) -> Result<()> {
    within!(tx => query(
        "UPDATE views SET query = $2, version = version + 1 WHERE id = $1", id, query,
    ).execute);
    Ok(())
}

/// Returns the queries with a parameter of this name, and locks their rows.
pub async fn queries_with(tx: &mut Tx, name: &str) -> Result<Vec<(ViewId, String)>> {
    Ok(within!(tx => query_as(
        "UPDATE views SET version = version WHERE query LIKE $1 OR query LIKE $2 RETURNING id, query",
        format!("{name}=%"), format!("%&{name}=%"),
    ).fetch_all))
}

/// Deletes a view.
pub async fn delete(tx: &mut Tx, id: ViewId) -> Result<()> {
    within!(tx => query("DELETE FROM default_views WHERE view_id = $1", id).execute);
    within!(tx => query("DELETE FROM views WHERE id = $1", id).execute);
    Ok(())
}

/// Returns the number of shared views.
pub async fn shared_count(tx: &mut Tx) -> Result<i64> {
    Ok(within!(tx => query_scalar("SELECT COUNT(*) FROM views WHERE shared").fetch_one))
}

/// Shares a view, as the last of the shared ones.
/// Violates a unique index if another shared view has its name.
pub async fn share(tx: &mut Tx, id: ViewId) -> Result<()> {
    within!(tx => query(
        "UPDATE views SET shared = TRUE, version = version + 1,
            position = (SELECT COALESCE(MAX(other.position), 0) + 1 FROM views other WHERE other.shared)
         WHERE id = $1",
        id,
    ).execute);
    Ok(())
}

/// Gives a shared view back to the person who created it, as their last one. It is nobody else's
/// default any more.
pub async fn unshare(tx: &mut Tx, id: ViewId) -> Result<()> {
    within!(tx => query(
        "UPDATE views SET shared = FALSE, version = version + 1,
            position = (SELECT COALESCE(MAX(other.position), 0) + 1 FROM views other
                WHERE other.staff_id = views.staff_id AND NOT other.shared)
         WHERE id = $1",
        id,
    ).execute);
    within!(tx => query(
        "DELETE FROM default_views WHERE view_id = $1
            AND staff_id <> (SELECT staff_id FROM views WHERE id = $1)",
        id,
    ).execute);
    Ok(())
}

/// Moves a view one place up or down among its owner's views. Returns `true` if there is such a
/// view.
pub async fn move_by_one(db: &Db, owner: ViewOwner, id: ViewId, up: bool) -> Result<bool> {
    let mut tx = db.begin().await?;
    let mut views = places(&mut tx, owner).await?;
    let Some(at) = views.iter().position(|(other, _)| *other == id) else {
        return Ok(false);
    };
    let to = if up { at.checked_sub(1) } else { Some(at + 1) };
    if let Some(to) = to.filter(|to| *to < views.len()) {
        views.swap(at, to);
    }
    for (place, (id, before)) in (1_i64..).zip(views) {
        if place != before {
            within!(&mut tx => query("UPDATE views SET position = $2 WHERE id = $1", id, place).execute);
        }
    }
    tx.commit().await?;
    Ok(true)
}

/// Returns the owner's views with their positions, in their order.
async fn places(tx: &mut Tx, owner: ViewOwner) -> Result<Vec<(ViewId, i64)>> {
    Ok(match owner {
        ViewOwner::Person(staff) => within!(tx => query_as(
            "SELECT id, position FROM views WHERE staff_id = $1 AND NOT shared
             ORDER BY position, name_folded, id",
            staff,
        ).fetch_all),
        ViewOwner::Team => within!(tx => query_as(
            "SELECT id, position FROM views WHERE shared ORDER BY position, name_folded, id",
        ).fetch_all),
    })
}

/// Makes a view that a person sees the default of their list. `None` means no view.
pub async fn set_default(db: &Db, staff: StaffId, id: Option<ViewId>) -> Result<()> {
    let mut tx = db.begin().await?;
    within!(&mut tx => query("DELETE FROM default_views WHERE staff_id = $1", staff).execute);
    if let Some(id) = id {
        within!(&mut tx => query(
            "INSERT INTO default_views (staff_id, view_id)
             SELECT $1, id FROM views WHERE id = $2 AND (staff_id = $1 OR shared)
             ON CONFLICT (staff_id) DO UPDATE SET view_id = excluded.view_id",
            staff, id,
        ).execute);
    }
    tx.commit().await
}
