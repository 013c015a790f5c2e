//! The SQLite file: opens it, and makes it readable for its owner only.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx_sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::read_pool::ReadPool;
use super::{Error, Result};

/// Longest time that a connection waits for another program's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// Opens the database, and creates its file if it does not exist. `file` is `None` if it is in
/// memory. Returns the connections that read, and the one that writes.
pub(super) async fn open(
    options: SqliteConnectOptions,
    file: Option<&Path>,
) -> Result<(ReadPool, SqlitePool)> {
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT);
    if let Some(file) = file {
        ensure_private(file)?;
    }
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false)
        .acquire_timeout(super::transaction::BEGIN_TIMEOUT)
        .connect_with(options.clone())
        .await?;
    let read = ReadPool::open(options.read_only(true).create_if_missing(false)).await?;
    Ok((read, write))
}

/// Returns the file that a database address names.
/// Returns `None` for PostgreSQL and for a database in memory.
#[must_use]
pub fn sqlite_file(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let in_memory = rest.contains(":memory:") || rest.contains("mode=memory");
    let options = SqliteConnectOptions::from_str(url).ok()?;
    (!in_memory && !rest.is_empty()).then(|| options.get_filename().to_owned())
}

/// Creates the file if needed, and makes it readable for its owner only.
/// It holds names, notes, sessions and password hashes. SQLite gives the files beside it (`-wal`,
/// `-shm`) the same permissions.
fn ensure_private(file: &Path) -> Result<()> {
    if let Some(folder) = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        && !folder.exists()
    {
        return Err(Error::NoFolder(folder.to_owned()));
    }
    if file.exists() {
        for suffix in ["", "-wal", "-shm"] {
            let mut name = file.as_os_str().to_owned();
            name.push(suffix);
            restrict(Path::new(&name));
        }
    } else {
        create_private_file(file).map_err(sqlx::Error::Io)?;
    }
    Ok(())
}

/// Creates a file that only its owner can read and write. Keeps what it holds if it exists.
///
/// # Errors
/// Fails if it cannot be created.
#[cfg(unix)]
pub fn create_private_file(file: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(file)
}

/// Creates a file.
///
/// # Errors
/// Fails if it cannot be created.
#[cfg(not(unix))]
pub fn create_private_file(file: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(file)
}

/// Removes the permissions of others on a file that an earlier version created.
#[cfg(unix)]
fn restrict(file: &Path) {
    use std::os::unix::fs::PermissionsExt;

    let Ok(found) = fs::metadata(file) else {
        return;
    };
    let mut permissions = found.permissions();
    if permissions.mode().trailing_zeros() >= 6 {
        return;
    }
    permissions.set_mode(permissions.mode() & !0o077);
    match fs::set_permissions(file, permissions) {
        Ok(()) => {
            tracing::debug!(file = %file.display(), "only its owner may read the database file now");
        }
        Err(error) => tracing::warn!(
            file = %file.display(),
            %error,
            "others may read the database file; take that right away (chmod 600)"
        ),
    }
}

#[cfg(not(unix))]
fn restrict(_: &Path) {}
