//! Rows of the list that an open page keeps up to date, with the pool.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::filter::ChannelsQuery;
use super::headings::ChannelsOrder;
use super::list;
use super::row::{self, ChannelsRow};
use crate::app::App;
use crate::db::accounts;
use crate::web::access::{Authorized, Read};
use crate::web::bulk::SelectionBar;
use crate::web::columns::{self, ShownColumns};
use crate::web::error::Error;
use crate::web::form::Query;
use crate::web::htmx::Htmx;
use crate::web::listing::{Pager, Tab};
use crate::web::live_accounts::{ShownRows, ShownTotals, StreamRequest};
use crate::web::pool::PoolView;
use crate::web::render;

/// Some rows of the list, its totals, and the pool.
#[derive(Template)]
#[template(path = "channels/_live.html")]
struct LiveRows {
    rows: Vec<ChannelsRow>,
    columns: ShownColumns<ChannelsOrder>,
    pool: PoolView,
    tabs: Vec<Tab>,
    pager: Pager,
    selection: SelectionBar,
    is_page_selected: bool,
}

/// `GET /channels/events?rows=&since=`
pub(super) async fn events(request: StreamRequest) -> Response {
    request.answer(ShownTotals::AccountsAndPool)
}

/// `GET /channels/rows?rows=`
pub(super) async fn rows(
    may: Authorized<Read>,
    State(app): State<App>,
    htmx: Htmx,
    Query(shown): Query<ShownRows>,
) -> Result<Response, Error> {
    let query = ChannelsQuery::from_path(htmx.page.as_deref().unwrap_or_default());
    let back = query.href();
    if !htmx.partial {
        return Ok(render::redirect(&back));
    }
    let accounts = accounts::by_ids(&app.db, &shown.accounts()).await?;
    let totals = accounts::channel_totals(&app.db, &query.filter.q).await?;
    let total = totals.accounts_in(query.filter.part);
    render::html(&LiveRows {
        rows: row::load_all(&app, &may, accounts, &back).await?,
        columns: columns::load(&app, &may, &query).await?,
        pool: PoolView::load(&app, may.times()).await?,
        tabs: list::tabs(&query, &totals),
        pager: query.pager(total),
        selection: list::selection(&may, &query, total),
        is_page_selected: false,
    })
}
