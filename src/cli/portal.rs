//! Startup that `serve` and `demo` share.
//! Opens the database, listens, and runs the portal until it is asked to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::app::App;
use crate::clock::Clock;
use crate::config::Settings;
use crate::connections::{self, Limits};
use crate::db::audit::keys;
use crate::db::{self, Db};
use crate::domain::thresholds::Thresholds;
use crate::metrics::Metrics;
use crate::monitoring;
use crate::{jobs, web};
use anyhow::{Context, bail};
use secrecy::ExposeSecret;
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;

/// Time that open requests have to finish after the portal was asked to stop.
const REQUEST_GRACE_PERIOD: Duration = Duration::from_secs(10);
/// Time that running operations have to finish after that.
/// Recovery settles the interrupted ones at the next start.
const OPERATION_GRACE_PERIOD: Duration = Duration::from_secs(20);

/// Time that the database has to close its connections.
const DATABASE_CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum number of connections that wait to be accepted.
const BACKLOG: u32 = 4_096;

/// Opens the database, migrates its tables and checks that it can be written.
///
/// # Errors
/// Fails with one line if the database is missing, locked or not writable.
pub async fn open_database(settings: &Settings) -> anyhow::Result<Db> {
    with_remedy(settings, async {
        let db = Db::open(settings.database_url.expose_secret()).await?;
        db.begin().await?.commit().await?;
        Ok(db)
    })
    .await
}

/// Opens the database without migrating it. Also returns the number of pending migrations.
///
/// # Errors
/// Fails with one line if the database is missing, locked or not writable.
pub async fn open_database_unmigrated(settings: &Settings) -> anyhow::Result<(Db, usize)> {
    with_remedy(settings, async {
        let (db, pending) = Db::open_unchanged(settings.database_url.expose_secret()).await?;
        db.begin().await?.commit().await?;
        Ok((db, pending))
    })
    .await
}

/// Adds the database's URL and a remedy to an error.
async fn with_remedy<T>(
    settings: &Settings,
    opened: impl Future<Output = db::Result<T>>,
) -> anyhow::Result<T> {
    let url = settings.database_url.expose_secret();
    match opened.await {
        Ok(opened) => Ok(opened),
        Err(error) => bail!(
            "the database cannot be used ({}): {error}; {}",
            redact_password(url),
            remedy(&error.to_string())
        ),
    }
}

/// Opens a database that must already exist, for commands that must not create one.
///
/// # Errors
/// Fails with one line if the database is missing, locked or not writable.
pub async fn open_existing_database(settings: &Settings) -> anyhow::Result<Db> {
    if missing_file(settings)?.is_some() {
        bail!(
            "DATABASE_URL names no database that is there: {}; name the one that serve uses",
            redact_password(settings.database_url.expose_secret())
        );
    }
    open_database(settings).await
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

/// Returns a database URL without its password.
fn redact_password(url: &str) -> String {
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

/// Builds the portal on an open database, which must belong to the secret key.
///
/// # Errors
/// Fails if Telnyx's address or key is unusable, or if the database belongs to another secret key.
pub async fn build_app(db: Db, settings: Settings) -> anyhow::Result<App> {
    keys::bind(&db, &App::audit_key(&settings)).await?;
    let app = App::from_settings(db, Clock::system(), settings)?;
    app.appearance().await;
    if let Err(error) = app.setting::<Thresholds>().await {
        tracing::warn!(%error, "the thresholds could not be read");
    }
    Ok(app)
}

/// Listens on the address.
///
/// # Errors
/// Fails with one line if the address is in use or cannot be used.
pub fn listen(address: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    match bind(address) {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            bail!(
                "{address} is in use by another program; end it, or choose another port with {setting}"
            )
        }
        Err(error) => {
            bail!("cannot listen on {address}: {error}; choose another address with {setting}")
        }
    }
}

fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // Without it, a restart would have to wait until earlier connections time out.
    // On Windows, it would share the port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves the portal until `end`, then finishes what is running within a limited time.
///
/// # Errors
/// Fails if the listener fails.
pub async fn serve(app: App, listener: TcpListener, end: CancellationToken) -> anyhow::Result<()> {
    let limits = Limits {
        connections: connections::raise_descriptors(),
        ..Limits::default()
    };
    let router = web::router(app.clone());
    let closing = CancellationToken::new();
    let metrics = app.metrics.clone();
    let served = connections::serve(listener, router, limits, metrics, closing.clone());
    let mut serving = tokio::spawn(served);
    let early = tokio::select! {
        result = &mut serving => Some(result),
        () = drain(&app, &end) => None,
    };
    closing.cancel();
    app.shutdown.cancel();
    let result = if let Some(result) = early {
        result
    } else if let Ok(result) = tokio::time::timeout(REQUEST_GRACE_PERIOD, &mut serving).await {
        result
    } else {
        tracing::warn!(
            "requests were cut off after {} s",
            REQUEST_GRACE_PERIOD.as_secs()
        );
        serving.abort();
        Ok(())
    };
    app.tasks.close();
    if tokio::time::timeout(OPERATION_GRACE_PERIOD, app.tasks.wait())
        .await
        .is_err()
    {
        tracing::warn!(
            left = app.tasks.len(),
            "operations were cut off; the next start settles them"
        );
    }
    if tokio::time::timeout(DATABASE_CLOSE_TIMEOUT, app.db.close())
        .await
        .is_err()
    {
        tracing::warn!("the database did not answer; its connections were cut off");
    }
    app.repeated_lines.report_all();
    app.tracer.shut_down().await;
    result.context("the server ended")
}

/// Waits until the portal is asked to stop, and then until load balancers have noticed: from then
/// on `/readyz` says that it is not ready, but requests are still answered.
async fn drain(app: &App, end: &CancellationToken) {
    end.cancelled().await;
    app.draining.cancel();
    tokio::time::sleep(app.settings.drain_time).await;
}

/// Serves metrics and the details of `/readyz` on a listener of their own, until the shutdown.
///
/// # Errors
/// Fails with one line if the address cannot be used.
pub fn spawn_monitoring(app: &App) -> anyhow::Result<()> {
    let Some(address) = app.settings.metrics_listen else {
        return Ok(());
    };
    let listener = listen(address, "PORTAL_METRICS_LISTEN")?;
    if let Some(warning) = monitoring::exposure_warning(address) {
        tracing::warn!("{warning}");
    }
    tracing::info!(listen = %listener.local_addr()?, "metrics are served");
    let router = monitoring::router(app.clone());
    let served = connections::serve(
        listener,
        router,
        Limits::default(),
        Metrics::default(),
        app.shutdown.clone(),
    );
    tokio::spawn(served);
    Ok(())
}

/// Starts the background loops.
pub fn spawn_jobs(app: &App) {
    jobs::spawn(app);
}

/// Completes when `end` has been cancelled and open requests have had their time to finish.
pub async fn wait_for_grace_period(end: &CancellationToken) {
    end.cancelled().await;
    tokio::time::sleep(REQUEST_GRACE_PERIOD).await;
}
