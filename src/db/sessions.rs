//! Sessions: who is signed in, and from where. Only the hash of a session's ID is kept, so that a copy of the database
//! signs nobody in.

use uuid::Uuid;

use super::settings::{MANAGER_MISMATCH, SECOND_FACTOR_ROLES};
use super::staff::{self, Staff};
use super::{Db, Error, Result, Tx};
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;

/// A session as it is kept.
#[derive(Clone, Debug)]
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

#[derive(sqlx::FromRow)]
struct Row {
    id_hash: Vec<u8>,
    staff_id: Option<Uuid>,
    public_id: Uuid,
    data: Vec<u8>,
    address: Option<String>,
    user_agent: Option<String>,
    created_at: i64,
    seen_at: i64,
    expires_at: i64,
}

impl TryFrom<Row> for Session {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id_hash: row.id_hash,
            staff_id: row
                .staff_id
                .map(StaffId::from_uuid)
                .ok_or_else(|| Error::stored("a session of nobody"))?,
            public_id: row.public_id,
            data: row.data,
            address: row.address,
            user_agent: row.user_agent,
            created_at: Timestamp::from_millis(row.created_at),
            seen_at: Timestamp::from_millis(row.seen_at),
            expires_at: Timestamp::from_millis(row.expires_at),
        })
    }
}

/// Keeps a new session. A plain insert: an id that exists already is an error, never somebody else's session.
pub async fn create(db: &Db, session: &Session) -> Result<()> {
    let mut tx = db.begin().await?;
    within!(&mut tx, conn => {
        sqlx::query(
            "INSERT INTO sessions
             (id_hash, staff_id, public_id, data, address, user_agent, created_at, seen_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&session.id_hash)
        .bind(session.staff_id.as_uuid())
        .bind(session.public_id)
        .bind(&session.data)
        .bind(&session.address)
        .bind(&session.user_agent)
        .bind(session.created_at.as_millis())
        .bind(session.seen_at.as_millis())
        .bind(session.expires_at.as_millis())
        .execute(&mut *conn)
        .await?;
    });
    tx.commit().await
}

/// Keeps what changed. Only an update: a session that was ended meanwhile stays ended.
pub async fn save(db: &Db, session: &Session) -> Result<()> {
    let mut tx = db.begin().await?;
    within!(&mut tx, conn => {
        sqlx::query(
            "UPDATE sessions SET data = $1, address = $2, seen_at = $3, expires_at = $4 WHERE id_hash = $5",
        )
        .bind(&session.data)
        .bind(&session.address)
        .bind(session.seen_at.as_millis())
        .bind(session.expires_at.as_millis())
        .bind(&session.id_hash)
        .execute(&mut *conn)
        .await?;
    });
    tx.commit().await
}

/// A session as a request finds it, with what every page needs to know besides: read at once.
#[derive(Clone, Debug)]
pub struct ActiveSession {
    /// Data that is kept in it.
    pub data: Vec<u8>,
    /// Person that the session belongs to, as they are now.
    pub staff: Staff,
    /// The manager that Telnyx's accounts belong to, while that is another one than the portal's data.
    pub other_manager: Option<String>,
    /// The roles that must have a second factor, as the settings keep them.
    pub second_factor_roles: Option<String>,
}

#[derive(sqlx::FromRow)]
struct ActiveSessionRow {
    data: Vec<u8>,
    #[sqlx(flatten)]
    staff: staff::Row,
    other_manager: Option<String>,
    second_factor_roles: Option<String>,
}

/// The session, unless it has ended.
pub async fn find_active(db: &Db, id_hash: &[u8], now: Timestamp) -> Result<Option<ActiveSession>> {
    let row: Option<ActiveSessionRow> = on!(db, pool => {
        sqlx::query_as(concat!(
            "SELECT s.data, (SELECT value FROM settings WHERE name = $3 AND value <> '') AS other_manager,
                (SELECT value FROM settings WHERE name = $4) AS second_factor_roles, f.*
             FROM sessions s JOIN (",
            staff::select!(""),
            ") f ON f.id = s.staff_id WHERE s.id_hash = $1 AND s.expires_at > $2"
        ))
        .bind(id_hash)
        .bind(now.as_millis())
        .bind(MANAGER_MISMATCH)
        .bind(SECOND_FACTOR_ROLES)
        .fetch_optional(pool)
        .await?
    });
    row.map(|row| {
        Ok(ActiveSession {
            data: row.data,
            staff: row.staff.try_into()?,
            other_manager: row.other_manager,
            second_factor_roles: row.second_factor_roles,
        })
    })
    .transpose()
}

/// Ends a session.
pub async fn delete(db: &Db, id_hash: &[u8]) -> Result<()> {
    let mut tx = db.begin().await?;
    within!(&mut tx, conn => {
        sqlx::query("DELETE FROM sessions WHERE id_hash = $1").bind(id_hash).execute(&mut *conn).await?;
    });
    tx.commit().await
}

/// Somebody's sessions that have not ended, the latest first.
pub async fn of_staff(db: &Db, staff: StaffId, now: Timestamp) -> Result<Vec<Session>> {
    let rows: Vec<Row> = on!(db, pool => {
        sqlx::query_as(
            "SELECT id_hash, staff_id, public_id, data, address, user_agent, created_at, seen_at, expires_at
             FROM sessions WHERE staff_id = $1 AND expires_at > $2 ORDER BY seen_at DESC LIMIT 100",
        )
        .bind(staff.as_uuid())
        .bind(now.as_millis())
        .fetch_all(pool)
        .await?
    });
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Ends one of somebody's sessions by its public id. False when there is no such session of theirs.
pub async fn revoke_one(tx: &mut Tx, staff: StaffId, public_id: Uuid) -> Result<bool> {
    let ended = within!(tx, conn => {
        sqlx::query("DELETE FROM sessions WHERE staff_id = $1 AND public_id = $2")
            .bind(staff.as_uuid())
            .bind(public_id)
            .execute(&mut *conn)
            .await?
            .rows_affected()
    });
    Ok(ended > 0)
}

/// Ends all of somebody's sessions but the one kept; answers how many.
pub async fn revoke_all(tx: &mut Tx, staff: StaffId, but: Option<Uuid>) -> Result<u64> {
    let but = but.unwrap_or_else(Uuid::nil);
    Ok(within!(tx, conn => {
        sqlx::query("DELETE FROM sessions WHERE staff_id = $1 AND public_id <> $2")
            .bind(staff.as_uuid())
            .bind(but)
            .execute(&mut *conn)
            .await?
            .rows_affected()
    }))
}

/// Forgets sessions that have ended by themselves; answers how many.
pub async fn delete_expired(db: &Db, now: Timestamp) -> Result<u64> {
    let mut tx = db.begin().await?;
    let gone = within!(&mut tx, conn => {
        sqlx::query("DELETE FROM sessions WHERE expires_at <= $1")
            .bind(now.as_millis())
            .execute(&mut *conn)
            .await?
            .rows_affected()
    });
    tx.commit().await?;
    Ok(gone)
}
