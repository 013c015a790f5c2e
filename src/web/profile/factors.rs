//! One's own second factors: `/profile/factors`. What is shown of them, recovery codes, and what one is told when they
//! change. Setting up an app, passkeys and removing either are in files of their own.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use crate::app::App;
use crate::db;
use crate::domain::time::Timestamp;
use crate::staff::factors::recovery_codes;
use crate::staff::notices;
use crate::web::access::{Fresh, May, Read, Viewer};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::page;
use crate::web::passkeys::Passkeys;
use crate::web::shell::{Section, Shell, Toast};
use crate::web::view::When;

mod app;
mod keys;
mod remove;

/// For whoever is signed in.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/profile/factors", get(show))
        .route("/profile/factors/app", get(app::new).post(app::confirm))
        .route(
            "/profile/factors/app/remove",
            get(remove::confirm_app).post(remove::app),
        )
        .route("/profile/factors/codes", get(back).post(renew))
        .route("/profile/factors/notices/dismiss", post(dismiss))
        .route("/profile/factors/passkeys", get(back).post(keys::create))
        .route("/profile/factors/passkeys/challenge", post(keys::challenge))
        .route("/profile/factors/passkeys/new", get(keys::new))
        .route("/profile/factors/passkeys/{id}/rename", post(keys::rename))
        .route(
            "/profile/factors/passkeys/{id}/remove",
            get(remove::confirm_passkey).post(remove::passkey),
        )
}

/// Every factor of one's own.
#[derive(Template)]
#[template(path = "profile/factors.html")]
struct FactorsPage {
    shell: Shell,
    has_factor: bool,
    must_enroll: bool,
    role: &'static str,
    app: Option<AppRow>,
    passkeys: Vec<KeyRow>,
    places: Passkeys,
    codes_left: i64,
    codes: i64,
}

/// One's authenticator app.
struct AppRow {
    added: When,
    used: When,
}

/// One's passkey.
struct KeyRow {
    id: Uuid,
    name: String,
    added: When,
    used: When,
    error: String,
}

impl FactorsPage {
    async fn new(app: &App, viewer: &Viewer, places: Passkeys) -> Result<Self, Error> {
        let staff = viewer.staff();
        let times = viewer.times();
        let kept = db::factors::app(&app.db, staff.id).await?;
        let passkeys = db::passkeys::of_staff(&app.db, staff.id).await?;
        let (codes_left, codes) = db::factors::codes_left(&app.db, staff.id).await?;
        let passkeys: Vec<KeyRow> = passkeys
            .into_iter()
            .map(|passkey| KeyRow {
                id: passkey.id,
                name: passkey.name,
                added: times.at(passkey.created_at),
                used: times.at_or_never(passkey.used_at),
                error: String::new(),
            })
            .collect();
        Ok(Self {
            shell: viewer.shell("Second factor and passkeys", Section::Elsewhere).await?,
            has_factor: kept.is_some() || !passkeys.is_empty(),
            must_enroll: viewer.must_enroll(),
            role: staff.role.label(),
            app: kept.map(|kept| AppRow {
                added: times.at(kept.created_at),
                used: times.at_or_never(kept.used_at),
            }),
            passkeys,
            places,
            codes_left,
            codes,
        })
    }

    const fn are_codes_few(&self) -> bool {
        self.codes_left <= recovery_codes::LOW_CODE_COUNT
    }
}

/// In a sentence, for the profile.
pub(super) async fn summary(app: &App, viewer: &Viewer) -> Result<String, Error> {
    let staff = viewer.staff();
    let has_app = db::factors::app(&app.db, staff.id).await?.is_some();
    let passkeys = db::passkeys::of_staff(&app.db, staff.id).await?.len();
    let (left, _) = db::factors::codes_left(&app.db, staff.id).await?;
    if !has_app && passkeys == 0 {
        return Ok("You sign in with your password alone. A second factor protects you where it is stolen.".to_owned());
    }
    let app = if has_app {
        "An authenticator app, "
    } else {
        "No authenticator app, "
    };
    let passkeys = match passkeys {
        0 => "no passkey".to_owned(),
        1 => "one passkey".to_owned(),
        many => format!("{many} passkeys"),
    };
    let left = match left {
        1 => "1 recovery code".to_owned(),
        many => format!("{many} recovery codes"),
    };
    Ok(format!("{app}{passkeys}, {left} left."))
}

/// What one is told of changes to one's sign-in, until one has seen it.
pub(super) struct Notices {
    pub told: Vec<Told>,
    /// The latest of them, in unix milliseconds: what comes later is not dismissed unseen.
    pub until: i64,
}

/// One of them.
pub(super) struct Told {
    pub words: String,
    pub address: String,
    pub at: When,
}

impl Notices {
    pub(super) async fn new(app: &App, viewer: &Viewer) -> Result<Self, Error> {
        let all = db::notices::of_staff(&app.db, viewer.staff().id).await?;
        Ok(Self {
            until: all.first().map_or(0, |notice| notice.at.as_millis()),
            told: all
                .into_iter()
                .map(|notice| Told {
                    words: notice.words,
                    address: notice.address.unwrap_or_default(),
                    at: viewer.times().at(notice.at),
                })
                .collect(),
        })
    }
}

/// Recovery codes, shown this once.
#[derive(Template)]
#[template(path = "profile/codes.html")]
struct CodesPage {
    shell: Shell,
    said: &'static str,
    codes: Vec<String>,
}

/// Shows new recovery codes, this once; where there are none, leads back with the word for what was done.
async fn finish(viewer: &Viewer, said: &'static str, codes: Vec<String>) -> Result<Response, Error> {
    if codes.is_empty() {
        return done(viewer, said.to_owned()).await;
    }
    viewer.enrolled().await?;
    page::html(&CodesPage {
        shell: viewer.shell("Recovery codes", Section::Elsewhere).await?,
        said,
        codes,
    })
}

async fn done(viewer: &Viewer, text: String) -> Result<Response, Error> {
    viewer
        .toast(Toast {
            kind: "success",
            text,
            undo: None,
        })
        .await?;
    Ok(page::redirect("/profile/factors"))
}

/// `GET /profile/factors`
async fn show(may: May<Read>, State(app): State<App>, places: Passkeys) -> Result<Response, Error> {
    page::html(&FactorsPage::new(&app, &may, places).await?)
}

/// `GET` on what is only sent: a reload of what was answered leads back.
async fn back(_may: May<Read>) -> Response {
    page::redirect("/profile/factors")
}

/// `POST /profile/factors/codes`: the answer shows the codes, this once.
async fn renew(may: Fresh<Read>, State(app): State<App>) -> Result<Response, Error> {
    let codes = recovery_codes::regenerate(&app, may.actor(), may.session_id()).await?;
    finish(&may, "New codes were made. The ones before work no more.", codes).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Seen {
    until: i64,
}

/// `POST /profile/factors/notices/dismiss`
async fn dismiss(may: May<Read>, State(app): State<App>, Form(seen): Form<Seen>) -> Result<Response, Error> {
    notices::dismiss(&app, may.actor(), Timestamp::from_millis(seen.until)).await?;
    Ok(page::redirect("/profile"))
}
