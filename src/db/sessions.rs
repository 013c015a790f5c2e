//! Sessions: who is signed in, and from where. Only the hash of a session's ID is kept, so that a copy of the database
//! signs nobody in.

use uuid::Uuid;

use super::settings::{MANAGER_MISMATCH, SECOND_FACTOR_ROLES};
use super::staff::{self, Staff};
use super::{Db, Result, Tx};
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;

/// A session as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Session {
    /// SHA-256 of the id that the cookie carries.
    pub id_hash: Vec<u8>,
    /// Person that the session belongs to.
    pub staff_id: StaffId,
    /// Its name on pages and in addresses, which signs nobody in.
    pub public_id: Uuid,
    /// Data that the web layer keeps in it, as JSON.
    pub data: Vec<u8>,
    /// Address that it was last seen from.
    pub address: Option<String>,
    /// User agent of the browser at sign-in.
    pub user_agent: Option<String>,
    /// The sign-in.
    pub created_at: Timestamp,
    /// The latest request, to the minute.
    pub seen_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// Keeps a new session. A plain insert: an id that exists already is an error, never somebody else's session.
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

/// Keeps what changed. Only an update: a session that was ended meanwhile stays ended.
pub async fn save(db: &Db, session: &Session) -> Result<()> {
    on!(db => query(
        "UPDATE sessions SET data = $1, address = $2, seen_at = $3, expires_at = $4 WHERE id_hash = $5",
        &session.data, &session.address, session.seen_at, session.expires_at, &session.id_hash,
    ).execute);
    Ok(())
}

/// A session as a request finds it, with what every page needs to know besides: read at once.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ActiveSession {
    /// Data that is kept in it.
    pub data: Vec<u8>,
    /// Person that the session belongs to, as they are now.
    #[sqlx(flatten)]
    pub staff: Staff,
    /// The manager that Telnyx's accounts belong to, while that is another one than the portal's data.
    pub other_manager: Option<String>,
    /// The roles that must have a second factor, as the settings keep them.
    pub second_factor_roles: Option<String>,
}

/// The session, unless it has ended.
pub async fn find_active(db: &Db, id_hash: &[u8], now: Timestamp) -> Result<Option<ActiveSession>> {
    Ok(on!(db => query_as(
        concat!(
            "SELECT s.data, (SELECT value FROM settings WHERE name = $3 AND value <> '') AS other_manager,
                (SELECT value FROM settings WHERE name = $4) AS second_factor_roles, f.*
             FROM sessions s JOIN (", staff::select!(""), ") f ON f.id = s.staff_id
             WHERE s.id_hash = $1 AND s.expires_at > $2"
        ),
        id_hash, now, MANAGER_MISMATCH, SECOND_FACTOR_ROLES,
    ).fetch_optional))
}

/// Ends a session.
pub async fn delete(db: &Db, id_hash: &[u8]) -> Result<()> {
    on!(db => query("DELETE FROM sessions WHERE id_hash = $1", id_hash).execute);
    Ok(())
}

/// Somebody's sessions that have not ended, the latest first.
pub async fn of_staff(db: &Db, staff: StaffId, now: Timestamp) -> Result<Vec<Session>> {
    Ok(on!(db => query_as(
        "SELECT id_hash, staff_id, public_id, data, address, user_agent, created_at, seen_at, expires_at
         FROM sessions WHERE staff_id = $1 AND expires_at > $2 ORDER BY seen_at DESC LIMIT 100",
        staff, now,
    ).fetch_all))
}

/// Ends one of somebody's sessions by its public id. False when there is no such session of theirs.
pub async fn revoke_one(tx: &mut Tx, staff: StaffId, public_id: Uuid) -> Result<bool> {
    let changed = within!(tx => query(
        "DELETE FROM sessions WHERE staff_id = $1 AND public_id = $2", staff, public_id,
    ).execute);
    Ok(changed > 0)
}

/// Ends all of somebody's sessions but the one kept; answers how many.
pub async fn revoke_all(tx: &mut Tx, staff: StaffId, but: Option<Uuid>) -> Result<u64> {
    let but = but.unwrap_or_else(Uuid::nil);
    Ok(within!(tx => query(
        "DELETE FROM sessions WHERE staff_id = $1 AND public_id <> $2", staff, but,
    ).execute))
}

/// Forgets sessions that have ended by themselves; answers how many.
pub async fn delete_expired(db: &Db, now: Timestamp) -> Result<u64> {
    Ok(on!(db => query(
        "DELETE FROM sessions WHERE expires_at <= $1", now,
    ).execute))
}
