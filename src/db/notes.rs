//! Notes about accounts. A deleted note keeps who wrote it and when; its text is gone.

use super::{Db, Result, Tx};
use crate::domain::ids::{AccountId, NoteId, StaffId};
use crate::domain::text::folded;
use crate::domain::time::Timestamp;

/// A note.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// The account that it is about.
    #[sqlx(rename = "account_id")]
    pub account: AccountId,
    /// Its text; empty where it is deleted.
    pub body: String,
    /// It comes before those that are not.
    pub pinned: bool,
    /// Author of the note.
    pub created_by: StaffId,
    /// Their name at that time.
    pub created_by_name: String,
    /// When.
    pub created_at: Timestamp,
    /// When its text last changed.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// Goes up with each change of its text, so that a form can tell that it is stale.
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

/// The first so many notes about an account, pinned ones first, then the latest first; and how many there are.
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

/// The note with this id, deleted or not, as this transaction sees it.
pub async fn by_id_in_tx(tx: &mut Tx, id: NoteId) -> Result<Option<Note>> {
    Ok(within!(tx => query_as(select!("WHERE id = $1"), id).fetch_optional))
}

/// Keeps a new note; `false` where there is one with this id.
pub async fn insert(tx: &mut Tx, note: &Note) -> Result<bool> {
    let changed = within!(tx => query(
        "INSERT INTO notes (id, account_id, body, body_folded, pinned, created_by, created_by_name, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING",
        note.id, &note.account, &note.body, folded(&note.body), note.pinned, note.created_by,
        &note.created_by_name, note.created_at,
    ).execute);
    Ok(changed > 0)
}

/// Gives a note another text; `false` where it changed since this version, or is deleted.
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

/// Pins a note, or unpins it; `false` where it is so already, or deleted.
pub async fn pin(tx: &mut Tx, id: NoteId, pinned: bool) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE notes SET pinned = $1 WHERE id = $2 AND pinned <> $1 AND deleted_at IS NULL",
        pinned, id,
    ).execute);
    Ok(changed > 0)
}

/// Deletes a note and forgets its text; `false` where it changed since this version, or is deleted already.
pub async fn delete(tx: &mut Tx, id: NoteId, version: i64, at: Timestamp) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE notes SET body = '', body_folded = '', pinned = $1, deleted_at = $2, version = version + 1
         WHERE id = $3 AND version = $4 AND deleted_at IS NULL",
        false, at, id, version,
    ).execute);
    Ok(changed > 0)
}
