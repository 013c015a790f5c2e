//! The pages: router, layers and one file or folder per page area.

use axum::Router;
use axum::routing::get;

use crate::app::App;

pub mod shell;

/// Everything that the portal answers.
pub fn router(app: App) -> Router {
    Router::new().route("/healthz", get(|| async { "ok" })).with_state(app)
}
