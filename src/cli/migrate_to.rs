//! `migrate-to`: moves the SQLite database to an empty PostgreSQL database.

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use secrecy::ExposeSecret;

use super::{database, environment, output};
use crate::app::App;
use crate::config::Settings;
use crate::db::transfer::{self, MovedTable, NOT_MOVED, TransferReport};

/// Options of `migrate-to`.
#[derive(Args, Debug)]
pub struct MigrateOptions {
    /// The empty PostgreSQL database; the variable PGPASSWORD can hold its password
    #[arg(
        value_name = "postgres://USER@HOST/NAME",
        required_unless_present = "undo"
    )]
    target: Option<String>,
    /// Let serve use the SQLite database again after it was moved; PostgreSQL stays as it is
    #[arg(long, conflicts_with = "target")]
    undo: bool,
}

/// Moves the database and prints its tables, or undoes the mark of a move.
pub async fn run(options: MigrateOptions) -> anyhow::Result<ExitCode> {
    let settings = environment::settings_without_telnyx()?;
    match options.target {
        Some(target) => move_to(&settings, &target).await?,
        None => undo(&settings).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn move_to(settings: &Settings, target: &str) -> anyhow::Result<()> {
    database::ensure_exists(settings)?;
    let place = database::redact_password(target);
    let source = settings.database_url.expose_secret();
    let key = App::audit_key(settings);
    let report = transfer::run(source, target, &key, &place)
        .await
        .with_context(|| format!("migrate-to {place}"))?;
    print_report(&report);
    let backups = if settings.backup.is_some() {
        " Remove PORTAL_BACKUP_DIR, and back up PostgreSQL with pg_dump."
    } else {
        ""
    };
    output::print_line(format_args!(
        "\nEverything is in {place}.\n\
         Now set DATABASE_URL to it, and start the portal.{backups}\n\
         The SQLite database stays as it was. It is marked as moved, so serve refuses it;\n\
         to use it again instead: reseller-portal migrate-to --undo"
    ));
    Ok(())
}

fn print_report(report: &TransferReport) {
    let tables = &report.tables;
    let names = tables.iter().map(|table| table.name.as_str());
    let names = names.chain(NOT_MOVED.iter().map(|(name, _)| *name));
    let width = names.map(str::len).max().unwrap_or_default();
    for MovedTable {
        name,
        rows,
        checksum,
    } in tables
    {
        output::print_line(format_args!("{name:<width$}  {rows:>9}  {checksum}  same"));
    }
    for (name, why) in NOT_MOVED {
        output::print_line(format_args!("{name:<width$}  not moved: {why}"));
    }
    output::print_line(format_args!(
        "Events: {}. Head: {}",
        report.last_event, report.head
    ));
}

async fn undo(settings: &Settings) -> anyhow::Result<()> {
    let db = database::open_moved(settings).await?;
    let place = transfer::undo(&db).await;
    db.close().await;
    match place? {
        Some(place) => output::print_line(format_args!(
            "serve uses {} again. What was changed in {place} since the move is not in it.",
            database::place(settings)
        )),
        None => output::print_line("This database was not moved. Nothing was changed."),
    }
    Ok(())
}
