//! Removal of a person's own factor, with a confirmation: `/profile/factors/…/remove`.

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
use crate::web::confirmation::{Confirmation, Consequence, Subject, crumbs};
use crate::web::error::Error;
use crate::web::htmx::Htmx;
use crate::web::notice::Notice;

/// Page of a person's own factors.
const FACTORS: &str = "/profile/factors";

/// Returns the confirmation for the passkey with this ID, or for the authenticator app. Returns
/// `None` if it does not exist. `must_stay` is true if it was refused as the last factor.
async fn confirmation(
    app: &App,
    viewer: &Viewer,
    passkey: Option<Uuid>,
    must_stay: bool,
) -> Result<Option<Confirmation>, Error> {
    let staff = viewer.staff();
    let has_app = db::factors::authenticator_app(&app.db, staff.id)
        .await?
        .is_some();
    let passkeys = db::passkeys::of_staff(&app.db, staff.id).await?;
    let named = passkeys.iter().find(|own| Some(own.id) == passkey);
    let (what, address, consequence) = match (passkey, named) {
        (Some(id), Some(own)) => (
            format!("passkey {}", own.name),
            format!("{FACTORS}/passkeys/{id}/remove"),
            "It no longer signs you in here. Your device may still offer it: delete it there too.",
        ),
        (None, _) if has_app => (
            "authenticator app".to_owned(),
            format!("{FACTORS}/app/remove"),
            "Its codes no longer sign you in. To use one again, set it up from the start.",
        ),
        _ => return Ok(None),
    };
    let is_last = passkeys.len() + usize::from(has_app) == 1;
    let title = format!("Remove {what}");
    let mut form = Confirmation {
        crumbs: crumbs([
            ("Profile", "/profile"),
            ("Second factor and passkeys", FACTORS),
        ]),
        title: format!("{title}?"),
        page_title: Some(title),
        icon: "key-round",
        danger: true,
        form_id: "removal",
        action: address,
        consequences: vec![Consequence::plain(consequence)],
        subject: Subject::new(what, ""),
        cancel: ("Cancel", FACTORS.to_owned()),
        button: "Remove".to_owned(),
        ..Confirmation::default()
    };
    if is_last {
        form.consequences.push(Consequence::bad(
            "It is your last one. Your recovery codes are removed too, and you sign in with your \
             password alone.",
        ));
    }
    if must_stay || (is_last && required_roles::is_required_for(app, staff.role).await?) {
        let last = StaffError::LastFactor.to_string();
        form.obstruct(Notice::alert("bad", "It stays", last));
    }
    Ok(Some(form))
}

/// `GET /profile/factors/app/remove`
pub(super) async fn confirm_app(
    may: RecentlyAuthenticated<Read>,
    State(app): State<App>,
    htmx: Htmx,
) -> Result<Response, Error> {
    match confirmation(&app, &may, None, false).await? {
        Some(form) => form.respond(&may, &htmx).await,
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
    let form = confirmation(&app, &may, Some(parse_id(&id)?), false).await?;
    form.ok_or(Error::NotFound)?.respond(&may, &htmx).await
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
        "The authenticator app was removed already.".to_owned(),
    )
    .await
}

/// Shows the confirmation again, with the reason why the factor stays.
async fn not_removed(
    app: &App,
    viewer: &Viewer,
    htmx: &Htmx,
    passkey: Option<Uuid>,
    error: StaffError,
) -> Result<Response, Error> {
    match (error, confirmation(app, viewer, passkey, true).await?) {
        (StaffError::LastFactor, Some(mut form)) => {
            form.status = StatusCode::UNPROCESSABLE_ENTITY;
            form.respond(viewer, htmx).await
        }
        (error, _) => Err(error.into()),
    }
}
