//! Thresholds of notifications: `/settings/notifications`.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::stale_notice;
use crate::app::{App, SaveOutcome};
use crate::domain::thresholds::{self, Thresholds};
use crate::notifications;
use crate::web::access::{Authorized, ManageNotifications, Viewer};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::layout::{Layout, Section, Toast};
use crate::web::notice::Notice;
use crate::web::render;

const PATH: &str = "/settings/notifications";

pub(super) fn router() -> Router<App> {
    Router::new().route(PATH, get(show).post(update))
}

#[derive(Template)]
#[template(path = "settings/notifications.html")]
struct ThresholdsPage {
    layout: Layout,
    form: ThresholdsForm,
    notice: Option<Notice>,
    /// Use of the webhook in words.
    webhook: String,
}

/// The form. `version` is that of the thresholds that it shows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ThresholdsForm {
    pool_percent: Field,
    low_balance: Field,
    version: i64,
}

impl ThresholdsForm {
    fn of(thresholds: &Thresholds) -> Self {
        Self {
            pool_percent: thresholds.pool_percent.to_string().into(),
            low_balance: thresholds.low_balance.to_string().into(),
            version: thresholds.version,
        }
    }

    /// Reads the fields and stores the error of each invalid one.
    fn read(&mut self) -> Option<Thresholds> {
        let pool_percent = self.pool_percent.read(thresholds::parse_percent);
        let low_balance = self.low_balance.read(thresholds::parse_amount);
        Some(Thresholds {
            pool_percent: pool_percent?,
            low_balance: low_balance?,
            version: self.version,
        })
    }
}

impl ThresholdsPage {
    async fn new(app: &App, viewer: &Viewer, form: ThresholdsForm) -> Result<Self, Error> {
        let settings = notifications::webhook::settings(app).await?;
        let webhook = match settings.kinds.len() {
            _ if !settings.is_on() => "Off. Nothing is sent.".to_owned(),
            1 => format!("1 kind of event goes to {}.", settings.url),
            many => format!("{many} kinds of events go to {}.", settings.url),
        };
        Ok(Self {
            layout: viewer
                .layout("Thresholds and webhook", Section::Settings)
                .await?,
            form,
            notice: None,
            webhook,
        })
    }
}

/// `GET /settings/notifications`
async fn show(
    may: Authorized<ManageNotifications>,
    State(app): State<App>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let form = match kept.parse::<ThresholdsForm>() {
        Some(form) => form,
        None => ThresholdsForm::of(&app.setting().await?),
    };
    render::html(&ThresholdsPage::new(&app, &may, form).await?)
}

/// `POST /settings/notifications`
async fn update(
    may: Authorized<ManageNotifications>,
    State(app): State<App>,
    Form(mut form): Form<ThresholdsForm>,
) -> Result<Response, Error> {
    let Some(new) = form.read() else {
        return render::invalid_form(&ThresholdsPage::new(&app, &may, form).await?);
    };
    match app.save_setting(may.actor(), new).await? {
        SaveOutcome::Saved(_) => {
            may.toast(Toast::success("Thresholds saved.")).await?;
            Ok(render::redirect(PATH))
        }
        SaveOutcome::Stale(now) => {
            form.version = now.version;
            let details = [format!("Now: {}.", now.describe())];
            let page = ThresholdsPage {
                notice: Some(stale_notice(details)),
                ..ThresholdsPage::new(&app, &may, form).await?
            };
            render::with_status(StatusCode::CONFLICT, &page)
        }
    }
}
