//! Move of a SQLite database to an empty PostgreSQL database.
//!
//! The source is locked for the whole move, so nothing can be written to it meanwhile. All rows are
//! copied and compared in one transaction of the target, so a move that fails leaves no rows.
//! `tables` reads both catalogs, `rows` has the values, `target` prepares the target.

use std::path::{Path, PathBuf};

use sqlx::{Connection, Executor};
use sqlx_postgres::PgConnection;
use sqlx_sqlite::SqliteConnection;

use super::audit::{AuditKey, hex, keys};
use super::backup::ExclusiveLock;
use super::{Db, Error, settings, sqlite_file};

mod rows;
mod tables;
mod target;

pub use tables::NOT_MOVED;

use rows::TableDigest;
use tables::Table;

/// Reason why a database was not moved.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The address of the source names no SQLite file.
    #[error("DATABASE_URL names no SQLite file; only a SQLite database can be moved")]
    NoFile,
    /// The target is not a PostgreSQL database.
    #[error("the target is not a PostgreSQL database; write postgres://USER@HOST/NAME")]
    NoServer,
    /// The source is the database of a demo.
    #[error("DATABASE_URL names a demo's database, which serve refuses")]
    Demo,
    /// Another program has the source open.
    #[error("{} is in use; stop the portal first", .0.display())]
    InUse(PathBuf),
    /// The source lacks migrations of this version. Holds their number.
    #[error(
        "the SQLite database lacks {0} migrations of this version; start serve of this version once, stop it, and \
         move the database then"
    )]
    PendingMigrations(usize),
    /// The source was moved before. Holds the place that it was moved to.
    #[error(
        "the SQLite database was moved to {0} already; to use or move it again, run: reseller-portal migrate-to --undo"
    )]
    Moved(String),
    /// The target has rows. Holds the names of their tables.
    #[error("the target is not empty (rows in {0}); name an empty database")]
    NotEmpty(String),
    /// The target has tables that are not the portal's.
    #[error("the target has tables of another program ({0}); name an empty database")]
    Foreign(String),
    /// The two databases do not have the same tables.
    #[error("the tables of the two databases differ: {0}")]
    Tables(String),
    /// A table could not be copied.
    #[error("the table {table} could not be copied: {error}")]
    Copy {
        /// Name of the table.
        table: String,
        /// Error of one of the databases.
        error: Error,
    },
    /// A table of the target differs from what was copied.
    #[error(
        "the table {table} differs after copying: {has} of {expected} rows, checksum {checksum}; nothing was moved"
    )]
    Differs {
        /// Name of the table.
        table: String,
        /// Number of rows that the target has.
        has: u64,
        /// Number of rows that were copied.
        expected: u64,
        /// Checksum of the rows that the target has.
        checksum: String,
    },
    /// The newest event of the target is not the head of its chain.
    #[error(
        "the head of the activity differs from its last event; run: reseller-portal audit verify"
    )]
    Head,
    /// The source could not be marked after the move.
    #[error(
        "everything was moved and verified, but the SQLite database could not be marked as moved ({0}); do not start it \
         again"
    )]
    Mark(Error),
    /// The source failed.
    #[error("the SQLite database cannot be used: {0}")]
    Source(Error),
    /// The target failed.
    #[error("the PostgreSQL database cannot be used: {0}")]
    Target(Error),
}

/// Table that was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedTable {
    /// Name of the table.
    pub name: String,
    /// Number of its rows.
    pub rows: u64,
    /// Checksum of its rows, the same in both databases.
    pub checksum: String,
}

/// Result of a move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferReport {
    /// Tables, in the order in which they were copied.
    pub tables: Vec<MovedTable>,
    /// Number of the newest event of the activity; 0 if there is none.
    pub last_event: i64,
    /// Head of the activity's chain, as hexadecimal.
    pub head: String,
}

