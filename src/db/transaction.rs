//! A transaction that writes. A connection whose BEGIN, COMMIT or ROLLBACK failed is never used again: what the driver
//! holds to be its state may not be the database's, for example after SQLite rolled back by itself on a full disk.

use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Database, Executor, Pool};
use sqlx_postgres::Postgres;
use sqlx_sqlite::Sqlite;

use super::Result;

/// How long a page may wait for its turn to write, and for another program's lock.
pub(super) const BEGIN_TIMEOUT: Duration = Duration::from_millis(2_500);
/// How long a rollback may take before its connection is closed instead.
const ROLLBACK_TIMEOUT: Duration = Duration::from_secs(2);

/// A transaction that writes; dropped without [`Tx::commit`], it is rolled back.
#[derive(Debug)]
pub enum Tx {
    /// On SQLite, begun with `BEGIN IMMEDIATE`.
    Sqlite(Transaction<Sqlite>),
    /// On PostgreSQL.
    Postgres(Transaction<Postgres>),
}

impl Tx {
    /// Makes it last.
    ///
    /// # Errors
    /// [`Error::Sql`](super::Error::Sql); then nothing of it lasts, unless the connection broke.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// How a driver begins a transaction and runs a statement without parameters.
pub trait Driver: Database {
    /// Statement that begins a transaction that writes.
    const BEGIN: &'static str;

    /// Runs the statement.
    fn run(
        connection: &mut Self::Connection,
        statement: &'static str,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;
}

impl Driver for Sqlite {
    const BEGIN: &'static str = "BEGIN IMMEDIATE";

    async fn run(connection: &mut Self::Connection, statement: &'static str) -> sqlx::Result<()> {
        connection.execute(statement).await.map(drop)
    }
}

impl Driver for Postgres {
    const BEGIN: &'static str = "BEGIN";

    async fn run(connection: &mut Self::Connection, statement: &'static str) -> sqlx::Result<()> {
        connection.execute(statement).await.map(drop)
    }
}

/// A connection of a pool in a transaction.
#[derive(Debug)]
pub struct Transaction<DB: Driver> {
    // Taken when it ends.
    connection: Option<PoolConnection<DB>>,
    state: TransactionState,
}

/// State of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TransactionState {
    /// BEGIN or COMMIT is under way, or failed.
    Uncertain,
    /// Statements may run.
    Open,
    /// COMMIT succeeded.
    Committed,
}

impl<DB: Driver> Transaction<DB> {
    /// Takes a connection of the pool and begins.
    pub(super) async fn begin(pool: &Pool<DB>) -> sqlx::Result<Self> {
        let begun = async {
            let mut tx = Self {
                connection: Some(pool.acquire().await?),
                state: TransactionState::Uncertain,
            };
            DB::run(&mut tx, DB::BEGIN).await?;
            tx.state = TransactionState::Open;
            Ok(tx)
        };
        match tokio::time::timeout(BEGIN_TIMEOUT, begun).await {
            Ok(begun) => begun,
            Err(_) => Err(sqlx::Error::PoolTimedOut),
        }
    }

    async fn commit(mut self) -> sqlx::Result<()> {
        self.state = TransactionState::Uncertain;
        DB::run(&mut self, "COMMIT").await?;
        self.state = TransactionState::Committed;
        Ok(())
    }
}

impl<DB: Driver> Deref for Transaction<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &Self::Target {
        match &self.connection {
            Some(connection) => connection,
            None => unreachable!("a transaction has its connection until it is dropped"),
        }
    }
}

impl<DB: Driver> DerefMut for Transaction<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match &mut self.connection {
            Some(connection) => connection,
            None => unreachable!("a transaction has its connection until it is dropped"),
        }
    }
}

impl<DB: Driver> Drop for Transaction<DB> {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        match self.state {
            TransactionState::Committed => {}
            TransactionState::Uncertain => connection.close_on_drop(),
            TransactionState::Open => {
                // The connection goes back to its pool only after the rollback: nobody meets an open transaction.
                tokio::spawn(async move {
                    let rolled_back = tokio::time::timeout(
                        ROLLBACK_TIMEOUT,
                        DB::run(&mut connection, "ROLLBACK"),
                    )
                    .await;
                    if !matches!(rolled_back, Ok(Ok(()))) {
                        connection.close_on_drop();
                    }
                });
            }
        }
    }
}
