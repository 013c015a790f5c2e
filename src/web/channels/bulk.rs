//! Changes of many accounts of the list.

use axum::response::Response;

use super::filter::{ChannelsFilter, ChannelsQuery};
use crate::app::App;
use crate::db::accounts;
use crate::domain::ids::AccountId;
use crate::web::access::Viewer;
use crate::web::bulk::context::BulkContext;
use crate::web::bulk::{self, BulkInput};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Form, Query};
use crate::web::layout::Section;
use crate::web::listing::Chip;
use crate::web::selection::SelectableFilter;

impl SelectableFilter for ChannelsFilter {
    const SECTION: Section = Section::Channels;

    async fn ids(
        query: &ChannelsQuery,
        app: &App,
        _viewer: &Viewer,
    ) -> Result<Vec<AccountId>, Error> {
        let filter = &query.filter;
        let order = query.order.into();
        Ok(accounts::channel_holder_ids(&app.db, &filter.q, filter.part, order).await?)
    }

    /// Leaves out the period of the charts, which selects no accounts.
    async fn chips(query: &ChannelsQuery, _app: &App) -> Result<Vec<Chip>, Error> {
        let mut chips = query.chips();
        chips.retain(|chip| chip.name != "range");
        Ok(chips)
    }
}

/// `GET /channels/bulk/{action}`
pub(super) async fn new(
    context: BulkContext,
    Query(input): Query<BulkInput>,
    kept: DraftForm,
) -> Result<Response, Error> {
    bulk::open::<ChannelsFilter>(&context, input, &kept).await
}

/// `POST /channels/bulk/{action}`
pub(super) async fn create(
    context: BulkContext,
    Form(input): Form<BulkInput>,
) -> Result<Response, Error> {
    bulk::submit::<ChannelsFilter>(&context, input).await
}
