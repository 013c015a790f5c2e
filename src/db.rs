//! The database: SQLite or PostgreSQL behind one type, with one SQL text for both.
//! This is the only module that names `sqlx`.
//!
//! Reads run on a pool through `on!`; writes run in a [`Tx`] through `within!`. Each aggregate has
//! one file of free functions: `accounts::by_id(&db, &id)`.

use std::future::Future;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::{Database, Encode, QueryBuilder, Type};
use sqlx_postgres::PgPool;
use sqlx_sqlite::{SqliteConnectOptions, SqlitePool};

use accounts::Index;
use postgres::PostgresServer;
use read_pool::ReadPool;
use sqlx::Connection;
use tokio::time::Instant;
use transaction::Transaction;

/// Longest time that [`Db::open`] waits for a SQLite file that another process has locked.
const LOCKED_TIMEOUT: Duration = Duration::from_secs(8);
/// Pause before a locked file is opened again.
const LOCKED_PAUSE: Duration = Duration::from_millis(50);

/// Runs one query on either driver.
///
/// `on!(db => query_as(SQL, value, …).fetch_all)` reads. `on!(db => query(SQL, …).execute)` writes
/// in its own transaction and returns the number of changed rows. A query that is built at run time
/// is read with `on!(db, pool => query.build().fetch_all(pool).await?)`. The `?` must be inside,
/// because only then is the query repeated if its connection was lost.
macro_rules! on {
    ($db:expr => query($sql:expr $(, $value:expr)* $(,)?).execute) => {{
        let mut tx = $db.begin().await?;
        let changed = within!(&mut tx => query($sql $(, $value)*).execute);
        tx.commit().await?;
        changed
    }};
    ($db:expr => $query:ident($sql:expr $(, $value:expr)* $(,)?).$fetch:ident) => {
        on!($db, pool => sqlx::$query($sql)$(.bind($value))*.$fetch(pool).await?)
    };
    ($db:expr, $pool:ident => $body:expr) => {
        match $db {
            $crate::db::Db::Sqlite { read, .. } => {
                let mut reader = read.acquire().await?;
                let outcome = {
                    let $pool = &mut reader.connection;
                    async { $crate::db::Result::Ok($body) }.await
                };
                reader.record_outcome(&outcome);
                outcome?
            }
            $crate::db::Db::Postgres { pool, server, .. } => {
                let mut tries = 1;
                loop {
                    let $pool = pool;
                    match async { $crate::db::Result::Ok($body) }.await {
                        Err(error) if server.should_retry(&error, tries) => tries += 1,
                        outcome => break outcome?,
                    }
                }
            }
        }
    };
}

/// Runs one query inside a transaction.
///
/// `within!(tx => query(SQL, value, …).execute)` returns the number of changed rows, and
/// `within!(tx => query_as(SQL, value, …).fetch_all)` returns the rows. A query that is built at
/// run time is run with `within!(tx, conn => query.build().execute(&mut *conn).await?)`.
macro_rules! within {
    ($tx:expr => query($sql:expr $(, $value:expr)* $(,)?).execute) => {
        within!($tx, conn => sqlx::query($sql)$(.bind($value))*.execute(&mut *conn).await?.rows_affected())
    };
    ($tx:expr => $query:ident($sql:expr $(, $value:expr)* $(,)?).$fetch:ident) => {
        within!($tx, conn => sqlx::$query($sql)$(.bind($value))*.$fetch(&mut *conn).await?)
    };
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

/// Builds one value from several columns.
/// A field with `#[sqlx(flatten, try_from = "…")]` reads it.
macro_rules! from_columns {
    ($columns:ident { $($column:ident: $type:ty),+ } => $value:ty: $make:expr) => {
        #[derive(sqlx::FromRow)]
        pub(in crate::db) struct $columns {
            $($column: $type),+
        }

        impl From<$columns> for $value {
            fn from($columns { $($column),+ }: $columns) -> Self {
                $make
            }
        }
    };
}

pub mod access_reviews;
pub mod accounts;
pub mod assignees;
pub mod audit;
pub mod auth_challenges;
pub mod backup;
pub mod channel_pool;
pub mod daily_figures;
pub mod email_changes;
pub mod email_keys;
mod error;
pub mod factors;
pub mod figures;
pub mod identities;
pub mod imports;
pub mod jobs;
pub mod known_devices;
pub mod leases;
pub mod links;
pub mod list_columns;
pub mod logos;
mod migrations;
pub mod new_account_defaults;
pub mod notes;
pub mod notices;
pub mod notification_emails;
pub mod notifications;
pub mod operations;
pub mod org_users;
pub mod passkeys;
mod postgres;
mod read_pool;
pub mod recent_accounts;
pub mod sessions;
pub mod settings;
mod sqlite;
pub mod staff;
mod stale_folds;
pub mod sweeps;
pub mod tags;
pub mod throttles;
mod transaction;
pub mod transfer;
mod types;
pub mod views;
pub mod webhook_deliveries;
pub mod welcome_emails;

pub use error::{Error, Result};
pub use migrations::schema_version;
pub use sqlite::{create_private_file, sqlite_file};
pub use transaction::Tx;

/// SQLite or PostgreSQL. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Db {
    /// SQLite, embedded, with several readers and one writer.
    Sqlite {
        /// Connections for reading.
        read: ReadPool,
        /// Only connection that writes.
        write: SqlitePool,
        /// Index that answers lists.
        index: Index,
    },
    /// PostgreSQL, for several replicas.
    Postgres {
        /// Pool of connections.
        pool: PgPool,
        /// Server, which can be asked if it still answers.
        server: PostgresServer,
        /// Index that answers lists.
        index: Index,
    },
}

