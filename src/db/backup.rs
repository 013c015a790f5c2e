//! Copies of the SQLite file, checks of a copy, and what a restored copy must not continue.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::str::FromStr;

use sqlx::{ConnectOptions, Connection};
use sqlx_sqlite::{SqliteConnectOptions, SqliteConnection};

use super::audit::hex;
use super::{Db, Error, Tx, schema_version};
use crate::domain::job::JobState;
use crate::domain::time::Timestamp;
use crate::domain::webhook::DeliveryState;
use crate::domain::welcome_email::WelcomeEmailState;

/// First bytes of each SQLite file.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Reason why a copy could not be made or used.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The file is not a SQLite database.
    #[error("the file is not a SQLite database")]
    NotSqlite,
    /// The file is shorter than its header says.
    #[error("the file is cut short: it has {has} of {expected} bytes")]
    CutShort {
        /// Length of the file, in bytes.
        has: u64,
        /// Length that the header states, in bytes.
        expected: u64,
    },
    /// SQLite found a fault in the file, or the activity does not fit its head.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// The database is of another program.
    #[error("the file is not a database of this portal")]
    NotOfPortal,
    /// The file could not be read or written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] Error),
}

impl From<sqlx::Error> for CopyError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

/// Content of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyContent {
    /// Length of the file, in bytes.
    pub bytes: u64,
    /// Number of the latest migration that it had.
    pub schema: i64,
    /// Number of accounts in the directory.
    pub accounts: i64,
    /// Number of events in the activity.
    pub events: i64,
    /// Head of the activity's chain, as hexadecimal; empty if there are no events.
    pub head: String,
    /// Time of the newest event.
    pub newest_event_at: Option<Timestamp>,
}

/// Writes a consistent copy of the SQLite database at `url` to `target`, which must be absent or
/// empty. The database can be used meanwhile.
///
/// # Errors
/// Fails with [`CopyError`] if the database cannot be read or the copy cannot be written.
pub async fn copy(url: &str, target: &Path) -> Result<(), CopyError> {
    let Some(target) = target.to_str() else {
        let why = "the name of the copy is no text (UTF-8)";
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, why).into());
    };
    let options = SqliteConnectOptions::from_str(url)?.read_only(true);
    let mut connection = options.connect().await?;
    sqlx::query("VACUUM INTO $1")
        .bind(target)
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    // SQLite leaves it to the system when the copy is written to the disk.
    File::open(target)?.sync_all()?;
    Ok(())
}

/// Checks a copy and returns its content. Does not change it.
///
/// # Errors
/// Fails with [`CopyError`] if the file cannot be used.
pub async fn inspect(file: &Path) -> Result<CopyContent, CopyError> {
    let bytes = check_length(file)?;
    let options = SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .immutable(true);
    let mut connection = options.connect().await?;
    let content = read_content(&mut connection, bytes).await;
    connection.close().await?;
    content
}

/// Compares the length of the file with its header. SQLite itself would read a file that is cut
/// short until it reaches a missing page.
fn check_length(file: &Path) -> Result<u64, CopyError> {
    let mut header = Vec::with_capacity(100);
    let opened = File::open(file)?;
    let has = opened.metadata()?.len();
    opened.take(100).read_to_end(&mut header)?;
    if !header.starts_with(MAGIC) {
        return Err(CopyError::NotSqlite);
    }
    let &[.., a, b, c, d] = header.get(..32).unwrap_or_default() else {
        return Err(CopyError::CutShort { has, expected: 100 });
    };
    let page_size = match u64::from(u16::from_be_bytes([header[16], header[17]])) {
        1 => 65_536,
        size => size,
    };
    let expected = page_size * u64::from(u32::from_be_bytes([a, b, c, d]));
    if has < expected {
        return Err(CopyError::CutShort { has, expected });
    }
    Ok(has)
}

async fn read_content(
    connection: &mut SqliteConnection,
    bytes: u64,
) -> Result<CopyContent, CopyError> {
    let found: String = sqlx::query_scalar("PRAGMA quick_check(1)")
        .fetch_one(&mut *connection)
        .await
        .map_err(|error| CopyError::Damaged(error.to_string()))?;
    if found != "ok" {
        return Err(CopyError::Damaged(found));
    }
    let tables: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM sqlite_master WHERE name IN ('_sqlx_migrations', 'audit_events', 'accounts')",
    )
    .fetch_one(&mut *connection)
    .await?;
    if tables < 3 {
        return Err(CopyError::NotOfPortal);
    }
    let schema: i64 =
        sqlx::query_scalar("SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations WHERE success")
            .fetch_one(&mut *connection)
            .await?;
    if schema > schema_version() {
        return Err(Error::NewerSchema(schema).into());
    }
    let accounts: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM accounts")
        .fetch_one(&mut *connection)
        .await?;
    let events: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM audit_events")
        .fetch_one(&mut *connection)
        .await?;
    let head: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, hash FROM audit_head WHERE id = 1")
            .fetch_optional(&mut *connection)
            .await?;
    let (seq, head) = head.unwrap_or_default();
    let newest: Option<(i64, Vec<u8>, Timestamp)> =
        sqlx::query_as("SELECT seq, hash, at FROM audit_events ORDER BY seq DESC LIMIT 1")
            .fetch_optional(&mut *connection)
            .await?;
    if let Some((last, hash, _)) = &newest
        && (*last, hash) != (seq, &head)
    {
        let why = "the head of the activity differs from its last event";
        return Err(CopyError::Damaged(why.to_owned()));
    }
    Ok(CopyContent {
        bytes,
        schema,
        accounts,
        events,
        head: hex(&head),
        newest_event_at: newest.map(|(.., at)| at),
    })
}

