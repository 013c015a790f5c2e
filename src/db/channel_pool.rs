//! The manager's channel pool as Telnyx last told it.

use super::{Db, Error, Result, Tx};
use crate::domain::channels::ChannelPool;
use crate::domain::time::Timestamp;

/// The pool, and when the request that brought it started; none before the first reading.
pub async fn latest(db: &Db) -> Result<Option<(ChannelPool, Timestamp)>> {
    let row: Option<(i64, i64, i64)> = on!(db, pool => {
        sqlx::query_as("SELECT total, allocated, observed_at FROM pool WHERE id = 1").fetch_optional(pool).await?
    });
    row.map(|(total, allocated, at)| {
        let pool = ChannelPool {
            total: u32::try_from(total).map_err(Error::stored)?,
            allocated: u32::try_from(allocated).map_err(Error::stored)?,
        };
        Ok((pool, Timestamp::from_millis(at)))
    })
    .transpose()
}

/// Keeps a reading; false where a newer one is there.
pub async fn save(tx: &mut Tx, pool: ChannelPool, observed_at: Timestamp) -> Result<bool> {
    let done = within!(tx, conn => {
        sqlx::query(
            "INSERT INTO pool (id, total, allocated, observed_at) VALUES (1, $1, $2, $3)
             ON CONFLICT (id) DO UPDATE SET total = excluded.total, allocated = excluded.allocated,
                observed_at = excluded.observed_at
             WHERE pool.observed_at <= excluded.observed_at",
        )
        .bind(i64::from(pool.total))
        .bind(i64::from(pool.allocated))
        .bind(observed_at.as_millis())
        .execute(&mut *conn)
        .await?
        .rows_affected()
    });
    Ok(done > 0)
}
