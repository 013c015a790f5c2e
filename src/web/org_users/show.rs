//! Page of one user of the organization.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;

use super::{OrgUserView, live_read, parse_user_id};
use crate::app::App;
use crate::db::{operations, org_users, staff};
use crate::domain::ids::OrgUserId;
use crate::domain::operation::OperationState;
use crate::telnyx::ErrorSummary;
use crate::web::access::{Authorized, Read, Viewer};
use crate::web::error::Error;
use crate::web::format::FormattedTime;
use crate::web::htmx::Htmx;
use crate::web::layout::{Layout, Section, Toast};
use crate::web::notice::Notice;
use crate::web::render;

pub(super) fn router() -> Router<App> {
    Router::new().route("/org-users/{id}", get(show))
}

#[derive(Template)]
#[template(path = "org_users/show.html")]
struct ShowPage {
    layout: Layout,
    person: OrgUserView,
    seen: Option<FormattedTime>,
    stale_notice: String,
    /// Address that loads data that did not come in time; empty if nothing is missing.
    refresh_href: String,
    /// Address of the page itself.
    own_href: String,
    /// Name and role on the staff of this portal; empty if they are not on the staff.
    on_staff: String,
    open: Option<Notice>,
}

/// Returns the notice about a removal in progress, or with an unknown outcome.
pub(super) async fn pending_removal(
    app: &App,
    viewer: &Viewer,
    id: &OrgUserId,
) -> Result<Option<Notice>, Error> {
    let held = operations::open_for_subject(&app.db, &format!("user:{id}")).await?;
    Ok(held.map(|operation| {
        let since = viewer.times().short(operation.began_at());
        let outcome = match operation.state {
            OperationState::Unknown => "The outcome is unknown. Someone must check.",
            _ => "The outcome is being checked.",
        };
        let text = format!("{} requested it {since}. {outcome}", operation.staff_name);
        Notice::new("warn", "A removal is not finished", text)
            .with_link("View progress", format!("/operations/{}", operation.id))
    }))
}

/// `GET /org-users/{id}`
async fn show(
    may: Authorized<Read>,
    State(app): State<App>,
    htmx: Htmx,
    id: Path<String>,
) -> Result<Response, Error> {
    let id = parse_user_id(id)?;
    // Other words are not user IDs, so Telnyx is not asked about them.
    if !id.has_usual_shape() && org_users::by_id(&app.db, &id).await?.is_none() {
        return Err(Error::NotFound);
    }
    let seen = live_read::read_user(&app, &htmx.time_budget(&app), &id).await?;
    let (trouble, rest_follows) = (
        live_read::stale_notice(&app, &htmx, &seen),
        seen.rest_follows,
    );
    let Some(user) = seen.value else {
        return user_not_found(&may, seen.failure).await;
    };
    let on_staff = match user.email.as_deref() {
        Some(email) => staff::by_email(&app.db, email).await?,
        None => None,
    };
    let on_staff = on_staff.map(|person| {
        let disabled = if person.disabled_at.is_some() {
            ", disabled"
        } else {
            ""
        };
        format!("{}, {}{disabled}.", person.name, person.role.label())
    });
    let person = OrgUserView::new(&user, &app, &may);
    let page = ShowPage {
        layout: may.layout(person.email.clone(), Section::OrgUsers).await?,
        person,
        seen: seen.at.map(|at| may.times().format(at)),
        stale_notice: trouble,
        refresh_href: if rest_follows {
            format!("/org-users/{id}")
        } else {
            String::new()
        },
        own_href: format!("/org-users/{id}"),
        on_staff: on_staff.unwrap_or_default(),
        open: pending_removal(&app, &may, &id).await?,
    };
    render::html(&page)
}

/// Answers a request for an unknown user. Telnyx has no such user, or cannot be asked and the
/// portal does not know the user.
pub(super) async fn user_not_found(
    viewer: &Viewer,
    trouble: Option<ErrorSummary>,
) -> Result<Response, Error> {
    let Some(trouble) = trouble else {
        return Err(Error::NotFound);
    };
    viewer
        .toast(Toast::new(
            "warning",
            format!(
                "This portal does not know that user. {}",
                live_read::failure_message(trouble)
            ),
        ))
        .await?;
    Ok(render::redirect("/org-users"))
}
