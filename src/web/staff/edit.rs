//! One of the staff: role, link, enabling.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{LinkPage, RoleChoice, Standing, hand_over};
use crate::app::App;
use crate::db::audit::{self, Filter};
use crate::db::staff::{self, Staff};
use crate::domain::audit::EventKind;
use crate::domain::ids::StaffId;
use crate::domain::role::{Permission, Role};
use crate::domain::staff::{Change, Refusal, check};
use crate::staff::{Principal, Error as StaffError, members, sso};
use crate::web::access::{Fresh, ManageStaff, May, Read, Viewer};
use crate::web::error::Error;
use crate::web::form::{Field, Form, Kept};
use crate::web::shell::{Section, Shell, Toast};
use crate::web::view::When;
use crate::web::{onward, page};

/// Somebody, with what can be done to them.
#[derive(Template)]
#[template(path = "staff/show.html")]
pub(super) struct ShowPage {
    shell: Shell,
    id: StaffId,
    name: String,
    email: String,
    role: Role,
    version: i64,
    standing: Standing,
    is_oneself: bool,
    created: When,
    disabled: When,
    last_sign_in: When,
    roles: Vec<RoleChoice>,
    role_error: String,
    conflict: String,
    /// Why each cannot be done; empty where it can.
    no_role: String,
    no_disable: String,
    no_enable: String,
    no_link: String,
    no_reset: String,
    no_forget: String,
    second_factor: bool,
    /// What people call the provider of single sign-on; empty where there is none.
    provider: String,
    /// Since when they are linked to an account there; empty where they are not.
    linked: Option<When>,
    /// Links are mailed.
    mails: bool,
}

impl ShowPage {
    pub(super) async fn new(app: &App, viewer: &Viewer, staff: &Staff) -> Result<Self, Error> {
        let everybody: Vec<_> = staff::all(&app.db).await?.iter().map(members::member).collect();
        let (by, target) = (members::member(viewer.staff()), members::member(staff));
        let why_not = |change| {
            check(crate::domain::staff::By::Member(by), target, change, &everybody)
                .err()
                .map(|refusal| refusal.to_string())
                .unwrap_or_default()
        };
        let times = viewer.times();
        // Whether any role could be given: one that takes nothing away from the portal.
        let another = if staff.role == Role::Viewer {
            Role::Manager
        } else {
            Role::Viewer
        };
        Ok(Self {
            shell: viewer.shell(staff.name.clone(), Section::Staff).await?,
            id: staff.id,
            name: staff.name.clone(),
            email: staff.email.clone(),
            role: staff.role,
            version: staff.version,
            standing: Standing::of(staff),
            is_oneself: staff.id == viewer.staff().id,
            created: times.at(staff.created_at),
            disabled: times.at_or_never(staff.disabled_at),
            last_sign_in: times.at_or_never(staff.last_sign_in_at),
            roles: RoleChoice::all(staff.role.as_str(), viewer.can(Permission::ManageOwners)),
            role_error: String::new(),
            conflict: String::new(),
            no_role: why_not(Change::Role(another)),
            no_disable: why_not(Change::Disable),
            no_enable: why_not(Change::Enable),
            no_link: if staff.joined_at.is_some() && !app.settings.allows_local_sign_in(staff.role) {
                Refusal::PasswordsOff.to_string()
            } else {
                why_not(Change::ResetLink)
            },
            no_reset: why_not(Change::ResetFactors),
            no_forget: why_not(Change::ForgetIdentity),
            second_factor: staff.second_factor,
            provider: onward::provider(app).to_owned(),
            linked: sso::linked_at(app, staff.id).await?.map(|at| times.at(at)),
            mails: app.mail.is_some(),
        })
    }

    fn is_disabled(&self) -> bool {
        self.standing == Standing::Disabled
    }

    fn is_invited(&self) -> bool {
        self.standing == Standing::Invited
    }

    fn activity(&self) -> String {
        crate::web::paths::with_query("/activity", [("person", self.id.to_string().as_str())])
    }
}

/// The one whom an address names.
pub(super) async fn named(app: &App, id: &str) -> Result<Staff, Error> {
    let id: StaffId = id.parse().map_err(|_| Error::NotFound)?;
    staff::by_id(&app.db, id).await?.ok_or(Error::NotFound)
}

/// Who changed somebody meanwhile, when and how.
pub(super) async fn meanwhile(app: &App, viewer: &Viewer, now: &Staff) -> Result<String, Error> {
    let kinds = vec![
        EventKind::RoleChanged,
        EventKind::StaffDisabled,
        EventKind::StaffEnabled,
    ];
    let latest = audit::latest(
        &app.db,
        viewer.scope(),
        &Filter {
            kinds,
            ..Filter::default()
        },
        100,
    )
    .await?;
    let entry = latest.into_iter().find(|entry| entry.event.target == now.email);
    let Some(entry) = entry else {
        return Ok("They were changed meanwhile.".to_owned());
    };
    let who = entry
        .event
        .who
        .map_or_else(|| "The server's command line".to_owned(), |who| who.name);
    let what = match entry.event.kind {
        EventKind::RoleChanged => format!("gave them the role {}", now.role.label()),
        EventKind::StaffDisabled => "disabled them".to_owned(),
        _ => "enabled them".to_owned(),
    };
    Ok(format!("{who} {what} at {}.", viewer.times().clock(entry.at)))
}

