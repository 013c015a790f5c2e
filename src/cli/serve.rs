//! `serve`: the real thing, from environment variables.

use std::process::ExitCode;

use anyhow::bail;
use reseller_portal::db::settings::{self, DEMO};
use reseller_portal::staff::links;

use super::{environment, out, portal, signals};

/// Runs the portal until it is asked to end.
pub async fn run() -> anyhow::Result<ExitCode> {
    let settings = environment::settings()?;
    let end = signals::asked_to_end()?;
    let listener = portal::listen(settings.listen, "PORTAL_LISTEN")?;
    let db = portal::database(&settings).await?;
    if settings::value(&db, DEMO).await?.is_some() {
        bail!("DATABASE_URL names a demo's database; real work needs one of its own, so name another file");
    }
    let app = portal::assemble(db, settings).await?;
    tracing::info!(listen = %listener.local_addr()?, url = %app.settings.public_url, "the portal listens");
    if let Some(link) = links::set_up(&app).await? {
        // Not in the log: whoever opens it first owns the portal.
        out::line(format_args!(
            "There is no staff yet. To become the owner, open within an hour, once:\n{}",
            link.url
        ));
    }
    portal::jobs(&app);
    portal::serve(app, listener, end).await?;
    tracing::info!("the portal has ended");
    Ok(ExitCode::SUCCESS)
}
