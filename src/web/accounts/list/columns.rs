//! Choice of the list's columns.

use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::domain::account_filter::AccountFilter;
use crate::web::access::{Authorized, Read};
use crate::web::columns::{self, ColumnsForm};
use crate::web::error::Error;
use crate::web::form::{Form, Query};
use crate::web::htmx::Htmx;
use crate::web::layout::Section;

/// `GET /accounts/columns?list=`
pub(super) async fn show(
    may: Authorized<Read>,
    State(app): State<App>,
    htmx: Htmx,
    Query(form): Query<ColumnsForm>,
) -> Result<Response, Error> {
    columns::open::<AccountFilter>(&app, &may, &htmx, Section::Accounts, form).await
}

/// `POST /accounts/columns/save`
pub(super) async fn save(
    may: Authorized<Read>,
    State(app): State<App>,
    Form(form): Form<ColumnsForm>,
) -> Result<Response, Error> {
    columns::save::<AccountFilter>(&app, &may, &form).await
}
