//! Sign-in with a passkey, without email address and password: `/login/passkey`.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use tower_sessions::Session;

use super::SignInPage;
use super::completion::{self, ReturnTarget};
use crate::app::App;
use crate::staff::factors::passkeys::{self, Challenge};
use crate::staff::sign_in::AuthenticationMethod;
use crate::web::client_address::ClientInfo;
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::passkeys::PasskeySupport;
use crate::web::render;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PasskeySignInForm {
    ceremony: String,
    answer: String,
    next: String,
    kept_page: Option<String>,
    kept: String,
}

/// `POST /login/passkey/challenge`
///
/// Returns a challenge to a script, which asks the browser for an answer.
pub(super) async fn challenge(
    State(app): State<App>,
    client: ClientInfo,
) -> Result<Json<Challenge>, Error> {
    Ok(Json(passkeys::begin_sign_in(&app, &client.origin).await?))
}

/// `POST /login/passkey`
pub(super) async fn create(
    State(app): State<App>,
    session: Session,
    client: ClientInfo,
    passkey_support: PasskeySupport,
    Form(form): Form<PasskeySignInForm>,
) -> Result<Response, Error> {
    let way = ReturnTarget::new(&form.next, form.kept_page.as_deref(), &form.kept);
    let from = &client.origin;
    if let Some(staff) = passkeys::finish_sign_in(&app, &form.ceremony, &form.answer, from).await? {
        return completion::continue_sign_in(
            &app,
            &session,
            client,
            (&staff, AuthenticationMethod::Passkey),
            way,
        )
        .await;
    }
    let words = "This passkey was not accepted: it is not registered here any more, or it took \
                 too long. Try again, or use another way.";
    render::invalid_form(&SignInPage::refused(
        &app,
        passkey_support,
        &way,
        words.to_owned(),
    ))
}
