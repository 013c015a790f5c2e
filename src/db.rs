//! The database: SQLite or PostgreSQL behind one type, one SQL text for both. Only here is `sqlx` named.
//!
//! Reads run on a pool through `on!`; writes run in a [`Tx`] through `within!`. One file per aggregate
//! holds free functions that read well: `accounts::by_id(&db, &id)`.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Executor, PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use accounts::Index;
use readers::Readers;

/// Runs one query on either driver, reading: `on!(db, pool => sqlx::query(SQL).fetch_all(pool).await?)`.
macro_rules! on {
    ($db:expr, $pool:ident => $body:expr) => {
        match $db {
            $crate::db::Db::Sqlite { read, .. } => {
                let mut reader = read.one().await?;
                let $pool = &mut *reader;
                $body
            }
            $crate::db::Db::Postgres { pool: $pool, .. } => $body,
        }
    };
}

/// Runs one expression inside a transaction: `within!(tx, conn => sqlx::query(SQL).execute(&mut *conn).await)`.
macro_rules! within {
    ($tx:expr, $conn:ident => $body:expr) => {
        match $tx {
            $crate::db::Tx::Sqlite(tx) => {
                let $conn = &mut **tx;
                $body
            }
            $crate::db::Tx::Postgres(tx) => {
                let $conn = &mut **tx;
                $body
            }
        }
    };
}

pub mod accounts;
pub mod audit;
pub mod ceremonies;
pub mod email_keys;
pub mod factors;
mod folds;
pub mod identities;
pub mod leases;
pub mod links;
pub mod notes;
pub mod notices;
pub mod operations;
pub mod org_users;
pub mod passkeys;
pub mod pool;
mod readers;
pub mod sessions;
pub mod settings;
pub mod staff;
pub mod sweeps;
pub mod tags;
pub mod throttles;
pub mod views;

/// What a database call can fail with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database itself.
    #[error("database: {0}")]
    Sql(#[from] sqlx::Error),
    /// A migration.
    #[error("database migration: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// Something stored that this version cannot read.
    #[error("stored value cannot be read: {0}")]
    Stored(String),
    /// A database address that is neither SQLite's nor PostgreSQL's.
    #[error("DATABASE_URL must start with sqlite: or postgres:")]
    Scheme,
}

impl Error {
    /// For a stored word that cannot be read.
    pub(crate) fn stored(what: impl std::fmt::Display) -> Self {
        Self::Stored(what.to_string())
    }

    /// Whether a unique index refused the row.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Sql(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}

/// The result of a database call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Either database. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Db {
    /// Embedded: readers beside one writer.
    Sqlite {
        /// Readers.
        read: Readers,
        /// The one connection that writes.
        write: SqlitePool,
        /// What lists are answered from.
        index: Index,
    },
    /// For several replicas.
    Postgres {
        /// Connections.
        pool: PgPool,
        /// What lists are answered from.
        index: Index,
    },
}

/// A transaction that writes.
#[derive(Debug)]
pub enum Tx {
    /// On SQLite, begun with `BEGIN IMMEDIATE`.
    Sqlite(Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
}

/// How long a connection waits for another's lock before it gives up.
const BUSY: Duration = Duration::from_secs(5);
/// A connection to a server that was idle for so long is asked whether it still lives before it is used.
const IDLE: Duration = Duration::from_secs(1);

impl Db {
    /// Opens the database that `url` names (its scheme chooses) and brings it to this version's tables.
    ///
    /// # Errors
    /// [`Error`] when it cannot be opened, written or migrated.
    pub async fn open(url: &str) -> Result<Self> {
        let db = Self::connect(url).await?;
        db.migrate().await?;
        db.complete_folds().await?;
        audit::words::complete(&db).await?;
        email_keys::complete(&db).await?;
        Ok(db)
    }

    /// Writes the folds again that a migration marked as stale.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn complete_folds(&self) -> Result<()> {
        folds::complete(self).await
    }

    async fn connect(url: &str) -> Result<Self> {
        if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)?
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(BUSY);
            let write = SqlitePoolOptions::new()
                .max_connections(1)
                .test_before_acquire(false)
                .acquire_timeout(Duration::from_secs(10))
                .connect_with(options.clone())
                .await?;
            let read = Readers::open(&options.read_only(true).create_if_missing(false)).await?;
            Ok(Self::Sqlite {
                read,
                write,
                index: Index::default(),
            })
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let pool = PgPoolOptions::new()
                .max_connections(16)
                .acquire_timeout(Duration::from_secs(10))
                // A server that was started anew has hung up; one that was just spoken with has not.
                .test_before_acquire(false)
                .before_acquire(|connection, meta| {
                    Box::pin(async move {
                        if meta.idle_for >= IDLE {
                            connection.ping().await?;
                        }
                        Ok(true)
                    })
                })
                // Compiling a query takes the server longer than any of these take to run.
                .after_connect(|connection, _| {
                    Box::pin(async move { connection.execute("SET jit = off").await.map(drop) })
                })
                .connect_with(PgConnectOptions::from_str(url)?)
                .await?;
            Ok(Self::Postgres {
                pool,
                index: Index::default(),
            })
        } else {
            Err(Error::Scheme)
        }
    }

    async fn migrate(&self) -> Result<()> {
        let mut both = sqlx::migrate!("./migrations");
        both.set_ignore_missing(true);
        match self {
            Self::Sqlite { write, .. } => {
                let mut own = sqlx::migrate!("./migrations/sqlite");
                own.set_ignore_missing(true);
                both.run(write).await?;
                own.run(write).await?;
            }
            Self::Postgres { pool, .. } => {
                let mut own = sqlx::migrate!("./migrations/postgres");
                own.set_ignore_missing(true);
                both.run(pool).await?;
                own.run(pool).await?;
                // In a restored copy, transactions are counted anew: what seems to come from the future is revised now.
                sqlx::query("UPDATE accounts SET revision = 0 WHERE revision > pg_current_xact_id()::text::bigint")
                    .execute(pool)
                    .await?;
                sqlx::query("DELETE FROM sweep_stage WHERE horizon > pg_current_xact_id()::text::bigint")
                    .execute(pool)
                    .await?;
            }
        }
        Ok(())
    }

    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// [`Error::Sql`] when no connection is to be had.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(match self {
            Self::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres { pool, .. } => Tx::Postgres(pool.begin().await?),
        })
    }

    fn index(&self) -> &Index {
        match self {
            Self::Sqlite { index, .. } | Self::Postgres { index, .. } => index,
        }
    }

    /// Closes all connections; on SQLite this folds the write-ahead log into the file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres { pool, .. } => pool.close().await,
        }
    }
}

impl Tx {
    /// Makes it last.
    ///
    /// # Errors
    /// [`Error::Sql`]; then nothing of it lasts.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}
