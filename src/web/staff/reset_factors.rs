//! Reset of the second factors of a person who lost them: `/staff/{id}/reset-factors`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::edit::{load_staff, member_crumbs, member_facts};
use crate::app::App;
use crate::db::staff::Staff;
use crate::domain::text;
use crate::staff::factors::required_roles;
use crate::staff::factors::reset::reset;
use crate::staff::{Error as StaffError, Principal};
use crate::web::access::{ManageOwners, RecentlyAuthenticated, Viewer};
use crate::web::confirmation::{Confirmation, ConfirmationField, Consequence, Subject};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::htmx::Htmx;
use crate::web::layout::{Section, Toast};
use crate::web::notice::Notice;
use crate::web::render;

/// Maximum length of a reason, in characters.
const MAX_REASON_LENGTH: usize = 500;

/// Shows the confirmation with the typed reason, and with the refusal if there is one.
async fn show_confirmation(
    app: &App,
    viewer: &Viewer,
    htmx: &Htmx,
    staff: &Staff,
    reason: Field,
    refusal: Option<Notice>,
) -> Result<Response, Error> {
    let page = format!("/staff/{}", staff.id);
    let alone = "They sign in with their password alone";
    let sign_in = if required_roles::is_required_for(app, staff.role).await? {
        format!("{alone}, and must set up a second factor first: their role requires one.")
    } else {
        format!("{alone}.")
    };
    let is_refused = refusal.is_some() || reason.is_wrong();
    let form = Confirmation {
        section: Section::Staff,
        page_title: Some(format!("Reset second factors of {}", staff.name)),
        crumbs: member_crumbs(staff),
        title: format!("Reset second factors of {}?", staff.name),
        icon: "key-round",
        danger: true,
        action: format!("{page}/reset-factors"),
        notices: refusal.into_iter().collect(),
        facts: member_facts(staff),
        consequences: vec![
            Consequence::plain(
                "Their authenticator app, passkeys and recovery codes are removed. This cannot be undone.",
            ),
            Consequence::plain("They are signed out on every device at once."),
            Consequence::plain(sign_in),
            Consequence::plain("Their profile shows that you did it, and why."),
        ],
        fine_print: "Make sure that the request is really from them: call them back at a number \
                     that you know.",
        fields: vec![
            ConfirmationField::new("reason", "Reason", reason)
                .hint("Recorded in the activity, and shown to them."),
        ],
        subject: Subject::new(staff.name.as_str(), staff.email.as_str()),
        cancel: ("Cancel", page),
        button: "Reset second factors".to_owned(),
        status: if is_refused {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::OK
        },
        ..Confirmation::default()
    };
    form.respond(viewer, htmx).await
}

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
    show_confirmation(&app, &may, &htmx, &staff, reason, None).await
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
    let mut refusal = None;
    if let Some(reason) = reason {
        match reset(&app, Principal::Actor(may.actor()), staff.id, &reason).await {
            Ok(staff) => {
                may.toast(Toast::success(format!(
                    "{}'s second factors were reset.",
                    staff.name
                )))
                .await?;
                return Ok(render::redirect(&format!("/staff/{}", staff.id)));
            }
            Err(refused @ (StaffError::Refused(_) | StaffError::NoFactor)) => {
                refusal = Some(Notice::alert("bad", "Not reset", refused.to_string()));
            }
            Err(failed) => return Err(failed.into()),
        }
    }
    show_confirmation(&app, &may, &htmx, &staff, form.reason, refusal).await
}
