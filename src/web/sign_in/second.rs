//! The page that asks for the second factor, after a first proof: `/login/second-factor`. Whoever sees it has no session
//! yet, but the cookie of a half-way sign-in.

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use tower_sessions::Session;

use super::enter::{self, Way};
use crate::app::App;
use crate::staff::factors::passkeys::{self, Challenge};
use crate::staff::factors::second_factor::{self, SecondFactorOutcome, PendingSecondFactor};
use crate::web::address::Client;
use crate::web::error::Error;
use crate::web::form::{Field, Form};
use crate::web::passkeys::{Answer, Passkeys};
use crate::web::session::Shown;
use crate::web::shell::Bar;
use crate::web::{bars, page, view};

#[derive(Template)]
#[template(path = "sign_in/second.html")]
struct SecondPage {
    bars: Vec<Bar>,
    email: String,
    has_app: bool,
    has_passkeys: bool,
    places: Passkeys,
    error: String,
    code: Field,
}

impl SecondPage {
    fn new(app: &App, asked: &PendingSecondFactor<Way>, places: Passkeys) -> Self {
        Self {
            bars: bars::standing(app),
            email: asked.staff.email.clone(),
            has_app: asked.has_app,
            has_passkeys: asked.has_passkeys,
            places,
            error: String::new(),
            code: Field::default(),
        }
    }

    const fn label(&self) -> &'static str {
        if self.has_app { "Code" } else { "Recovery code" }
    }

    const fn hint(&self) -> &'static str {
        if self.has_app {
            "Six digits from your authenticator app, or one of your recovery codes."
        } else {
            "One of the codes that you kept when you added your passkey."
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Code {
    code: String,
}

/// The half-way sign-in of the request.
async fn asked(app: &App, headers: &HeaderMap) -> Result<Option<(String, PendingSecondFactor<Way>)>, Error> {
    let Some(token) = enter::HALF_WAY.of(app, headers) else {
        return Ok(None);
    };
    Ok(second_factor::find_pending(app, &token).await?.map(|asked| (token, asked)))
}

/// `GET /login/second-factor`
pub(super) async fn new(State(app): State<App>, headers: HeaderMap, places: Passkeys) -> Result<Response, Error> {
    match asked(&app, &headers).await? {
        Some((_, asked)) => page::html(&SecondPage::new(&app, &asked, places)),
        None => Ok(page::redirect("/login")),
    }
}

/// `POST /login/second-factor`
pub(super) async fn create(
    State(app): State<App>,
    session: Session,
    client: Client,
    (headers, places): (HeaderMap, Passkeys),
    Form(form): Form<Code>,
) -> Result<Response, Error> {
    let Some((token, asked)) = asked(&app, &headers).await? else {
        return Ok(page::redirect(enter::OVER));
    };
    let answered = second_factor::by_code(&app, &token, &form.code, &enter::from(&client)).await?;
    let mut form = SecondPage::new(&app, &asked, places);
    match answered {
        SecondFactorOutcome::Wrong => {
            form.code
                .refuse("This code is wrong, or was used already. An app shows another one every 30 seconds.");
            page::invalid(&form)
        }
        answered => conclude(&app, &session, client, answered, form).await,
    }
}

/// `POST /login/second-factor/challenge`: for a script, which asks the browser for an answer.
pub(super) async fn challenge(
    State(app): State<App>,
    headers: HeaderMap,
    client: Client,
) -> Result<Json<Challenge>, Error> {
    let Some((_, asked)) = asked(&app, &headers).await? else {
        return Err(Error::Conflict("The sign-in took too long. Start again.".to_owned()));
    };
    let challenge = passkeys::begin_verification(&app, asked.staff.id, &enter::from(&client)).await?;
    Ok(Json(challenge))
}

/// `POST /login/second-factor/passkey`
pub(super) async fn by_passkey(
    State(app): State<App>,
    session: Session,
    client: Client,
    (headers, places): (HeaderMap, Passkeys),
    Form(form): Form<Answer>,
) -> Result<Response, Error> {
    let Some((token, asked)) = asked(&app, &headers).await? else {
        return Ok(page::redirect(enter::OVER));
    };
    let answer = (form.ceremony.as_str(), form.answer.as_str());
    let answered = second_factor::by_passkey(&app, &token, answer, &enter::from(&client)).await?;
    let mut form = SecondPage::new(&app, &asked, places);
    match answered {
        SecondFactorOutcome::Wrong => {
            "This passkey's answer cannot be taken: it is not one of yours, or it came too late. Try again."
                .clone_into(&mut form.error);
            page::invalid(&form)
        }
        answered => conclude(&app, &session, client, answered, form).await,
    }
}

async fn conclude(
    app: &App,
    session: &Session,
    client: Client,
    answered: SecondFactorOutcome<Way>,
    mut form: SecondPage,
) -> Result<Response, Error> {
    match answered {
        SecondFactorOutcome::Done(staff, way) => {
            let shown = Shown {
                several: true,
                at_provider: false,
                at: None,
            };
            let mut response = enter::arrive(app, session, client, (&staff, shown), way).await?;
            enter::HALF_WAY.take_back(app, &mut response);
            Ok(response)
        }
        SecondFactorOutcome::Gone => {
            let mut response = page::redirect(enter::OVER);
            enter::HALF_WAY.take_back(app, &mut response);
            Ok(response)
        }
        SecondFactorOutcome::Throttled(wait) => {
            form.error = format!("Too many wrong codes. Try again in {}.", view::wait(wait));
            page::later(StatusCode::TOO_MANY_REQUESTS, wait, &form)
        }
        SecondFactorOutcome::Wrong => page::invalid(&form),
    }
}
