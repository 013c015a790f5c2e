//! The reseller's logo: its upload and its removal. `/settings/appearance/logo`.

use axum::Router;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use tower_http::limit::RequestBodyLimitLayer;

use super::appearance::{AppearancePage, PATH};
use crate::app::{App, SaveOutcome};
use crate::domain::logo::MAX_BYTES;
use crate::web::access::{Authorized, ManageSettings, RecentlyAuthenticated};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::layout::Toast;
use crate::web::render;
use crate::web::upload::UploadForm;

/// Maximum size of an upload's body. A file that is too large is refused at its field up to this.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

pub(super) fn router() -> Router<App> {
    Router::new().route("/settings/appearance/logo/remove", post(remove))
}

/// Returns the route of the upload, whose body can be larger than others.
pub(super) fn upload_router() -> Router<App> {
    Router::new()
        .route("/settings/appearance/logo", get(redirect_back).post(upload))
        .layer(RequestBodyLimitLayer::new(MAX_BODY_BYTES))
}

/// Redirects a reload of an address that only accepts POST.
async fn redirect_back(_may: Authorized<ManageSettings>) -> Response {
    render::redirect(PATH)
}

/// `POST /settings/appearance/logo`
async fn upload(
    may: RecentlyAuthenticated<ManageSettings>,
    State(app): State<App>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Error> {
    let form = UploadForm::read(form, MAX_BYTES).await?;
    let logo = match app.store_logo(&form.file.content).await? {
        Ok(logo) => logo,
        Err(invalid) => {
            let page = AppearancePage::current(&app, &may).await?;
            return render::invalid_form(&page.with_logo_error(invalid.to_string()));
        }
    };
    let saved = app.save_logo(may.actor(), form.text("shown"), Some(logo));
    let toast = toast(&saved.await?, "Logo saved.");
    may.toast(toast).await?;
    Ok(render::redirect(PATH))
}

/// Submitted form of the removal.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct RemovalForm {
    /// Hash of the logo that the form showed.
    shown: String,
}

/// `POST /settings/appearance/logo/remove`
async fn remove(
    may: RecentlyAuthenticated<ManageSettings>,
    State(app): State<App>,
    Form(form): Form<RemovalForm>,
) -> Result<Response, Error> {
    let saved = app.save_logo(may.actor(), &form.shown, None).await?;
    may.toast(toast(&saved, "Logo removed.")).await?;
    Ok(render::redirect(PATH))
}

fn toast<S>(saved: &SaveOutcome<S>, text: &str) -> Toast {
    match saved {
        SaveOutcome::Saved(_) => Toast::success(text),
        SaveOutcome::Stale(_) => Toast::new(
            "warning",
            "Not saved: someone changed the logo meanwhile. This is the current one.",
        ),
    }
}
