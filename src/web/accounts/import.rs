//! Import of accounts from a file: the upload, the review of its rows, and the preview of its job.

use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::{get, post};
use tower_http::limit::RequestBodyLimitLayer;

use crate::app::App;
use crate::bulk::import::{self, ImportDecisions, ImportError};
use crate::db::imports::{self, Import};
use crate::domain::ids::ImportId;
use crate::web::access::{Authorized, CreateAccounts};
use crate::web::error::Error;
use crate::web::notice::Notice;
use crate::web::render;

mod columns;
mod decide;
mod edit;
mod rows;
mod show;
mod upload;

/// Path of the upload form.
const PATH: &str = "/accounts/import";
/// Maximum size of a pasted table with its form, in bytes.
const MAX_PASTED_BYTES: usize = 11 << 20;
/// Maximum size of an uploaded file with its form, in bytes. Above what a file may have, so that its
/// form is shown again, with the reason.
const MAX_UPLOADED_BYTES: usize = 128 << 20;

/// Returns the routes below `/accounts/import`, without the upload.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route(PATH, get(upload::index))
        .route("/accounts/import/template.csv", get(upload::template))
        .route("/accounts/import/{id}", get(show::show))
        .route("/accounts/import/{id}/read", post(decide::read))
        .route("/accounts/import/{id}/columns", post(columns::map))
        .route("/accounts/import/{id}/choose", post(decide::choose))
        .route("/accounts/import/{id}/preview", post(decide::preview))
        .route("/accounts/import/{id}/discard", post(decide::discard))
        .route(
            "/accounts/import/{id}/rows/{number}",
            get(edit::show).post(edit::save),
        )
}

/// Returns the routes with their own limits of a request's body.
pub fn upload_router() -> Router<App> {
    let paste = Router::new()
        .route(
            "/accounts/import/paste",
            get(upload::resume).post(upload::paste),
        )
        .layer(RequestBodyLimitLayer::new(MAX_PASTED_BYTES));
    Router::new()
        .route(PATH, post(upload::upload))
        .layer(RequestBodyLimitLayer::new(MAX_UPLOADED_BYTES))
        .merge(paste)
}

/// Sender of the request, and their import in the address. Nobody sees another person's import.
struct ImportContext {
    app: App,
    may: Authorized<CreateAccounts>,
    import: Import,
    /// Stored decisions, or those that were typed and refused. The forms show them.
    decisions: ImportDecisions,
}

impl FromRequestParts<App> for ImportContext {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let may = Authorized::<CreateAccounts>::from_request_parts(parts, app).await?;
        let Path(path) = Path::<Vec<(String, String)>>::from_request_parts(parts, app)
            .await
            .map_err(|_| Error::NotFound)?;
        let id = path.iter().find(|(name, _)| name == "id");
        let id: ImportId = id
            .and_then(|(_, id)| id.parse().ok())
            .ok_or(Error::NotFound)?;
        let import = imports::by_id(&app.db, id, may.actor().staff_id)
            .await?
            .ok_or(Error::NotFound)?;
        Ok(Self {
            app: app.clone(),
            decisions: import::decisions(&import)?,
            may,
            import,
        })
    }
}

impl ImportContext {
    /// Returns the address of the import.
    fn path(&self) -> String {
        path(self.import.id)
    }

    /// Returns the import as it is stored by now.
    async fn reload(self) -> Result<Self, Error> {
        let import = imports::by_id(&self.app.db, self.import.id, self.import.staff_id)
            .await?
            .ok_or(Error::NotFound)?;
        Ok(Self {
            decisions: import::decisions(&import)?,
            import,
            ..self
        })
    }

    /// Stores changed decisions, and redirects to `back`. Shows the import if it was changed
    /// meanwhile.
    async fn decide(self, decisions: ImportDecisions, back: &str) -> Result<Response, Error> {
        match import::decide(&self.app, &self.import, &decisions).await {
            Ok(()) => Ok(render::redirect(back)),
            Err(error) => {
                let notice = Notice::alert("warn", "Not saved", sentence(error)?);
                let context = Self {
                    decisions,
                    ..self.reload().await?
                };
                show::respond(
                    &context,
                    rows::RowsQuery::default(),
                    Some(notice),
                    StatusCode::CONFLICT,
                )
                .await
            }
        }
    }
}

/// Returns the address of an import.
fn path(id: ImportId) -> String {
    format!("{PATH}/{id}")
}

/// Returns the sentence of an error that a person can act on.
fn sentence(error: ImportError) -> Result<String, Error> {
    match error {
        ImportError::Db(error) => Err(error.into()),
        error => Ok(error.to_string()),
    }
}
