//! Signing in and out: `/login`, `/logout`.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use super::access::{May, Read};
use super::error::Error;
use super::form::{KeptFields, Query};
use super::shell::Bar;
use super::{bars, page, paths};
use crate::app::App;

/// Open to everybody.
pub fn router() -> Router<App> {
    Router::new().route("/login", get(new))
}

/// For whoever is signed in.
pub fn signed_in() -> Router<App> {
    Router::new().route("/logout", post(destroy))
}

/// The sign-in page.
#[derive(Template)]
#[template(path = "sign_in/page.html")]
pub(super) struct SignInPage {
    bars: Vec<Bar>,
    email: String,
    next: String,
    error: String,
    said: String,
    kept: Option<KeptFields>,
}

impl SignInPage {
    fn new(app: &App, next: &str) -> Self {
        Self {
            bars: bars::standing(app),
            email: String::new(),
            next: paths::local(next).unwrap_or_default(),
            error: String::new(),
            said: String::new(),
            kept: None,
        }
    }

    /// In place of what a form would have done, had the login not expired.
    pub(super) fn interrupted(app: &App, kept: KeptFields) -> Self {
        Self {
            kept: Some(kept),
            ..Self::new(app, "")
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    next: String,
}

/// `GET /login`
async fn new(State(app): State<App>, Query(wanted): Query<Wanted>) -> Result<Response, Error> {
    page::html(&SignInPage::new(&app, &wanted.next))
}

/// `POST /logout`
async fn destroy(may: May<Read>) -> Result<Response, Error> {
    may.session().flush().await?;
    Ok(page::redirect("/login"))
}
