//! Startup that `serve` and `demo` share: builds the portal, listens, and runs it until it is asked
//! to stop. `database` opens its database.

use std::net::SocketAddr;
use std::time::Duration;

use crate::app::App;
use crate::clock::Clock;
use crate::config::Settings;
use crate::connections::{self, Limits, Stop};
use crate::db::audit::keys;
use crate::db::{Db, figures};
use crate::metrics::Metrics;
use crate::monitoring;
use crate::{jobs, web};
use anyhow::{Context, bail};
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;

/// Time that open requests have to finish after the portal was asked to stop.
const REQUEST_GRACE_PERIOD: Duration = Duration::from_secs(10);
/// Time that running operations have to finish after that.
/// Recovery settles the interrupted ones, on another replica or at the next start.
const OPERATION_GRACE_PERIOD: Duration = Duration::from_secs(20);
/// Time that interrupted work has to release its leases.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(2);

/// Time that the database has to close its connections.
const DATABASE_CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum number of connections that wait to be accepted.
const BACKLOG: u32 = 4_096;

/// Builds the portal on an open database, which must belong to the secret key.
///
/// # Errors
/// Fails if Telnyx's address or key is unusable, or if the database belongs to another secret key.
pub async fn build_app(db: Db, settings: Settings) -> anyhow::Result<App> {
    keys::bind(&db, &App::audit_key(&settings)).await?;
    let clock = Clock::system();
    if let Some(recorded) = figures::newest_time(&db).await? {
        clock.start_after(recorded);
    }
    let app = App::from_settings(db, clock, settings)?;
    app.read_known_settings().await;
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
    let stop = Stop {
        draining: app.draining.clone(),
        end: CancellationToken::new(),
    };
    let metrics = app.metrics.clone();
    let served = connections::serve(listener, router, limits, metrics, stop.clone());
    let mut serving = tokio::spawn(served);
    let early = tokio::select! {
        result = &mut serving => Some(result),
        () = drain(&app, &end) => None,
    };
    app.draining.cancel();
    stop.end.cancel();
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
        let left = app.tasks.len();
        app.leases.end();
        let _late = tokio::time::timeout(RELEASE_TIMEOUT, app.tasks.wait()).await;
        tracing::warn!(
            left,
            "work was cut off; another replica or the next start continues it"
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
        Stop {
            end: app.shutdown.clone(),
            ..Stop::default()
        },
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
