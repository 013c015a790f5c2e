//! Removing a factor of one's own, and what follows from it, shown before: `/profile/factors/…/remove`.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use uuid::Uuid;

use super::redirect_with_toast;
use crate::app::App;
use crate::db;
use crate::staff::Error as StaffError;
use crate::staff::factors::{authenticator_apps, passkeys, required_roles};
use crate::web::access::{Read, RecentlyAuthenticated, Viewer};
use crate::web::error::Error;
use crate::web::htmx::Htmx;
use crate::web::layout::{Layout, Section};
use crate::web::render;

/// The confirmation, or why the factor stays.
#[derive(Template)]
#[template(path = "profile/remove_factor.html", blocks = ["confirm"])]
struct ConfirmPage {
    layout: Layout,
    /// Name of the removed factor, as used in a sentence.
    what: String,
    /// Address to which the form is sent.
    address: String,
    is_passkey: bool,
    is_last: bool,
    must_stay: bool,
}

impl ConfirmPage {
    /// For the passkey with this id, else for the authenticator app; `None` where there is none.
    async fn new(app: &App, viewer: &Viewer, passkey: Option<Uuid>) -> Result<Option<Self>, Error> {
        let staff = viewer.staff();
        let has_app = db::factors::authenticator_app(&app.db, staff.id)
            .await?
            .is_some();
        let passkeys = db::passkeys::of_staff(&app.db, staff.id).await?;
        let named = passkeys.iter().find(|own| Some(own.id) == passkey);
        let (what, address) = match (passkey, named) {
            (Some(id), Some(own)) => (
                format!("passkey {}", own.name),
                format!("/profile/factors/passkeys/{id}/remove"),
            ),
            (None, _) if has_app => (
                "authenticator app".to_owned(),
                "/profile/factors/app/remove".to_owned(),
            ),
            _ => return Ok(None),
        };
        let is_last = passkeys.len() + usize::from(has_app) == 1;
        Ok(Some(Self {
            layout: viewer
                .layout(format!("Remove {what}"), Section::Other)
                .await?,
            what,
            address,
            is_passkey: passkey.is_some(),
            is_last,
            must_stay: is_last && required_roles::is_required_for(app, staff.role).await?,
        }))
    }

    fn answer(&self, htmx: &Htmx, status: StatusCode) -> Result<Response, Error> {
        if htmx.partial {
            render::with_status(status, &self.as_confirm())
        } else {
            render::with_status(status, self)
        }
    }
}

/// `GET /profile/factors/app/remove`
pub(super) async fn confirm_app(
    may: RecentlyAuthenticated<Read>,
    State(app): State<App>,
    htmx: Htmx,
) -> Result<Response, Error> {
    match ConfirmPage::new(&app, &may, None).await? {
        Some(page) => page.answer(&htmx, StatusCode::OK),
        None => no_app(&may).await,
    }
}

/// `POST /profile/factors/app/remove`
pub(super) async fn app(
    may: RecentlyAuthenticated<Read>,
    State(app): State<App>,
    htmx: Htmx,
) -> Result<Response, Error> {
    match authenticator_apps::remove(&app, may.actor(), may.session_id()).await {
        Ok(true) => {
            redirect_with_toast(&may, "The authenticator app was removed.".to_owned()).await
        }
        Ok(false) => no_app(&may).await,
        Err(error) => not_removed(&app, &may, &htmx, None, error).await,
    }
}

/// `GET /profile/factors/passkeys/{id}/remove`
pub(super) async fn confirm_passkey(
    may: RecentlyAuthenticated<Read>,
    State(app): State<App>,
    htmx: Htmx,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let page = ConfirmPage::new(&app, &may, Some(parse_id(&id)?)).await?;
    page.ok_or(Error::NotFound)?.answer(&htmx, StatusCode::OK)
}

/// `POST /profile/factors/passkeys/{id}/remove`
pub(super) async fn passkey(
    may: RecentlyAuthenticated<Read>,
    State(app): State<App>,
    htmx: Htmx,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let id = parse_id(&id)?;
    match passkeys::remove(&app, (may.actor(), may.session_id()), id).await {
        Ok(Some(name)) => {
            let text = format!(
                "The passkey {name} was removed. Your device may still offer it: delete it there too."
            );
            redirect_with_toast(&may, text).await
        }
        Ok(None) => Err(Error::NotFound),
        Err(error) => not_removed(&app, &may, &htmx, Some(id), error).await,
    }
}

fn parse_id(id: &str) -> Result<Uuid, Error> {
    id.parse().map_err(|_| Error::NotFound)
}

async fn no_app(viewer: &Viewer) -> Result<Response, Error> {
    redirect_with_toast(
        viewer,
        "There was no authenticator app any more.".to_owned(),
    )
    .await
}

/// The confirmation again, with why the factor stays.
async fn not_removed(
    app: &App,
    viewer: &Viewer,
    htmx: &Htmx,
    passkey: Option<Uuid>,
    error: StaffError,
) -> Result<Response, Error> {
    match (error, ConfirmPage::new(app, viewer, passkey).await?) {
        (StaffError::LastFactor, Some(page)) => {
            let page = ConfirmPage {
                must_stay: true,
                ..page
            };
            page.answer(htmx, StatusCode::UNPROCESSABLE_ENTITY)
        }
        (error, _) => Err(error.into()),
    }
}
