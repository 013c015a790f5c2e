//! The manager's channel pool as Telnyx last reported it.

use super::types::Count;
use super::{Db, Result, Tx};
use crate::domain::channels::ChannelPool;
use crate::domain::time::Timestamp;

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(try_from = "Count")]
    total: u32,
    #[sqlx(try_from = "Count")]
    allocated: u32,
    observed_at: Timestamp,
}

/// Returns the pool, and the time at which the request for it started.
/// Returns `None` before the first reading.
pub async fn latest(db: &Db) -> Result<Option<(ChannelPool, Timestamp)>> {
    let row: Option<Row> = on!(db => query_as(
        "SELECT total, allocated, observed_at FROM pool WHERE id = 1",
    ).fetch_optional);
    Ok(row.map(
        |Row {
             total,
             allocated,
             observed_at,
         }| (ChannelPool { total, allocated }, observed_at),
    ))
}

/// Stores a reading. Returns `false` if a newer one is stored.
pub async fn save(tx: &mut Tx, pool: ChannelPool, observed_at: Timestamp) -> Result<bool> {
    let changed = within!(tx => query(
        "INSERT INTO pool (id, total, allocated, observed_at) VALUES (1, $1, $2, $3)
         ON CONFLICT (id) DO UPDATE SET total = excluded.total, allocated = excluded.allocated,
            observed_at = excluded.observed_at
         WHERE pool.observed_at <= excluded.observed_at",
        i64::from(pool.total), i64::from(pool.allocated), observed_at,
    ).execute);
    Ok(changed > 0)
}
