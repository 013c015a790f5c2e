//! Leases, which decide which replica runs a background loop.
//! Work under a lease or a claim is in [`mod@held`].

pub mod held;

use uuid::Uuid;

use super::{Db, Result};
use crate::domain::time::Timestamp;

/// Takes the lease `name` until `until`, or renews it if `holder` has it.
/// Returns `false` while someone else has it.
pub async fn acquire(
    db: &Db,
    name: &str,
    holder: Uuid,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool> {
    let done = on!(db => query(
        "INSERT INTO leases (name, holder, until) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
         WHERE leases.holder = excluded.holder OR leases.until <= $4",
        name, holder, until, now,
    ).execute);
    Ok(done > 0)
}

/// Releases the lease if `holder` has it.
pub async fn release(db: &Db, name: &str, holder: Uuid) -> Result<()> {
    on!(db => query(
        "DELETE FROM leases WHERE name = $1 AND holder = $2", name, holder,
    ).execute);
    Ok(())
}
