//! Pages of one change at Telnyx: its progress, its result and possible actions. While the change
//! is open, the page waits for its result.

use axum::Router;
use axum::extract::FromRequestParts;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::routing::{get, post};

use crate::app::App;
use crate::db::operations::{self, Operation};
use crate::domain::ids::OperationId;
use crate::web::access::{Authorized, RequiredPermission};
use crate::web::error::Error;
use crate::web::htmx::Htmx;
use crate::web::paths;

mod labels;
mod settle;
mod show;
mod undo;

/// Returns the routes below `/operations`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/operations/{id}", get(show::show))
        .route("/operations/{id}/undo", post(undo::undo))
        .route("/operations/{id}/check-again", post(settle::check_again))
        .route("/operations/{id}/send-again", post(settle::send_again))
        .route("/operations/{id}/settle", post(settle::settle))
}

/// Viewer with permission `P`, and the operation in the address.
struct OperationContext<P> {
    app: App,
    may: Authorized<P>,
    operation: Operation,
    htmx: Htmx,
    /// Page that sent the request, if the browser reports it.
    began_on: Option<String>,
}

impl<P: RequiredPermission> FromRequestParts<App> for OperationContext<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let may = Authorized::<P>::from_request_parts(parts, app).await?;
        let Path(id) = Path::<OperationId>::from_request_parts(parts, app)
            .await
            .map_err(|_| Error::NotFound)?;
        let operation = operations::by_id(&app.db, id)
            .await?
            .ok_or(Error::NotFound)?;
        Ok(Self {
            app: app.clone(),
            may,
            began_on: page_of(&parts.headers, &operation),
            operation,
            htmx: Htmx::of(&parts.headers),
        })
    }
}

/// Returns the page that sent the request. A page that answered a refused form is that of the
/// operation.
fn page_of(headers: &HeaderMap, operation: &Operation) -> Option<String> {
    let page = Htmx::of(headers).page.or_else(|| paths::referrer(headers));
    page.map(|page| {
        if page.starts_with("/operations/") {
            format!("/operations/{}", operation.id)
        } else {
            page
        }
    })
}