impl Db {
    /// Opens the database at `url` and migrates it to this version's tables.
    /// The scheme of `url` chooses the driver. Waits a while if another process has the SQLite file
    /// locked, because it may be starting too.
    ///
    /// # Errors
    /// Fails with [`Error`] if the database cannot be opened, written or migrated.
    pub async fn open(url: &str) -> Result<Self> {
        let started = Instant::now();
        loop {
            let opened = async { Self::connect(url).await?.prepared().await }.await;
            match opened {
                Err(error) if error.is_locked() && started.elapsed() < LOCKED_TIMEOUT => {
                    tokio::time::sleep(LOCKED_PAUSE).await;
                }
                opened => return opened,
            }
        }
    }

    /// Opens the database without changing it.
    /// Also returns how many migrations [`Db::open`] would run.
    ///
    /// # Errors
    /// Fails with [`Error`] if the database cannot be opened or read.
    pub async fn open_unchanged(url: &str) -> Result<(Self, usize)> {
        let db = Self::connect(url).await?;
        if let Self::Postgres { server, .. } = &db {
            // Fails at once if the server refuses; the pool would retry for a while.
            server.connect().await?.close().await?;
        }
        let applied = db.applied_migrations().await?;
        Self::check_schema(&applied)?;
        let pending = db.pending_migrations(&applied);
        Ok((db, pending))
    }

    /// Recomputes the folded texts that a migration marked as stale.
    pub async fn refresh_stale_folds(&self) -> Result<()> {
        stale_folds::refresh(self).await
    }

    async fn connect(url: &str) -> Result<Self> {
        let index = Index::default();
        if url.starts_with("sqlite:") {
            Self::connect_sqlite(
                SqliteConnectOptions::from_str(url)?,
                sqlite_file(url).as_deref(),
            )
            .await
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let server = PostgresServer::new(url)?;
            Ok(Self::Postgres {
                pool: server.pool(),
                server,
                index,
            })
        } else {
            Err(Error::UnsupportedScheme)
        }
    }

    async fn connect_sqlite(options: SqliteConnectOptions, file: Option<&Path>) -> Result<Self> {
        let (read, write) = sqlite::open(options, file).await?;
        let index = Index::default();
        Ok(Self::Sqlite { read, write, index })
    }

    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// Fails with [`Error::Sql`] if there is no connection.
    pub async fn begin(&self) -> Result<Tx> {
        match self {
            Self::Sqlite { write, .. } => Ok(Tx::Sqlite(Transaction::begin(write).await?)),
            Self::Postgres { pool, server, .. } => {
                let mut tries = 1;
                loop {
                    match Transaction::begin(pool).await.map_err(Error::from) {
                        Err(error) if server.should_retry(&error, tries) => tries += 1,
                        begun => break Ok(Tx::Postgres(begun?)),
                    }
                }
            }
        }
    }

    /// Waits for `work` as long as the database server answers.
    /// SQLite always answers within a bounded time.
    ///
    /// # Errors
    /// Fails with [`Error::NoAnswer`] if `work` takes long and the server does not answer. `work`
    /// is then dropped.
    pub async fn watch<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        match self {
            Self::Sqlite { .. } => Ok(work.await),
            Self::Postgres { server, .. } => server.watch(work).await,
        }
    }

    /// Returns the name of the database program.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "SQLite",
            Self::Postgres { .. } => "PostgreSQL",
        }
    }

    fn index(&self) -> &Index {
        match self {
            Self::Sqlite { index, .. } | Self::Postgres { index, .. } => index,
        }
    }

    /// Closes all connections. SQLite then merges the write-ahead log into its file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres { pool, server, .. } => {
                server.close().await;
                pool.close().await;
            }
        }
    }
}

/// Replaces NUL characters, which PostgreSQL cannot store.
fn replace_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Appends these values and the closing bracket of an `IN (…)`.
fn push_list<'t, DB: Database, T: Encode<'t, DB> + Type<DB>>(
    query: &mut QueryBuilder<DB>,
    values: impl IntoIterator<Item = T>,
) {
    let mut list = query.separated(", ");
    for value in values {
        list.push_bind(value);
    }
    query.push(")");
}

/// Escapes a text for `LIKE … ESCAPE '\'`, so that it contains no wildcards.
fn escape_like(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    for c in part.chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
