//! Change of another person's email by an owner: `/staff/{id}/email`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::edit::{describe_conflict, load_staff, member_crumbs, member_facts};
use crate::app::App;
use crate::db::staff::Staff;
use crate::domain::email::Email;
use crate::staff::{Error as StaffError, Principal, email_change};
use crate::web::access::{ManageOwners, RecentlyAuthenticated, Viewer};
use crate::web::confirmation::{Confirmation, ConfirmationField, Consequence, Subject};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::htmx::Htmx;
use crate::web::layout::{Section, Toast};
use crate::web::notice::Notice;
use crate::web::render;

/// Version of the person that the form showed, and the new email.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct EmailForm {
    email: Field,
    version: Option<i64>,
}

/// Returns the confirmation with what was typed.
fn confirmation(staff: &Staff, email: Field) -> Confirmation {
    let page = format!("/staff/{}", staff.id);
    let mut consequences = vec![
        Consequence::plain("They sign in with the new email at once. Their password stays."),
        Consequence::plain("Links that were sent to the old email stop working."),
        Consequence::plain("Both emails get a notice, if this portal sends email."),
    ];
    if staff.joined_at.is_none() {
        consequences.push(Consequence::plain(
            "Their invitation ends. Send a new one from their page.",
        ));
    }
    let status = if email.is_wrong() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Confirmation {
        section: Section::Staff,
        page_title: Some(format!("Change the email of {}", staff.name)),
        crumbs: member_crumbs(staff),
        title: format!("Change the email of {}?", staff.name),
        icon: "mail",
        action: format!("{page}/email"),
        hidden: vec![("version", staff.version.to_string())],
        facts: member_facts(staff),
        consequences,
        fine_print: "Make sure that the new email is really theirs: the person who reads it can ask for a \
                     new password.",
        fields: vec![ConfirmationField::new("email", "New email", email)],
        subject: Subject::new(staff.name.as_str(), staff.email.as_str()),
        cancel: ("Cancel", page),
        button: "Change email".to_owned(),
        status,
        ..Confirmation::default()
    }
}

/// `GET /staff/{id}/email`
pub(super) async fn confirm(
    may: RecentlyAuthenticated<ManageOwners>,
    State(app): State<App>,
    htmx: Htmx,
    Path(id): Path<String>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let staff = load_staff(&app, &id).await?;
    let email = kept.parse::<EmailForm>().unwrap_or_default().email;
    confirmation(&staff, email).respond(&may, &htmx).await
}

/// `POST /staff/{id}/email`
pub(super) async fn change(
    may: RecentlyAuthenticated<ManageOwners>,
    State(app): State<App>,
    htmx: Htmx,
    Path(id): Path<String>,
    Form(mut form): Form<EmailForm>,
) -> Result<Response, Error> {
    let staff = load_staff(&app, &id).await?;
    let Some(email) = form.email.read(str::parse::<Email>) else {
        return confirmation(&staff, form.email).respond(&may, &htmx).await;
    };
    let by = Principal::Actor(may.actor());
    match email_change::change(&app, by, staff.id, &email, form.version).await {
        Ok(staff) => {
            let text = format!("{} signs in with {} now.", staff.name, staff.email);
            may.toast(Toast::success(text)).await?;
            Ok(render::redirect(&format!("/staff/{}", staff.id)))
        }
        Err(error @ (StaffError::EmailTaken | StaffError::SameEmail)) => {
            form.email.set_error(error.to_string());
            confirmation(&staff, form.email).respond(&may, &htmx).await
        }
        Err(StaffError::Stale(now)) => show_conflict(&app, &may, &htmx, &now, form.email).await,
        Err(refused @ StaffError::Refused(_)) => {
            let mut page = confirmation(&staff, form.email);
            page.status = StatusCode::UNPROCESSABLE_ENTITY;
            page.notices = vec![Notice::alert("bad", "Not changed", refused.to_string())];
            page.respond(&may, &htmx).await
        }
        Err(failed) => Err(failed.into()),
    }
}

async fn show_conflict(
    app: &App,
    viewer: &Viewer,
    htmx: &Htmx,
    now: &Staff,
    email: Field,
) -> Result<Response, Error> {
    let conflict = describe_conflict(app, viewer, now).await?;
    let mut page = confirmation(now, email);
    page.status = StatusCode::CONFLICT;
    page.notices = vec![Notice::alert(
        "warn",
        "Changed by someone else",
        format!("{conflict} Nothing was saved. Send the form again to apply it."),
    )];
    page.respond(viewer, htmx).await
}
