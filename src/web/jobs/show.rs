//! Page of one job: its preview before it is started, its run afterwards.

use axum::extract::RawQuery;
use axum::response::Response;

use super::rows::ItemsQuery;
use super::{JobContext, preview, run};
use crate::domain::job::JobState;
use crate::web::error::Error;

/// `GET /jobs/{id}?state=&decision=&q=&page=&per=`
pub(super) async fn show(context: JobContext, RawQuery(raw): RawQuery) -> Result<Response, Error> {
    let query = ItemsQuery::parse(raw.as_deref().unwrap_or_default()).at_path(context.path());
    if context.job.state == JobState::Preview {
        preview::show(&context, query).await
    } else {
        run::show(&context, query).await
    }
}
