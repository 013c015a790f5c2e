//! Daily backups into a folder, of which the newest are kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::{create, remove_if_present};
use crate::app::App;
use crate::config::BackupSettings;
use crate::db::backup::{CopyContent, CopyError};
use crate::db::{self, settings};
use crate::domain::time::Timestamp;

/// Interval between two backups.
const INTERVAL: Duration = Duration::from_hours(24);
/// Time after which a failed backup is tried again.
const RETRY_INTERVAL: Duration = Duration::from_mins(30);
/// Name of a backup, as `strftime` and `strptime` have it. Names sort by time.
const NAME: &str = "portal-%Y%m%dT%H%M%SZ.db";

/// Result of the latest daily backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupReport {
    /// Time of the last attempt.
    pub at: Timestamp,
    /// Time of the last backup that succeeded.
    pub succeeded_at: Option<Timestamp>,
    /// Its file.
    pub file: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Reason why the last attempt failed; empty if it did not.
    pub error: String,
}

impl BackupReport {
    fn none(now: Timestamp) -> Self {
        Self {
            at: now,
            succeeded_at: None,
            file: String::new(),
            bytes: 0,
            error: String::new(),
        }
    }
}

/// Returns the result of the latest daily backup, if there was one.
pub async fn latest_report(db: &db::Db) -> db::Result<Option<BackupReport>> {
    let stored = settings::value(db, settings::LAST_BACKUP).await?;
    Ok(stored.and_then(|stored| serde_json::from_str(&stored).ok()))
}

/// Makes the daily backup if it is due, and removes backups that are too many.
///
/// # Errors
/// Fails with [`CopyError`] if the backup cannot be made. The report then has the reason.
pub async fn run_daily(app: &App) -> Result<(), CopyError> {
    let Some(schedule) = &app.settings.backup else {
        return Ok(());
    };
    let now = app.clock.now();
    let last = latest_report(&app.db).await?;
    let failed_lately = last.as_ref().is_some_and(|last| {
        !last.error.is_empty() && last.at <= now && last.at + RETRY_INTERVAL > now
    });
    if failed_lately {
        return Ok(());
    }
    let made = back_up_if_due(app, schedule, now).await;
    let report = match &made {
        Ok(None) => return Ok(()),
        Ok(Some((file, content))) => BackupReport {
            at: now,
            succeeded_at: Some(now),
            file: file.display().to_string(),
            bytes: content.bytes,
            error: String::new(),
        },
        Err(error) => BackupReport {
            at: now,
            error: error.to_string(),
            ..last.unwrap_or_else(|| BackupReport::none(now))
        },
    };
    let mut tx = app.db.begin().await?;
    let stored = serde_json::json!(report).to_string();
    settings::set(&mut tx, settings::LAST_BACKUP, &stored).await?;
    tx.commit().await?;
    made.map(drop)
}

/// Makes a backup unless there is one of the last 24 hours. Returns its file and content.
async fn back_up_if_due(
    app: &App,
    schedule: &BackupSettings,
    now: Timestamp,
) -> Result<Option<(PathBuf, CopyContent)>, CopyError> {
    let is_recent = |at: Timestamp| at <= now && at + INTERVAL > now;
    if backups(&schedule.folder)?
        .iter()
        .any(|(at, _)| is_recent(*at))
    {
        return Ok(None);
    }
    let file = schedule
        .folder
        .join(now.to_jiff().strftime(NAME).to_string());
    let content = create(app.settings.database_url.expose_secret(), &file).await?;
    tracing::info!(file = %file.display(), bytes = content.bytes, events = content.events, "the database was backed up");
    let mut kept = backups(&schedule.folder)?;
    let too_many = kept.len().saturating_sub(schedule.keep);
    for (_, file) in kept.drain(..too_many) {
        remove_if_present(&file)?;
        tracing::info!(file = %file.display(), "an old backup was removed");
    }
    Ok(Some((file, content)))
}

/// Returns the daily backups in the folder, oldest first. Other files are not listed.
fn backups(folder: &Path) -> std::io::Result<Vec<(Timestamp, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let made_at = name
            .to_str()
            .and_then(|name| DateTime::strptime(NAME, name).ok())
            .and_then(|at| at.to_zoned_datetime(TimeZone::UTC).ok());
        if let Some(at) = made_at {
            let at = Timestamp::from_millis(at.timestamp().as_millisecond());
            found.push((at, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}
