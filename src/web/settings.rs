//! Settings of the portal: `/settings`. The roles that need a second factor, name, color and
//! logo, the welcome email, and notifications.

use std::collections::HashMap;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::access::{Authorized, ManageSettings, RecentlyAuthenticated, Viewer};
use super::error::Error;
use super::form::{DraftForm, Form};
use super::layout::{Layout, Section, Toast};
use super::notice::Notice;
use super::render;
use crate::app::App;
use crate::db;
use crate::domain::access_review::ReviewReminder;
use crate::domain::role::Role;
use crate::domain::welcome_email::WelcomeEmailTemplate;
use crate::staff::factors::required_roles::{self, RequiredRolesOutcome};

mod access_review;
mod appearance;
mod logo;
mod notifications;
mod webhook;
mod welcome_email;

/// Returns the routes of the settings, for owners. Admins change those of notifications too.
pub fn router() -> Router<App> {
    Router::new()
        .route("/settings", get(show).post(update))
        .merge(access_review::router())
        .merge(appearance::router())
        .merge(logo::router())
        .merge(welcome_email::router())
        .merge(notifications::router())
        .merge(webhook::router())
}

/// Answers a form whose setting someone else changed since it was shown. `details` describe the
/// current one.
fn stale_notice(details: impl IntoIterator<Item = String>) -> Notice {
    let notice = Notice::alert(
        "warn",
        "Not saved: someone changed this meanwhile",
        "What you typed is still here. Save again to replace the current setting.",
    );
    notice.with_details(details)
}

/// Returns the routes whose body can be larger than others.
pub fn upload_router() -> Router<App> {
    logo::upload_router()
}

#[derive(Template)]
#[template(path = "settings/page.html")]
struct SettingsPage {
    layout: Layout,
    roles: Vec<RoleRow>,
    /// Current roles, which the form sends back.
    current_roles: Vec<&'static str>,
    conflict: String,
    /// True if the reader hid the list of first steps.
    hides_checklist: bool,
    /// Subject of the welcome email's template.
    welcome_subject: String,
    /// Name, accent color and logo in words.
    appearance: String,
    /// True if the portal can send email.
    sends_email: bool,
    /// Interval of access reviews in words.
    review_reminder: String,
}

/// Role as a checkbox.
struct RoleRow {
    role: Role,
    required: bool,
    /// Number of people with this role who have no second factor.
    lacking: i64,
}

impl SettingsPage {
    async fn new(app: &App, viewer: &Viewer, ticked: Option<&[Role]>) -> Result<Self, Error> {
        let holds = required_roles::roles(app).await?;
        let lacking: HashMap<String, i64> = db::factors::staff_without_second_factor(&app.db)
            .await?
            .into_iter()
            .collect();
        let ticked = ticked.unwrap_or(&holds);
        let roles = Role::ALL.into_iter().map(|role| RoleRow {
            role,
            required: ticked.contains(&role),
            lacking: lacking.get(role.as_str()).copied().unwrap_or_default(),
        });
        Ok(Self {
            layout: viewer.layout("Settings", Section::Settings).await?,
            roles: roles.collect(),
            current_roles: holds.iter().map(|role| role.as_str()).collect(),
            conflict: String::new(),
            hides_checklist: viewer.staff().hides_checklist,
            welcome_subject: app.setting::<WelcomeEmailTemplate>().await?.subject,
            appearance: app.appearance().await.describe(),
            sends_email: app.mail.is_some(),
            review_reminder: app.setting::<ReviewReminder>().await?.describe(),
        })
    }
}

/// Fields of the form: the roles that it showed, and the selected ones.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SettingsForm {
    shown: Vec<String>,
    required: Vec<String>,
}

fn parse_roles(words: &[String]) -> Vec<Role> {
    words.iter().filter_map(|word| word.parse().ok()).collect()
}

/// `GET /settings`
async fn show(
    may: Authorized<ManageSettings>,
    State(app): State<App>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let ticked = kept
        .parse::<SettingsForm>()
        .map(|choice| parse_roles(&choice.required));
    render::html(&SettingsPage::new(&app, &may, ticked.as_deref()).await?)
}

/// `POST /settings`
async fn update(
    may: RecentlyAuthenticated<ManageSettings>,
    State(app): State<App>,
    Form(choice): Form<SettingsForm>,
) -> Result<Response, Error> {
    let chosen = parse_roles(&choice.required);
    match required_roles::set_roles(&app, may.actor(), &parse_roles(&choice.shown), &chosen).await?
    {
        RequiredRolesOutcome::Done | RequiredRolesOutcome::Unchanged => {
            may.toast(Toast::success("Settings saved.")).await?;
            Ok(render::redirect("/settings"))
        }
        RequiredRolesOutcome::Conflict(now) => {
            let page = SettingsPage {
                conflict: format!(
                    "Someone else changed this. Roles that require a second factor now: {}. \
                     Nothing was saved. Your choice is selected below; save again to apply it.",
                    required_roles::describe(&now)
                ),
                ..SettingsPage::new(&app, &may, Some(&chosen)).await?
            };
            render::with_status(StatusCode::CONFLICT, &page)
        }
    }
}
