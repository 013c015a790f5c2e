//! The reseller's own name and accent color on every page, and `/brand.css`, which has the color.
//!
//! Pages have no inline style, so the color is a style sheet of its own. Its address names the
//! color, so browsers keep it.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::error::Error;
use crate::app::App;
use crate::domain::appearance::{self, AccentShades, Appearance};
use crate::domain::color::Color;

tokio::task_local! {
    /// Appearance of the pages that the task of a request renders.
    static SHOWN: Arc<Appearance>;
}

/// Makes name and color known to everything that this request renders, error pages too.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    SHOWN.scope(app.known_appearance(), next.run(request)).await
}

/// Returns the name that the page shows for the portal.
#[must_use]
pub fn portal_name() -> String {
    let shown = SHOWN.try_with(|shown| shown.display_name().to_owned());
    shown.unwrap_or_else(|_| Appearance::default().display_name().to_owned())
}

/// Returns the address of the style sheet of the accent color, if an owner chose one.
#[must_use]
pub fn stylesheet() -> Option<String> {
    let accent = SHOWN.try_with(|shown| shown.accent).ok().flatten()?;
    // A new version of the portal may derive other shades.
    let version = env!("CARGO_PKG_VERSION");
    Some(format!("/brand.css?accent={}&v={version}", accent.digits()))
}

/// Returns the route of the style sheet, which is open to everyone: the sign-in shows it too.
pub fn router() -> Router<App> {
    Router::new().route("/brand.css", get(show))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BrandQuery {
    accent: String,
}

/// `GET /brand.css`
async fn show(Query(query): Query<BrandQuery>) -> Result<Response, Error> {
    let accent = appearance::parse_accent(&query.accent).map_err(|_| Error::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ]
    .map(|(name, value)| (name, HeaderValue::from_static(value)));
    Ok((headers, style_sheet(accent)).into_response())
}

fn style_sheet(accent: Color) -> String {
    let shades = AccentShades::of(accent);
    let both = |[light, dark]: [Color; 2]| format!("light-dark({light}, {dark})");
    format!(
        "@layer portal.tokens {{\n  :root {{\n    --accent-ink: {};\n    --accent-tint: {};\n    \
         --accent-line: {};\n    --accent-fill: {};\n    --accent-fill-2: {};\n  }}\n}}\n",
        both(shades.ink),
        both(shades.tint),
        both(shades.line),
        shades.fill,
        shades.hovered
    )
}
