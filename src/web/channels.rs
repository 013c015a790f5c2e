//! `/channels`: the pool, the holders of channels, changes of limits, and recorded limits.
//! `operations` sends the changes. Limit 0 is confirmed on a page of the account.

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;
use crate::web::columns;

mod bulk;
mod filter;
mod headings;
mod limit;
mod list;
mod live;
mod move_channels;
mod record;
mod record_many;
mod row;

use filter::ChannelsFilter;

/// Address of the list. All addresses of this area begin with it.
const PATH: &str = "/channels";

/// Returns the routes below `/channels`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/channels", get(list::index))
        .route("/channels/refresh", post(list::refresh))
        .route("/channels/events", get(live::events))
        .route("/channels/rows", get(live::rows))
        .route("/channels/columns", get(columns::show::<ChannelsFilter>))
        .route(
            "/channels/columns/save",
            post(columns::save::<ChannelsFilter>),
        )
        .route(
            "/channels/record",
            get(record_many::new).post(record_many::create),
        )
        .route(
            "/channels/move",
            get(move_channels::new).post(move_channels::create),
        )
        .route("/channels/bulk/{action}", get(bulk::new).post(bulk::create))
        .route(
            "/channels/{id}/record",
            get(record::edit).post(record::update),
        )
        .route("/channels/{id}/row", get(row::show))
        .route("/channels/{id}/limit", post(limit::update))
}
