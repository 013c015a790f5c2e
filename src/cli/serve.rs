//! `serve`: runs the real portal, with settings from environment variables.

use std::process::ExitCode;

use crate::db::settings::{self, DEMO};
use crate::staff::links;
use anyhow::bail;

use super::{environment, output, portal, signals};

/// Runs the portal until the process is asked to stop.
pub async fn run() -> anyhow::Result<ExitCode> {
    let settings = environment::settings()?;
    let end = signals::shutdown_token()?;
    let listener = portal::listen(settings.listen, "PORTAL_LISTEN")?;
    let db = portal::open_database(&settings).await?;
    if settings::value(&db, DEMO).await?.is_some() {
        bail!(
            "DATABASE_URL names a demo's database; real work needs one of its own, so name another file"
        );
    }
    let app = portal::build_app(db, settings).await?;
    tracing::info!(listen = %listener.local_addr()?, url = %app.settings.public_url, "the portal listens");
    if let Some(link) = links::create_set_up_link(&app).await? {
        // The link is printed and not logged, because the first person to open it owns the portal.
        output::print_line(format_args!(
            "There is no staff yet. To become the owner, open within an hour, once:\n{}",
            link.url
        ));
    }
    portal::spawn_monitoring(&app)?;
    portal::spawn_jobs(&app);
    portal::serve(app, listener, end).await?;
    tracing::info!("the portal has ended");
    Ok(ExitCode::SUCCESS)
}
