//! Target of a move: it must be empty, gets this version's tables, and is locked.

use sqlx::{AssertSqlSafe, Connection, Executor};
use sqlx_postgres::PgConnection;

use super::TransferError;
use super::tables::{Table, quote, target_names};
use crate::db::postgres::PostgresServer;
use crate::db::{Db, Result};

/// Table of the migrations that were applied.
const MIGRATIONS: &str = "_sqlx_migrations";
/// Tables into which migrations insert rows. They count as empty, and their rows are replaced.
const FILLED_BY_MIGRATIONS: [&str; 2] = ["directory", "stale_folds"];

/// Checks that the target is empty, and migrates it to this version's tables.
pub(super) async fn prepare(url: &str) -> Result<(), TransferError> {
    let mut connection = connect(url).await?;
    let names = target_names(&mut connection).await;
    let names = names.map_err(|error| TransferError::Target(error.into()))?;
    if !names.is_empty() && !names.iter().any(|name| name == MIGRATIONS) {
        return Err(TransferError::Foreign(names.join(", ")));
    }
    // Before the migrations, because they must not change a database that is in use.
    ensure_empty(&names, &mut connection).await?;
    let closed = connection.close().await;
    closed.map_err(|error| TransferError::Target(error.into()))?;
    let db = Db::open(url).await.map_err(TransferError::Target)?;
    db.close().await;
    Ok(())
}

/// Connects to the target. Statements wait for locks without limit.
pub(super) async fn connect(url: &str) -> Result<PgConnection, TransferError> {
    if !["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
    {
        return Err(TransferError::NoServer);
    }
    let connection = async { PostgresServer::new(url)?.connect().await }.await;
    connection.map_err(TransferError::Target)
}

/// Locks all tables until the end of the transaction, and checks again that they are empty. A portal
/// that starts on the target meanwhile waits.
pub(super) async fn lock(target: &mut PgConnection) -> Result<(), TransferError> {
    let names = target_names(target).await;
    let names = names.map_err(|error| TransferError::Target(error.into()))?;
    let quoted: Vec<String> = names.iter().map(|name| quote(name)).collect();
    let lock = format!(
        "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '10s'; LOCK TABLE {} IN ACCESS EXCLUSIVE MODE",
        quoted.join(", ")
    );
    let locked = target.execute(AssertSqlSafe(lock)).await;
    locked.map_err(|error| TransferError::Target(error.into()))?;
    ensure_empty(&names, target).await
}

/// Fails if one of these tables has rows that no migration inserted.
async fn ensure_empty(names: &[String], target: &mut PgConnection) -> Result<(), TransferError> {
    let mut filled = Vec::new();
    for name in names {
        if name == MIGRATIONS || FILLED_BY_MIGRATIONS.contains(&name.as_str()) {
            continue;
        }
        let query = format!("SELECT EXISTS (SELECT 1 FROM {})", quote(name));
        let found = sqlx::query_scalar(AssertSqlSafe(query))
            .fetch_one(&mut *target)
            .await;
        if found.map_err(|error| TransferError::Target(error.into()))? {
            filled.push(name.as_str());
        }
    }
    if filled.is_empty() {
        return Ok(());
    }
    Err(TransferError::NotEmpty(filled.join(", ")))
}

/// Deletes the rows that migrations inserted into a table.
pub(super) async fn clear(table: &Table, target: &mut PgConnection) -> Result<()> {
    if FILLED_BY_MIGRATIONS.contains(&table.name.as_str()) {
        let delete = format!("DELETE FROM {}", table.quoted());
        target.execute(AssertSqlSafe(delete)).await?;
    }
    Ok(())
}
