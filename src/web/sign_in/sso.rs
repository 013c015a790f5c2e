//! Sign-in at the provider of single sign-on, and the return from it: `/login/sso`. A step-up
//! returns here too, because the provider knows only one address of the portal.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use tower_sessions::Session;

use super::SignInPage;
use super::completion::{self, ReturnTarget};
use crate::app::App;
use crate::staff::sso::{self, CallbackOutcome, CallbackQuery, SsoFailure, SsoPurpose};
use crate::web::access::Viewer;
use crate::web::client_address::ClientInfo;
use crate::web::error::{BUSY_RETRY_AFTER, Error};
use crate::web::form::{Form, Query};
use crate::web::passkeys::PasskeySupport;
use crate::web::{paths, render, sso_redirect};

/// Maximum size of a form's fields kept during the sign-in, in bytes. The sender is still unknown.
const MAX_DRAFT_BYTES: usize = 64 * 1024;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SsoSignInForm {
    next: String,
    kept_page: Option<String>,
    kept: String,
}

/// `POST /login/sso`
pub(super) async fn create(
    State(app): State<App>,
    client: ClientInfo,
    passkey_support: PasskeySupport,
    Form(form): Form<SsoSignInForm>,
) -> Result<Response, Error> {
    let kept = Some(form.kept.as_str()).filter(|kept| kept.len() <= MAX_DRAFT_BYTES);
    let way = ReturnTarget::new(
        &form.next,
        form.kept_page.as_deref(),
        kept.unwrap_or_default(),
    );
    let begun = sso::begin_sign_in(&app, &client.origin, &way).await;
    sso_redirect::answer(&app, begun, |error| {
        SignInPage::refused(&app, passkey_support, &way, error)
    })
}

/// `GET /login/sso/callback`
///
/// Handles browsers that return from the provider.
pub(super) async fn callback(
    State(app): State<App>,
    session: Session,
    client: ClientInfo,
    (headers, passkey_support): (HeaderMap, PasskeySupport),
    Query(returned): Query<CallbackQuery>,
) -> Result<Response, Error> {
    let token = sso_redirect::browser_token(&app, &headers).unwrap_or_default();
    let answer =
        sso::handle_callback::<ReturnTarget>(&app, &token, &returned, &client.origin).await?;
    let mut response = match answer {
        // The browser keeps its token, so a forged answer cannot end a sign-in in progress.
        CallbackOutcome::Gone => return Ok(render::redirect(completion::TIMED_OUT_PATH)),
        CallbackOutcome::SignedIn(staff, proof, way) => {
            completion::continue_sign_in(&app, &session, client, (&staff, proof), way).await?
        }
        CallbackOutcome::Reauthenticated(staff, in_session, way) => {
            let viewer = Viewer::of_session(&app, &session).await?;
            match viewer
                .filter(|viewer| viewer.staff().id == staff && viewer.session_id() == in_session)
            {
                Some(viewer) => {
                    let next = paths::local(&way.next).unwrap_or_else(|| "/".to_owned());
                    viewer.mark_reauthenticated(&next).await?;
                    render::redirect(&next)
                }
                None => render::redirect(completion::TIMED_OUT_PATH),
            }
        }
        CallbackOutcome::Failed(refused, _, SsoPurpose::StepUp(way)) => {
            let query = [("next", way.next.as_str()), ("refused", refused.as_str())];
            render::redirect(&paths::with_query("/step-up", query))
        }
        CallbackOutcome::Failed(refused, text, SsoPurpose::SignIn(way)) => {
            let page = SignInPage::refused(&app, passkey_support, &way, text);
            if refused == SsoFailure::Unavailable {
                render::retry_after(StatusCode::SERVICE_UNAVAILABLE, BUSY_RETRY_AFTER, &page)?
            } else {
                render::with_status(StatusCode::FORBIDDEN, &page)?
            }
        }
    };
    sso_redirect::clear_cookie(&app, &mut response);
    Ok(response)
}
