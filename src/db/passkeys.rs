//! Stored passkeys: public key with counter, name and owner.

use uuid::Uuid;

use super::{Db, Result, Tx};
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;

/// Passkey of a person.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Passkey {
    /// ID of the passkey on pages and in addresses.
    pub id: Uuid,
    /// Person that the passkey belongs to.
    #[sqlx(rename = "staff_id")]
    pub staff: StaffId,
    /// Public key, counter and other data of the credential, as JSON.
    pub credential: String,
    /// Name that its owner gave it.
    pub name: String,
    /// Time at which it was added.
    pub created_at: Timestamp,
    /// Time of its last use.
    pub used_at: Option<Timestamp>,
}

/// Maximum number of passkeys that one person may add.
pub const MAX_PER_STAFF: usize = 20;

/// Returns a person's passkeys, the oldest first.
pub async fn of_staff(db: &Db, staff: StaffId) -> Result<Vec<Passkey>> {
    Ok(on!(db => query_as(
        "SELECT id, staff_id, credential, name, created_at, used_at FROM passkeys
         WHERE staff_id = $1 ORDER BY created_at, id LIMIT 100",
        staff,
    ).fetch_all))
}

/// Returns the passkey with this credential ID.
pub async fn by_credential(db: &Db, credential_id: &[u8]) -> Result<Option<Passkey>> {
    Ok(on!(db => query_as(
        "SELECT id, staff_id, credential, name, created_at, used_at FROM passkeys WHERE credential_id = $1",
        credential_id,
    ).fetch_optional))
}

/// Inserts a new passkey. Returns `false` if its credential ID exists already.
pub async fn insert(tx: &mut Tx, credential_id: &[u8], passkey: &Passkey) -> Result<bool> {
    let changed = within!(tx => query(
        "INSERT INTO passkeys (id, staff_id, credential_id, credential, name, created_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (credential_id) DO NOTHING",
        passkey.id, passkey.staff, credential_id, &passkey.credential, &passkey.name,
        passkey.created_at,
    ).execute);
    Ok(changed == 1)
}

/// Stores the state after a use if the passkey is unchanged since reading.
/// So of two uses with the same counter only one counts. Returns `false` for the other one.
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

/// Renames one of a person's passkeys. Returns `false` if they have no such passkey.
pub async fn rename(tx: &mut Tx, staff: StaffId, id: Uuid, name: &str) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE passkeys SET name = $1 WHERE id = $2 AND staff_id = $3", name, id, staff,
    ).execute);
    Ok(changed == 1)
}

/// Removes one of a person's passkeys. Returns its name.
pub async fn remove(tx: &mut Tx, staff: StaffId, id: Uuid) -> Result<Option<String>> {
    Ok(within!(tx => query_scalar(
        "DELETE FROM passkeys WHERE id = $1 AND staff_id = $2 RETURNING name", id, staff,
    ).fetch_optional))
}
