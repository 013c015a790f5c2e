//! Changes of many accounts of the list.

use axum::response::Response;

use super::filter::{self, AccountsQuery, filter_context};
use crate::app::App;
use crate::db::accounts;
use crate::domain::account_filter::AccountFilter;
use crate::domain::ids::AccountId;
use crate::web::access::Viewer;
use crate::web::bulk::context::BulkContext;
use crate::web::bulk::{self, BulkInput};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Form, Query};
use crate::web::layout::Section;
use crate::web::listing::Chip;
use crate::web::selection::SelectableFilter;

impl SelectableFilter for AccountFilter {
    const SECTION: Section = Section::Accounts;

    async fn ids(
        query: &AccountsQuery,
        app: &App,
        viewer: &Viewer,
    ) -> Result<Vec<AccountId>, Error> {
        let criteria = query.filter.criteria(filter_context(app, viewer));
        Ok(accounts::ids(&app.db, &criteria, query.order).await?)
    }

    async fn chips(query: &AccountsQuery, app: &App) -> Result<Vec<Chip>, Error> {
        filter::chips(app, query).await
    }
}

/// `GET /accounts/bulk/{action}`
pub(super) async fn new(
    context: BulkContext,
    Query(input): Query<BulkInput>,
    kept: DraftForm,
) -> Result<Response, Error> {
    bulk::open::<AccountFilter>(&context, input, &kept).await
}

/// `POST /accounts/bulk/{action}`
pub(super) async fn create(
    context: BulkContext,
    Form(input): Form<BulkInput>,
) -> Result<Response, Error> {
    bulk::submit::<AccountFilter>(&context, input).await
}
