//! Banners and the progress of jobs alone, for an open page that updates them (`GET /banners`).

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::access::{Authorized, Read};
use super::banners::ADDRESS;
use super::error::Error;
use super::htmx::Htmx;
use super::layout::{Banner, JobProgress};
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
    jobs: Vec<JobProgress>,
}

/// `GET /banners`
async fn index(may: Authorized<Read>, htmx: Htmx) -> Result<Response, Error> {
    if !htmx.sent {
        return Ok(render::redirect("/"));
    }
    let (mut jobs, ended) = may.jobs(true).await?;
    // The page of a job shows its progress and its result itself.
    let page = htmx.page.as_deref().unwrap_or_default();
    let path = page.split(['?', '#']).next().unwrap_or_default();
    jobs.retain(|job| job.href != path);
    let banners = may.banners();
    let fragment = BannersFragment { banners, jobs };
    match ended.filter(|toast| !toast.leads_to(path)) {
        Some(toast) => render::with_toast(&fragment, &toast),
        None => render::html(&fragment),
    }
}
