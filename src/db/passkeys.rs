//! Passkeys as they are kept: the public key with its counter, a name, whose it is.

use uuid::Uuid;

use super::{Db, Result, Tx};
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;

/// A passkey.
#[derive(Clone, Debug)]
pub struct Passkey {
    /// Its id on pages and in addresses.
    pub id: Uuid,
    /// Person that the passkey belongs to.
    pub staff: StaffId,
    /// Public key, counter and the like, as JSON.
    pub credential: String,
    /// Name that its holder gave it.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    staff_id: Uuid,
    credential: String,
    name: String,
    created_at: i64,
    used_at: Option<i64>,
}

impl From<Row> for Passkey {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            staff: StaffId::from_uuid(row.staff_id),
            credential: row.credential,
            name: row.name,
            created_at: Timestamp::from_millis(row.created_at),
            used_at: row.used_at.map(Timestamp::from_millis),
        }
    }
}

/// So many passkeys are listed, and may be added.
pub const MAX_PER_STAFF: usize = 20;

/// Somebody's passkeys, the oldest first.
pub async fn of_staff(db: &Db, staff: StaffId) -> Result<Vec<Passkey>> {
    let rows: Vec<Row> = on!(db, pool => {
        sqlx::query_as(
            "SELECT id, staff_id, credential, name, created_at, used_at FROM passkeys
             WHERE staff_id = $1 ORDER BY created_at, id LIMIT 100",
        )
        .bind(staff.as_uuid())
        .fetch_all(pool)
        .await?
    });
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The passkey with this credential id.
pub async fn by_credential(db: &Db, credential_id: &[u8]) -> Result<Option<Passkey>> {
    let row: Option<Row> = on!(db, pool => {
        sqlx::query_as(
            "SELECT id, staff_id, credential, name, created_at, used_at FROM passkeys WHERE credential_id = $1",
        )
        .bind(credential_id)
        .fetch_optional(pool)
        .await?
    });
    Ok(row.map(Into::into))
}

/// Keeps a new passkey. False when its credential id is there already, whoever's it is.
pub async fn insert(tx: &mut Tx, credential_id: &[u8], passkey: &Passkey) -> Result<bool> {
    let done = within!(tx, conn => {
        sqlx::query(
            "INSERT INTO passkeys (id, staff_id, credential_id, credential, name, created_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (credential_id) DO NOTHING",
        )
        .bind(passkey.id)
        .bind(passkey.staff.as_uuid())
        .bind(credential_id)
        .bind(&passkey.credential)
        .bind(&passkey.name)
        .bind(passkey.created_at.as_millis())
        .execute(&mut *conn)
        .await?
        .rows_affected()
    });
    Ok(done == 1)
}

/// Keeps what a use changed, where the passkey is still as it was read: of two uses with one counter, one counts.
pub async fn record_use(
    tx: &mut Tx,
    was: &Passkey,
    credential: &str,
    at: Timestamp,
) -> Result<bool> {
    let done = within!(tx, conn => {
        sqlx::query("UPDATE passkeys SET credential = $1, used_at = $2 WHERE id = $3 AND credential = $4")
            .bind(credential)
            .bind(at.as_millis())
            .bind(was.id)
            .bind(&was.credential)
            .execute(&mut *conn)
            .await?
            .rows_affected()
    });
    Ok(done == 1)
}

/// Gives one of somebody's passkeys another name. False when there is none such of theirs.
pub async fn rename(tx: &mut Tx, staff: StaffId, id: Uuid, name: &str) -> Result<bool> {
    let done = within!(tx, conn => {
        sqlx::query("UPDATE passkeys SET name = $1 WHERE id = $2 AND staff_id = $3")
            .bind(name)
            .bind(id)
            .bind(staff.as_uuid())
            .execute(&mut *conn)
            .await?
            .rows_affected()
    });
    Ok(done == 1)
}

/// Removes one of somebody's passkeys; answers its name.
pub async fn remove(tx: &mut Tx, staff: StaffId, id: Uuid) -> Result<Option<String>> {
    Ok(within!(tx, conn => {
        sqlx::query_scalar("DELETE FROM passkeys WHERE id = $1 AND staff_id = $2 RETURNING name")
            .bind(id)
            .bind(staff.as_uuid())
            .fetch_optional(&mut *conn)
            .await?
    }))
}