/// Lock on a SQLite file that no other program has open.
pub struct ExclusiveLock(SqliteConnection);

impl ExclusiveLock {
    /// Locks the file. Returns `None` if another program has it open.
    ///
    /// # Errors
    /// Fails with [`Error`] if the file cannot be opened.
    pub async fn acquire(file: &Path) -> Result<Option<Self>, Error> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .busy_timeout(std::time::Duration::ZERO);
        let mut connection = options.connect().await?;
        // Leaving the write-ahead log needs the file alone, and puts all of the log into the file.
        for step in ["PRAGMA journal_mode = DELETE", "BEGIN EXCLUSIVE"] {
            let ran = sqlx::query(step).execute(&mut connection).await;
            match ran.map_err(Error::from) {
                Ok(_) => {}
                Err(error) if error.is_unavailable() => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Ok(Some(Self(connection)))
    }

    /// Returns the connection that holds the lock, within its transaction.
    pub(super) const fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.0
    }

    /// Releases the lock.
    pub async fn release(self) -> Result<(), Error> {
        Ok(self.0.close().await?)
    }
}

/// Counts of what [`stop_old_work`] ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoppedWork {
    /// Sessions, each of a signed-in browser.
    pub sessions: u64,
    /// Invitations and reset links that could still be used.
    pub links: u64,
    /// Running jobs, which are paused now.
    pub jobs: u64,
    /// Emails to customers that may have been sent since the backup.
    pub welcome_emails: u64,
    /// Events for the webhook that are not sent again.
    pub webhook_events: u64,
}

/// Ends what was under way when a restored copy was made. The portal that made the copy has gone on
/// since then, so everything may have happened already.
pub async fn stop_old_work(tx: &mut Tx, now: Timestamp) -> Result<StoppedWork, Error> {
    let stopped = StoppedWork {
        sessions: within!(&mut *tx => query("DELETE FROM sessions WHERE staff_id IS NOT NULL").execute),
        links: within!(&mut *tx => query(
            "DELETE FROM links WHERE used_at IS NULL AND expires_at > $1", now,
        ).execute),
        jobs: within!(&mut *tx => query(
            "UPDATE jobs SET state = $1, waiting_for = $3 WHERE state = $2",
            JobState::Paused, JobState::Running,
            "The portal was restored from a backup. Check what was done since then before you continue.",
        ).execute),
        welcome_emails: within!(&mut *tx => query(
            "UPDATE welcome_emails SET state = $1, settled_at = $2, lease_until = NULL,
                message = 'The portal was restored from a backup. It may have been sent since then.'
             WHERE state IN ($3, $4)",
            WelcomeEmailState::Uncertain, now, WelcomeEmailState::Queued, WelcomeEmailState::Sending,
        ).execute),
        webhook_events: within!(&mut *tx => query(
            "UPDATE webhook_deliveries SET state = $1, lease_until = NULL,
                message = 'Not sent: the portal was restored from a backup.' WHERE state = $2",
            DeliveryState::Failed, DeliveryState::Waiting,
        ).execute),
    };
    for rest in [
        "DELETE FROM sessions",
        "DELETE FROM ceremonies",
        "DELETE FROM email_changes",
        "DELETE FROM leases",
        "DELETE FROM notification_emails",
        "UPDATE notifications SET email_due_at = NULL WHERE email_due_at IS NOT NULL",
        "UPDATE operations SET lease_until = NULL, next_check_at = NULL WHERE state IN ('queued', 'running', 'checking')",
        // An item that has an operation takes its outcome. Another one was not begun.
        "UPDATE job_items SET lease_until = NULL, state = CASE
            WHEN EXISTS (SELECT 1 FROM operations WHERE id = operation_id) THEN 'checking' ELSE 'waiting' END
         WHERE state = 'running'",
    ] {
        within!(&mut *tx => query(rest).execute);
    }
    Ok(stopped)
}

impl Db {
    /// Opens a SQLite file and migrates it to this version's tables.
    ///
    /// # Errors
    /// Fails with [`Error`] if the file cannot be opened, written or migrated.
    pub async fn open_file(file: &Path) -> Result<Self, Error> {
        Self::connect_sqlite(SqliteConnectOptions::new().filename(file), Some(file))
            .await?
            .prepared()
            .await
    }
}
