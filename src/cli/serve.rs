//! `serve`: the real thing, from environment variables.

use std::process::ExitCode;

use anyhow::bail;
use reseller_portal::config::{Settings, VARIABLES};
use reseller_portal::db::settings::{self, DEMO};

use super::{portal, signals};

/// Runs the portal until it is asked to end.
pub async fn run() -> anyhow::Result<ExitCode> {
    let settings = settings_from_environment()?;
    let end = signals::asked_to_end()?;
    let listener = portal::listen(settings.listen, "PORTAL_LISTEN").await?;
    let db = portal::database(&settings).await?;
    if settings::value(&db, DEMO).await?.is_some() {
        bail!("DATABASE_URL names a demo's database; real work needs one of its own, so name another file");
    }
    let app = portal::assemble(db, settings)?;
    tracing::info!(listen = %listener.local_addr()?, url = %app.settings.public_url, "the portal listens");
    portal::jobs(&app);
    portal::serve(app, listener, end).await?;
    tracing::info!("the portal has ended");
    Ok(ExitCode::SUCCESS)
}

/// Reads the settings; warns of a variable that looks like one of ours and is none.
pub fn settings_from_environment() -> anyhow::Result<Settings> {
    for (name, value) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let ours = name.starts_with("PORTAL_") || name.starts_with("TELNYX_");
        let known = VARIABLES.iter().any(|variable| variable.name == name);
        if known && value.to_str().is_none() {
            bail!("{name} has bytes that are no text (UTF-8); write it again");
        }
        if ours && !known && name != "PORTAL_LOG_FORMAT" {
            tracing::warn!("{name} is set, but there is no such setting; see: reseller-portal serve --help");
        }
    }
    Ok(Settings::read(|name| std::env::var(name).ok())?)
}
