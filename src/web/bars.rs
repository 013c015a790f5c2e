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
use crate::domain::role::Permission;
use crate::telnyx::Trouble;

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
    if viewer.can(Permission::ReadTechnicalDetails)
        && let Some(bar) = bars.first_mut().filter(|_| tell_of_telnyx(app))
    {
        bar.link = Some(("Details".to_owned(), "/#health".to_owned()));
    }
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
                "Telnyx has refused the portal's API key since {}. You see the last known data, and Telnyx refuses \
                 changes. Waiting will not help: tell the operator of this portal.",
                times.clock(since)
            ),
        ));
    }
    let since = health.down_since?;
    Some(bar(
        "warning",
        "cloud-off",
        format!(
            "Telnyx has not answered since {}. You see the last known data, and changes are not sent. We keep \
             retrying.",
            times.clock(since)
        ),
    ))
}

/// Whether a bar says that Telnyx is down or refuses the key: then nothing else on the page repeats it.
pub(super) fn tell_of_telnyx(app: &App) -> bool {
    let health = app.telnyx.health();
    health.is_down() || health.key_refused()
}

/// The same for an answer to htmx: what replaces a part of an open page brings no bar along.
pub(super) fn tell_reader_of_telnyx(app: &App, htmx: &Htmx) -> bool {
    tell_of_telnyx(app) && !htmx.wants_the_rest()
}

/// What a refresh that came to nothing says: the cause is added only if no bar tells it.
pub(super) fn not_refreshed(app: &App, what: &str, trouble: Option<Trouble>) -> String {
    let failed = format!("{what} could not be refreshed");
    match trouble {
        Some(trouble) if !tell_of_telnyx(app) => trouble.said(&failed),
        _ => format!("{failed}."),
    }
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
    if app.settings.is_sandbox() {
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
