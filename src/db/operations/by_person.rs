//! Numbers of changes by the person who asked for them.

use crate::db::{Db, Result};
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;

/// Number of a person's changes to Telnyx.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ChangesByPerson {
    /// ID of the person.
    pub staff_id: StaffId,
    /// Present name of the person.
    pub name: String,
    /// Number of changes that were done.
    pub done: i64,
    /// Number of changes that were refused.
    pub refused: i64,
}

/// Returns who made how many changes that ended since this time, the busiest first.
pub async fn changes_since(db: &Db, since: Timestamp, limit: i64) -> Result<Vec<ChangesByPerson>> {
    Ok(on!(db => query_as(
        "SELECT o.staff_id, s.name, o.done, o.refused FROM (
            SELECT staff_id, CAST(SUM(CASE WHEN state = 'done' THEN 1 ELSE 0 END) AS BIGINT) AS done,
                CAST(SUM(CASE WHEN state = 'refused' THEN 1 ELSE 0 END) AS BIGINT) AS refused
            FROM operations WHERE finished_at >= $1 GROUP BY staff_id) o
         JOIN staff s ON s.id = o.staff_id
         ORDER BY o.done DESC, o.refused DESC, s.name, s.id LIMIT $2",
        since, limit,
    ).fetch_all))
}
