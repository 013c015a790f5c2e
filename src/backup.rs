//! Backups of a SQLite database: on request, daily, and the way back.
//!
//! PostgreSQL has its own tools, such as `pg_dump`.

mod restore;
mod schedule;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

pub use restore::{RestoreError, Restored, restore};
pub use schedule::{BackupReport, latest_report, run_daily};

use crate::db::backup::{self, CopyContent, CopyError};
use crate::db::create_private_file;

/// Writes a copy of the database at `url` to `file`, checks it, and returns its content. The file
/// appears under its name only once it is complete. The database can be used meanwhile.
///
/// # Errors
/// Fails with [`CopyError`] if `file` exists, or if the copy cannot be made. Then no file is left.
pub async fn create(url: &str, file: &Path) -> Result<CopyContent, CopyError> {
    if file.exists() {
        let why = "the file exists already";
        return Err(std::io::Error::new(std::io::ErrorKind::AlreadyExists, why).into());
    }
    let partial = partial_name(file);
    remove_if_present(&partial)?;
    create_private_file(&partial)?;
    let made = async {
        backup::copy(url, &partial).await?;
        let content = backup::inspect(&partial).await?;
        fs::rename(&partial, file)?;
        sync_folder(file)?;
        Ok(content)
    }
    .await;
    if made.is_err() {
        remove_if_present(&partial)?;
    }
    made
}

/// Returns the name of a file that is being written.
fn partial_name(file: &Path) -> PathBuf {
    with_suffix(file, ".part")
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn remove_if_present(file: &Path) -> std::io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Writes a renamed file's entry in its folder to the disk.
fn sync_folder(file: &Path) -> std::io::Result<()> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
