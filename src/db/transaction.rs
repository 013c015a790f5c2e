//! Transaction that writes.
//! A connection whose BEGIN, COMMIT or ROLLBACK failed is never used again. The driver and the
//! database may disagree about its state, for example after SQLite rolled back by itself on a full
//! disk.

use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Database, Executor, Pool};
use sqlx_postgres::Postgres;
use sqlx_sqlite::Sqlite;

use super::Result;
use crate::traces::{self, Span};

/// Longest time to wait for the turn to write, and for another program's lock.
pub(super) const BEGIN_TIMEOUT: Duration = Duration::from_millis(2_500);
/// Longest time for a rollback. After that, its connection is closed instead.
const ROLLBACK_TIMEOUT: Duration = Duration::from_secs(2);

/// Transaction that writes. It is rolled back if it is dropped without [`Tx::commit`].
#[derive(Debug)]
pub enum Tx {
    /// Transaction on SQLite, begun with `BEGIN IMMEDIATE`.
    Sqlite(Transaction<Sqlite>),
    /// Transaction on PostgreSQL.
    Postgres(Transaction<Postgres>),
}

impl Tx {
    /// Commits the transaction.
    ///
    /// # Errors
    /// Fails with [`Error::Sql`](super::Error::Sql). Then nothing was committed, unless the
    /// connection broke.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// Driver-specific parts: beginning a transaction, and running a plain statement.
pub trait Driver: Database {
    /// Statement that begins a transaction that writes.
    const BEGIN: &'static str;

    /// Runs a statement without parameters.
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

/// Connection of a pool in a transaction.
#[derive(Debug)]
pub struct Transaction<DB: Driver> {
    // Taken out when the transaction is dropped.
    connection: Option<PoolConnection<DB>>,
    state: TransactionState,
    span: Span,
}

/// State of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TransactionState {
    /// BEGIN or COMMIT is running or has failed.
    Uncertain,
    /// Statements may run.
    Open,
    /// COMMIT succeeded.
    Committed,
}

impl<DB: Driver> Transaction<DB> {
    /// Takes a connection from the pool and begins a transaction.
    pub(super) async fn begin(pool: &Pool<DB>) -> sqlx::Result<Self> {
        let span = traces::start_transaction();
        let begun = async {
            let mut tx = Self {
                connection: Some(pool.acquire().await?),
                state: TransactionState::Uncertain,
                span,
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
        self.span.set_outcome("committed");
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
                // The connection returns to its pool after the rollback. So no one gets an open
                // transaction.
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
