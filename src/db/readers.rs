//! The connections that read on SQLite. They are handed out and taken back as they are: sqlx's own pool has a word with
//! a connection before and after each use, to find out whether it still lives, and here each word is two changes of
//! thread, as many as the query itself takes. A file in this process does not hang up; and what a reader that stopped
//! waiting left unread, the connection's thread drops by itself.

use std::time::Duration;

use deadpool::Runtime;
use deadpool::unmanaged::{Object, Pool, PoolConfig};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::{Error, Result};

/// How many read at once.
const AT_ONCE: usize = 8;
/// How long a query waits for one of them.
const PATIENCE: Duration = Duration::from_secs(10);

/// The connections. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Readers(Pool<SqliteConnection>);

impl Readers {
    /// Opens all of them.
    pub(super) async fn open(options: &SqliteConnectOptions) -> Result<Self> {
        let readers = Pool::from_config(&PoolConfig {
            timeout: Some(PATIENCE),
            runtime: Some(Runtime::Tokio1),
            ..PoolConfig::new(AT_ONCE)
        });
        for _ in 0..AT_ONCE {
            readers
                .add(options.connect().await?)
                .await
                .map_err(|(_, error)| error)?;
        }
        Ok(Self(readers))
    }

    /// One of them, until it is dropped.
    pub(super) async fn one(&self) -> Result<Object<SqliteConnection>> {
        Ok(self.0.get().await?)
    }

    /// Closes those that nobody has at the moment, and hands out none any more.
    pub(super) async fn close(&self) {
        while let Ok(reader) = self.0.try_remove() {
            if let Err(error) = reader.close().await {
                tracing::debug!(%error, "a reading connection did not close");
            }
        }
        self.0.close();
    }
}

impl From<deadpool::unmanaged::PoolError> for Error {
    fn from(error: deadpool::unmanaged::PoolError) -> Self {
        match error {
            deadpool::unmanaged::PoolError::Closed => Self::Sql(sqlx::Error::PoolClosed),
            _ => Self::Sql(sqlx::Error::PoolTimedOut),
        }
    }
}
