//! The connections that read on SQLite. They are handed out and taken back as they are: sqlx's own pool has a word with
//! a connection before and after each use, to find out whether it still lives, and here each word is two changes of
//! thread, as many as the query itself takes. What a reader that stopped waiting left unread, the connection's thread
//! drops by itself; a connection that failed is replaced.

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
/// How long a query waits for one of them.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(2_500);

/// The connections. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ReadPool(Pool<ReadConnector>);

/// Opens connections.
#[derive(Debug)]
pub struct ReadConnector(SqliteConnectOptions);

/// A connection that reads.
#[derive(Debug)]
pub struct ReadConnection {
    /// The connection.
    pub(super) connection: SqliteConnection,
    failed: bool,
}

impl ReadConnection {
    /// Takes note of what came of a query: after a failure of the database, the connection is replaced.
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
    /// Opens one of them, which shows that they can be opened; the others follow when they are needed.
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

    /// One of them, until it is dropped.
    pub(super) async fn acquire(&self) -> Result<Object<ReadConnector>> {
        Ok(self.0.get().await?)
    }

    /// Closes those that nobody has at the moment, and hands out none any more.
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
