//! Rows of the list that an open page keeps up to date.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::filter::AccountsQuery;
use super::row::AccountRow;
use super::views::SavedViews;
use crate::app::App;
use crate::db::accounts::{self, SortOrder};
use crate::web::access::{Authorized, Read};
use crate::web::bulk::SelectionBar;
use crate::web::columns::{self, ShownColumns};
use crate::web::error::Error;
use crate::web::form::Query;
use crate::web::htmx::Htmx;
use crate::web::listing::{Pager, Tab};
use crate::web::live_accounts::{ShownRows, ShownTotals, StreamRequest};
use crate::web::render;

/// Some rows of the list, and its totals.
#[derive(Template)]
#[template(path = "accounts/_live.html")]
struct LiveRows {
    rows: Vec<AccountRow>,
    columns: ShownColumns<SortOrder>,
    tabs: Vec<Tab>,
    pager: Pager,
    selection: SelectionBar,
    is_page_selected: bool,
}

/// `GET /accounts/events?rows=&since=`
pub(super) async fn events(request: StreamRequest) -> Response {
    request.answer(ShownTotals::Accounts)
}

/// `GET /accounts/rows?rows=`
pub(super) async fn rows(
    may: Authorized<Read>,
    State(app): State<App>,
    htmx: Htmx,
    Query(shown): Query<ShownRows>,
) -> Result<Response, Error> {
    let mut query = AccountsQuery::from_path(htmx.page.as_deref().unwrap_or_default());
    if query.view.is_some() {
        let views = SavedViews::load(&app, &may).await?;
        views.settle(&app, &mut query).await?;
    }
    let list = query.href();
    if !htmx.partial {
        return Ok(render::redirect(&list));
    }
    let filter = super::list_filter(&app, &may, &query);
    let listing = accounts::list_with_rows(&app.db, &filter, &shown.accounts()).await?;
    render::html(&LiveRows {
        columns: columns::load(&app, &may, &query).await?,
        tabs: super::tabs(&query, &listing),
        pager: query.pager(listing.total),
        selection: super::selection(&may, &query, listing.total),
        rows: super::rows(&app, &may, listing, &list),
        is_page_selected: false,
    })
}
