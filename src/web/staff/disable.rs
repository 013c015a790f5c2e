//! Disabling somebody, and what is to be looked at afterwards: the key that they may have, and their other sign-in.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::edit::{meanwhile, named};
use crate::app::App;
use crate::db::audit::{self, Filter, stubs};
use crate::db::org_users;
use crate::db::staff::Staff;
use crate::domain::audit::{EventKind, EventOutcome};
use crate::domain::ids::StaffId;
use crate::staff::{Principal, Error as StaffError, members};
use crate::web::access::{Fresh, ManageStaff, May, Viewer};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::htmx::Htmx;
use crate::web::page;
use crate::web::shell::{Section, Shell};
use crate::web::view::When;

/// The confirmation.
#[derive(Template)]
#[template(path = "staff/disable.html", blocks = ["confirm"])]
struct ConfirmPage {
    shell: Shell,
    id: StaffId,
    name: String,
    email: String,
    role: &'static str,
    version: i64,
    conflict: String,
    error: String,
}

impl ConfirmPage {
    async fn new(viewer: &Viewer, staff: &Staff) -> Result<Self, Error> {
        Ok(Self {
            shell: viewer.shell(format!("Disable {}", staff.name), Section::Staff).await?,
            id: staff.id,
            name: staff.name.clone(),
            email: staff.email.clone(),
            role: staff.role.label(),
            version: staff.version,
            conflict: String::new(),
            error: String::new(),
        })
    }
}

/// What the form showed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shown {
    version: Option<i64>,
}

/// `GET /staff/{id}/disable`
pub(super) async fn confirm(
    may: Fresh<ManageStaff>,
    State(app): State<App>,
    htmx: Htmx,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let staff = named(&app, &id).await?;
    let page = ConfirmPage::new(&may, &staff).await?;
    page::render(&htmx, &page, &page.as_confirm())
}

/// `POST /staff/{id}/disable`
pub(super) async fn disable(
    may: Fresh<ManageStaff>,
    State(app): State<App>,
    htmx: Htmx,
    Path(id): Path<String>,
    Form(form): Form<Shown>,
) -> Result<Response, Error> {
    let staff = named(&app, &id).await?;
    let (status, page) = match members::disable(&app, Principal::Actor(may.actor()), staff.id, form.version).await {
        Ok(_) => return Ok(page::redirect(&format!("/staff/{}/disabled", staff.id))),
        Err(StaffError::Stale(now)) => {
            let conflict = meanwhile(&app, &may, &now).await?;
            (
                StatusCode::CONFLICT,
                ConfirmPage {
                    conflict,
                    ..ConfirmPage::new(&may, &now).await?
                },
            )
        }
        Err(error @ StaffError::Refused(_)) => {
            let error = error.to_string();
            (
                StatusCode::UNPROCESSABLE_ENTITY,
                ConfirmPage {
                    error,
                    ..ConfirmPage::new(&may, &staff).await?
                },
            )
        }
        Err(error) => return Err(error.into()),
    };
    if htmx.partial {
        page::with_status(status, &page.as_confirm())
    } else {
        page::with_status(status, &page)
    }
}

/// What disabling somebody here does not take from them.
#[derive(Template)]
#[template(path = "staff/disabled.html")]
struct AfterwardsPage {
    shell: Shell,
    id: StaffId,
    name: String,
    email: String,
    org_user: Option<OrgUser>,
    keys: Vec<KeyShown>,
    /// Showings from before this day were pruned from the activity.
    pruned_before: Option<jiff::civil::Date>,
}

/// Their sign-in to Mission Control.
struct OrgUser {
    href: String,
    email: String,
}

/// A key that they saw.
struct KeyShown {
    account: String,
    href: String,
    at: When,
}

/// How many of the latest showings of keys are listed.
const KEYS: i64 = 200;

/// `GET /staff/{id}/disabled`
pub(super) async fn afterwards(
    may: May<ManageStaff>,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let staff = named(&app, &id).await?;
    if staff.disabled_at.is_none() {
        return Ok(page::redirect(&format!("/staff/{}", staff.id)));
    }
    let org_user = org_users::by_email(&app.db, &staff.email).await?.map(|user| OrgUser {
        href: user
            .id
            .map_or_else(|| "/org-users".to_owned(), |id| format!("/org-users/{id}")),
        email: user.email.unwrap_or_default(),
    });
    let filter = Filter {
        staff: Some(staff.id),
        kinds: vec![EventKind::KeyShown],
        outcome: Some(EventOutcome::Done),
        ..Filter::default()
    };
    let shown = audit::latest(&app.db, may.scope(), &filter, KEYS).await?;
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
                at: may.times().at(entry.at),
            });
        }
    }
    page::html(&AfterwardsPage {
        shell: may.shell(format!("{} is disabled", staff.name), Section::Staff).await?,
        id: staff.id,
        name: staff.name,
        email: staff.email,
        org_user,
        keys,
        pruned_before: stubs::pruned_before(&app.db).await?,
    })
}
