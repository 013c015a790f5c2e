//! Start of every request about many accounts: the sender's permission, and the action.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use super::action::BulkAction;
use crate::app::App;
use crate::web::access::{Authorized, Read};
use crate::web::error::Error;
use crate::web::htmx::Htmx;

/// Sender of the request, and the action of the form.
pub struct BulkContext {
    pub app: App,
    pub may: Authorized<Read>,
    pub htmx: Htmx,
    pub action: BulkAction,
}

impl FromRequestParts<App> for BulkContext {
    type Rejection = Error;

    /// Fails with [`Error::Forbidden`] if the role lacks the action's permission.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let may: Authorized<Read> = Authorized::from_request_parts(parts, app).await?;
        let Path(action) = Path::<BulkAction>::from_request_parts(parts, app)
            .await
            .map_err(|_| Error::NotFound)?;
        let needed = action.permission();
        if !may.can(needed) {
            return Err(Error::Forbidden(needed));
        }
        Ok(Self {
            app: app.clone(),
            may,
            htmx: Htmx::of(&parts.headers),
            action,
        })
    }
}
