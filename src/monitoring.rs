//! Readiness and metrics, which an operator sees from outside.

mod figures;
mod readiness;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::App;

pub use readiness::{Readiness, ReadinessCheck};

/// Content type of the `OpenMetrics` text format, which Prometheus reads.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

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
        .with_state(app)
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

async fn metrics(State(app): State<App>) -> Response {
    let registry = figures::registry(&app).await;
    match app.metrics.encode(&registry) {
        Ok(text) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
