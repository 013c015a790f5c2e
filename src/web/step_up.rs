//! Step-up, a repeated proof of identity: `/step-up`. Sensitive actions require
//! [`super::access::RecentlyAuthenticated`]. The guard redirects here and keeps a submitted form.
//! Afterwards, the person returns to the page they came from.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use secrecy::SecretString;
use serde::Deserialize;

use super::access::{Authorized, Read, Viewer};
use super::error::Error;
use super::form::{Form, Query};
use super::layout::{Layout, Section};
use super::passkeys::PasskeySupport;
use super::sign_in::completion::{ReturnTarget, WRONG_CODE, WRONG_PASSKEY};
use super::{format, paths, render, sso_redirect};
use crate::app::App;
use crate::db;
use crate::staff::client_origin::ClientOrigin;
use crate::staff::factors::passkeys::{self, Challenge};
use crate::staff::sso::{self, SsoFailure};
use crate::staff::step_up::{self, StepUpOutcome};

/// Returns the routes below `/step-up`, for signed-in people.
pub fn router() -> Router<App> {
    Router::new()
        .route("/step-up", get(new).post(create))
        .route("/step-up/code", post(by_code))
        .route("/step-up/sso", post(by_sso))
        .route("/step-up/passkey", post(by_passkey))
        .route("/step-up/challenge", post(challenge))
}

/// Proof that is given on the page itself.
#[derive(Clone, Copy)]
enum Proof {
    Password,
    Code,
    Passkey,
}

#[derive(Template)]
#[template(path = "step_up/page.html")]
struct StepUpPage {
    layout: Layout,
    email: String,
    next: String,
    has_password: bool,
    /// X is accepted. This is for people without a password.
    takes_code: bool,
    has_passkeys: bool,
    passkey_support: PasskeySupport,
    /// Name of the single sign-on provider; empty if there is none.
    provider: String,
    password_error: String,
    code_error: String,
    error: String,
}

impl StepUpPage {
    async fn new(
        app: &App,
        viewer: &Viewer,
        passkey_support: PasskeySupport,
        next: &str,
    ) -> Result<Self, Error> {
        let staff = viewer.staff();
        let has_password =
            staff.password_changed_at.is_some() && app.settings.allows_local_sign_in(staff.role);
        Ok(Self {
            layout: viewer.layout("Confirm it's you", Section::Other).await?,
            email: staff.email.clone(),
            next: paths::local(next).unwrap_or_default(),
            has_password,
            takes_code: !has_password
                && db::factors::authenticator_app(&app.db, staff.id)
                    .await?
                    .is_some(),
            has_passkeys: !db::passkeys::of_staff(&app.db, staff.id).await?.is_empty(),
            passkey_support,
            provider: sso_redirect::provider_name(app).to_owned(),
            password_error: String::new(),
            code_error: String::new(),
            error: String::new(),
        })
    }

    /// Redirects a person who proved their identity back. Shows the page again to everyone else.
    async fn answer(
        mut self,
        viewer: &Viewer,
        proof: Proof,
        outcome: StepUpOutcome,
    ) -> Result<Response, Error> {
        let (error, wrong, tries) = match proof {
            Proof::Password => (
                &mut self.password_error,
                "This is not your password.",
                "failed attempts",
            ),
            Proof::Code => (&mut self.code_error, WRONG_CODE, "wrong codes"),
            Proof::Passkey => (&mut self.error, WRONG_PASSKEY, "failed attempts"),
        };
        match outcome {
            StepUpOutcome::Done => {
                viewer.mark_reauthenticated(&self.next).await?;
                Ok(render::redirect(self.back()))
            }
            StepUpOutcome::Wrong => {
                wrong.clone_into(error);
                render::invalid_form(&self)
            }
            StepUpOutcome::Throttled(wait) => {
                *error = format::throttled(tries, wait);
                render::retry_after(StatusCode::TOO_MANY_REQUESTS, wait, &self)
            }
        }
    }

    /// Returns the address for someone who goes back without a proof.
    fn back(&self) -> &str {
        if self.next.is_empty() {
            "/"
        } else {
            &self.next
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StepUpQuery {
    next: String,
    /// Reason why single sign-on failed.
    refused: Option<SsoFailure>,
}

/// Fields of the forms. Each form sends some of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ProofForm {
    password: Option<SecretString>,
    code: String,
    ceremony: String,
    answer: String,
    next: String,
}

/// `GET /step-up`
async fn new(
    may: Authorized<Read>,
    State(app): State<App>,
    passkey_support: PasskeySupport,
    Query(wanted): Query<StepUpQuery>,
) -> Result<Response, Error> {
    let mut page = StepUpPage::new(&app, &may, passkey_support, &wanted.next).await?;
    if let Some(refused) = wanted.refused {
        page.error = refused.message(&page.provider);
    }
    render::html(&page)
}

/// `POST /step-up`
async fn create(
    may: Authorized<Read>,
    State(app): State<App>,
    passkey_support: PasskeySupport,
    Form(form): Form<ProofForm>,
) -> Result<Response, Error> {
    let page = StepUpPage::new(&app, &may, passkey_support, &form.next).await?;
    let password = form.password.unwrap_or_default();
    let outcome = step_up::by_password(&app, may.actor(), &password).await?;
    page.answer(&may, Proof::Password, outcome).await
}

/// `POST /step-up/code`
async fn by_code(
    may: Authorized<Read>,
    State(app): State<App>,
    passkey_support: PasskeySupport,
    Form(form): Form<ProofForm>,
) -> Result<Response, Error> {
    let page = StepUpPage::new(&app, &may, passkey_support, &form.next).await?;
    if !page.takes_code {
        return Err(Error::NotFound);
    }
    let outcome = step_up::by_code(&app, may.actor(), &form.code).await?;
    page.answer(&may, Proof::Code, outcome).await
}

/// `POST /step-up/sso`
///
/// Redirects to the provider, which asks for a new sign-in. The return is handled like that of a
/// sign-in.
async fn by_sso(
    may: Authorized<Read>,
    State(app): State<App>,
    passkey_support: PasskeySupport,
    Form(form): Form<ProofForm>,
) -> Result<Response, Error> {
    let page = StepUpPage::new(&app, &may, passkey_support, &form.next).await?;
    let way = ReturnTarget::new(&form.next, None, "");
    let begun = sso::begin_step_up(&app, may.actor(), may.session_id(), &way).await;
    sso_redirect::answer(&app, begun, |error| StepUpPage { error, ..page })
}

/// `POST /step-up/challenge`
///
/// Returns a challenge to a script, which asks the browser for an answer.
async fn challenge(
    may: Authorized<Read>,
    State(app): State<App>,
) -> Result<Json<Challenge>, Error> {
    let from = ClientOrigin::of(may.actor());
    Ok(Json(
        passkeys::begin_verification(&app, may.staff().id, &from).await?,
    ))
}

/// `POST /step-up/passkey`
async fn by_passkey(
    may: Authorized<Read>,
    State(app): State<App>,
    passkey_support: PasskeySupport,
    Form(form): Form<ProofForm>,
) -> Result<Response, Error> {
    let page = StepUpPage::new(&app, &may, passkey_support, &form.next).await?;
    let (ceremony, answer) = (&form.ceremony, &form.answer);
    let outcome = step_up::by_passkey(&app, may.actor(), ceremony, answer).await?;
    page.answer(&may, Proof::Passkey, outcome).await
}
