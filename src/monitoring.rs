//! Readiness and metrics, which an operator sees from outside.

mod figures;
mod readiness;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use prometheus_client::registry::Registry;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::app::App;

pub use readiness::{Readiness, ReadinessCheck};

/// Content type of the `OpenMetrics` text format, which Prometheus reads.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Time for which figures are reused.
const VALIDITY: Duration = Duration::from_secs(1);

/// Returns a warning if the listener of monitoring may be reached from outside, where anyone can
/// read the metrics.
#[must_use]
pub fn exposure_warning(listen: SocketAddr) -> Option<String> {
    let why = match listen.ip().to_canonical() {
        IpAddr::V4(ip) if ip.is_loopback() || ip.is_private() || ip.is_link_local() => return None,
        IpAddr::V6(ip) if ip.is_loopback() || ip.is_unique_local() => return None,
        IpAddr::V6(ip) if ip.is_unicast_link_local() => return None,
        ip if ip.is_unspecified() => "is reached on every address of this machine",
        _ => "is a public address",
    };
    Some(format!(
        "PORTAL_METRICS_LISTEN ({listen}) {why}, and has no sign-in; let only Prometheus reach it"
    ))
}

/// Returns the routes for the listener of monitoring (`PORTAL_METRICS_LISTEN`).
pub fn router(app: App) -> Router {
    let check = ReadinessCheck::new(app.clone());
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(async || "ok"))
        .route(
            "/readyz",
            get(async move || detailed_answer(check.run().await)),
        )
        .layer(Extension(LatestFigures::default()))
        .with_state(app)
}

/// Figures of the last scrape. Many scrapes at once share one reading of the database.
#[derive(Clone, Default)]
struct LatestFigures(Arc<Mutex<Option<Figures>>>);

struct Figures {
    read_at: Instant,
    registry: Arc<Registry>,
}

impl LatestFigures {
    /// Returns the figures, which are at most a second old.
    async fn read(&self, app: &App) -> Arc<Registry> {
        let mut last = self.0.lock().await;
        let is_fresh = |known: &&Figures| known.read_at.elapsed() < VALIDITY;
        if let Some(known) = last.as_ref().filter(is_fresh) {
            return Arc::clone(&known.registry);
        }
        let registry = Arc::new(figures::registry(app).await);
        *last = Some(Figures {
            read_at: Instant::now(),
            registry: Arc::clone(&registry),
        });
        registry
    }
}

/// Returns the route that says if the portal is ready, and if not, which check failed. Anyone can
/// ask, so it says no more.
pub fn public_router<S: Clone + Send + Sync + 'static>(app: App) -> Router<S> {
    let check = ReadinessCheck::new(app);
    let answer = get(async move || short_answer(&check.run().await));
    Router::new().route("/readyz", answer)
}

fn short_answer(readiness: &Readiness) -> Response {
    let failed = readiness.failed();
    if failed.is_empty() {
        return "ready".into_response();
    }
    let why = format!("not ready: {}", failed.join(", "));
    (StatusCode::SERVICE_UNAVAILABLE, why).into_response()
}

fn detailed_answer(readiness: Readiness) -> Response {
    let status = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, axum::Json(readiness)).into_response()
}

async fn metrics(State(app): State<App>, Extension(figures): Extension<LatestFigures>) -> Response {
    let registry = figures.read(&app).await;
    match app.metrics.encode(&registry) {
        Ok(text) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_that_others_may_reach_is_warned_about() {
        let warns = |text: &str| exposure_warning(text.parse().expect("an address")).is_some();
        for own in [
            "127.0.0.1:9090",
            "[::1]:9090",
            "10.1.2.3:9090",
            "192.168.0.4:9090",
            "172.16.0.1:9090",
            "[fd00::1]:9090",
            "[fe80::1]:9090",
            "[::ffff:10.0.0.1]:9090",
        ] {
            assert!(!warns(own), "{own}");
        }
        for open in [
            "0.0.0.0:9090",
            "[::]:9090",
            "203.0.113.5:9090",
            "[2001:db8::1]:9090",
            "[::ffff:203.0.113.5]:9090",
        ] {
            assert!(warns(open), "{open}");
        }
    }
}
