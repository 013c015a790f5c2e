//! Notes about accounts. A deleted note keeps who wrote it and when; its text is gone.

use uuid::Uuid;

use super::{Db, Error, Result, Tx};
use crate::domain::ids::{AccountId, NoteId, StaffId};
use crate::domain::text::folded;
use crate::domain::time::Timestamp;

/// A note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// The account that it is about.
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

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    account_id: String,
    body: String,
    pinned: bool,
    created_by: Uuid,
    created_by_name: String,
    created_at: i64,
    edited_at: Option<i64>,
    deleted_at: Option<i64>,
    version: i64,
}

impl TryFrom<Row> for Note {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: NoteId::from_uuid(row.id),
            account: row.account_id.parse().map_err(Error::stored)?,
            body: row.body,
            pinned: row.pinned,
            created_by: StaffId::from_uuid(row.created_by),
            created_by_name: row.created_by_name,
            created_at: Timestamp::from_millis(row.created_at),
            edited_at: row.edited_at.map(Timestamp::from_millis),
            deleted_at: row.deleted_at.map(Timestamp::from_millis),
            version: row.version,
        })
    }
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
    let rows: Vec<Row> = on!(db, pool => {
        sqlx::query_as(select!(
            "WHERE account_id = $1 AND deleted_at IS NULL ORDER BY pinned DESC, created_at DESC, id DESC LIMIT $2"
        ))
        .bind(account.as_str())
        .bind(most)
        .fetch_all(pool)
        .await?
    });
    let total: i64 = on!(db, pool => {
        sqlx::query_scalar("SELECT COUNT(*) FROM notes WHERE account_id = $1 AND deleted_at IS NULL")
            .bind(account.as_str())
            .fetch_one(pool)
            .await?
    });
    let notes = rows
        .into_iter()
        .map(TryInto::try_into)
        .collect::<Result<_>>()?;
    Ok((notes, total))
}

/// The note with this id, deleted or not, as this transaction sees it.
pub async fn by_id_in_tx(tx: &mut Tx, id: NoteId) -> Result<Option<Note>> {
    let row: Option<Row> = within!(tx, conn => {
        sqlx::query_as(select!("WHERE id = $1")).bind(id.as_uuid()).fetch_optional(&mut *conn).await?
    });
    row.map(TryInto::try_into).transpose()
}

/// Keeps a new note; `false` where there is one with this id.
pub async fn insert(tx: &mut Tx, note: &Note) -> Result<bool> {
    let inserted = within!(tx, conn => {
        sqlx::query(
            "INSERT INTO notes (id, account_id, body, body_folded, pinned, created_by, created_by_name, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING",
        )
        .bind(note.id.as_uuid())
        .bind(note.account.as_str())
        .bind(&note.body)
        .bind(folded(&note.body))
        .bind(note.pinned)
        .bind(note.created_by.as_uuid())
        .bind(&note.created_by_name)
        .bind(note.created_at.as_millis())
        .execute(&mut *conn)
        .await?
        .rows_affected()
    });
    Ok(inserted > 0)
}

/// Gives a note another text; `false` where it changed since this version, or is deleted.
pub async fn edit(
    tx: &mut Tx,
    id: NoteId,
    version: i64,
    body: &str,
    at: Timestamp,
) -> Result<bool> {
    let changed = within!(tx, conn => {
        sqlx::query(
            "UPDATE notes SET body = $1, body_folded = $2, edited_at = $3, version = version + 1
             WHERE id = $4 AND version = $5 AND deleted_at IS NULL",
        )
        .bind(body)
        .bind(folded(body))
        .bind(at.as_millis())
        .bind(id.as_uuid())
        .bind(version)
        .execute(&mut *conn)
        .await?
        .rows_affected()
    });
    Ok(changed > 0)
}

/// Pins a note, or unpins it; `false` where it is so already, or deleted.
pub async fn pin(tx: &mut Tx, id: NoteId, pinned: bool) -> Result<bool> {
    let changed = within!(tx, conn => {
        sqlx::query("UPDATE notes SET pinned = $1 WHERE id = $2 AND pinned <> $1 AND deleted_at IS NULL")
            .bind(pinned)
            .bind(id.as_uuid())
            .execute(&mut *conn)
            .await?
            .rows_affected()
    });
    Ok(changed > 0)
}

/// Deletes a note and forgets its text; `false` where it changed since this version, or is deleted already.
pub async fn delete(tx: &mut Tx, id: NoteId, version: i64, at: Timestamp) -> Result<bool> {
    let changed = within!(tx, conn => {
        sqlx::query(
            "UPDATE notes SET body = '', body_folded = '', pinned = $1, deleted_at = $2, version = version + 1
             WHERE id = $3 AND version = $4 AND deleted_at IS NULL",
        )
        .bind(false)
        .bind(at.as_millis())
        .bind(id.as_uuid())
        .bind(version)
        .execute(&mut *conn)
        .await?
        .rows_affected()
    });
    Ok(changed > 0)
}