/// What the form showed, and the new role.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shown {
    role: Field,
    version: Option<i64>,
}

/// `GET /staff/{id}`
pub(super) async fn show(
    may: May<Read>,
    State(app): State<App>,
    Path(id): Path<String>,
    kept: Kept,
) -> Result<Response, Error> {
    let staff = named(&app, &id).await?;
    let mut page = ShowPage::new(&app, &may, &staff).await?;
    if let Some(form) = kept.fill::<Shown>().filter(|form| !form.role.value.is_empty()) {
        page.roles = RoleChoice::all(&form.role.value, may.can(Permission::ManageOwners));
    }
    page::html(&page)
}

/// `GET` on what is only sent: a reload of a refused form leads back to the person.
pub(super) async fn back(_may: May<Read>, Path(id): Path<String>) -> Result<Response, Error> {
    let id: StaffId = id.parse().map_err(|_| Error::NotFound)?;
    Ok(page::redirect(&format!("/staff/{id}")))
}

/// `POST /staff/{id}/role`
pub(super) async fn change_role(
    may: Fresh<ManageStaff>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(mut form): Form<Shown>,
) -> Result<Response, Error> {
    let staff = named(&app, &id).await?;
    let Some(role) = form.role.read(str::parse::<Role>) else {
        let role_error = form.role.error;
        return page::invalid(&ShowPage {
            role_error,
            ..ShowPage::new(&app, &may, &staff).await?
        });
    };
    match members::change_role(&app, Principal::Actor(may.actor()), staff.id, role, form.version).await {
        Ok(staff) => {
            said(
                &may,
                &staff,
                format!("{} has the role {}.", staff.name, staff.role.label()),
            )
            .await
        }
        Err(StaffError::Stale(now)) => {
            let mut page = conflicting(&app, &may, &now).await?;
            page.roles = RoleChoice::all(role.as_str(), may.can(Permission::ManageOwners));
            page::with_status(StatusCode::CONFLICT, &page)
        }
        Err(error @ StaffError::Refused(_)) => {
            let role_error = error.to_string();
            page::invalid(&ShowPage {
                role_error,
                ..ShowPage::new(&app, &may, &staff).await?
            })
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /staff/{id}/enable`
pub(super) async fn enable(
    may: Fresh<ManageStaff>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(form): Form<Shown>,
) -> Result<Response, Error> {
    let staff = named(&app, &id).await?;
    match members::enable(&app, Principal::Actor(may.actor()), staff.id, form.version).await {
        Ok(staff) => said(&may, &staff, format!("{} can sign in again.", staff.name)).await,
        Err(StaffError::Stale(now)) => page::with_status(StatusCode::CONFLICT, &conflicting(&app, &may, &now).await?),
        Err(error) => Err(error.into()),
    }
}

/// How a link is to be handed over.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Handing {
    /// Shown to be copied, also where the portal sends mail: mail that was sent may be lost.
    copy: bool,
}

/// `POST /staff/{id}/link`: it is mailed, or the answer shows it, this once.
pub(super) async fn new_link(
    may: Fresh<ManageStaff>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(handing): Form<Handing>,
) -> Result<Response, Error> {
    let staff = named(&app, &id).await?;
    let link = members::create_link(&app, Principal::Actor(may.actor()), staff.id).await?;
    if handing.copy {
        LinkPage::show(&app, &may, (&staff, &link), String::new()).await
    } else {
        hand_over(&app, &may, &staff, &link).await
    }
}

/// `POST /staff/{id}/forget-identity`
pub(super) async fn forget_identity(
    may: Fresh<ManageStaff>,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let staff = named(&app, &id).await?;
    let staff = sso::unlink(&app, Principal::Actor(may.actor()), staff.id).await?;
    let provider = onward::provider(&app);
    let words = format!("{} is unlinked from {provider} and signed out everywhere.", staff.name);
    said(&may, &staff, words).await
}

/// The person as they are now, with the bar that says what happened.
async fn conflicting(app: &App, viewer: &Viewer, now: &Staff) -> Result<ShowPage, Error> {
    let conflict = meanwhile(app, viewer, now).await?;
    Ok(ShowPage {
        conflict,
        ..ShowPage::new(app, viewer, now).await?
    })
}

async fn said(viewer: &Viewer, staff: &Staff, text: String) -> Result<Response, Error> {
    viewer
        .toast(Toast {
            kind: "success",
            text,
            undo: None,
        })
        .await?;
    Ok(page::redirect(&format!("/staff/{}", staff.id)))
}
