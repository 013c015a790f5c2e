//! Pages of a person's own second factors: `/profile/factors`. This file shows the factors, the
//! recovery codes, and notices about changes. Other files set up an app, manage passkeys, and
//! remove either.

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
use crate::web::access::{Authorized, Read, RecentlyAuthenticated, Viewer};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::format::FormattedTime;
use crate::web::layout::{Layout, Section, Toast};
use crate::web::passkeys::PasskeySupport;
use crate::web::render;

mod authenticator_app;
mod passkeys;
mod remove;

/// Returns the routes below `/profile/factors`.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/profile/factors", get(show))
        .route(
            "/profile/factors/app",
            get(authenticator_app::new).post(authenticator_app::confirm),
        )
        .route(
            "/profile/factors/app/remove",
            get(remove::confirm_app).post(remove::app),
        )
        .route("/profile/factors/codes", get(redirect_back).post(renew))
        .route("/profile/factors/notices/dismiss", post(dismiss))
        .route(
            "/profile/factors/passkeys",
            get(redirect_back).post(passkeys::create),
        )
        .route(
            "/profile/factors/passkeys/challenge",
            post(passkeys::challenge),
        )
        .route("/profile/factors/passkeys/new", get(passkeys::new))
        .route(
            "/profile/factors/passkeys/{id}/rename",
            post(passkeys::rename),
        )
        .route(
            "/profile/factors/passkeys/{id}/remove",
            get(remove::confirm_passkey).post(remove::passkey),
        )
}

/// Page with all factors of the person.
#[derive(Template)]
#[template(path = "profile/factors.html")]
struct FactorsPage {
    layout: Layout,
    has_factor: bool,
    must_enroll: bool,
    role: &'static str,
    app: Option<AuthenticatorRow>,
    passkeys: Vec<PasskeyRow>,
    passkey_support: PasskeySupport,
    codes_left: i64,
    codes: i64,
}

struct AuthenticatorRow {
    added: FormattedTime,
    used: FormattedTime,
}

struct PasskeyRow {
    id: Uuid,
    name: String,
    added: FormattedTime,
    used: FormattedTime,
    error: String,
}

impl FactorsPage {
    async fn new(
        app: &App,
        viewer: &Viewer,
        passkey_support: PasskeySupport,
    ) -> Result<Self, Error> {
        let staff = viewer.staff();
        let times = viewer.times();
        let kept = db::factors::authenticator_app(&app.db, staff.id).await?;
        let passkeys = db::passkeys::of_staff(&app.db, staff.id).await?;
        let (codes_left, codes) = db::factors::codes_left(&app.db, staff.id).await?;
        let passkeys: Vec<PasskeyRow> = passkeys
            .into_iter()
            .map(|passkey| PasskeyRow {
                id: passkey.id,
                name: passkey.name,
                added: times.format(passkey.created_at),
                used: times.format_or_never(passkey.used_at),
                error: String::new(),
            })
            .collect();
        Ok(Self {
            layout: viewer
                .layout("Second factor and passkeys", Section::Other)
                .await?,
            has_factor: kept.is_some() || !passkeys.is_empty(),
            must_enroll: viewer.must_enroll(),
            role: staff.role.label(),
            app: kept.map(|kept| AuthenticatorRow {
                added: times.format(kept.created_at),
                used: times.format_or_never(kept.used_at),
            }),
            passkeys,
            passkey_support,
            codes_left,
            codes,
        })
    }

    const fn are_codes_few(&self) -> bool {
        self.codes_left <= recovery_codes::LOW_CODE_COUNT
    }
}

/// Describes the person's factors in a sentence, for the profile.
pub(super) async fn summary(app: &App, viewer: &Viewer) -> Result<String, Error> {
    let staff = viewer.staff();
    let has_app = db::factors::authenticator_app(&app.db, staff.id)
        .await?
        .is_some();
    let passkeys = db::passkeys::of_staff(&app.db, staff.id).await?.len();
    let (left, _) = db::factors::codes_left(&app.db, staff.id).await?;
    if !has_app && passkeys == 0 {
        return Ok(
            "You sign in with your password alone. A second factor protects your account if \
                   the password is stolen."
                .to_owned(),
        );
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

/// Notices about changes of a person's own sign-in, shown until they dismiss them.
pub(super) struct Notices {
    pub items: Vec<SignInNotice>,
    /// Time of the latest notice, in Unix milliseconds. Later notices are not dismissed unseen.
    pub until: i64,
}

pub(super) struct SignInNotice {
    pub text: String,
    pub address: String,
    pub at: FormattedTime,
}

impl Notices {
    pub(super) async fn new(app: &App, viewer: &Viewer) -> Result<Self, Error> {
        let all = db::notices::of_staff(&app.db, viewer.staff().id).await?;
        Ok(Self {
            until: all.first().map_or(0, |notice| notice.at.as_millis()),
            items: all
                .into_iter()
                .map(|notice| SignInNotice {
                    text: notice.message,
                    address: notice.address.unwrap_or_default(),
                    at: viewer.times().format(notice.at),
                })
                .collect(),
        })
    }
}

/// Page with new recovery codes, shown once.
#[derive(Template)]
#[template(path = "profile/recovery_codes.html")]
struct CodesPage {
    layout: Layout,
    message: &'static str,
    codes: Vec<String>,
}

/// Shows new recovery codes once. Without codes, redirects back with a toast about the change.
async fn show_recovery_codes(
    viewer: &Viewer,
    said: &'static str,
    codes: Vec<String>,
) -> Result<Response, Error> {
    if codes.is_empty() {
        return redirect_with_toast(viewer, said.to_owned()).await;
    }
    viewer.mark_second_factor_enrolled().await?;
    render::html(&CodesPage {
        layout: viewer.layout("Recovery codes", Section::Other).await?,
        message: said,
        codes,
    })
}

async fn redirect_with_toast(viewer: &Viewer, text: String) -> Result<Response, Error> {
    viewer.toast(Toast::success(text)).await?;
    Ok(render::redirect("/profile/factors"))
}

/// `GET /profile/factors`
async fn show(
    may: Authorized<Read>,
    State(app): State<App>,
    passkey_support: PasskeySupport,
) -> Result<Response, Error> {
    render::html(&FactorsPage::new(&app, &may, passkey_support).await?)
}

/// Redirects a reload of an address that only accepts POST.
async fn redirect_back(_may: Authorized<Read>) -> Response {
    render::redirect("/profile/factors")
}

/// `POST /profile/factors/codes`
///
/// Creates new codes and shows them once.
async fn renew(
    may: RecentlyAuthenticated<Read>,
    State(app): State<App>,
) -> Result<Response, Error> {
    let codes = recovery_codes::regenerate(&app, may.actor(), may.session_id()).await?;
    show_recovery_codes(&may, "New codes were made. Old codes stop working.", codes).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DismissForm {
    until: i64,
}

/// `POST /profile/factors/notices/dismiss`
async fn dismiss(
    may: Authorized<Read>,
    State(app): State<App>,
    Form(seen): Form<DismissForm>,
) -> Result<Response, Error> {
    notices::dismiss(&app, may.actor(), Timestamp::from_millis(seen.until)).await?;
    Ok(render::redirect("/profile"))
}
