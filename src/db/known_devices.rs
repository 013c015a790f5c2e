//! Browsers and networks from which people signed in before.

use std::time::Duration;

use super::{Db, Result, Tx};
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;

/// Time without a sign-in after which a device is no longer known.
const RETENTION: Duration = Duration::from_hours(24 * 180);

/// Records a sign-in. Returns `true` if the person signed in before, but never with this device
/// from this network.
pub async fn record(
    tx: &mut Tx,
    staff: StaffId,
    device: &str,
    network: &str,
    at: Timestamp,
) -> Result<bool> {
    let known: Vec<(String, String)> = within!(&mut *tx => query_as(
        "SELECT device, network FROM known_devices WHERE staff_id = $1", staff,
    ).fetch_all);
    within!(tx => query(
        "INSERT INTO known_devices (staff_id, device, network, seen_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (staff_id, device, network) DO UPDATE SET seen_at = excluded.seen_at",
        staff, device, network, at,
    ).execute);
    let is_known = known.iter().any(|(a, b)| a == device && b == network);
    Ok(!known.is_empty() && !is_known)
}

/// Deletes devices that were not used for a long time.
pub async fn delete_expired(db: &Db, now: Timestamp) -> Result<()> {
    on!(db => query("DELETE FROM known_devices WHERE seen_at < $1", now - RETENTION).execute);
    Ok(())
}