/// Moves the SQLite database at `source` to the PostgreSQL database at `target`, and then marks it
/// as moved to `place`. The database must belong to the key.
///
/// # Errors
/// Fails with [`TransferError`]. Except for [`TransferError::Mark`], the target then has no rows.
pub async fn run(
    source: &str,
    target: &str,
    key: &AuditKey,
    place: &str,
) -> Result<TransferReport, TransferError> {
    let file = sqlite_file(source).ok_or(TransferError::NoFile)?;
    check_source(source, key).await?;
    let mut lock = lock_source(&file).await?;
    target::prepare(target).await?;
    let mut connection = target::connect(target).await?;
    let begun = connection.begin().await;
    let mut tx = begun.map_err(|error| TransferError::Target(error.into()))?;
    target::lock(&mut tx).await?;
    let tables = tables::matching(lock.connection(), &mut tx).await?;
    let mut copied = Vec::with_capacity(tables.len());
    for table in tables {
        let digest = copy(&table, lock.connection(), &mut tx).await;
        let digest = digest.map_err(|error| table.error(error))?;
        copied.push((table, digest));
    }
    // After all tables are copied, because triggers may change rows of other tables.
    let mut moved = Vec::with_capacity(copied.len());
    for (table, digest) in copied {
        moved.push(verify(&table, &digest, &mut tx).await?);
    }
    let (last_event, head) = read_head(&mut tx).await?;
    // The mark waits in the source's transaction, so that only its commit can fail afterwards.
    let marked = sqlx::query("INSERT INTO settings (name, value) VALUES ($1, $2)")
        .bind(settings::MOVED_TO)
        .bind(place)
        .execute(lock.connection())
        .await;
    marked.map_err(|error| TransferError::Source(error.into()))?;
    let committed = tx.commit().await;
    committed.map_err(|error| TransferError::Target(error.into()))?;
    let marked = lock.connection().execute("COMMIT").await;
    marked.map_err(|error| TransferError::Mark(error.into()))?;
    if let Err(error) = connection.execute("ANALYZE").await {
        tracing::warn!(%error, "the moved tables could not be analyzed; PostgreSQL does it later by itself");
    }
    Ok(TransferReport {
        tables: moved,
        last_event,
        head,
    })
}

/// Lets `serve` use the database again after it was moved. Returns the place that it was moved to,
/// or `None` if it was not moved.
pub async fn undo(db: &Db) -> Result<Option<String>, Error> {
    let place = settings::value(db, settings::MOVED_TO).await?;
    let mut tx = db.begin().await?;
    settings::remove(&mut tx, settings::MOVED_TO).await?;
    tx.commit().await?;
    Ok(place)
}

/// Checks that the source has this version's tables, belongs to the key, and was not moved before.
async fn check_source(source: &str, key: &AuditKey) -> Result<(), TransferError> {
    let opened = Db::open_unchanged(source).await;
    let (db, pending) = opened.map_err(TransferError::Source)?;
    let checked = async {
        if pending > 0 {
            return Err(TransferError::PendingMigrations(pending));
        }
        let demo = settings::value(&db, settings::DEMO).await;
        if demo.map_err(TransferError::Source)?.is_some() {
            return Err(TransferError::Demo);
        }
        let place = settings::value(&db, settings::MOVED_TO).await;
        if let Some(place) = place.map_err(TransferError::Source)? {
            return Err(TransferError::Moved(place));
        }
        let bound = keys::check_binding(&db, key).await;
        bound.map_err(TransferError::Source)
    }
    .await;
    db.close().await;
    checked
}

async fn lock_source(file: &Path) -> Result<ExclusiveLock, TransferError> {
    let lock = ExclusiveLock::acquire(file).await;
    let lock = lock.map_err(TransferError::Source)?;
    lock.ok_or_else(|| TransferError::InUse(file.to_owned()))
}

/// Copies all rows of a table. Returns the digest of what was read from the source.
async fn copy(
    table: &Table,
    source: &mut SqliteConnection,
    target: &mut PgConnection,
) -> Result<TableDigest, Error> {
    target::clear(table, target).await?;
    rows::copy(table, source, target).await
}

/// Reads a table back from the target and compares it with what was copied.
async fn verify(
    table: &Table,
    copied: &TableDigest,
    target: &mut PgConnection,
) -> Result<MovedTable, TransferError> {
    let found = rows::digest(table, target).await;
    let found = found.map_err(|error| table.error(error))?;
    if found != *copied {
        return Err(TransferError::Differs {
            table: table.name.clone(),
            has: found.rows(),
            expected: copied.rows(),
            checksum: found.checksum(),
        });
    }
    Ok(MovedTable {
        name: table.name.clone(),
        rows: found.rows(),
        checksum: found.checksum(),
    })
}

/// Reads the head of the activity's chain from the target. It must be that of the newest event.
async fn read_head(target: &mut PgConnection) -> Result<(i64, String), TransferError> {
    let failed = |error: sqlx::Error| TransferError::Target(error.into());
    let head: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, hash FROM audit_head WHERE id = 1")
            .fetch_optional(&mut *target)
            .await
            .map_err(failed)?;
    let newest: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, hash FROM audit_events ORDER BY seq DESC LIMIT 1")
            .fetch_optional(&mut *target)
            .await
            .map_err(failed)?;
    if newest.is_some() && newest != head {
        return Err(TransferError::Head);
    }
    let (seq, hash) = head.unwrap_or_default();
    Ok((seq, hex(&hash)))
}
