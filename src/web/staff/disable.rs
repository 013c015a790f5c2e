//! Disabling of a staff member, and the page about other access that they keep.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::assigned::AssignedAccounts;
use super::edit::{describe_conflict, load_staff, member_crumbs, member_facts};
use crate::app::App;
use crate::db::audit::{self, EventFilter, prune_records};
use crate::db::org_users;
use crate::db::staff::Staff;
use crate::domain::audit::{EventKind, EventOutcome};
use crate::domain::ids::StaffId;
use crate::staff::{Error as StaffError, Principal, members};
use crate::web::access::{Authorized, ManageStaff, RecentlyAuthenticated, Viewer};
use crate::web::confirmation::{Confirmation, Consequence, Subject};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::format::FormattedTime;
use crate::web::htmx::Htmx;
use crate::web::layout::{Layout, Section};
use crate::web::notice::Notice;
use crate::web::render;

fn confirmation(staff: &Staff, assigned: &AssignedAccounts) -> Confirmation {
    let page = format!("/staff/{}", staff.id);
    Confirmation {
        section: Section::Staff,
        page_title: Some(format!("Disable {}", staff.name)),
        crumbs: member_crumbs(staff),
        title: format!("Disable {}?", staff.name),
        icon: "user-x",
        danger: false,
        action: format!("{page}/disable"),
        hidden: vec![("version", staff.version.to_string())],
        notices: assigned.notice(&staff.name).into_iter().collect(),
        facts: member_facts(staff),
        consequences: vec![
            Consequence::plain("They are signed out on every device and cannot sign in."),
            Consequence::plain("Their invitation and password links stop working."),
            Consequence::plain(
                "Changes that they started continue. The activity keeps what they did.",
            ),
            Consequence::undo("You can enable them again."),
        ],
        fine_print: "Their sign-in to Mission Control and API keys that they saw do not change. \
                     The next page shows them.",
        subject: Subject::new(staff.name.as_str(), staff.email.as_str()),
        cancel: ("Cancel", page),
        button: format!("Disable {}", staff.name),
        ..Confirmation::default()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DisableForm {
    version: Option<i64>,
}

/// `GET /staff/{id}/disable`
pub(super) async fn confirm(
    may: RecentlyAuthenticated<ManageStaff>,
    State(app): State<App>,
    htmx: Htmx,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let staff = load_staff(&app, &id).await?;
    let assigned = AssignedAccounts::of(&app, &may, staff.id).await?;
    confirmation(&staff, &assigned).respond(&may, &htmx).await
}

/// `POST /staff/{id}/disable`
pub(super) async fn disable(
    may: RecentlyAuthenticated<ManageStaff>,
    State(app): State<App>,
    htmx: Htmx,
    Path(id): Path<String>,
    Form(form): Form<DisableForm>,
) -> Result<Response, Error> {
    let staff = load_staff(&app, &id).await?;
    match members::disable(&app, Principal::Actor(may.actor()), staff.id, form.version).await {
        Ok(_) => Ok(render::redirect(&format!("/staff/{}/disabled", staff.id))),
        Err(StaffError::Stale(now)) => {
            let conflict = describe_conflict(&app, &may, &now).await?;
            let text = format!("{conflict} Send it again to continue.");
            let notice = Notice::alert("warn", "Changed by someone else", text);
            refuse(&app, &may, &htmx, &now, (StatusCode::CONFLICT, notice)).await
        }
        Err(error @ StaffError::Refused(_)) => {
            let notice = Notice::alert("bad", "Not disabled", error.to_string());
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            refuse(&app, &may, &htmx, &staff, (status, notice)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Answers with the confirmation again, and with the reason why nothing was changed.
async fn refuse(
    app: &App,
    viewer: &Viewer,
    htmx: &Htmx,
    staff: &Staff,
    (status, notice): (StatusCode, Notice),
) -> Result<Response, Error> {
    let assigned = AssignedAccounts::of(app, viewer, staff.id).await?;
    let mut form = confirmation(staff, &assigned);
    form.status = status;
    form.notices.insert(0, notice);
    form.respond(viewer, htmx).await
}

/// Page about the access that a person may keep after being disabled here.
#[derive(Template)]
#[template(path = "staff/disabled.html")]
struct DisabledPage {
    layout: Layout,
    id: StaffId,
    name: String,
    email: String,
    assigned: AssignedAccounts,
    org_user: Option<OrgUser>,
    keys: Vec<KeyShown>,
    /// Day before which showings were pruned from the activity.
    pruned_before: Option<jiff::civil::Date>,
}

/// Their user in Mission Control.
struct OrgUser {
    href: String,
    email: String,
}

/// API key that was shown to them.
struct KeyShown {
    account: String,
    href: String,
    at: FormattedTime,
}

/// Maximum number of showings that are listed.
const MAX_KEY_EVENTS: i64 = 200;

/// `GET /staff/{id}/disabled`
pub(super) async fn disabled(
    may: Authorized<ManageStaff>,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let staff = load_staff(&app, &id).await?;
    if staff.disabled_at.is_none() {
        return Ok(render::redirect(&format!("/staff/{}", staff.id)));
    }
    let org_user = org_users::by_email(&app.db, &staff.email)
        .await?
        .map(|user| OrgUser {
            href: user
                .id
                .map_or_else(|| "/org-users".to_owned(), |id| format!("/org-users/{id}")),
            email: user.email.unwrap_or_default(),
        });
    let filter = EventFilter {
        staff: Some(staff.id),
        kinds: vec![EventKind::KeyShown],
        outcome: Some(EventOutcome::Done),
        ..EventFilter::default()
    };
    let shown = audit::latest(&app.db, &filter, MAX_KEY_EVENTS).await?;
    let mut keys: Vec<KeyShown> = Vec::new();
    for entry in shown {
        let href = entry
            .event
            .account
            .map_or_else(|| "/accounts".to_owned(), |id| format!("/accounts/{id}"));
        if !keys.iter().any(|key| key.href == href) {
            keys.push(KeyShown {
                account: entry.event.target,
                href,
                at: may.times().format(entry.at),
            });
        }
    }
    render::html(&DisabledPage {
        layout: may
            .layout(format!("{} is disabled", staff.name), Section::Staff)
            .await?,
        assigned: AssignedAccounts::of(&app, &may, staff.id).await?,
        id: staff.id,
        name: staff.name,
        email: staff.email,
        org_user,
        keys,
        pruned_before: prune_records::pruned_before(&app.db).await?,
    })
}
