//! Leases, which decide which replica runs a background loop.
//! Also renews the leases of other modules.

use std::time::Duration;

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

/// Interval at which work that holds a lease renews it. A lease lasts several times as long.
const RENEWAL_INTERVAL: Duration = Duration::from_secs(5);

/// Runs `work` and renews its lease meanwhile.
/// Losing the lease does not stop the work, but its outcome is then not written.
pub async fn with_renewal<T, F>(
    renew: impl Fn() -> F,
    what: impl std::fmt::Display,
    work: impl Future<Output = T>,
) -> T
where
    F: Future<Output = Result<()>>,
{
    // Runs concurrently with the work: both may wait for the only connection that writes.
    let renewals = async {
        let mut beat = tokio::time::interval(RENEWAL_INTERVAL);
        let mut failing = false;
        beat.tick().await;
        loop {
            beat.tick().await;
            match renew().await {
                Err(error) if !failing => {
                    tracing::warn!(%error, %what, "a lease could not be renewed");
                    failing = true;
                }
                Err(_) => {}
                Ok(()) => failing = false,
            }
        }
    };
    tokio::select! {
        biased;
        out = work => out,
        never = renewals => never,
    }
}
