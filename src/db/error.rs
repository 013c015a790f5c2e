//! Errors of database calls, and which of them are temporary.

use std::path::PathBuf;

use sqlx::migrate::MigrateError;

/// Error of a database call.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database returned an error.
    #[error("database: {0}")]
    Sql(#[source] sqlx::Error),
    /// The database server does not answer.
    #[error("database: the server does not answer")]
    NoAnswer,
    /// The folder for the SQLite file does not exist.
    #[error("the folder {} does not exist", .0.display())]
    NoFolder(PathBuf),
    /// A migration failed.
    #[error("database migration: {0}")]
    Migrate(#[from] MigrateError),
    /// A stored value cannot be read by this version.
    #[error("stored value cannot be read: {0}")]
    Stored(String),
    /// A newer version of the portal has migrated the database. Holds its newest migration.
    #[error(
        "the database has migration {0}, which this version does not know; start the version of the portal that last \
         used it, or a newer one"
    )]
    NewerSchema(i64),
    /// The database address is neither SQLite's nor PostgreSQL's.
    #[error("DATABASE_URL must start with sqlite: or postgres:")]
    UnsupportedScheme,
    /// The key is not the one that sealed the audit.
    #[error(
        "PORTAL_SECRET_KEY is not the one of this database: its fingerprint is {given}, expected is {}; set the key \
         that was used before, or replace it with: reseller-portal rotate-secret-key",
        .expected.as_deref().unwrap_or("that of the key that sealed the latest event of the activity")
    )]
    OtherSecretKey {
        /// Fingerprint of the key that belongs to the database, if it is known.
        expected: Option<String>,
        /// Fingerprint of the key that was given.
        given: String,
    },
}

/// Result of a database call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let sqlx::Error::ColumnDecode { index, source } = error else {
            return Self::Sql(error);
        };
        match source.downcast::<Self>() {
            Ok(stored) => *stored,
            Err(source) => Self::Sql(sqlx::Error::ColumnDecode { index, source }),
        }
    }
}

impl Error {
    /// Returns the error of a stored value that cannot be read.
    pub(crate) fn stored(what: impl std::fmt::Display) -> Self {
        Self::Stored(what.to_string())
    }

    /// Returns `true` if a unique index rejected the row.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Sql(sqlx::Error::Database(error)) if error.is_unique_violation())
    }

    /// Returns `true` if the database is currently unavailable: gone, locked, full or restarting.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::NoAnswer => true,
            Self::Sql(error) => is_unavailable(error),
            Self::NoFolder(_)
            | Self::Migrate(_)
            | Self::Stored(_)
            | Self::UnsupportedScheme
            | Self::NewerSchema(_)
            | Self::OtherSecretKey { .. } => false,
        }
    }

    /// Returns `true` if another process has the SQLite file locked.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        let (Self::Sql(error)
        | Self::Migrate(
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _),
        )) = self
        else {
            return false;
        };
        let sqlx::Error::Database(error) = error else {
            return false;
        };
        // SQLite's numbers of BUSY and LOCKED. PostgreSQL's codes have five characters.
        let number = error
            .code()
            .filter(|code| code.len() < 5)
            .and_then(|code| code.parse::<u32>().ok());
        number.is_some_and(|number| matches!(number & 0xff, 5 | 6))
    }

    /// Returns `true` if the server of the database is not there yet: it refuses connections, does
    /// not answer, is starting, or has no connection left.
    #[must_use]
    pub fn is_absent_server(&self) -> bool {
        match self {
            // A proxy before it accepts a connection and closes it, which breaks the protocol.
            Self::NoAnswer | Self::Sql(sqlx::Error::Io(_) | sqlx::Error::Protocol(_)) => true,
            // 57P01 to 57P03: it is stopping, has crashed or is starting. 53300: too many connections.
            Self::Sql(sqlx::Error::Database(error)) => error
                .code()
                .is_some_and(|code| code.starts_with("57P0") || code == "53300"),
            _ => false,
        }
    }

    /// Returns `true` if the connection broke. Another one may work.
    /// A COMMIT that was running may have succeeded.
    #[must_use]
    pub fn is_lost_connection(&self) -> bool {
        match self {
            Self::Sql(
                sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed,
            ) => true,
            // 57P01 to 57P03: the server is stopping, has crashed or is starting.
            Self::Sql(sqlx::Error::Database(error)) => {
                error.code().is_some_and(|code| code.starts_with("57P0"))
            }
            _ => false,
        }
    }
}

fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| is_unavailable_code(&code)),
        _ => false,
    }
}

/// Returns `true` if a failure with this code concerns the database, not the statement.
fn is_unavailable_code(code: &str) -> bool {
    // PostgreSQL's codes have five characters. SQLite's are numbers, whose lowest byte is the kind.
    match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => is_sqlite_unavailable(number & 0xff),
        _ => is_postgres_unavailable(code),
    }
}

/// Matches BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL, CANTOPEN and PROTOCOL.
const fn is_sqlite_unavailable(kind: u32) -> bool {
    matches!(kind, 5 | 6 | 7 | 8 | 10 | 13 | 14 | 15)
}

/// Matches errors of connections, resources, operators and the system.
/// Also matches rollbacks, locks and a read-only server.
fn is_postgres_unavailable(code: &str) -> bool {
    let class = ["08", "28", "40", "53", "57", "58"];
    class.iter().any(|class| code.starts_with(class)) || matches!(code, "25006" | "3D000" | "55P03")
}
