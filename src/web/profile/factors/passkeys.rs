//! Adding and renaming of a person's own passkeys: `/profile/factors/passkeys`.

use askama::Template;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use super::{FactorsPage, redirect_with_toast, show_recovery_codes};
use crate::app::App;
use crate::domain::text;
use crate::staff::factors::passkeys::{self, Challenge, RegistrationOutcome};
use crate::web::access::{Read, RecentlyAuthenticated, Viewer};
use crate::web::error::Error;
use crate::web::form::{Field, Form};
use crate::web::layout::{Layout, Section};
use crate::web::passkeys::PasskeySupport;
use crate::web::render;

/// Maximum length of a passkey's name, in characters.
const MAX_NAME_LENGTH: usize = 60;

/// Page with the form that adds a passkey.
#[derive(Template)]
#[template(path = "profile/new_passkey.html")]
struct AddPasskeyPage {
    layout: Layout,
    passkey_support: PasskeySupport,
    name: Field,
    error: String,
}

impl AddPasskeyPage {
    async fn new(
        viewer: &Viewer,
        passkey_support: PasskeySupport,
        name: Field,
    ) -> Result<Self, Error> {
        Ok(Self {
            layout: viewer.layout("Add a passkey", Section::Other).await?,
            passkey_support,
            name,
            error: String::new(),
        })
    }
}

/// Fields that the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AddPasskeyForm {
    name: Field,
    ceremony: String,
    answer: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RenameForm {
    name: Field,
}

fn read_name(field: &mut Field) -> Option<String> {
    field.read(|name| text::parse_line(name, MAX_NAME_LENGTH))
}

/// `GET /profile/factors/passkeys/new`
pub(super) async fn new(
    may: RecentlyAuthenticated<Read>,
    passkey_support: PasskeySupport,
) -> Result<Response, Error> {
    render::html(&AddPasskeyPage::new(&may, passkey_support, Field::default()).await?)
}

/// `POST /profile/factors/passkeys/challenge`
///
/// Returns a challenge to a script, which asks the browser for a passkey.
pub(super) async fn challenge(
    may: RecentlyAuthenticated<Read>,
    State(app): State<App>,
) -> Result<Json<Challenge>, Error> {
    Ok(Json(passkeys::begin_registration(&app, may.actor()).await?))
}

/// `POST /profile/factors/passkeys`
pub(super) async fn create(
    may: RecentlyAuthenticated<Read>,
    State(app): State<App>,
    passkey_support: PasskeySupport,
    Form(mut form): Form<AddPasskeyForm>,
) -> Result<Response, Error> {
    let Some(name) = read_name(&mut form.name) else {
        return render::invalid_form(&AddPasskeyPage::new(&may, passkey_support, form.name).await?);
    };
    let own = (may.actor(), may.session_id());
    let error = match passkeys::finish_registration(&app, own, &form.ceremony, &name, &form.answer)
        .await?
    {
        RegistrationOutcome::Done(codes) => {
            return show_recovery_codes(&may, "The passkey was added.", codes).await;
        }
        RegistrationOutcome::Rejected => {
            "This passkey cannot be added: it is in use already, or it did not verify you."
        }
        RegistrationOutcome::Gone => "That took too long. Add it again.",
    };
    render::invalid_form(&AddPasskeyPage {
        error: error.to_owned(),
        ..AddPasskeyPage::new(&may, passkey_support, form.name).await?
    })
}

/// `POST /profile/factors/passkeys/{id}/rename`
pub(super) async fn rename(
    may: RecentlyAuthenticated<Read>,
    State(app): State<App>,
    passkey_support: PasskeySupport,
    Path(id): Path<String>,
    Form(mut form): Form<RenameForm>,
) -> Result<Response, Error> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound)?;
    let Some(name) = read_name(&mut form.name) else {
        let mut page = FactorsPage::new(&app, &may, passkey_support).await?;
        for passkey in page.passkeys.iter_mut().filter(|passkey| passkey.id == id) {
            passkey.error.clone_from(&form.name.error);
        }
        return render::invalid_form(&page);
    };
    if !passkeys::rename(&app, (may.actor(), may.session_id()), id, &name).await? {
        return Err(Error::NotFound);
    }
    redirect_with_toast(&may, format!("The passkey is called {name}.")).await
}
