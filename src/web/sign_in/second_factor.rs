//! Page that asks for the second factor after a first proof: `/login/second-factor`. The person has
//! no session yet, but the cookie of a half-finished sign-in.

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use tower_sessions::Session;

use super::completion::{self, ReturnTarget, WRONG_CODE, WRONG_PASSKEY};
use crate::app::App;
use crate::staff::factors::passkeys::{self, Challenge};
use crate::staff::factors::second_factor::{self, PendingSecondFactor, SecondFactorOutcome};
use crate::web::client_address::ClientInfo;
use crate::web::error::Error;
use crate::web::form::{Field, Form};
use crate::web::layout::Banner;
use crate::web::passkeys::{PasskeyAnswer, PasskeySupport};
use crate::web::session::AuthStrength;
use crate::web::{banners, format, render};

#[derive(Template)]
#[template(path = "sign_in/second_factor.html")]
struct SecondFactorPage {
    banners: Vec<Banner>,
    email: String,
    has_app: bool,
    has_passkeys: bool,
    passkey_support: PasskeySupport,
    error: String,
    code: Field,
}

impl SecondFactorPage {
    fn new(
        app: &App,
        asked: &PendingSecondFactor<ReturnTarget>,
        passkey_support: PasskeySupport,
    ) -> Self {
        Self {
            banners: banners::for_everyone(app),
            email: asked.staff.email.clone(),
            has_app: asked.has_app,
            has_passkeys: asked.has_passkeys,
            passkey_support,
            error: String::new(),
            code: Field::default(),
        }
    }

    const fn label(&self) -> &'static str {
        if self.has_app {
            "Code"
        } else {
            "Recovery code"
        }
    }

    const fn hint(&self) -> &'static str {
        if self.has_app {
            "Six digits from your authenticator app, or one of your recovery codes."
        } else {
            "One of the codes that you saved when you added your passkey."
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CodeForm {
    code: String,
}

/// Returns the half-finished sign-in of the request, with its token.
async fn pending_sign_in(
    app: &App,
    headers: &HeaderMap,
) -> Result<Option<(String, PendingSecondFactor<ReturnTarget>)>, Error> {
    let Some(token) = completion::PENDING_SIGN_IN.read(app, headers) else {
        return Ok(None);
    };
    Ok(second_factor::find_pending(app, &token)
        .await?
        .map(|asked| (token, asked)))
}

/// `GET /login/second-factor`
pub(super) async fn new(
    State(app): State<App>,
    headers: HeaderMap,
    passkey_support: PasskeySupport,
) -> Result<Response, Error> {
    match pending_sign_in(&app, &headers).await? {
        Some((_, asked)) => render::html(&SecondFactorPage::new(&app, &asked, passkey_support)),
        None => Ok(render::redirect("/login")),
    }
}

/// `POST /login/second-factor`
pub(super) async fn create(
    State(app): State<App>,
    session: Session,
    client: ClientInfo,
    (headers, passkey_support): (HeaderMap, PasskeySupport),
    Form(form): Form<CodeForm>,
) -> Result<Response, Error> {
    let Some((token, asked)) = pending_sign_in(&app, &headers).await? else {
        return Ok(render::redirect(completion::TIMED_OUT_PATH));
    };
    let answered = second_factor::by_code(&app, &token, &form.code, &client.origin).await?;
    let mut form = SecondFactorPage::new(&app, &asked, passkey_support);
    match answered {
        SecondFactorOutcome::Wrong => {
            form.code.set_error(WRONG_CODE);
            render::invalid_form(&form)
        }
        answered => complete(&app, &session, client, answered, form).await,
    }
}

/// `POST /login/second-factor/challenge`
///
/// Returns a challenge to a script, which asks the browser for an answer.
pub(super) async fn challenge(
    State(app): State<App>,
    headers: HeaderMap,
    client: ClientInfo,
) -> Result<Json<Challenge>, Error> {
    let Some((_, asked)) = pending_sign_in(&app, &headers).await? else {
        return Err(Error::Conflict(
            "The sign-in took too long. Start again.".to_owned(),
        ));
    };
    let challenge = passkeys::begin_verification(&app, asked.staff.id, &client.origin).await?;
    Ok(Json(challenge))
}

/// `POST /login/second-factor/passkey`
pub(super) async fn by_passkey(
    State(app): State<App>,
    session: Session,
    client: ClientInfo,
    (headers, passkey_support): (HeaderMap, PasskeySupport),
    Form(form): Form<PasskeyAnswer>,
) -> Result<Response, Error> {
    let Some((token, asked)) = pending_sign_in(&app, &headers).await? else {
        return Ok(render::redirect(completion::TIMED_OUT_PATH));
    };
    let answer = (form.ceremony.as_str(), form.answer.as_str());
    let answered = second_factor::by_passkey(&app, &token, answer, &client.origin).await?;
    let mut form = SecondFactorPage::new(&app, &asked, passkey_support);
    match answered {
        SecondFactorOutcome::Wrong => {
            WRONG_PASSKEY.clone_into(&mut form.error);
            render::invalid_form(&form)
        }
        answered => complete(&app, &session, client, answered, form).await,
    }
}

async fn complete(
    app: &App,
    session: &Session,
    client: ClientInfo,
    answered: SecondFactorOutcome<ReturnTarget>,
    mut form: SecondFactorPage,
) -> Result<Response, Error> {
    match answered {
        SecondFactorOutcome::Done(staff, way) => {
            let shown = AuthStrength {
                multi_factor: true,
                at_provider: false,
                at: None,
            };
            let mut response =
                completion::complete_sign_in(app, session, client, (&staff, shown), way).await?;
            completion::PENDING_SIGN_IN.clear(app, &mut response);
            Ok(response)
        }
        SecondFactorOutcome::Gone => {
            let mut response = render::redirect(completion::TIMED_OUT_PATH);
            completion::PENDING_SIGN_IN.clear(app, &mut response);
            Ok(response)
        }
        SecondFactorOutcome::Throttled(wait) => {
            form.error = format::throttled("wrong codes", wait);
            render::retry_after(StatusCode::TOO_MANY_REQUESTS, wait, &form)
        }
        SecondFactorOutcome::Wrong => render::invalid_form(&form),
    }
}
