//! Proving again who one is: `/prove`. What matters asks for [`super::access::RecentlyAuthenticated`]; the gate leads here and keeps the
//! form that was sent, and from here one goes back to where it was.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use secrecy::SecretString;
use serde::Deserialize;

use super::access::{Authorized, Read, Viewer};
use super::error::{BUSY_RETRY_AFTER, Error};
use super::form::{Field, Form, Query};
use super::layout::{Layout, Section};
use super::passkeys::PasskeySupport;
use super::sign_in::completion::ReturnTarget;
use super::{format, paths, render, sso_redirect};
use crate::app::App;
use crate::db;
use crate::staff;
use crate::staff::factors::passkeys::{self, Challenge};
use crate::staff::sso::{self, SsoFailure};
use crate::staff::step_up::{self, StepUpOutcome};

/// For whoever is signed in.
pub fn router() -> Router<App> {
    Router::new()
        .route("/prove", get(new).post(create))
        .route("/prove/code", post(by_code))
        .route("/prove/sso", post(by_sso))
        .route("/prove/passkey", post(by_passkey))
        .route("/prove/challenge", post(challenge))
}

#[derive(Template)]
#[template(path = "step_up/page.html")]
struct StepUpPage {
    layout: Layout,
    email: String,
    next: String,
    has_password: bool,
    /// True if an authenticator app is sufficient: for those who have no password to show.
    takes_code: bool,
    has_passkeys: bool,
    passkey_support: PasskeySupport,
    /// Name of the single sign-on provider; empty if there is none.
    provider: String,
    password_error: String,
    code: Field,
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
            layout: viewer.layout("Is it you?", Section::Other).await?,
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
            code: Field::default(),
            error: String::new(),
        })
    }

    /// Returns the address for someone who goes back without showing anything.
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
    /// Why single sign-on proved nothing.
    refused: Option<SsoFailure>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PasswordForm {
    password: Option<SecretString>,
    next: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CodeForm {
    code: String,
    next: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SsoForm {
    next: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PasskeyForm {
    ceremony: String,
    answer: String,
    next: String,
}

/// `GET /prove`
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

/// `POST /prove`
async fn create(
    may: Authorized<Read>,
    State(app): State<App>,
    passkey_support: PasskeySupport,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Error> {
    let password = form.password.unwrap_or_default();
    let page = StepUpPage::new(&app, &may, passkey_support, &form.next).await?;
    match step_up::by_password(&app, may.actor(), &password).await? {
        StepUpOutcome::Done => continue_to(&may, &page.next).await,
        StepUpOutcome::Wrong => render::invalid_form(&StepUpPage {
            password_error: "This is not your password.".to_owned(),
            ..page
        }),
        StepUpOutcome::Throttled(wait) => {
            let page = StepUpPage {
                password_error: format!(
                    "Too many failed tries. Try again in {}.",
                    format::wait_duration(wait)
                ),
                ..page
            };
            render::retry_after(StatusCode::TOO_MANY_REQUESTS, wait, &page)
        }
    }
}

/// `POST /prove/code`
async fn by_code(
    may: Authorized<Read>,
    State(app): State<App>,
    passkey_support: PasskeySupport,
    Form(form): Form<CodeForm>,
) -> Result<Response, Error> {
    let mut page = StepUpPage::new(&app, &may, passkey_support, &form.next).await?;
    if !page.takes_code {
        return Err(Error::NotFound);
    }
    match step_up::by_code(&app, may.actor(), &form.code).await? {
        StepUpOutcome::Done => continue_to(&may, &page.next).await,
        StepUpOutcome::Wrong => {
            page.code
                .set_error("This code is wrong, or was used already. An app shows another one every 30 seconds.");
            render::invalid_form(&page)
        }
        StepUpOutcome::Throttled(wait) => {
            page.code.set_error(format!(
                "Too many wrong codes. Try again in {}.",
                format::wait_duration(wait)
            ));
            render::retry_after(StatusCode::TOO_MANY_REQUESTS, wait, &page)
        }
    }
}

/// `POST /prove/sso`: leads to the provider, which asks anew; the way back is that of a sign-in.
async fn by_sso(
    may: Authorized<Read>,
    State(app): State<App>,
    passkey_support: PasskeySupport,
    Form(form): Form<SsoForm>,
) -> Result<Response, Error> {
    let way = ReturnTarget::new(&form.next, None, "");
    match sso::begin_step_up(&app, may.actor(), may.session_id(), &way).await {
        Ok(to) => sso_redirect::to_provider(&app, &to),
        Err(error @ staff::Error::ProviderUnavailable(_)) => {
            let page = StepUpPage::new(&app, &may, passkey_support, &form.next).await?;
            let error = error.to_string();
            render::retry_after(
                StatusCode::SERVICE_UNAVAILABLE,
                BUSY_RETRY_AFTER,
                &StepUpPage { error, ..page },
            )
        }
        Err(error @ staff::Error::ProviderMisconfigured(_)) => {
            let page = StepUpPage::new(&app, &may, passkey_support, &form.next).await?;
            let error = error.to_string();
            render::with_status(StatusCode::FORBIDDEN, &StepUpPage { error, ..page })
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /prove/challenge`: for a script, which asks the browser for an answer.
async fn challenge(
    may: Authorized<Read>,
    State(app): State<App>,
) -> Result<Json<Challenge>, Error> {
    let from = step_up::client_info(may.actor());
    Ok(Json(
        passkeys::begin_verification(&app, may.staff().id, &from).await?,
    ))
}

/// `POST /prove/passkey`
async fn by_passkey(
    may: Authorized<Read>,
    State(app): State<App>,
    passkey_support: PasskeySupport,
    Form(form): Form<PasskeyForm>,
) -> Result<Response, Error> {
    let page = StepUpPage::new(&app, &may, passkey_support, &form.next).await?;
    match step_up::by_passkey(&app, may.actor(), &form.ceremony, &form.answer).await? {
        StepUpOutcome::Done => continue_to(&may, &page.next).await,
        StepUpOutcome::Wrong | StepUpOutcome::Throttled(_) => render::invalid_form(&StepUpPage {
            error: "This passkey's answer cannot be taken: it is not one of yours, or it came too late. Try again."
                .to_owned(),
            ..page
        }),
    }
}

async fn continue_to(viewer: &Viewer, next: &str) -> Result<Response, Error> {
    viewer.mark_reauthenticated(next).await?;
    Ok(render::redirect(if next.is_empty() { "/" } else { next }))
}
