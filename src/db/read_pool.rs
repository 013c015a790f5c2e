//! Connections that read on SQLite. They are handed out and returned without any test.
//!
//! The pool of `sqlx` tests a connection before and after each use. Here each test takes two thread
//! switches, as many as the query itself. If a reader stops waiting, the connection's thread drops
//! the unread rows by itself. A connection that failed is replaced.

use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{
    Manager, Metrics, Object, Pool, PoolError, RecycleError, RecycleResult, Timeouts,
};
use sqlx::{ConnectOptions, Connection};
use sqlx_sqlite::{SqliteConnectOptions, SqliteConnection};

use super::{Error, Result};

/// Maximum number of connections that read at once.
const MAX_CONNECTIONS: usize = 8;
/// Longest time that a query waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(2_500);

/// Pool of connections that read. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ReadPool(Pool<ReadConnector>);

/// Opens connections for the pool.
#[derive(Debug)]
pub struct ReadConnector(SqliteConnectOptions);

/// Connection that reads.
#[derive(Debug)]
pub struct ReadConnection {
    /// Connection of the driver.
    pub(super) connection: SqliteConnection,
    failed: bool,
}

impl ReadConnection {
    /// Records the outcome of a query.
    /// If the database failed, the connection is replaced.
    pub(super) fn record_outcome<T>(&mut self, outcome: &Result<T>) {
        self.failed |= matches!(outcome, Err(error) if error.is_unavailable());
    }
}

impl Manager for ReadConnector {
    type Type = ReadConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> sqlx::Result<ReadConnection> {
        Ok(ReadConnection {
            connection: self.0.connect().await?,
            failed: false,
        })
    }

    async fn recycle(
        &self,
        reader: &mut ReadConnection,
        _: &Metrics,
    ) -> RecycleResult<sqlx::Error> {
        if reader.failed {
            return Err(RecycleError::message("it failed"));
        }
        Ok(())
    }
}

impl ReadPool {
    /// Opens one connection, which shows that opening works. Others follow when needed.
    pub(super) async fn open(options: SqliteConnectOptions) -> Result<Self> {
        let readers = Pool::builder(ReadConnector(options))
            .max_size(MAX_CONNECTIONS)
            .timeouts(Timeouts {
                wait: Some(ACQUIRE_TIMEOUT),
                create: Some(ACQUIRE_TIMEOUT),
                recycle: None,
            })
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|_| sqlx::Error::PoolClosed)?;
        let readers = Self(readers);
        drop(readers.acquire().await?);
        Ok(readers)
    }

    /// Returns a connection, which goes back to the pool when it is dropped.
    pub(super) async fn acquire(&self) -> Result<Object<ReadConnector>> {
        Ok(self.0.get().await?)
    }

    /// Returns the number of open connections, and how many of them are idle.
    pub(super) fn size(&self) -> (usize, usize) {
        let status = self.0.status();
        (status.size, status.available)
    }

    /// Closes the idle connections and hands out no more.
    pub(super) async fn close(&self) {
        let idle = self.0.retain(|_, _| false).removed;
        self.0.close();
        for reader in idle {
            if let Err(error) = reader.connection.close().await {
                tracing::debug!(%error, "a reading connection did not close");
            }
        }
    }
}

impl From<PoolError<sqlx::Error>> for Error {
    fn from(error: PoolError<sqlx::Error>) -> Self {
        match error {
            PoolError::Backend(error) => Self::Sql(error),
            PoolError::Closed => Self::Sql(sqlx::Error::PoolClosed),
            _ => Self::Sql(sqlx::Error::PoolTimedOut),
        }
    }
}
