//! Passkeys as they are kept: the public key with its counter, a name, whose it is.

use uuid::Uuid;

use super::{Db, Result, Tx};
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;

/// A passkey.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Passkey {
    /// Its id on pages and in addresses.
    pub id: Uuid,
    /// Person that the passkey belongs to.
    #[sqlx(rename = "staff_id")]
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

/// So many passkeys are listed, and may be added.
pub const MAX_PER_STAFF: usize = 20;

/// Somebody's passkeys, the oldest first.
pub async fn of_staff(db: &Db, staff: StaffId) -> Result<Vec<Passkey>> {
    Ok(on!(db => query_as(
        "SELECT id, staff_id, credential, name, created_at, used_at FROM passkeys
         WHERE staff_id = $1 ORDER BY created_at, id LIMIT 100",
        staff,
    ).fetch_all))
}

/// The passkey with this credential id.
pub async fn by_credential(db: &Db, credential_id: &[u8]) -> Result<Option<Passkey>> {
    Ok(on!(db => query_as(
        "SELECT id, staff_id, credential, name, created_at, used_at FROM passkeys WHERE credential_id = $1",
        credential_id,
    ).fetch_optional))
}

/// Keeps a new passkey. False when its credential id is there already, whoever's it is.
pub async fn insert(tx: &mut Tx, credential_id: &[u8], passkey: &Passkey) -> Result<bool> {
    let changed = within!(tx => query(
        "INSERT INTO passkeys (id, staff_id, credential_id, credential, name, created_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (credential_id) DO NOTHING",
        passkey.id, passkey.staff, credential_id, &passkey.credential, &passkey.name,
        passkey.created_at,
    ).execute);
    Ok(changed == 1)
}

/// Keeps what a use changed, where the passkey is still as it was read: of two uses with one counter, one counts.
pub async fn record_use(
    tx: &mut Tx,
    was: &Passkey,
    credential: &str,
    at: Timestamp,
) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE passkeys SET credential = $1, used_at = $2 WHERE id = $3 AND credential = $4",
        credential, at, was.id, &was.credential,
    ).execute);
    Ok(changed == 1)
}

/// Gives one of somebody's passkeys another name. False when there is none such of theirs.
pub async fn rename(tx: &mut Tx, staff: StaffId, id: Uuid, name: &str) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE passkeys SET name = $1 WHERE id = $2 AND staff_id = $3", name, id, staff,
    ).execute);
    Ok(changed == 1)
}

/// Removes one of somebody's passkeys; answers its name.
pub async fn remove(tx: &mut Tx, staff: StaffId, id: Uuid) -> Result<Option<String>> {
    Ok(within!(tx => query_scalar(
        "DELETE FROM passkeys WHERE id = $1 AND staff_id = $2 RETURNING name", id, staff,
    ).fetch_optional))
}
