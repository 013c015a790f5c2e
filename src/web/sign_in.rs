//! Signing in and out: `/login`, `/logout`, and the gate before everything else. Whether a password is right is
//! `staff::sign_in`'s.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use secrecy::SecretString;
use serde::Deserialize;
use tower_sessions::Session;

use super::access::Viewer;
use super::address::Client;
use super::error::{BUSY_FOR, Error};
use super::form::{Form, KeptFields, Query};
use super::passkeys::Passkeys;
use super::shell::Bar;
use super::{bars, onward, page, paths, view};
use crate::app::App;
use crate::staff;
use crate::staff::sign_in::{self, PasswordSignInOutcome, AuthenticationMethod};

pub(super) mod enter;
pub(super) mod gate;
mod passkey;
mod second;
mod sso;

use enter::Way;

/// Open to everybody.
pub fn router() -> Router<App> {
    Router::new()
        .route("/login", get(new).post(create))
        .route("/login/passkey", post(passkey::create))
        .route("/login/passkey/challenge", post(passkey::challenge))
        .route("/login/second-factor", get(second::new).post(second::create))
        .route("/login/second-factor/challenge", post(second::challenge))
        .route("/login/second-factor/passkey", post(second::by_passkey))
        .route("/login/sso", post(sso::create))
        .route("/login/sso/callback", get(sso::callback))
        .route("/logout", post(destroy))
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
    places: Passkeys,
    /// What people call the provider of single sign-on; empty where there is none.
    provider: String,
    /// Whether everybody may sign in with a password or a passkey, and not owners alone.
    passwords: bool,
}

impl SignInPage {
    fn new(app: &App, places: Passkeys, way: &Way) -> Self {
        Self {
            bars: bars::standing(app),
            email: String::new(),
            next: way.next.clone(),
            error: String::new(),
            said: String::new(),
            kept: way.kept.clone(),
            places,
            provider: onward::provider(app).to_owned(),
            passwords: app.settings.sso.as_ref().is_none_or(|sso| sso.password_sign_in),
        }
    }

    /// Shown again, with why they did not sign in.
    fn refused(app: &App, places: Passkeys, way: &Way, error: String) -> Self {
        Self {
            error,
            ..Self::new(app, places, way)
        }
    }

    /// In place of what a form would have done, had the login not expired.
    fn interrupted(app: &App, places: Passkeys, kept: KeptFields) -> Self {
        let way = Way {
            next: String::new(),
            kept: Some(kept),
        };
        Self::new(app, places, &way)
    }

    /// Whether the form for a password is shown without being asked for: as long as it is for everybody, and where it
    /// was sent.
    fn shows_passwords(&self) -> bool {
        self.passwords || !self.email.is_empty()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    next: String,
    said: String,
}

impl Wanted {
    /// A sentence for each of the words that lead here; what else stands in the address is not shown.
    fn sentence(&self, provider: &str) -> String {
        match self.said.as_str() {
            "signed-out" if !provider.is_empty() => format!(
                "You are signed out here. At {provider} you may still be signed in: where others use this browser, sign \
                 out there too."
            ),
            "signed-out" => "You are signed out.".to_owned(),
            "too-long" => "That took too long, or was used already. Start again.".to_owned(),
            "password" => "Your password is set. Sign in with it.".to_owned(),
            _ => String::new(),
        }
    }
}

/// `GET /login`
async fn new(
    State(app): State<App>,
    session: Session,
    places: Passkeys,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Error> {
    if Viewer::of_session(&app, &session).await?.is_some() {
        return Ok(page::redirect(paths::local(&wanted.next).as_deref().unwrap_or("/")));
    }
    page::html(&SignInPage {
        said: wanted.sentence(onward::provider(&app)),
        ..SignInPage::new(&app, places, &Way::new(&wanted.next, None, ""))
    })
}

/// What the sign-in form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SignIn {
    email: String,
    password: Option<SecretString>,
    next: String,
    kept_page: Option<String>,
    kept: String,
}

/// `POST /login`
async fn create(
    State(app): State<App>,
    session: Session,
    client: Client,
    places: Passkeys,
    Form(form): Form<SignIn>,
) -> Result<Response, Error> {
    let way = Way::new(&form.next, form.kept_page.as_deref(), &form.kept);
    let password = form.password.unwrap_or_default();
    let outcome = sign_in::verify_password(&app, &form.email, &password, &enter::from(&client)).await?;
    let refused = |error: String| SignInPage {
        email: form.email.chars().take(320).collect(),
        ..SignInPage::refused(&app, places.clone(), &way, error)
    };
    match outcome {
        PasswordSignInOutcome::Verified(staff) => enter::enter(&app, &session, client, (&staff, AuthenticationMethod::Password), way).await,
        PasswordSignInOutcome::Wrong => page::invalid(&refused("E-mail or password is wrong.".to_owned())),
        PasswordSignInOutcome::Throttled(wait) => {
            let words = format!("Too many failed tries. Try again in {}.", view::wait(wait));
            page::later(StatusCode::TOO_MANY_REQUESTS, wait, &refused(words))
        }
        PasswordSignInOutcome::Busy => {
            let words = staff::Error::Busy.to_string();
            page::later(StatusCode::SERVICE_UNAVAILABLE, BUSY_FOR, &refused(words))
        }
    }
}

/// `POST /logout`
async fn destroy(State(app): State<App>, session: Session, client: Client) -> Result<Response, Error> {
    if let Some(viewer) = Viewer::of_session(&app, &session).await? {
        let mut actor = viewer.actor().clone();
        actor.address = client.address;
        actor.request_id = client.request_id;
        sign_in::record_sign_out(&app, &actor).await?;
    }
    // Without an id there is nothing in the store to end; the layer takes back a cookie that leads nowhere.
    if session.id().is_some() {
        session.flush().await?;
    }
    Ok(page::redirect("/login?said=signed-out"))
}
