//! Resetting somebody's second factors, which they lost: `/staff/{id}/reset-factors`.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::edit::load_staff;
use crate::app::App;
use crate::db::staff::Staff;
use crate::domain::ids::StaffId;
use crate::domain::text;
use crate::staff::factors::required_roles;
use crate::staff::factors::reset::reset;
use crate::staff::{Error as StaffError, Principal};
use crate::web::access::{ManageOwners, RecentlyAuthenticated, Viewer};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::htmx::Htmx;
use crate::web::layout::{Layout, Section, Toast};
use crate::web::render;

/// The longest reason, in characters.
const MAX_REASON_LENGTH: usize = 500;

/// Every consequence, before it is done.
#[derive(Template)]
#[template(path = "staff/reset_factors.html", blocks = ["confirm"])]
struct ConfirmPage {
    layout: Layout,
    id: StaffId,
    name: String,
    email: String,
    role: &'static str,
    is_required: bool,
    reason: Field,
    error: String,
}

impl ConfirmPage {
    async fn new(app: &App, viewer: &Viewer, staff: &Staff, reason: Field) -> Result<Self, Error> {
        Ok(Self {
            layout: viewer
                .layout(
                    format!("Reset second factors of {}", staff.name),
                    Section::Staff,
                )
                .await?,
            id: staff.id,
            name: staff.name.clone(),
            email: staff.email.clone(),
            role: staff.role.label(),
            is_required: required_roles::is_required_for(app, staff.role).await?,
            reason,
            error: String::new(),
        })
    }
}

/// Fields that the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ResetForm {
    reason: Field,
}

/// `GET /staff/{id}/reset-factors`
pub(super) async fn confirm(
    may: RecentlyAuthenticated<ManageOwners>,
    State(app): State<App>,
    htmx: Htmx,
    Path(id): Path<String>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let staff = load_staff(&app, &id).await?;
    let reason = kept.parse::<ResetForm>().unwrap_or_default().reason;
    let page = ConfirmPage::new(&app, &may, &staff, reason).await?;
    render::page_or_fragment(&htmx, &page, &page.as_confirm())
}

/// `POST /staff/{id}/reset-factors`
pub(super) async fn create(
    may: RecentlyAuthenticated<ManageOwners>,
    State(app): State<App>,
    htmx: Htmx,
    Path(id): Path<String>,
    Form(mut form): Form<ResetForm>,
) -> Result<Response, Error> {
    let staff = load_staff(&app, &id).await?;
    let reason = form
        .reason
        .read(|reason| text::parse_line(reason, MAX_REASON_LENGTH));
    let mut error = String::new();
    if let Some(reason) = reason {
        match reset(&app, Principal::Actor(may.actor()), staff.id, &reason).await {
            Ok(staff) => {
                may.toast(Toast {
                    kind: "success",
                    text: format!("{}'s second factors were reset.", staff.name),
                    undo: None,
                })
                .await?;
                return Ok(render::redirect(&format!("/staff/{}", staff.id)));
            }
            Err(refused @ (StaffError::Refused(_) | StaffError::NoFactor)) => {
                error = refused.to_string();
            }
            Err(failed) => return Err(failed.into()),
        }
    }
    let page = ConfirmPage {
        error,
        ..ConfirmPage::new(&app, &may, &staff, form.reason).await?
    };
    if htmx.partial {
        render::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page.as_confirm())
    } else {
        render::invalid_form(&page)
    }
}
