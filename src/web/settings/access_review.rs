//! Reminder of access reviews: `/settings/access-review`.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::stale_notice;
use crate::app::{App, SaveOutcome};
use crate::domain::access_review::ReviewReminder;
use crate::web::access::{Authorized, ManageSettings, RecentlyAuthenticated, Viewer};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::layout::{Layout, Section, Toast};
use crate::web::listing::{SelectOption, select_option};
use crate::web::notice::Notice;
use crate::web::render;

const PATH: &str = "/settings/access-review";

pub(super) fn router() -> Router<App> {
    Router::new().route(PATH, get(show).post(update))
}

#[derive(Template)]
#[template(path = "settings/access_review.html")]
struct ReminderPage {
    layout: Layout,
    form: ReminderForm,
    notice: Option<Notice>,
}

/// The form. `version` is that of the reminder that it shows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ReminderForm {
    months: Field,
    version: i64,
}

impl ReminderForm {
    fn of(reminder: ReviewReminder) -> Self {
        Self {
            months: reminder.months.to_string().into(),
            version: reminder.version,
        }
    }

    /// Reads the number of months. Stores the error if it is none of the choices.
    fn read(&mut self) -> Option<ReviewReminder> {
        let months = self.months.read(|text| {
            let months = text.trim().parse().ok();
            let months = months.filter(|months| ReviewReminder::CHOICES.contains(months));
            months.ok_or("Choose an interval.")
        })?;
        Some(ReviewReminder {
            months,
            version: self.version,
        })
    }
}

impl ReminderPage {
    async fn new(viewer: &Viewer, form: ReminderForm) -> Result<Self, Error> {
        Ok(Self {
            layout: viewer.layout("Access review", Section::Settings).await?,
            form,
            notice: None,
        })
    }

    fn choices(&self) -> [SelectOption; ReviewReminder::CHOICES.len()] {
        ReviewReminder::CHOICES.map(|months| {
            let label = ReviewReminder::label(months);
            select_option(months.to_string(), label, &self.form.months.value)
        })
    }
}

/// `GET /settings/access-review`
async fn show(
    may: Authorized<ManageSettings>,
    State(app): State<App>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let form = match kept.parse::<ReminderForm>() {
        Some(form) => form,
        None => ReminderForm::of(app.setting().await?),
    };
    render::html(&ReminderPage::new(&may, form).await?)
}

/// `POST /settings/access-review`
async fn update(
    may: RecentlyAuthenticated<ManageSettings>,
    State(app): State<App>,
    Form(mut form): Form<ReminderForm>,
) -> Result<Response, Error> {
    let Some(new) = form.read() else {
        return render::invalid_form(&ReminderPage::new(&may, form).await?);
    };
    match app.save_setting(may.actor(), new).await? {
        SaveOutcome::Saved(_) => {
            may.toast(Toast::success("Reminder saved.")).await?;
            Ok(render::redirect(PATH))
        }
        SaveOutcome::Stale(now) => {
            form.version = now.version;
            let page = ReminderPage {
                notice: Some(stale_notice([format!("Now: {}.", now.describe())])),
                ..ReminderPage::new(&may, form).await?
            };
            render::with_status(StatusCode::CONFLICT, &page)
        }
    }
}
