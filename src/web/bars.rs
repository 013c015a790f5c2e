//! The lines across every page: practice, Telnyx down, key refused, another manager, read only. Most serious first.
//!
//! While one of trouble stands, the page asks for the bars again and again, so that it ends by itself (`GET /bars`).

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::access::{May, Read, Viewer};
use super::error::Error;
use super::htmx::Htmx;
use super::page;
use super::shell::Bar;
use super::view::Times;
use crate::app::App;

/// Where a page asks for its bars again. That is no sign of life of whoever reads it.
pub(super) const ADDRESS: &str = "/bars";

/// The routes of the area.
pub(super) fn router() -> Router<App> {
    Router::new().route(ADDRESS, get(index))
}

/// The bars alone.
#[derive(Template)]
#[template(path = "_bars_live.html")]
struct Live {
    bars: Vec<Bar>,
}

/// GET /bars
async fn index(may: May<Read>, State(app): State<App>, htmx: Htmx) -> Result<Response, Error> {
    if !htmx.sent {
        return Ok(page::redirect("/"));
    }
    let bars = of(&app, &may);
    page::html(&Live { bars })
}

/// Whether one of them may end while the page stands open.
pub(super) fn may_end(bars: &[Bar]) -> bool {
    bars.iter().any(|bar| matches!(bar.kind, "warning" | "danger"))
}

/// Those that hold now.
pub(super) fn of(app: &App, viewer: &Viewer) -> Vec<Bar> {
    let mut bars = known(app, viewer.times());
    if viewer.other_manager() {
        bars.insert(
            0,
            bar(
                "danger",
                "triangle-alert",
                "The key now belongs to another manager account than this portal's data. Nothing is read or changed \
                 until whoever runs the portal puts the right key back."
                    .to_owned(),
            ),
        );
    }
    bars
}

/// Those that hold now, as far as that is known without asking the database.
pub(super) fn known(app: &App, times: &Times) -> Vec<Bar> {
    let mut bars: Vec<Bar> = trouble(app, times).into_iter().collect();
    bars.extend(standing(app));
    bars
}

fn trouble(app: &App, times: &Times) -> Option<Bar> {
    let health = app.telnyx.health();
    if let Some(since) = health.refused_since {
        return Some(bar(
            "danger",
            "key-round",
            format!(
                "Telnyx refuses the portal's key since {}. You can read what was known then; Telnyx refuses changes. \
                 Waiting will not help: tell whoever runs the portal.",
                times.clock(since)
            ),
        ));
    }
    let since = health.down_since?;
    Some(bar(
        "warning",
        "cloud-off",
        format!(
            "Telnyx is not answering since {}. You can read what was known then; changes are not sent. It is asked \
             again and again; this line ends by itself.",
            times.clock(since)
        ),
    ))
}

/// Those that hold for everybody, signed in or not.
pub(super) fn standing(app: &App) -> Vec<Bar> {
    let mut bars = Vec::new();
    if app.settings.read_only {
        bars.push(bar(
            "info",
            "lock",
            "The portal is read only: no change is sent to Telnyx.".to_owned(),
        ));
    }
    if app.settings.is_practice() {
        bars.push(bar(
            "practice",
            "flask-conical",
            "Practice: simulated Telnyx, nothing here is real.".to_owned(),
        ));
    }
    bars
}

fn bar(kind: &'static str, icon: &'static str, text: String) -> Bar {
    Bar {
        kind,
        icon,
        text,
        link: None,
    }
}
