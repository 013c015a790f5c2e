//! Sessions: who is signed in, and from where.
//! Only the hash of a session's ID is stored, so a copy of the database lets no one sign in.

use std::time::Duration;

use uuid::Uuid;

use super::settings::{MANAGER_MISMATCH, SECOND_FACTOR_ROLES, SETTINGS_REVISION};
use super::staff::{self, Staff};
use super::{Db, Result, Tx};
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;

/// Time for which the result of a job is news.
const RECENT_JOBS: Duration = Duration::from_hours(24);

/// Session as it is stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Session {
    /// SHA-256 of the ID in the cookie.
    pub id_hash: Vec<u8>,
    /// Person that the session belongs to.
    pub staff_id: StaffId,
    /// ID on pages and in addresses. It cannot be used to sign in.
    pub public_id: Uuid,
    /// Data of the web layer, as JSON.
    pub data: Vec<u8>,
    /// IP address of its latest request.
    pub address: Option<String>,
    /// User agent of the browser at sign-in.
    pub user_agent: Option<String>,
    /// Time of the sign-in.
    pub created_at: Timestamp,
    /// Time of the latest request, to the minute.
    pub seen_at: Timestamp,
    /// Time at which it expires.
    pub expires_at: Timestamp,
}

/// Stores a new session.
/// Fails if the ID exists already, so that a session is never taken over.
pub async fn create(db: &Db, session: &Session) -> Result<()> {
    on!(db => query(
        "INSERT INTO sessions
         (id_hash, staff_id, public_id, data, address, user_agent, created_at, seen_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &session.id_hash, session.staff_id, session.public_id, &session.data, &session.address,
        &session.user_agent, session.created_at, session.seen_at, session.expires_at,
    ).execute);
    Ok(())
}

/// Saves the changes of a session.
/// Only updates, so a session that was ended meanwhile stays ended.
pub async fn save(db: &Db, session: &Session) -> Result<()> {
    on!(db => query(
        "UPDATE sessions SET data = $1, address = $2, seen_at = $3, expires_at = $4 WHERE id_hash = $5",
        &session.data, &session.address, session.seen_at, session.expires_at, &session.id_hash,
    ).execute);
    Ok(())
}

/// Session as a request finds it, with settings that every page needs.
/// One query reads all of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ActiveSession {
    /// Data of the web layer, as JSON.
    pub data: Vec<u8>,
    /// Current data of the person that the session belongs to.
    #[sqlx(flatten)]
    pub staff: Staff,
    /// Manager of the API key, if it is not the one of the portal's data.
    pub other_manager: Option<String>,
    /// Roles that must have a second factor, as the settings store them.
    pub second_factor_roles: Option<String>,
    /// Revision of the settings that are kept in memory.
    pub settings_revision: Option<String>,
    /// True if the person has a running or paused job, or one that ended in the last day.
    pub has_jobs: bool,
    /// Number of the person's unread notifications.
    pub unread: i64,
}

/// Returns the session if it has not expired.
pub async fn find_active(db: &Db, id_hash: &[u8], now: Timestamp) -> Result<Option<ActiveSession>> {
    Ok(on!(db => query_as(
        concat!(
            "SELECT s.data, (SELECT value FROM settings WHERE name = $3 AND value <> '') AS other_manager,
                (SELECT value FROM settings WHERE name = $4) AS second_factor_roles,
                (SELECT value FROM settings WHERE name = $6) AS settings_revision,
                EXISTS (SELECT 1 FROM jobs j WHERE j.staff_id = s.staff_id
                    AND (j.state IN ('running', 'paused') OR j.finished_at >= $5)) AS has_jobs,
                (SELECT COUNT(*) FROM notifications n WHERE n.staff_id = s.staff_id AND n.read_at IS NULL) AS unread, f.*
             FROM sessions s JOIN (", staff::select!(""), ") f ON f.id = s.staff_id
             WHERE s.id_hash = $1 AND s.expires_at > $2"
        ),
        id_hash, now, MANAGER_MISMATCH, SECOND_FACTOR_ROLES, now - RECENT_JOBS, SETTINGS_REVISION,
    ).fetch_optional))
}

/// Ends a session.
pub async fn delete(db: &Db, id_hash: &[u8]) -> Result<()> {
    on!(db => query("DELETE FROM sessions WHERE id_hash = $1", id_hash).execute);
    Ok(())
}

/// Returns a person's sessions that have not expired, the latest first.
pub async fn of_staff(db: &Db, staff: StaffId, now: Timestamp) -> Result<Vec<Session>> {
    Ok(on!(db => query_as(
        "SELECT id_hash, staff_id, public_id, data, address, user_agent, created_at, seen_at, expires_at
         FROM sessions WHERE staff_id = $1 AND expires_at > $2 ORDER BY seen_at DESC LIMIT 100",
        staff, now,
    ).fetch_all))
}

/// Ends one of a person's sessions by its public ID.
/// Returns `false` if they have no such session.
pub async fn revoke_one(tx: &mut Tx, staff: StaffId, public_id: Uuid) -> Result<bool> {
    let changed = within!(tx => query(
        "DELETE FROM sessions WHERE staff_id = $1 AND public_id = $2", staff, public_id,
    ).execute);
    Ok(changed > 0)
}

/// Ends all of a person's sessions except `but`. Returns how many there were.
pub async fn revoke_all(tx: &mut Tx, staff: StaffId, but: Option<Uuid>) -> Result<u64> {
    let but = but.unwrap_or_else(Uuid::nil);
    Ok(within!(tx => query(
        "DELETE FROM sessions WHERE staff_id = $1 AND public_id <> $2", staff, but,
    ).execute))
}

/// Deletes expired sessions. Returns how many there were.
pub async fn delete_expired(db: &Db, now: Timestamp) -> Result<u64> {
    Ok(on!(db => query(
        "DELETE FROM sessions WHERE expires_at <= $1", now,
    ).execute))
}
