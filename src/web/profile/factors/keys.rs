//! One's own passkeys: adding and renaming them, `/profile/factors/passkeys`.

use askama::Template;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use super::{FactorsPage, done, finish};
use crate::app::App;
use crate::domain::text;
use crate::staff::factors::passkeys::{self, RegistrationOutcome, Challenge};
use crate::web::access::{Fresh, Read, Viewer};
use crate::web::error::Error;
use crate::web::form::{Field, Form};
use crate::web::page;
use crate::web::passkeys::Passkeys;
use crate::web::shell::{Section, Shell};

/// The longest name of a passkey, in characters.
const LONGEST: usize = 60;

/// The form that adds one.
#[derive(Template)]
#[template(path = "profile/passkey.html")]
struct NewPage {
    shell: Shell,
    places: Passkeys,
    name: Field,
    error: String,
}

impl NewPage {
    async fn new(viewer: &Viewer, places: Passkeys, name: Field) -> Result<Self, Error> {
        Ok(Self {
            shell: viewer.shell("Add a passkey", Section::Elsewhere).await?,
            places,
            name,
            error: String::new(),
        })
    }
}

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Addition {
    name: Field,
    ceremony: String,
    answer: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Rename {
    name: Field,
}

fn name(field: &mut Field) -> Option<String> {
    field.read(|name| text::line(name, LONGEST))
}

/// `GET /profile/factors/passkeys/new`
pub(super) async fn new(may: Fresh<Read>, places: Passkeys) -> Result<Response, Error> {
    page::html(&NewPage::new(&may, places, Field::default()).await?)
}

/// `POST /profile/factors/passkeys/challenge`: for a script, which asks the browser for a passkey.
pub(super) async fn challenge(may: Fresh<Read>, State(app): State<App>) -> Result<Json<Challenge>, Error> {
    Ok(Json(passkeys::begin_registration(&app, may.actor()).await?))
}

/// `POST /profile/factors/passkeys`
pub(super) async fn create(
    may: Fresh<Read>,
    State(app): State<App>,
    places: Passkeys,
    Form(mut form): Form<Addition>,
) -> Result<Response, Error> {
    let Some(name) = name(&mut form.name) else {
        return page::invalid(&NewPage::new(&may, places, form.name).await?);
    };
    let own = (may.actor(), may.session_id());
    let error = match passkeys::finish_registration(&app, own, &form.ceremony, &name, &form.answer).await? {
        RegistrationOutcome::Done(codes) => return finish(&may, "The passkey was added.", codes).await,
        RegistrationOutcome::Rejected => "This passkey cannot be added: somebody has it already, or it did not verify who you are.",
        RegistrationOutcome::Gone => "That took too long. Add it again.",
    };
    page::invalid(&NewPage {
        error: error.to_owned(),
        ..NewPage::new(&may, places, form.name).await?
    })
}

/// `POST /profile/factors/passkeys/{id}/rename`
pub(super) async fn rename(
    may: Fresh<Read>,
    State(app): State<App>,
    places: Passkeys,
    Path(id): Path<String>,
    Form(mut form): Form<Rename>,
) -> Result<Response, Error> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound)?;
    let Some(name) = name(&mut form.name) else {
        let mut page = FactorsPage::new(&app, &may, places).await?;
        for passkey in page.passkeys.iter_mut().filter(|passkey| passkey.id == id) {
            passkey.error.clone_from(&form.name.error);
        }
        return page::invalid(&page);
    };
    if !passkeys::rename(&app, (may.actor(), may.session_id()), id, &name).await? {
        return Err(Error::NotFound);
    }
    done(&may, format!("The passkey is called {name}.")).await
}
