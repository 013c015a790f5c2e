//! Replaces the database with a backup. Nothing that the backup had under way goes on by itself.

use std::fs;
use std::path::{Path, PathBuf};

use super::{partial_name, remove_if_present, sync_folder, with_suffix};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Settings;
use crate::db::audit::verify::{self, Verdict};
use crate::db::audit::{self, keys};
use crate::db::backup::{self, CopyContent, CopyError, ExclusiveLock, StoppedWork};
use crate::db::{self, Db, create_private_file};
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::operations::settlement;

/// Reason why a backup was not restored. The database is then as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The backup cannot be used.
    #[error("{0}")]
    Copy(#[from] CopyError),
    /// The chain of the activity in the backup is broken.
    #[error("the audit trail of the backup breaks at event {seq}: {why}")]
    Broken {
        /// Number of the first event that does not fit.
        seq: i64,
        /// Sentence about what does not fit.
        why: String,
    },
    /// A database is there, and it was not asked to replace it.
    #[error("{} exists; add --replace to put the backup in its place and keep it under another name", .0.display())]
    Exists(PathBuf),
    /// Another program has the database open.
    #[error("{} is in use; stop the portal first", .0.display())]
    InUse(PathBuf),
    /// The settings cannot be used.
    #[error("{0}")]
    Settings(String),
}

impl From<db::Error> for RestoreError {
    fn from(error: db::Error) -> Self {
        Self::Copy(error.into())
    }
}

impl From<std::io::Error> for RestoreError {
    fn from(error: std::io::Error) -> Self {
        Self::Copy(error.into())
    }
}

/// Result of a restoration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Content of the backup.
    pub content: CopyContent,
    /// Work that was ended, because it may have gone on after the backup.
    pub stopped: StoppedWork,
    /// Changes that were open. They are unknown now, so that a person settles them.
    pub unknown_operations: usize,
    /// Name under which the database that was replaced is kept.
    pub previous: Option<PathBuf>,
}

/// Puts the backup `file` in the place of the database `target`. Checks the backup first: that it is
/// whole, that it belongs to the secret key, and that its audit trail holds.
///
/// # Errors
/// Fails with [`RestoreError`]. The database is then as it was.
pub async fn restore(
    settings: &Settings,
    file: &Path,
    target: &Path,
    replace: bool,
) -> Result<Restored, RestoreError> {
    if target.exists() && !replace {
        return Err(RestoreError::Exists(target.to_owned()));
    }
    let content = backup::inspect(file).await?;
    let lock = if target.exists() {
        let lock = ExclusiveLock::acquire(target).await?;
        Some(lock.ok_or_else(|| RestoreError::InUse(target.to_owned()))?)
    } else {
        None
    };
    let partial = partial_name(target);
    remove_database(&partial)?;
    create_private_file(&partial)?;
    let prepared = async {
        fs::copy(file, &partial)?;
        prepare(settings, file, &partial).await
    }
    .await;
    let placed = prepared.and_then(|prepared| Ok((prepared, put_in_place(&partial, target)?)));
    let ((stopped, unknown_operations), previous) = match placed {
        Ok(placed) => placed,
        Err(error) => {
            remove_database(&partial)?;
            return Err(error);
        }
    };
    if let Some(lock) = lock {
        lock.release().await?;
    }
    Ok(Restored {
        content,
        stopped,
        unknown_operations,
        previous,
    })
}

/// Verifies the copy, migrates it, and ends what was under way in it.
async fn prepare(
    settings: &Settings,
    file: &Path,
    partial: &Path,
) -> Result<(StoppedWork, usize), RestoreError> {
    let db = Db::open_file(partial).await?;
    let key = App::audit_key(settings);
    keys::check_binding(&db, &key).await?;
    if let Verdict::Broken { seq, why } = verify::verify(&db, &key).await? {
        return Err(RestoreError::Broken { seq, why });
    }
    let app = App::from_settings(db, Clock::system(), settings.clone())
        .map_err(|error| RestoreError::Settings(error.to_string()))?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let stopped = backup::stop_old_work(&mut tx, now).await?;
    tx.commit().await?;
    let unknown = settlement::give_up_all(
        &app,
        "The portal was restored from a backup. The change may have been made since then.",
    )
    .await?;
    let event = Event {
        message: format!(
            "From {}. Ended: {} sessions, {} links. Paused: {} jobs. Unknown: {unknown} changes.",
            file.display(),
            stopped.sessions,
            stopped.links,
            stopped.jobs
        ),
        ..Event::by_system(
            EventKind::Restored,
            EventOutcome::Done,
            "the portal from a backup",
        )
    };
    audit::record(&app.db, &app.audit_key, now, &event).await?;
    app.db.close().await;
    Ok((stopped, unknown))
}

/// Moves the prepared file to the name of the database. Returns the name under which an earlier
/// database is kept. If the move fails, the earlier one has its name again.
fn put_in_place(partial: &Path, target: &Path) -> std::io::Result<Option<PathBuf>> {
    fs::File::open(partial)?.sync_all()?;
    let previous = target.exists().then(|| keep_previous(target)).transpose()?;
    if let Err(error) = fs::rename(partial, target) {
        if let Some(previous) = &previous {
            fs::rename(previous, target)?;
        }
        return Err(error);
    }
    sync_folder(target)?;
    Ok(previous)
}

/// Renames the database that is replaced. Returns its new name.
fn keep_previous(target: &Path) -> std::io::Result<PathBuf> {
    let at = Clock::system()
        .now()
        .to_jiff()
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string();
    let previous = with_suffix(target, &format!(".replaced-{at}"));
    fs::rename(target, &previous)?;
    Ok(previous)
}

/// Removes a SQLite file and the files beside it.
fn remove_database(file: &Path) -> std::io::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        remove_if_present(&with_suffix(file, suffix))?;
    }
    Ok(())
}
