//! Notes about accounts. A deleted note keeps its author and times, but not its text.

use super::{Db, Result, Tx};
use crate::domain::ids::{AccountId, NoteId, StaffId};
use crate::domain::text::folded;
use crate::domain::time::Timestamp;

/// Note about an account.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Note {
    /// ID of the note.
    pub id: NoteId,
    /// Account that the note is about.
    #[sqlx(rename = "account_id")]
    pub account: AccountId,
    /// Text of the note; empty if it is deleted.
    pub body: String,
    /// True if it comes before notes that are not pinned.
    pub pinned: bool,
    /// Author of the note.
    pub created_by: StaffId,
    /// Name of the author at that time.
    pub created_by_name: String,
    /// Time at which it was written.
    pub created_at: Timestamp,
    /// Time at which its text last changed.
    pub edited_at: Option<Timestamp>,
    /// Time at which it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// Version of the text. It grows with each change, so that an outdated form is detected.
    pub version: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, account_id, body, pinned, created_by, created_by_name, created_at, edited_at, deleted_at, \
             version FROM notes ",
            $rest
        )
    };
}

/// Returns the first `most` notes about an account, and how many there are.
/// Pinned notes come first, then the latest.
pub async fn of_account(db: &Db, account: &AccountId, most: i64) -> Result<(Vec<Note>, i64)> {
    let notes = on!(db => query_as(
        select!("WHERE account_id = $1 AND deleted_at IS NULL ORDER BY pinned DESC, created_at DESC, id DESC LIMIT $2"),
        account, most,
    ).fetch_all);
    let total: i64 = on!(db => query_scalar(
        "SELECT COUNT(*) FROM notes WHERE account_id = $1 AND deleted_at IS NULL", account,
    ).fetch_one);
    Ok((notes, total))
}

/// Returns the note as the transaction sees it, even if it is deleted.
pub async fn by_id_in_tx(tx: &mut Tx, id: NoteId) -> Result<Option<Note>> {
    Ok(within!(tx => query_as(select!("WHERE id = $1"), id).fetch_optional))
}

/// Inserts a new note. Returns `false` if the ID exists already.
pub async fn insert(tx: &mut Tx, note: &Note) -> Result<bool> {
    let changed = within!(tx => query(
        "INSERT INTO notes (id, account_id, body, body_folded, pinned, created_by, created_by_name, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING",
        note.id, &note.account, &note.body, folded(&note.body), note.pinned, note.created_by,
        &note.created_by_name, note.created_at,
    ).execute);
    Ok(changed > 0)
}

/// Changes the text of a note.
/// Returns `false` if it was changed since this version, or is deleted.
pub async fn edit(
    tx: &mut Tx,
    id: NoteId,
    version: i64,
    body: &str,
    at: Timestamp,
) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE notes SET body = $1, body_folded = $2, edited_at = $3, version = version + 1
         WHERE id = $4 AND version = $5 AND deleted_at IS NULL",
        body, folded(body), at, id, version,
    ).execute);
    Ok(changed > 0)
}

/// Pins or unpins a note. Returns `false` if nothing changes or it is deleted.
pub async fn pin(tx: &mut Tx, id: NoteId, pinned: bool) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE notes SET pinned = $1 WHERE id = $2 AND pinned <> $1 AND deleted_at IS NULL",
        pinned, id,
    ).execute);
    Ok(changed > 0)
}

/// Deletes a note and its text.
/// Returns `false` if it was changed since this version, or is deleted already.
pub async fn delete(tx: &mut Tx, id: NoteId, version: i64, at: Timestamp) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE notes SET body = '', body_folded = '', pinned = $1, deleted_at = $2, version = version + 1
         WHERE id = $3 AND version = $4 AND deleted_at IS NULL",
        false, at, id, version,
    ).execute);
    Ok(changed > 0)
}
