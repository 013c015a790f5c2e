//! `restore`: puts a backup in the place of the SQLite database.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use secrecy::ExposeSecret;

use super::backup::describe;
use super::{database, environment, output};
use crate::backup::restore;
use crate::db;

/// Options of `restore`.
#[derive(Args, Debug)]
pub struct RestoreOptions {
    /// The backup
    file: PathBuf,
    /// Replace the database that is there; it is kept under another name beside it
    #[arg(long)]
    replace: bool,
}

/// Restores the backup and prints what was ended, because it may have gone on after the backup.
pub async fn run(options: RestoreOptions) -> anyhow::Result<ExitCode> {
    let settings = environment::settings_without_telnyx()?;
    let Some(target) = db::sqlite_file(settings.database_url.expose_secret()) else {
        bail!("DATABASE_URL names no SQLite file; restore PostgreSQL with pg_restore or psql");
    };
    database::missing_file(&settings)?;
    let restored = restore(&settings, &options.file, &target, options.replace)
        .await
        .with_context(|| format!("{} was not restored", options.file.display()))?;
    let stopped = restored.stopped;
    output::print_line(format_args!(
        "Restored to {}: {}\n\
         Signed out: {} sessions. Ended: {} invitations and reset links.\n\
         Paused: {} jobs. Unknown: {} changes, {} welcome emails; look at each before you repeat it.\n\
         Not sent: {} events for the webhook.",
        target.display(),
        describe(&restored.content),
        stopped.sessions,
        stopped.links,
        stopped.jobs,
        restored.unknown_operations,
        stopped.welcome_emails,
        stopped.webhook_events
    ));
    if let Some(previous) = restored.previous {
        output::print_line(format_args!(
            "The database that it replaced is {}.",
            previous.display()
        ));
    }
    Ok(ExitCode::SUCCESS)
}
