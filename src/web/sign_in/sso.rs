//! Signing in at the provider of single sign-on, and the way back from there: `/login/sso`. Proving again who one is
//! comes back here too: the provider knows one address of the portal.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use tower_sessions::Session;

use super::SignInPage;
use super::enter::{self, Way};
use crate::app::App;
use crate::staff;
use crate::staff::sso::{self, SsoPurpose, CallbackOutcome, SsoFailure, CallbackQuery};
use crate::web::access::Viewer;
use crate::web::address::Client;
use crate::web::error::{BUSY_FOR, Error};
use crate::web::form::{Form, Query};
use crate::web::passkeys::Passkeys;
use crate::web::{onward, page, paths};

/// The longest interrupted form that is kept on the way, in bytes: whoever sends it is a stranger yet.
const LONGEST_KEPT: usize = 64 * 1024;

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SignIn {
    next: String,
    kept_page: Option<String>,
    kept: String,
}

/// `POST /login/sso`
pub(super) async fn create(
    State(app): State<App>,
    client: Client,
    places: Passkeys,
    Form(form): Form<SignIn>,
) -> Result<Response, Error> {
    let kept = Some(form.kept.as_str()).filter(|kept| kept.len() <= LONGEST_KEPT);
    let way = Way::new(&form.next, form.kept_page.as_deref(), kept.unwrap_or_default());
    match sso::begin_sign_in(&app, &enter::from(&client), &way).await {
        Ok(to) => onward::lead(&app, &to),
        Err(error @ (staff::Error::ProviderUnavailable(_) | staff::Error::Busy)) => {
            let page = SignInPage::refused(&app, places, &way, error.to_string());
            page::later(StatusCode::SERVICE_UNAVAILABLE, BUSY_FOR, &page)
        }
        Err(error @ staff::Error::ProviderMisconfigured(_)) => {
            let page = SignInPage::refused(&app, places, &way, error.to_string());
            page::with_status(StatusCode::FORBIDDEN, &page)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /login/sso/callback`: where the provider sends browsers back.
pub(super) async fn callback(
    State(app): State<App>,
    session: Session,
    client: Client,
    (headers, places): (HeaderMap, Passkeys),
    Query(returned): Query<CallbackQuery>,
) -> Result<Response, Error> {
    let token = onward::token(&app, &headers).unwrap_or_default();
    let answer = sso::handle_callback::<Way>(&app, &token, &returned, &enter::from(&client)).await?;
    let mut response = match answer {
        // The browser keeps its token: whoever made it come here with another's answer ends nothing.
        CallbackOutcome::Gone => return Ok(page::redirect(enter::OVER)),
        CallbackOutcome::SignedIn(staff, proof, way) => enter::enter(&app, &session, client, (&staff, proof), way).await?,
        CallbackOutcome::Reauthenticated(staff, in_session, way) => {
            let viewer = Viewer::of_session(&app, &session).await?;
            match viewer.filter(|viewer| viewer.staff().id == staff && viewer.session_id() == in_session) {
                Some(viewer) => {
                    let next = paths::local(&way.next).unwrap_or_else(|| "/".to_owned());
                    viewer.proved(&next).await?;
                    page::redirect(&next)
                }
                None => page::redirect(enter::OVER),
            }
        }
        CallbackOutcome::Failed(refused, _, SsoPurpose::StepUp(way)) => {
            let query = [("next", way.next.as_str()), ("refused", refused.as_str())];
            page::redirect(&paths::with_query("/prove", query))
        }
        CallbackOutcome::Failed(refused, text, SsoPurpose::SignIn(way)) => {
            let page = SignInPage::refused(&app, places, &way, text);
            if refused == SsoFailure::Unavailable {
                page::later(StatusCode::SERVICE_UNAVAILABLE, BUSY_FOR, &page)?
            } else {
                page::with_status(StatusCode::FORBIDDEN, &page)?
            }
        }
    };
    onward::arrived(&app, &mut response);
    Ok(response)
}
