//! Page of one staff member: role, link, and enabling.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::assigned::AssignedAccounts;
use super::{LinkPage, RoleChoice, StaffStatus, deliver_link, read_role};
use crate::app::App;
use crate::db::audit::{self, EventFilter};
use crate::db::staff::{self, Staff};
use crate::domain::audit::EventKind;
use crate::domain::ids::StaffId;
use crate::domain::role::{Permission, Role};
use crate::domain::staff::{StaffChange, StaffRefusal, check};
use crate::staff::{Error as StaffError, Principal, members, sso};
use crate::web::access::{Authorized, ManageStaff, Read, RecentlyAuthenticated, Viewer};
use crate::web::confirmation::{Fact, crumbs};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::format::FormattedTime;
use crate::web::layout::{Layout, Section, Toast};
use crate::web::{render, sso_redirect};

/// Page of one staff member, with the possible actions.
#[derive(Template)]
#[template(path = "staff/show.html")]
pub(super) struct ShowPage {
    layout: Layout,
    id: StaffId,
    name: String,
    email: String,
    role: Role,
    version: i64,
    status: StaffStatus,
    is_oneself: bool,
    assigned: AssignedAccounts,
    created: FormattedTime,
    disabled: FormattedTime,
    last_sign_in: FormattedTime,
    roles: Vec<RoleChoice>,
    role_error: String,
    conflict: String,
    /// Reason why the reader's role allows no action; empty if it allows some.
    no_access: String,
    /// Reasons why each action is not possible; empty if it is.
    no_role: String,
    no_disable: String,
    no_enable: String,
    no_link: String,
    no_reset: String,
    no_forget: String,
    no_email: String,
    second_factor: bool,
    /// Name of the provider of single sign-on; empty if there is none.
    provider: String,
    /// Time since which they are linked to an account at the provider; `None` if they are not.
    linked: Option<FormattedTime>,
    /// True if links are mailed.
    mails: bool,
}

impl ShowPage {
    pub(super) async fn new(app: &App, viewer: &Viewer, staff: &Staff) -> Result<Self, Error> {
        let everybody: Vec<_> = staff::all(&app.db)
            .await?
            .iter()
            .map(members::member)
            .collect();
        let (by, target) = (members::member(viewer.staff()), members::member(staff));
        let why_not = |change| {
            check(
                crate::domain::staff::Requester::Member(by),
                target,
                change,
                &everybody,
            )
            .err()
            .map(|refusal| refusal.to_string())
            .unwrap_or_default()
        };
        let times = viewer.times();
        // Any other role tells if the role can be changed. This one takes nothing away from the
        // portal.
        let another = if staff.role == Role::Viewer {
            Role::Manager
        } else {
            Role::Viewer
        };
        Ok(Self {
            layout: viewer.layout(staff.name.clone(), Section::Staff).await?,
            id: staff.id,
            name: staff.name.clone(),
            email: staff.email.clone(),
            role: staff.role,
            version: staff.version,
            status: StaffStatus::of(staff),
            is_oneself: staff.id == viewer.staff().id,
            assigned: AssignedAccounts::of(app, viewer, staff.id).await?,
            created: times.format(staff.created_at),
            disabled: times.format_or_never(staff.disabled_at),
            last_sign_in: times.format_or_never(staff.last_sign_in_at),
            roles: RoleChoice::all(staff.role.as_str(), viewer.can(Permission::ManageOwners)),
            role_error: String::new(),
            conflict: String::new(),
            no_access: if viewer.can(Permission::ManageStaff) || staff.id == viewer.staff().id {
                String::new()
            } else {
                why_not(StaffChange::Disable)
            },
            no_role: why_not(StaffChange::Role(another)),
            no_disable: why_not(StaffChange::Disable),
            no_enable: why_not(StaffChange::Enable),
            no_link: if staff.joined_at.is_some() && !app.settings.allows_local_sign_in(staff.role)
            {
                StaffRefusal::PasswordsOff.to_string()
            } else {
                why_not(StaffChange::ResetLink)
            },
            no_reset: why_not(StaffChange::ResetFactors),
            no_forget: why_not(StaffChange::ForgetIdentity),
            no_email: why_not(StaffChange::Email),
            second_factor: staff.second_factor,
            provider: sso_redirect::provider_name(app).to_owned(),
            linked: sso::linked_at(app, staff.id)
                .await?
                .map(|at| times.format(at)),
            mails: app.mail.is_some(),
        })
    }

