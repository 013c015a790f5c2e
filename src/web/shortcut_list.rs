//! `/shortcuts`: the list of keyboard shortcuts, as a page or as a dialog.

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::access::{Authorized, Read};
use super::error::Error;
use super::htmx::Htmx;
use super::layout::{Layout, Section};
use super::render;
use super::shortcuts::{self, ShortcutGroup};
use crate::app::App;

/// Returns the route of the list.
pub fn router() -> Router<App> {
    Router::new().route("/shortcuts", get(index))
}

#[derive(Template)]
#[template(path = "shortcuts.html", blocks = ["list"])]
struct ShortcutsPage {
    layout: Layout,
    groups: Vec<ShortcutGroup>,
    single_keys: bool,
}

/// `GET /shortcuts`
async fn index(may: Authorized<Read>, htmx: Htmx) -> Result<Response, Error> {
    let single_keys = may.staff().single_keys;
    let page = ShortcutsPage {
        layout: may.layout("Keyboard shortcuts", Section::Other).await?,
        groups: shortcuts::available(single_keys, |permission| may.can(permission)),
        single_keys,
    };
    render::page_or_fragment(&htmx, &page, &page.as_list())
}
