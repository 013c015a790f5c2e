//! Opens the database of the settings. Each error is one line with a remedy.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::Settings;
use crate::db::settings::{self, MOVED_TO};
use crate::db::{self, Db};
use anyhow::{anyhow, bail};
use secrecy::ExposeSecret;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Pause after the first attempt to reach a server that is not there yet. It doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// Longest pause between two attempts.
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// Opens the database, migrates its tables and checks that it can be written.
///
/// # Errors
/// Fails with one line if the database is missing, locked, not writable, or was moved.
pub async fn open(settings: &Settings) -> anyhow::Result<Db> {
    let opened = open_migrated(settings).await;
    check_not_moved(opened.map_err(|error| explain(settings, &error))?).await
}

/// Opens the database like [`open`], but waits for a PostgreSQL server that is not there yet. The
/// settings say for how long. Returns `None` if the process was asked to stop meanwhile.
///
/// # Errors
/// Fails like [`open`].
pub async fn open_when_ready(
    settings: &Settings,
    end: &CancellationToken,
) -> anyhow::Result<Option<Db>> {
    let deadline = Instant::now() + settings.database_wait;
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match open_migrated(settings).await {
            Err(error) if error.is_absent_server() && Instant::now() < deadline => error,
            Err(error) => return Err(explain(settings, &error)),
            Ok(db) => return check_not_moved(db).await.map(Some),
        };
        if pause == FIRST_PAUSE {
            let wait = humantime::format_duration(settings.database_wait);
            tracing::warn!(
                place = place(settings),
                %error,
                "the database does not answer; waiting up to {wait} for it (PORTAL_DATABASE_WAIT)"
            );
        }
        let next = deadline.min(Instant::now() + pause);
        tokio::select! {
            () = end.cancelled() => return Ok(None),
            () = tokio::time::sleep_until(next) => {}
        }
        pause = MAX_PAUSE.min(pause * 2);
    }
}

/// Opens the database without migrating it. Also returns the number of pending migrations.
///
/// # Errors
/// Fails with one line if the database is missing, locked or not writable.
pub async fn open_unmigrated(settings: &Settings) -> anyhow::Result<(Db, usize)> {
    let opened = async {
        let (db, pending) = Db::open_unchanged(settings.database_url.expose_secret()).await?;
        db.begin().await?.commit().await?;
        Ok((db, pending))
    }
    .await;
    opened.map_err(|error| explain(settings, &error))
}

/// Opens a database that must already exist, for commands that must not create one.
///
/// # Errors
/// Fails like [`open`], or if there is no database.
pub async fn open_existing(settings: &Settings) -> anyhow::Result<Db> {
    ensure_exists(settings)?;
    open(settings).await
}

/// Opens a database that must already exist, even if it was moved.
///
/// # Errors
/// Fails with one line if the database is missing, locked or not writable.
pub async fn open_moved(settings: &Settings) -> anyhow::Result<Db> {
    ensure_exists(settings)?;
    let opened = open_migrated(settings).await;
    opened.map_err(|error| explain(settings, &error))
}

/// Fails if the SQLite file in the settings does not exist.
///
/// # Errors
/// Fails with one line that names it.
pub fn ensure_exists(settings: &Settings) -> anyhow::Result<()> {
    if missing_file(settings)?.is_some() {
        bail!(
            "DATABASE_URL names no database that is there: {}; name the one that serve uses",
            place(settings)
        );
    }
    Ok(())
}

async fn open_migrated(settings: &Settings) -> db::Result<Db> {
    let db = Db::open(settings.database_url.expose_secret()).await?;
    db.begin().await?.commit().await?;
    Ok(db)
}

/// Fails if the database was moved, so that nobody works on the old one by accident.
///
/// # Errors
/// Fails with one line that says where it was moved to, and how to use it again.
pub async fn check_not_moved(db: Db) -> anyhow::Result<Db> {
    if let Some(place) = settings::value(&db, MOVED_TO).await? {
        db.close().await;
        bail!(
            "this database was moved to {place}; set DATABASE_URL to that one. To use this one again, without what was \
             changed since, run: reseller-portal migrate-to --undo"
        );
    }
    Ok(db)
}

/// Returns the SQLite file in the settings, if it does not exist yet.
///
/// # Errors
/// Fails with one line if its folder does not exist either.
pub fn missing_file(settings: &Settings) -> anyhow::Result<Option<PathBuf>> {
    let Some(file) =
        db::sqlite_file(settings.database_url.expose_secret()).filter(|file| !file.exists())
    else {
        return Ok(None);
    };
    if let Some(folder) = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        && !folder.is_dir()
    {
        bail!(
            "the folder {} does not exist; create it, or correct DATABASE_URL",
            folder.display()
        );
    }
    Ok(Some(file))
}

/// Returns the address of the database without its password.
pub fn place(settings: &Settings) -> String {
    redact_password(settings.database_url.expose_secret())
}

/// Returns a database URL without its password.
pub fn redact_password(url: &str) -> String {
    if url.starts_with("sqlite:") {
        return url.to_owned();
    }
    url::Url::parse(url).map_or_else(
        |_| "DATABASE_URL".to_owned(),
        |mut url| {
            if url.password().is_some() && url.set_password(Some("***")).is_err() {
                return "DATABASE_URL".to_owned();
            }
            // The query may contain a password too.
            url.set_query(None);
            url.to_string()
        },
    )
}

/// Adds the database's address and a remedy to an error.
fn explain(settings: &Settings, error: &db::Error) -> anyhow::Error {
    anyhow!(
        "the database cannot be used ({}): {error}; {}",
        place(settings),
        remedy(&error.to_string())
    )
}

fn remedy(problem: &str) -> &'static str {
    let problem = problem.to_lowercase();
    if problem.contains("locked") {
        "end the program that holds it locked, then start again"
    } else if problem.contains("readonly")
        || problem.contains("read-only")
        || problem.contains("permission denied")
    {
        "make the file and its directory writable for this user"
    } else if problem.contains("does not exist") && problem.contains("the folder") {
        "create it, or correct DATABASE_URL"
    } else if problem.contains("unable to open") {
        "check that DATABASE_URL names a file in a directory that exists and is writable"
    } else if problem.contains("migration") {
        "start the version of the portal that last used it, or a newer one"
    } else {
        "check DATABASE_URL and that the database server runs"
    }
}
