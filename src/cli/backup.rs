//! `backup`: writes a copy of the SQLite database.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use secrecy::ExposeSecret;

use super::{database, environment, output};
use crate::backup;
use crate::db;
use crate::db::backup::CopyContent;

/// Writes the copy and prints what it contains.
pub async fn run(file: &Path) -> anyhow::Result<ExitCode> {
    let settings = environment::settings_without_telnyx()?;
    let url = settings.database_url.expose_secret();
    if db::sqlite_file(url).is_none() {
        bail!("DATABASE_URL names no SQLite file; back up PostgreSQL with pg_dump");
    }
    database::ensure_exists(&settings)?;
    let content = backup::create(url, file)
        .await
        .with_context(|| format!("no backup was made in {}", file.display()))?;
    output::print_line(format_args!(
        "Backed up to {}: {}",
        file.display(),
        describe(&content)
    ));
    Ok(ExitCode::SUCCESS)
}

/// Returns the content of a copy as lines.
pub fn describe(content: &CopyContent) -> String {
    let newest = content.newest_event_at.map_or_else(String::new, |at| {
        format!(", the newest of {}", at.to_jiff())
    });
    format!(
        "{} bytes, migration {}.\n{} accounts, {} events{newest}.\nHead: {}",
        content.bytes, content.schema, content.accounts, content.events, content.head
    )
}
