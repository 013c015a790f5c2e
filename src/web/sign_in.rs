//! Sign-in and sign-out: `/login`, `/logout`, and the guard before all other pages.
//! `staff::sign_in` checks passwords.

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
use super::client_address::ClientInfo;
use super::error::{BUSY_RETRY_AFTER, Error};
use super::form::{DraftFields, Form, Query};
use super::layout::Banner;
use super::passkeys::PasskeySupport;
use super::{banners, format, paths, render, sso_redirect};
use crate::app::App;
use crate::domain::email::Email;
use crate::staff;
use crate::staff::forgotten_password;
use crate::staff::sign_in::{self, AuthenticationMethod, PasswordSignInOutcome};

pub(super) mod completion;
mod forgotten;
pub(super) mod guard;
mod passkey;
mod second_factor;
mod sso;

use completion::ReturnTarget;

/// Returns the routes of sign-in and sign-out, for everyone.
pub fn router() -> Router<App> {
    Router::new()
        .route("/login", get(new).post(create))
        .route(
            "/login/forgotten",
            get(forgotten::new).post(forgotten::create),
        )
        .route("/login/passkey", post(passkey::create))
        .route("/login/passkey/challenge", post(passkey::challenge))
        .route(
            "/login/second-factor",
            get(second_factor::new).post(second_factor::create),
        )
        .route(
            "/login/second-factor/challenge",
            post(second_factor::challenge),
        )
        .route(
            "/login/second-factor/passkey",
            post(second_factor::by_passkey),
        )
        .route("/login/sso", post(sso::create))
        .route("/login/sso/callback", get(sso::callback))
        .route("/logout", post(destroy))
}

#[derive(Template)]
#[template(path = "sign_in/page.html")]
pub(super) struct SignInPage {
    banners: Vec<Banner>,
    email: String,
    next: String,
    error: String,
    message: String,
    kept: Option<DraftFields>,
    passkey_support: PasskeySupport,
    /// Name of the single sign-on provider; empty if there is none.
    provider: String,
    /// True if everyone, not only owners, may sign in with a password or passkey.
    passwords: bool,
    /// True if people who forgot their password get a link by email.
    sends_links: bool,
}

impl SignInPage {
    fn new(app: &App, passkey_support: PasskeySupport, way: &ReturnTarget) -> Self {
        Self {
            banners: banners::for_everyone(app),
            email: String::new(),
            next: way.next.clone(),
            error: String::new(),
            message: String::new(),
            kept: way.kept.clone(),
            passkey_support,
            provider: sso_redirect::provider_name(app).to_owned(),
            passwords: app
                .settings
                .sso
                .as_ref()
                .is_none_or(|sso| sso.password_sign_in),
            sends_links: forgotten_password::is_available(app),
        }
    }

    /// Returns the page again, with the reason why the person was not signed in.
    fn refused(
        app: &App,
        passkey_support: PasskeySupport,
        way: &ReturnTarget,
        error: String,
    ) -> Self {
        Self {
            error,
            ..Self::new(app, passkey_support, way)
        }
    }

    /// Returns the page in answer to a form sent with an expired login.
    fn interrupted(app: &App, passkey_support: PasskeySupport, kept: DraftFields) -> Self {
        let way = ReturnTarget {
            next: String::new(),
            kept: Some(kept),
        };
        Self::new(app, passkey_support, &way)
    }

    /// Returns `true` if the page shows the password form at first. It does if everyone may use
    /// passwords, or if the form was sent.
    fn shows_passwords(&self) -> bool {
        self.passwords || !self.email.is_empty()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SignInQuery {
    next: String,
    said: String,
    /// Email that the form starts with.
    email: String,
}

impl SignInQuery {
    /// Returns the sentence for a keyword in the address. Unknown words show nothing.
    fn sentence(&self, provider: &str) -> String {
        match self.said.as_str() {
            "signed-out" if !provider.is_empty() => format!(
                "You are signed out here. You may still be signed in at {provider}. On a shared \
                 computer, sign out there too."
            ),
            "signed-out" => "You are signed out.".to_owned(),
            "too-long" => "That took too long, or was used already. Start again.".to_owned(),
            "password" => "Your password is set. Sign in with it.".to_owned(),
            "link-sent" => {
                "If this email belongs to someone here, a link to set a new password is \
                            on its way. It works once, within an hour."
                    .to_owned()
            }
            _ => String::new(),
        }
    }
}

/// `GET /login`
async fn new(
    State(app): State<App>,
    session: Session,
    passkey_support: PasskeySupport,
    Query(wanted): Query<SignInQuery>,
) -> Result<Response, Error> {
    if Viewer::of_session(&app, &session).await?.is_some() {
        return Ok(render::redirect(
            paths::local(&wanted.next).as_deref().unwrap_or("/"),
        ));
    }
    render::html(&SignInPage {
        message: wanted.sentence(sso_redirect::provider_name(&app)),
        email: wanted
            .email
            .parse()
            .map_or_else(|_| String::new(), |email: Email| email.as_str().to_owned()),
        ..SignInPage::new(
            &app,
            passkey_support,
            &ReturnTarget::new(&wanted.next, None, ""),
        )
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SignInForm {
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
    client: ClientInfo,
    passkey_support: PasskeySupport,
    Form(form): Form<SignInForm>,
) -> Result<Response, Error> {
    let way = ReturnTarget::new(&form.next, form.kept_page.as_deref(), &form.kept);
    let password = form.password.unwrap_or_default();
    let outcome = sign_in::verify_password(&app, &form.email, &password, &client.origin).await?;
    let refused = |error: String| SignInPage {
        email: form.email.chars().take(320).collect(),
        ..SignInPage::refused(&app, passkey_support.clone(), &way, error)
    };
    match outcome {
        PasswordSignInOutcome::Verified(staff) => {
            completion::continue_sign_in(
                &app,
                &session,
                client,
                (&staff, AuthenticationMethod::Password),
                way,
            )
            .await
        }
        PasswordSignInOutcome::Wrong => {
            render::invalid_form(&refused("Email or password is wrong.".to_owned()))
        }
        PasswordSignInOutcome::Throttled(wait) => {
            let words = format::throttled("failed attempts", wait);
            render::retry_after(StatusCode::TOO_MANY_REQUESTS, wait, &refused(words))
        }
        PasswordSignInOutcome::Busy => {
            let words = staff::Error::Busy.to_string();
            render::retry_after(
                StatusCode::SERVICE_UNAVAILABLE,
                BUSY_RETRY_AFTER,
                &refused(words),
            )
        }
    }
}

/// `POST /logout`
async fn destroy(
    State(app): State<App>,
    session: Session,
    client: ClientInfo,
) -> Result<Response, Error> {
    if let Some(viewer) = Viewer::of_session(&app, &session).await? {
        let mut actor = viewer.actor().clone();
        actor.address = client.origin.address;
        actor.request_id = client.origin.request_id;
        sign_in::record_sign_out(&app, &actor).await?;
    }
    // Without an ID, the store has no session to end. The layer removes a cookie without a session.
    if session.id().is_some() {
        session.flush().await?;
    }
    Ok(render::redirect("/login?said=signed-out"))
}
