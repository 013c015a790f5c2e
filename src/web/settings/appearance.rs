//! The reseller's own name, accent color and logo: `/settings/appearance`.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::stale_notice;
use crate::app::{App, SaveOutcome};
use crate::domain::appearance::{self, Appearance};
use crate::web::access::{Authorized, ManageSettings, RecentlyAuthenticated, Viewer};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::layout::{Layout, Section, Toast};
use crate::web::notice::Notice;
use crate::web::render;

pub(super) const PATH: &str = "/settings/appearance";

pub(super) fn router() -> Router<App> {
    Router::new().route(PATH, get(show).post(update))
}

#[derive(Template)]
#[template(path = "settings/appearance.html")]
pub(super) struct AppearancePage {
    layout: Layout,
    form: AppearanceForm,
    notice: Option<Notice>,
    /// Hash of the current logo; empty if there is none.
    logo: String,
    logo_error: String,
}

/// The form. `version` is that of the appearance that it shows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct AppearanceForm {
    name: Field,
    accent: Field,
    version: i64,
}

impl AppearanceForm {
    fn of(appearance: &Appearance) -> Self {
        let accent = appearance.accent.map(|accent| accent.to_string());
        Self {
            name: appearance.name.clone().unwrap_or_default().into(),
            accent: accent.unwrap_or_default().into(),
            version: appearance.version,
        }
    }

    /// Reads the fields and stores the error of each invalid one. The logo is not among them.
    fn read(&mut self) -> Option<Appearance> {
        let name = self.name.read_optional(appearance::parse_name);
        let accent = self.accent.read_optional(appearance::parse_accent);
        Some(Appearance {
            name: name?,
            accent: accent?,
            logo: None,
            version: self.version,
        })
    }
}

impl AppearancePage {
    async fn new(app: &App, viewer: &Viewer, form: AppearanceForm) -> Result<Self, Error> {
        Ok(Self {
            layout: viewer
                .layout("Name, color and logo", Section::Settings)
                .await?,
            form,
            notice: None,
            logo: app.appearance().await.logo_hash().to_owned(),
            logo_error: String::new(),
        })
    }

    /// Creates the page with the current values.
    pub(super) async fn current(app: &App, viewer: &Viewer) -> Result<Self, Error> {
        let form = AppearanceForm::of(&*app.appearance().await);
        Self::new(app, viewer, form).await
    }

    pub(super) fn with_logo_error(self, logo_error: String) -> Self {
        Self { logo_error, ..self }
    }
}

/// `GET /settings/appearance`
async fn show(
    may: Authorized<ManageSettings>,
    State(app): State<App>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let page = match kept.parse::<AppearanceForm>() {
        Some(form) => AppearancePage::new(&app, &may, form).await?,
        None => AppearancePage::current(&app, &may).await?,
    };
    render::html(&page)
}

/// `POST /settings/appearance`
async fn update(
    may: RecentlyAuthenticated<ManageSettings>,
    State(app): State<App>,
    Form(mut form): Form<AppearanceForm>,
) -> Result<Response, Error> {
    let Some(typed) = form.read() else {
        return render::invalid_form(&AppearancePage::new(&app, &may, form).await?);
    };
    let new = Appearance {
        logo: app.setting::<Appearance>().await?.logo,
        ..typed
    };
    match app.save_setting(may.actor(), new).await? {
        SaveOutcome::Saved(_) => {
            may.toast(Toast::success("Name and color saved.")).await?;
            Ok(render::redirect(PATH))
        }
        SaveOutcome::Stale(now) => {
            form.version = now.version;
            let details = [format!("{}.", now.describe())];
            let page = AppearancePage {
                notice: Some(stale_notice(details)),
                ..AppearancePage::new(&app, &may, form).await?
            };
            render::with_status(StatusCode::CONFLICT, &page)
        }
    }
}