    fn is_disabled(&self) -> bool {
        self.status == StaffStatus::Disabled
    }

    fn is_invited(&self) -> bool {
        self.status == StaffStatus::Invited
    }

    fn activity(&self) -> String {
        crate::web::paths::with_query("/activity", [("person", self.id.to_string().as_str())])
    }
}

/// Loads the staff member whose ID is in the address.
pub(super) async fn load_staff(app: &App, id: &str) -> Result<Staff, Error> {
    let id: StaffId = id.parse().map_err(|_| Error::NotFound)?;
    staff::by_id(&app.db, id).await?.ok_or(Error::NotFound)
}

/// Describes who changed the person meanwhile, when and how.
pub(super) async fn describe_conflict(
    app: &App,
    viewer: &Viewer,
    now: &Staff,
) -> Result<String, Error> {
    let kinds = vec![
        EventKind::RoleChanged,
        EventKind::StaffDisabled,
        EventKind::StaffEnabled,
        EventKind::EmailChanged,
    ];
    let latest = audit::latest(
        &app.db,
        &EventFilter {
            kinds,
            ..EventFilter::default()
        },
        100,
    )
    .await?;
    let entry = latest
        .into_iter()
        .find(|entry| entry.event.target == now.email);
    let Some(entry) = entry else {
        return Ok("Someone else changed this person in the meantime.".to_owned());
    };
    let who = entry
        .event
        .who
        .map_or_else(|| "The server's command line".to_owned(), |who| who.name);
    let what = match entry.event.kind {
        EventKind::RoleChanged => format!("gave them the role {}", now.role.label()),
        EventKind::StaffDisabled => "disabled them".to_owned(),
        EventKind::EmailChanged => format!("changed their email to {}", now.email),
        _ => "enabled them".to_owned(),
    };
    Ok(format!(
        "{who} {what} at {}.",
        viewer.times().short(entry.at)
    ))
}

/// Returns the breadcrumbs that lead to a member of the staff.
pub(super) fn member_crumbs(staff: &Staff) -> Vec<(String, String)> {
    let page = format!("/staff/{}", staff.id);
    crumbs([("Staff", "/staff"), (&staff.name, &page)])
}

/// Returns the facts that a confirmation shows about a member of the staff.
pub(super) fn member_facts(staff: &Staff) -> Vec<Fact> {
    vec![
        Fact::text("Email", staff.email.as_str()).wide(),
        Fact::text("Role", staff.role.label()),
    ]
}

/// Version that the form showed, and the new role.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MemberForm {
    role: Field,
    version: Option<i64>,
}

/// `GET /staff/{id}`
pub(super) async fn show(
    may: Authorized<Read>,
    State(app): State<App>,
    Path(id): Path<String>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let staff = load_staff(&app, &id).await?;
    let mut page = ShowPage::new(&app, &may, &staff).await?;
    if let Some(form) = kept
        .parse::<MemberForm>()
        .filter(|form| !form.role.value.is_empty())
    {
        page.roles = RoleChoice::all(&form.role.value, may.can(Permission::ManageOwners));
    }
    render::html(&page)
}

/// Redirects a reload of an address that only accepts POST to the person's page.
pub(super) async fn redirect_to_member(
    _may: Authorized<Read>,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let id: StaffId = id.parse().map_err(|_| Error::NotFound)?;
    Ok(render::redirect(&format!("/staff/{id}")))
}

