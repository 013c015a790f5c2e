//! The banners alone, for a page that asks whether they still hold (`GET /bars`).

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::access::{Authorized, Read};
use super::banners::ADDRESS;
use super::error::Error;
use super::htmx::Htmx;
use super::layout::Banner;
use super::render;
use crate::app::App;

/// The routes of the area.
pub(super) fn router() -> Router<App> {
    Router::new().route(ADDRESS, get(index))
}

/// The banners alone.
#[derive(Template)]
#[template(path = "_banners_live.html")]
struct BannersFragment {
    banners: Vec<Banner>,
}

/// GET /bars
async fn index(may: Authorized<Read>, htmx: Htmx) -> Result<Response, Error> {
    if !htmx.sent {
        return Ok(render::redirect("/"));
    }
    let banners = may.banners();
    render::html(&BannersFragment { banners })
}
