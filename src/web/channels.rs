//! `/channels`: the pool, who holds what, changing a limit in place, recording limits that were seen elsewhere.
//! How a change is sent is `operations`' business; the confirmation of limit 0 is a page of the account.

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

mod limit;
mod list;
mod record;
mod record_many;
mod row;

/// The list, with which every address of the area begins.
const PATH: &str = "/channels";

/// The routes of the area.
pub fn router() -> Router<App> {
    Router::new()
        .route("/channels", get(list::index))
        .route("/channels/refresh", post(list::refresh))
        .route(
            "/channels/record",
            get(record_many::new).post(record_many::create),
        )
        .route(
            "/channels/{id}/record",
            get(record::edit).post(record::update),
        )
        .route("/channels/{id}/row", get(row::show))
        .route("/channels/{id}/limit", post(limit::update))
}