/// `POST /staff/{id}/role`
pub(super) async fn change_role(
    may: RecentlyAuthenticated<ManageStaff>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(mut form): Form<MemberForm>,
) -> Result<Response, Error> {
    let staff = load_staff(&app, &id).await?;
    let Some(role) = form.role.read(read_role) else {
        let role_error = form.role.error;
        return render::invalid_form(&ShowPage {
            role_error,
            ..ShowPage::new(&app, &may, &staff).await?
        });
    };
    match members::change_role(
        &app,
        Principal::Actor(may.actor()),
        staff.id,
        role,
        form.version,
    )
    .await
    {
        Ok(staff) => {
            redirect_with_toast(
                &may,
                &staff,
                format!("{} has the role {}.", staff.name, staff.role.label()),
            )
            .await
        }
        Err(StaffError::Stale(now)) => {
            let mut page = conflict_page(&app, &may, &now).await?;
            page.roles = RoleChoice::all(role.as_str(), may.can(Permission::ManageOwners));
            render::with_status(StatusCode::CONFLICT, &page)
        }
        Err(error @ StaffError::Refused(_)) => {
            let role_error = error.to_string();
            render::invalid_form(&ShowPage {
                role_error,
                ..ShowPage::new(&app, &may, &staff).await?
            })
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /staff/{id}/enable`
pub(super) async fn enable(
    may: RecentlyAuthenticated<ManageStaff>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(form): Form<MemberForm>,
) -> Result<Response, Error> {
    let staff = load_staff(&app, &id).await?;
    match members::enable(&app, Principal::Actor(may.actor()), staff.id, form.version).await {
        Ok(staff) => {
            redirect_with_toast(&may, &staff, format!("{} can sign in again.", staff.name)).await
        }
        Err(StaffError::Stale(now)) => render::with_status(
            StatusCode::CONFLICT,
            &conflict_page(&app, &may, &now).await?,
        ),
        Err(error) => Err(error.into()),
    }
}

/// Choice of how to hand over a link.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LinkForm {
    /// True to show the link for copying, even if the portal sends mail. A mail may have been lost.
    copy: bool,
}

/// `POST /staff/{id}/link`
///
/// Creates a link. Mails it or shows it once.
pub(super) async fn new_link(
    may: RecentlyAuthenticated<ManageStaff>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(handing): Form<LinkForm>,
) -> Result<Response, Error> {
    let staff = load_staff(&app, &id).await?;
    let link = members::create_link(&app, Principal::Actor(may.actor()), staff.id).await?;
    if handing.copy {
        LinkPage::show(&app, &may, (&staff, &link), String::new()).await
    } else {
        deliver_link(&app, &may, &staff, &link).await
    }
}

/// `POST /staff/{id}/forget-identity`
pub(super) async fn forget_identity(
    may: RecentlyAuthenticated<ManageStaff>,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let staff = load_staff(&app, &id).await?;
    let staff = sso::unlink(&app, Principal::Actor(may.actor()), staff.id).await?;
    let provider = sso_redirect::provider_name(&app);
    let words = format!(
        "{} is unlinked from {provider} and signed out everywhere.",
        staff.name
    );
    redirect_with_toast(&may, &staff, words).await
}

/// Returns the person's page with their current data and a message about the conflict.
async fn conflict_page(app: &App, viewer: &Viewer, now: &Staff) -> Result<ShowPage, Error> {
    let conflict = describe_conflict(app, viewer, now).await?;
    Ok(ShowPage {
        conflict: format!(
            "{conflict} Nothing was saved. Your choice is selected below; save again to apply it."
        ),
        ..ShowPage::new(app, viewer, now).await?
    })
}

async fn redirect_with_toast(
    viewer: &Viewer,
    staff: &Staff,
    text: String,
) -> Result<Response, Error> {
    viewer.toast(Toast::success(text)).await?;
    Ok(render::redirect(&format!("/staff/{}", staff.id)))
}
