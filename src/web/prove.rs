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
use super::error::Error;
use super::form::{Form, Query};
use super::passkeys::Passkeys;
use super::shell::{Section, Shell};
use super::{page, paths, view};
use crate::app::App;
use crate::db;
use crate::staff::factors::passkeys::{self, Challenge};
use crate::staff::prove::{self, Proved};

/// For whoever is signed in.
pub fn router() -> Router<App> {
    Router::new()
        .route("/prove", get(new).post(create))
        .route("/prove/passkey", post(by_passkey))
        .route("/prove/challenge", post(challenge))
}

#[derive(Template)]
#[template(path = "prove/page.html")]
struct ProvePage {
    shell: Shell,
    email: String,
    next: String,
    has_passkeys: bool,
    places: Passkeys,
    password_error: String,
    error: String,
}

impl ProvePage {
    async fn new(app: &App, viewer: &Viewer, places: Passkeys, next: &str) -> Result<Self, Error> {
        Ok(Self {
            shell: viewer.shell("Is it you?", Section::Elsewhere).await?,
            email: viewer.staff().email.clone(),
            next: paths::local(next).unwrap_or_default(),
            has_passkeys: !db::passkeys::of_staff(&app.db, viewer.staff().id).await?.is_empty(),
            places,
            password_error: String::new(),
            error: String::new(),
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    next: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ByPassword {
    password: Option<SecretString>,
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
    page::html(&ProvePage::new(&app, &may, places, &wanted.next).await?)
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
    match prove::by_password(&app, may.actor(), &password).await? {
        Proved::Done => on(&may, &page.next).await,
        Proved::Wrong => page::invalid(&ProvePage {
            password_error: "This is not your password.".to_owned(),
            ..page
        }),
        Proved::Wait(wait) => {
            let page = ProvePage {
                password_error: format!("Too many failed tries. Try again in {}.", view::wait(wait)),
                ..page
            };
            page::later(StatusCode::TOO_MANY_REQUESTS, wait, &page)
        }
    }
}

/// `POST /prove/challenge`: for a script, which asks the browser for an answer.
async fn challenge(may: May<Read>, State(app): State<App>) -> Result<Json<Challenge>, Error> {
    let from = prove::from(may.actor());
    Ok(Json(passkeys::begin_proof(&app, may.staff().id, &from).await?))
}

/// `POST /prove/passkey`
async fn by_passkey(
    may: May<Read>,
    State(app): State<App>,
    places: Passkeys,
    Form(form): Form<ByPasskey>,
) -> Result<Response, Error> {
    let page = ProvePage::new(&app, &may, places, &form.next).await?;
    match prove::by_passkey(&app, may.actor(), &form.ceremony, &form.answer).await? {
        Proved::Done => on(&may, &page.next).await,
        Proved::Wrong | Proved::Wait(_) => page::invalid(&ProvePage {
            error: "This passkey's answer cannot be taken: it is not one of yours, or it came too late. Try again."
                .to_owned(),
            ..page
        }),
    }
}

async fn on(viewer: &Viewer, next: &str) -> Result<Response, Error> {
    viewer.proved().await?;
    Ok(page::redirect(if next.is_empty() { "/" } else { next }))
}
