//! Choice of the parts that an entry shows below its sentence.

use axum::extract::State;
use axum::response::Response;

use super::query::ActivityFilter;
use crate::app::App;
use crate::web::access::{Authorized, Read};
use crate::web::columns::{self, ColumnsForm};
use crate::web::error::Error;
use crate::web::form::{Form, Query};
use crate::web::htmx::Htmx;
use crate::web::layout::Section;

/// `GET /activity/columns?list=`
pub(super) async fn show(
    may: Authorized<Read>,
    State(app): State<App>,
    htmx: Htmx,
    Query(form): Query<ColumnsForm>,
) -> Result<Response, Error> {
    columns::open::<ActivityFilter>(&app, &may, &htmx, Section::Activity, form).await
}

/// `POST /activity/columns/save`
pub(super) async fn save(
    may: Authorized<Read>,
    State(app): State<App>,
    Form(form): Form<ColumnsForm>,
) -> Result<Response, Error> {
    columns::save::<ActivityFilter>(&app, &may, &form).await
}
