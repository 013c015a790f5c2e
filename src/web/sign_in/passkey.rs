//! Signing in with a passkey, without e-mail address and password: `/login/passkey`.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use tower_sessions::Session;

use super::SignInPage;
use super::enter::{self, Way};
use crate::app::App;
use crate::staff::factors::passkeys::{self, Challenge};
use crate::staff::sign_in::AuthenticationMethod;
use crate::web::address::Client;
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::page;
use crate::web::passkeys::Passkeys;

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SignIn {
    ceremony: String,
    answer: String,
    next: String,
    kept_page: Option<String>,
    kept: String,
}

/// `POST /login/passkey/challenge`: for a script, which asks the browser for an answer.
pub(super) async fn challenge(State(app): State<App>, client: Client) -> Result<Json<Challenge>, Error> {
    Ok(Json(passkeys::begin_sign_in(&app, &enter::from(&client)).await?))
}

/// `POST /login/passkey`
pub(super) async fn create(
    State(app): State<App>,
    session: Session,
    client: Client,
    places: Passkeys,
    Form(form): Form<SignIn>,
) -> Result<Response, Error> {
    let way = Way::new(&form.next, form.kept_page.as_deref(), &form.kept);
    let from = enter::from(&client);
    if let Some(staff) = passkeys::finish_sign_in(&app, &form.ceremony, &form.answer, &from).await? {
        return enter::enter(&app, &session, client, (&staff, AuthenticationMethod::Passkey), way).await;
    }
    let words = "This passkey did not sign you in: it is not known here any more, or its answer came too late. \
                 Try again, or use another way.";
    page::invalid(&SignInPage::refused(&app, places, &way, words.to_owned()))
}
