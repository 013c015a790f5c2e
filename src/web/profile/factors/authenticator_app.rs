//! Setup of an authenticator app: `/profile/factors/app`. Draws the QR code as a path of squares.

use std::fmt::Write;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use qrcode::{Color, EcLevel, QrCode};
use serde::Deserialize;

use super::show_recovery_codes;
use crate::app::App;
use crate::staff::factors::authenticator_apps::{self, ConfirmationOutcome, Setup};
use crate::web::access::{Read, RecentlyAuthenticated, Viewer};
use crate::web::error::Error;
use crate::web::form::{Field, Form};
use crate::web::layout::{Layout, Section};
use crate::web::render;

/// Width of the quiet zone around a QR code, in modules, as the standard requires.
const QUIET_ZONE: usize = 4;

/// Page with the QR code, the secret and a field for a code.
#[derive(Template)]
#[template(path = "profile/authenticator_app.html")]
struct AuthenticatorPage {
    layout: Layout,
    token: String,
    secret: String,
    qr: Qr,
    code: Field,
}

impl AuthenticatorPage {
    async fn new(viewer: &Viewer, setup: Setup) -> Result<Self, Error> {
        Ok(Self {
            layout: viewer
                .layout("Set up an authenticator app", Section::Other)
                .await?,
            token: setup.token,
            secret: setup.secret,
            qr: Qr::new(&setup.uri)?,
            code: Field::default(),
        })
    }

    /// Returns the secret in groups of four, for typing by hand.
    fn grouped(&self) -> String {
        let letters: Vec<char> = self.secret.chars().collect();
        let groups = letters
            .chunks(4)
            .map(|group| group.iter().collect::<String>());
        groups.collect::<Vec<_>>().join(" ")
    }
}

/// QR code as an SVG path.
struct Qr {
    /// Number of modules per side, including the quiet zone.
    side: usize,
    /// Path of the dark modules.
    path: String,
}

impl Qr {
    fn new(text: &str) -> Result<Self, Error> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M);
        let code = code.map_err(|error| Error::Internal(format!("QR code: {error}")))?;
        let mut path = String::new();
        for (at, color) in code.to_colors().into_iter().enumerate() {
            if color == Color::Dark {
                let (x, y) = (
                    at % code.width() + QUIET_ZONE,
                    at / code.width() + QUIET_ZONE,
                );
                // Writing to a String cannot fail.
                let _ = write!(path, "M{x} {y}h1v1h-1z");
            }
        }
        Ok(Self {
            side: code.width() + 2 * QUIET_ZONE,
            path,
        })
    }
}

/// Fields that the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ConfirmForm {
    token: String,
    code: Field,
}

/// `GET /profile/factors/app`
///
/// Each visit creates another secret, which has no effect until it is confirmed.
pub(super) async fn new(
    may: RecentlyAuthenticated<Read>,
    State(app): State<App>,
) -> Result<Response, Error> {
    let setup = authenticator_apps::begin(&app, may.actor()).await?;
    render::html(&AuthenticatorPage::new(&may, setup).await?)
}

/// `POST /profile/factors/app`
pub(super) async fn confirm(
    may: RecentlyAuthenticated<Read>,
    State(app): State<App>,
    Form(mut form): Form<ConfirmForm>,
) -> Result<Response, Error> {
    match authenticator_apps::confirm(
        &app,
        may.actor(),
        may.session_id(),
        &form.token,
        &form.code.value,
    )
    .await?
    {
        ConfirmationOutcome::Done(codes) => {
            show_recovery_codes(&may, "Authenticator app added.", codes).await
        }
        ConfirmationOutcome::Wrong(setup) => {
            form.code
                .set_error("This is not the current code. Check that your phone's clock is right.");
            render::invalid_form(&AuthenticatorPage {
                code: form.code,
                ..AuthenticatorPage::new(&may, setup).await?
            })
        }
        ConfirmationOutcome::Gone => {
            let setup = authenticator_apps::begin(&app, may.actor()).await?;
            let mut page = AuthenticatorPage::new(&may, setup).await?;
            page.code
                .set_error("That took too long, or was confirmed already. Scan the new code.");
            render::invalid_form(&page)
        }
    }
}
