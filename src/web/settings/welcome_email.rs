//! Template of the welcome email: its form, its fields and a preview with made-up values.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::stale_notice;
use crate::app::{App, SaveOutcome};
use crate::domain::text;
use crate::domain::welcome_email::{
    MAX_BODY_LENGTH, MAX_SUBJECT_LENGTH, RenderedEmail, TemplateField, WelcomeEmailTemplate,
    check_template,
};
use crate::web::access::{Authorized, ManageSettings, RecentlyAuthenticated, Viewer};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form, Query};
use crate::web::layout::{Layout, Section, Toast};
use crate::web::notice::Notice;
use crate::web::render;
use crate::welcome_email::{self, Sender};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/settings/welcome-email", get(show).post(update))
        .route("/settings/welcome-email/preview", get(show).post(preview))
}

#[derive(Template)]
#[template(path = "settings/welcome_email.html")]
struct TemplatePage {
    layout: Layout,
    form: TemplateForm,
    notice: Option<Notice>,
    /// Email with made-up values; `None` if the form is invalid.
    sample: Option<RenderedEmail>,
    fields: [TemplateField; TemplateField::ALL.len()],
    sends_email: bool,
}

/// The form. `version` is that of the template that it shows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct TemplateForm {
    subject: Field,
    body: Field,
    version: i64,
}

/// Query of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TemplateQuery {
    /// Not empty to fill in the text that the portal starts with. It is saved like any other.
    original: String,
}

impl TemplateForm {
    fn of(template: &WelcomeEmailTemplate) -> Self {
        Self {
            subject: template.subject.as_str().into(),
            body: template.body.as_str().into(),
            version: template.version,
        }
    }

    /// Reads the fields and stores the error of each invalid one.
    fn read(&mut self) -> Option<WelcomeEmailTemplate> {
        let subject = self.subject.read(|typed| {
            let line = text::parse_line(typed, MAX_SUBJECT_LENGTH);
            let line = line.map_err(|error| error.to_string())?;
            check_template(&line).map_err(|error| error.to_string())?;
            Ok::<_, String>(line)
        });
        let body = self.body.read(|typed| {
            let lines = text::parse_lines(typed, MAX_BODY_LENGTH);
            let lines = lines.map_err(|error| error.to_string())?;
            check_template(&lines).map_err(|error| error.to_string())?;
            Ok::<_, String>(lines)
        });
        Some(WelcomeEmailTemplate {
            subject: subject?,
            body: body?,
            version: self.version,
        })
    }
}

impl TemplatePage {
    async fn new(app: &App, viewer: &Viewer, mut form: TemplateForm) -> Result<Self, Error> {
        let actor = viewer.actor();
        let sender = Sender {
            name: &actor.name,
            email: &actor.email,
        };
        let template = form.read();
        Ok(Self {
            layout: viewer.layout("Welcome email", Section::Settings).await?,
            sample: template.map(|template| welcome_email::sample(&template, sender)),
            form,
            notice: None,
            fields: TemplateField::ALL,
            sends_email: app.mail.is_some(),
        })
    }

    fn is_invalid(&self) -> bool {
        self.sample.is_none()
    }
}

/// `GET /settings/welcome-email`, `GET /settings/welcome-email/preview`
async fn show(
    may: Authorized<ManageSettings>,
    State(app): State<App>,
    Query(query): Query<TemplateQuery>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let mut form = TemplateForm::of(&app.setting().await?);
    if let Some(sent) = kept.parse::<TemplateForm>() {
        form = sent;
    } else if !query.original.is_empty() {
        form = TemplateForm {
            version: form.version,
            ..TemplateForm::of(&WelcomeEmailTemplate::default())
        };
    }
    render::html(&TemplatePage::new(&app, &may, form).await?)
}

/// `POST /settings/welcome-email/preview`
///
/// Shows the email with made-up values. Saves nothing.
async fn preview(
    may: Authorized<ManageSettings>,
    State(app): State<App>,
    Form(form): Form<TemplateForm>,
) -> Result<Response, Error> {
    let page = TemplatePage::new(&app, &may, form).await?;
    if page.is_invalid() {
        return render::invalid_form(&page);
    }
    render::html(&page)
}

/// `POST /settings/welcome-email`
async fn update(
    may: RecentlyAuthenticated<ManageSettings>,
    State(app): State<App>,
    Form(mut form): Form<TemplateForm>,
) -> Result<Response, Error> {
    let Some(template) = form.read() else {
        return render::invalid_form(&TemplatePage::new(&app, &may, form).await?);
    };
    match app.save_setting(may.actor(), template).await? {
        SaveOutcome::Saved(_) => {
            may.toast(Toast::success("Welcome email saved.")).await?;
            Ok(render::redirect("/settings/welcome-email"))
        }
        SaveOutcome::Stale(now) => {
            form.version = now.version;
            let details = [format!("Subject now: {}", now.subject), now.body];
            let page = TemplatePage {
                notice: Some(stale_notice(details)),
                ..TemplatePage::new(&app, &may, form).await?
            };
            render::with_status(StatusCode::CONFLICT, &page)
        }
    }
}
