//! Imports of accounts: uploaded files, the decisions about them, and remembered columns.

use std::collections::HashMap;

use sqlx::QueryBuilder;

use super::{Db, Result, Tx, push_list};
use crate::domain::ids::{ImportId, JobId, StaffId};
use crate::domain::time::Timestamp;

/// Number of headers that one query looks up.
const HEADERS_PER_QUERY: usize = 200;
/// Number of imports that one statement deletes, because each has a whole file.
const IMPORTS_PER_STATEMENT: i64 = 20;

/// Import without its file.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Import {
    /// ID of the import, which the form of the upload created.
    pub id: ImportId,
    /// Person who uploaded the file. Nobody else sees it.
    pub staff_id: StaffId,
    /// Name of the file.
    pub file_name: String,
    /// True if the content was pasted as text.
    pub is_pasted: bool,
    /// Decisions about it as JSON.
    pub decisions: String,
    /// Number of its last change, to find forms that are out of date.
    pub version: i64,
    /// Job that was previewed last.
    #[sqlx(rename = "job_id")]
    pub job: Option<JobId>,
    /// Time of the upload.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, staff_id, file_name, is_pasted, decisions, version, job_id, created_at, updated_at FROM imports ",
            $rest
        )
    };
}

/// Returns an import of this person.
pub async fn by_id(db: &Db, id: ImportId, staff: StaffId) -> Result<Option<Import>> {
    Ok(on!(db => query_as(select!("WHERE id = $1 AND staff_id = $2"), id, staff).fetch_optional))
}

/// Returns the import from which a job was made. Returns `None` once it is deleted.
pub async fn by_job(db: &Db, job: JobId) -> Result<Option<Import>> {
    Ok(on!(db => query_as(select!("WHERE job_id = $1"), job).fetch_optional))
}

/// Returns the imports of a person, the last changed first.
pub async fn of_staff(db: &Db, staff: StaffId) -> Result<Vec<Import>> {
    Ok(on!(db => query_as(
        select!("WHERE staff_id = $1 ORDER BY updated_at DESC, id LIMIT 50"), staff,
    ).fetch_all))
}

/// Returns other imports of the same file, also those of other people. The newest comes first.
pub async fn same_file(db: &Db, import: &Import) -> Result<Vec<Import>> {
    Ok(on!(db => query_as(
        select!("WHERE content_hash = (SELECT content_hash FROM imports WHERE id = $1) AND id <> $1
                 ORDER BY created_at DESC LIMIT 10"),
        import.id,
    ).fetch_all))
}

/// Returns the uploaded file.
pub async fn content(db: &Db, id: ImportId) -> Result<Vec<u8>> {
    Ok(on!(db => query_scalar("SELECT content FROM imports WHERE id = $1", id).fetch_one))
}

/// Stores an upload. Returns `false` if its form was sent before.
pub async fn insert(db: &Db, import: &Import, content: &[u8], hash: &[u8]) -> Result<bool> {
    let changed = on!(db => query(
        "INSERT INTO imports (id, staff_id, file_name, content, content_hash, is_pasted, decisions, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (id) DO NOTHING",
        import.id, import.staff_id, &import.file_name, content, hash, import.is_pasted, &import.decisions,
        import.created_at,
    ).execute);
    Ok(changed == 1)
}

/// Stores decisions. Returns `false` if others were stored since this version was read, or if the
/// import's job was started.
pub async fn set_decisions(
    db: &Db,
    import: &Import,
    decisions: &str,
    now: Timestamp,
) -> Result<bool> {
    let changed = on!(db => query(
        "UPDATE imports SET decisions = $3, version = version + 1, updated_at = $4
         WHERE id = $1 AND version = $2 AND NOT EXISTS (
            SELECT 1 FROM jobs WHERE jobs.id = imports.job_id AND state <> 'preview')",
        import.id, import.version, decisions, now,
    ).execute);
    Ok(changed == 1)
}

/// Records the job of the last preview.
pub async fn set_job(db: &Db, id: ImportId, job: JobId, now: Timestamp) -> Result<()> {
    on!(db => query("UPDATE imports SET job_id = $2, updated_at = $3 WHERE id = $1", id, job, now).execute);
    Ok(())
}

/// Deletes an import with its file.
pub async fn delete(db: &Db, id: ImportId, staff: StaffId) -> Result<()> {
    on!(db => query("DELETE FROM imports WHERE id = $1 AND staff_id = $2", id, staff).execute);
    Ok(())
}

/// Deletes some of the imports that were not changed since `before`, unless their job is still
/// going on. Returns `true` if more may be left.
pub async fn delete_expired(db: &Db, before: Timestamp) -> Result<bool> {
    let deleted = on!(db => query(
        "DELETE FROM imports WHERE id IN (
            SELECT id FROM imports WHERE updated_at < $1 AND NOT EXISTS (
                SELECT 1 FROM jobs WHERE jobs.id = imports.job_id AND state IN ('running', 'paused'))
            ORDER BY updated_at LIMIT $2)",
        before, IMPORTS_PER_STATEMENT,
    ).execute);
    Ok(deleted == IMPORTS_PER_STATEMENT.unsigned_abs())
}

/// Returns the meanings that a person gave to these headers. Empty if a column is not imported.
pub async fn remembered_columns(
    db: &Db,
    staff: StaffId,
    headers: &[String],
) -> Result<HashMap<String, String>> {
    let mut found = HashMap::new();
    for headers in headers.chunks(HEADERS_PER_QUERY) {
        let rows: Vec<(String, String)> = on!(db, pool => {
            let mut query = QueryBuilder::new("SELECT header, meaning FROM import_columns WHERE staff_id = ");
            query.push_bind(staff).push(" AND header IN (");
            push_list(&mut query, headers.iter().cloned());
            query.build_query_as().fetch_all(pool).await?
        });
        found.extend(rows);
    }
    Ok(found)
}

/// Remembers the meaning of a header.
pub async fn remember_column(
    tx: &mut Tx,
    staff: StaffId,
    header: &str,
    meaning: &str,
) -> Result<()> {
    within!(tx => query(
        "INSERT INTO import_columns (staff_id, header, meaning) VALUES ($1, $2, $3)
         ON CONFLICT (staff_id, header) DO UPDATE SET meaning = excluded.meaning",
        staff, header, meaning,
    ).execute);
    Ok(())
}
