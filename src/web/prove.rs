//! Proving again who one is: `/prove`. What matters asks for [`super::access::Fresh`]; the gate leads here and keeps the
//! form that was sent, and from here one goes back to where it was.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use secrecy::SecretString;
use serde::Deserialize;

use super::access::{May, Read, Viewer};
use super::error::{BUSY_FOR, Error};
use super::form::{Field, Form, Query};
use super::passkeys::Passkeys;
use super::shell::{Section, Shell};
use super::sign_in::enter::Way;
use super::{onward, page, paths, view};
use crate::app::App;
use crate::db;
use crate::staff;
use crate::staff::factors::passkeys::{self, Challenge};
use crate::staff::step_up::{self, StepUpOutcome};
use crate::staff::sso::{self, SsoFailure};

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
#[template(path = "prove/page.html")]
struct ProvePage {
    shell: Shell,
    email: String,
    next: String,
    has_password: bool,
    /// Whether an authenticator app will do: for those who have no password to show.
    takes_code: bool,
    has_passkeys: bool,
    places: Passkeys,
    /// What people call the provider of single sign-on; empty where there is none.
    provider: String,
    password_error: String,
    code: Field,
    error: String,
}

impl ProvePage {
    async fn new(app: &App, viewer: &Viewer, places: Passkeys, next: &str) -> Result<Self, Error> {
        let staff = viewer.staff();
        let has_password = staff.password_changed_at.is_some() && app.settings.allows_local_sign_in(staff.role);
        Ok(Self {
            shell: viewer.shell("Is it you?", Section::Elsewhere).await?,
            email: staff.email.clone(),
            next: paths::local(next).unwrap_or_default(),
            has_password,
            takes_code: !has_password && db::factors::app(&app.db, staff.id).await?.is_some(),
            has_passkeys: !db::passkeys::of_staff(&app.db, staff.id).await?.is_empty(),
            places,
            provider: onward::provider(app).to_owned(),
            password_error: String::new(),
            code: Field::default(),
            error: String::new(),
        })
    }

    /// Where whoever shows nothing goes back to.
    fn back(&self) -> &str {
        if self.next.is_empty() { "/" } else { &self.next }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    next: String,
    /// Why single sign-on proved nothing.
    refused: Option<SsoFailure>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ByPassword {
    password: Option<SecretString>,
    next: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ByCode {
    code: String,
    next: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BySso {
    next: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ByPasskey {
    ceremony: String,
    answer: String,
    next: String,
}

/// `GET /prove`
async fn new(
    may: May<Read>,
    State(app): State<App>,
    places: Passkeys,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Error> {
    let mut page = ProvePage::new(&app, &may, places, &wanted.next).await?;
    if let Some(refused) = wanted.refused {
        page.error = refused.message(&page.provider);
    }
    page::html(&page)
}

/// `POST /prove`
async fn create(
    may: May<Read>,
    State(app): State<App>,
    places: Passkeys,
    Form(form): Form<ByPassword>,
) -> Result<Response, Error> {
    let password = form.password.unwrap_or_default();
    let page = ProvePage::new(&app, &may, places, &form.next).await?;
    match step_up::by_password(&app, may.actor(), &password).await? {
        StepUpOutcome::Done => on(&may, &page.next).await,
        StepUpOutcome::Wrong => page::invalid(&ProvePage {
            password_error: "This is not your password.".to_owned(),
            ..page
        }),
        StepUpOutcome::Throttled(wait) => {
            let page = ProvePage {
                password_error: format!("Too many failed tries. Try again in {}.", view::wait(wait)),
                ..page
            };
            page::later(StatusCode::TOO_MANY_REQUESTS, wait, &page)
        }
    }
}

/// `POST /prove/code`
async fn by_code(
    may: May<Read>,
    State(app): State<App>,
    places: Passkeys,
    Form(form): Form<ByCode>,
) -> Result<Response, Error> {
    let mut page = ProvePage::new(&app, &may, places, &form.next).await?;
    if !page.takes_code {
        return Err(Error::NotFound);
    }
    match step_up::by_code(&app, may.actor(), &form.code).await? {
        StepUpOutcome::Done => on(&may, &page.next).await,
        StepUpOutcome::Wrong => {
            page.code
                .refuse("This code is wrong, or was used already. An app shows another one every 30 seconds.");
            page::invalid(&page)
        }
        StepUpOutcome::Throttled(wait) => {
            page.code
                .refuse(format!("Too many wrong codes. Try again in {}.", view::wait(wait)));
            page::later(StatusCode::TOO_MANY_REQUESTS, wait, &page)
        }
    }
}

/// `POST /prove/sso`: leads to the provider, which asks anew; the way back is that of a sign-in.
async fn by_sso(
    may: May<Read>,
    State(app): State<App>,
    places: Passkeys,
    Form(form): Form<BySso>,
) -> Result<Response, Error> {
    let way = Way::new(&form.next, None, "");
    match sso::begin_step_up(&app, may.actor(), may.session_id(), &way).await {
        Ok(to) => onward::lead(&app, &to),
        Err(error @ staff::Error::ProviderUnavailable(_)) => {
            let page = ProvePage::new(&app, &may, places, &form.next).await?;
            let error = error.to_string();
            page::later(StatusCode::SERVICE_UNAVAILABLE, BUSY_FOR, &ProvePage { error, ..page })
        }
        Err(error @ staff::Error::ProviderMisconfigured(_)) => {
            let page = ProvePage::new(&app, &may, places, &form.next).await?;
            let error = error.to_string();
            page::with_status(StatusCode::FORBIDDEN, &ProvePage { error, ..page })
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /prove/challenge`: for a script, which asks the browser for an answer.
async fn challenge(may: May<Read>, State(app): State<App>) -> Result<Json<Challenge>, Error> {
    let from = step_up::client_info(may.actor());
    Ok(Json(passkeys::begin_verification(&app, may.staff().id, &from).await?))
}

/// `POST /prove/passkey`
async fn by_passkey(
    may: May<Read>,
    State(app): State<App>,
    places: Passkeys,
    Form(form): Form<ByPasskey>,
) -> Result<Response, Error> {
    let page = ProvePage::new(&app, &may, places, &form.next).await?;
    match step_up::by_passkey(&app, may.actor(), &form.ceremony, &form.answer).await? {
        StepUpOutcome::Done => on(&may, &page.next).await,
        StepUpOutcome::Wrong | StepUpOutcome::Throttled(_) => page::invalid(&ProvePage {
            error: "This passkey's answer cannot be taken: it is not one of yours, or it came too late. Try again."
                .to_owned(),
            ..page
        }),
    }
}

async fn on(viewer: &Viewer, next: &str) -> Result<Response, Error> {
    viewer.proved(next).await?;
    Ok(page::redirect(if next.is_empty() { "/" } else { next }))
}
