//! `serve`: runs the real portal, with settings from environment variables.

use std::process::ExitCode;

use crate::db::settings::{self, DEMO};
use crate::db::{figures, schema_version};
use crate::staff::links;
use anyhow::bail;

use super::{database, environment, output, portal, signals};

/// Runs the portal until the process is asked to stop.
pub async fn run() -> anyhow::Result<ExitCode> {
    let settings = environment::settings()?;
    let end = signals::shutdown_token()?;
    let listener = portal::listen(settings.listen, "PORTAL_LISTEN")?;
    // Until the database answers, the port accepts connections, but nobody answers them.
    let Some(db) = database::open_when_ready(&settings, &end).await? else {
        tracing::info!("the portal has ended");
        return Ok(ExitCode::SUCCESS);
    };
    if settings::value(&db, DEMO).await?.is_some() {
        bail!(
            "DATABASE_URL names a demo's database; real work needs one of its own, so name another file"
        );
    }
    let app = portal::build_app(db, settings).await?;
    // Not before, because a start that is refused prints one line only.
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        commit = env!("PORTAL_COMMIT"),
        schema = schema_version(),
        "the portal starts"
    );
    tracing::info!(
        kind = app.db.kind(),
        place = database::place(&app.settings),
        accounts = figures::accounts(&app.db).await?,
        "the database is open"
    );
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
