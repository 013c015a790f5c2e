//! Banners alone, for an open page that asks which of them still apply (`GET /banners`).

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

/// Returns the route of the banners.
pub(super) fn router() -> Router<App> {
    Router::new().route(ADDRESS, get(index))
}

#[derive(Template)]
#[template(path = "_banners_live.html")]
struct BannersFragment {
    banners: Vec<Banner>,
}

/// `GET /banners`
async fn index(may: Authorized<Read>, htmx: Htmx) -> Result<Response, Error> {
    if !htmx.sent {
        return Ok(render::redirect("/"));
    }
    let banners = may.banners();
    render::html(&BannersFragment { banners })
}
