//! The reseller's own name, accent color and logo on every page, and the files with color and logo.
//!
//! Pages have no inline style, so the color is a style sheet of its own. Its address names the
//! color, and that of the logo a hash of its content, so browsers keep both.

use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::cookies;
use super::error::Error;
use crate::app::App;
use crate::db::logos;
use crate::domain::appearance::{self, AccentShades, Appearance};
use crate::domain::color::Color;
use crate::domain::logo::LogoFormat;

/// Value of `Cache-Control` for a file whose address changes with its content.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// Longest time that a page without a session waits for the stored settings.
const READ_PATIENCE: Duration = Duration::from_millis(250);

tokio::task_local! {
    /// Portal whose appearance the task of a request renders. Its session may bring a newer one.
    static SHOWN: App;
}

/// Makes name, color and logo known to everything that this request renders, error pages too.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    if app.are_known_settings_due() {
        let owned = app.clone();
        let read = app
            .tasks
            .spawn(async move { owned.read_known_settings().await });
        // A session brings the revision of the settings. A sign-in waits for the database itself,
        // and must not wait twice if that is away.
        if request.method() == Method::GET && !cookies::has_session(&app, request.headers()) {
            let _late = tokio::time::timeout(READ_PATIENCE, read).await;
        }
    }
    SHOWN.scope(app, next.run(request)).await
}

fn shown<T>(get: impl FnOnce(&Appearance) -> T) -> Option<T> {
    SHOWN.try_with(|app| get(&app.known_appearance())).ok()
}

/// Returns the name that the page shows for the portal.
#[must_use]
pub fn portal_name() -> String {
    let name = shown(|shown| shown.display_name().to_owned());
    name.unwrap_or_else(|| Appearance::default().display_name().to_owned())
}

/// Returns the address of the style sheet of the accent color, if an owner chose one.
#[must_use]
pub fn stylesheet() -> Option<String> {
    let accent = shown(|shown| shown.accent).flatten()?;
    // A new version of the portal may derive other shades.
    let version = env!("CARGO_PKG_VERSION");
    Some(format!("/brand.css?accent={}&v={version}", accent.digits()))
}

/// Logo as pages show it.
pub struct LogoView {
    /// Address of the image.
    pub href: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// Returns the logo, if an owner uploaded one.
#[must_use]
pub fn logo() -> Option<LogoView> {
    let logo = shown(|shown| shown.logo.clone()).flatten()?;
    Some(LogoView {
        href: format!("/logo/{}", logo.file_name()),
        width: logo.width,
        height: logo.height,
    })
}

/// Returns the routes of the files, which are open to everyone: the sign-in shows them too.
pub fn router() -> Router<App> {
    Router::new()
        .route("/brand.css", get(show))
        .route("/logo/{file}", get(show_logo))
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
        (header::CACHE_CONTROL, IMMUTABLE),
    ];
    Ok((headers, style_sheet(accent)).into_response())
}

/// `GET /logo/{file}`
///
/// The content was checked to be an image. It may load and run nothing if someone opens it as a
/// page.
async fn show_logo(State(app): State<App>, Path(file): Path<String>) -> Result<Response, Error> {
    let (hash, extension) = file.split_once('.').ok_or(Error::NotFound)?;
    let format: LogoFormat = extension.parse().map_err(|_| Error::NotFound)?;
    let content = logos::content(&app.db, hash).await?;
    let content = content.ok_or(Error::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, format.media_type()),
        (header::CACHE_CONTROL, IMMUTABLE),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox; frame-ancestors 'none'",
        ),
    ];
    Ok((headers, content).into_response())
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
