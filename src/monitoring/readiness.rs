//! If the portal can do its work: write to its database, which has its tables, on a disk with room.
//!
//! A silent Telnyx does not make the portal unready, because its pages still show what is known.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::app::App;
use crate::db::sweeps::{self, SweepKind};
use crate::db::{self, schema_version};

/// Longest time for the checks of the database.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(2);
/// Free space below which the portal is not ready, in bytes.
const MIN_FREE_BYTES: u64 = 64 << 20;
/// Time for which a result is reused, so that many requests do not write many rows.
const VALIDITY: Duration = Duration::from_secs(1);

/// Result of the checks. What Telnyx does is reported, but not required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// `true` if all checks passed.
    pub ready: bool,
    /// `true` if the portal shuts down.
    pub draining: bool,
    /// Reason why the database cannot be written; `None` if it can.
    pub database: Option<String>,
    /// Newest migration of the database. It may be newer than this version's.
    pub schema: Option<i64>,
    /// Free space beside the SQLite file, in bytes; `None` with PostgreSQL.
    pub free_disk_bytes: Option<u64>,
    /// `true` if Telnyx has failed lately.
    pub telnyx_down: bool,
    /// Age of the directory in seconds; `None` before the first complete reading.
    pub directory_age_seconds: Option<u64>,
}

impl Readiness {
    /// Returns the names of the checks that failed.
    #[must_use]
    pub fn failed(&self) -> Vec<&'static str> {
        let mut failed = Vec::new();
        if self.draining {
            failed.push("shutting down");
        }
        if self.database.is_some() {
            failed.push("database");
        } else if self.schema.is_none_or(|schema| schema < schema_version()) {
            failed.push("migrations");
        }
        if self
            .free_disk_bytes
            .is_some_and(|free| free < MIN_FREE_BYTES)
        {
            failed.push("disk");
        }
        failed
    }
}

/// Runs the checks. It is cheap to clone, and clones share the last result.
#[derive(Clone)]
pub struct ReadinessCheck {
    app: App,
    last: Arc<Mutex<Option<(Instant, Readiness)>>>,
}

impl ReadinessCheck {
    /// Returns a check of this portal.
    #[must_use]
    pub fn new(app: App) -> Self {
        let last = Arc::default();
        Self { app, last }
    }

    /// Runs the checks, or returns the result of a moment ago.
    pub async fn run(&self) -> Readiness {
        let mut last = self.last.lock().await;
        let fresh = last
            .as_ref()
            .filter(|(at, _)| at.elapsed() < VALIDITY)
            .map(|(_, known)| known.clone());
        let mut current = if let Some(known) = fresh {
            known
        } else {
            let current = check(&self.app).await;
            *last = Some((Instant::now(), current.clone()));
            current
        };
        current.draining = self.app.draining.is_cancelled();
        current.ready = current.failed().is_empty();
        current
    }
}

async fn check(app: &App) -> Readiness {
    let written = timeout(DATABASE_TIMEOUT, check_database(app)).await;
    let (database, schema) = match written {
        Ok(Ok(schema)) => (None, schema),
        Ok(Err(error)) => (Some(error.to_string()), None),
        Err(_) => (Some("it does not answer".to_owned()), None),
    };
    let swept = match database {
        None => sweeps::latest_done(&app.db, SweepKind::Accounts).await,
        Some(_) => Ok(None),
    };
    let directory_age_seconds = swept
        .ok()
        .flatten()
        .map(|swept| swept.started_at.until(app.clock.now()).as_secs());
    let file = db::sqlite_file(app.settings.database_url.expose_secret());
    Readiness {
        ready: false,
        draining: false,
        database,
        schema,
        free_disk_bytes: file.and_then(|file| free_bytes(&file)),
        telnyx_down: app.telnyx.health().is_down(),
        directory_age_seconds,
    }
}

async fn check_database(app: &App) -> db::Result<Option<i64>> {
    app.db.check_writable(app.clock.now()).await?;
    app.db.applied_schema().await
}

/// Returns the free space of the file system that has this file.
#[cfg(unix)]
fn free_bytes(file: &Path) -> Option<u64> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let found = rustix::fs::statvfs(folder.unwrap_or(Path::new("."))).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}
