//! One user of the organization.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;

use super::{Person, reading, user_id};
use crate::app::App;
use crate::db::{operations, org_users, staff};
use crate::domain::ids::OrgUserId;
use crate::domain::operation::State as Stands;
use crate::telnyx::Trouble;
use crate::web::access::{May, Read, Viewer};
use crate::web::error::Error;
use crate::web::htmx::Htmx;
use crate::web::page;
use crate::web::shell::{Section, Shell, Toast};
use crate::web::view::When;

pub(super) fn router() -> Router<App> {
    Router::new().route("/org-users/{id}", get(show))
}

#[derive(Template)]
#[template(path = "org_users/show.html")]
struct ShowPage {
    shell: Shell,
    person: Person,
    seen: Option<When>,
    trouble: String,
    /// Where what did not come in time follows; empty where nothing does.
    rest: String,
    /// The page's own address.
    here: String,
    /// Their name and role on the staff of this portal; empty where they are not on it.
    on_staff: String,
    open: Option<Open>,
}

/// A removal that is under way or whose outcome is not known.
pub(super) struct Open {
    pub href: String,
    pub text: String,
}

impl Open {
    pub async fn of(app: &App, viewer: &Viewer, id: &OrgUserId) -> Result<Option<Self>, Error> {
        let held = operations::holding(&app.db, viewer.scope(), &format!("user:{id}")).await?;
        Ok(held.map(|operation| {
            let since = viewer.times().clock(operation.began_at());
            let text = match operation.state {
                Stands::Unknown => "Whether it happened is not known; somebody has to look.",
                _ => "Whether it happened is being found out.",
            };
            Self {
                href: format!("/operations/{}", operation.id),
                text: format!("{} asked for it at {since}. {text}", operation.staff_name),
            }
        }))
    }
}

/// `GET /org-users/{id}`
async fn show(may: May<Read>, State(app): State<App>, htmx: Htmx, id: Path<String>) -> Result<Response, Error> {
    let id = user_id(id)?;
    // Other words of an address are no users, and nothing to ask Telnyx about.
    if !id.has_usual_shape() && org_users::by_id(&app.db, &id).await?.is_none() {
        return Err(Error::NotFound);
    }
    let seen = reading::user(&app, &htmx.patience(&app), &id).await?;
    let (trouble, rest_follows) = (reading::told(&app, &htmx, &seen), seen.rest_follows);
    let Some(user) = seen.value else {
        return nobody(&may, seen.trouble).await;
    };
    let on_staff = match user.email.as_deref() {
        Some(email) => staff::by_email(&app.db, email).await?,
        None => None,
    };
    let on_staff = on_staff.map(|person| {
        let disabled = if person.disabled_at.is_some() { ", disabled" } else { "" };
        format!("{}, {}{disabled}.", person.name, person.role.label())
    });
    let person = Person::new(&user, &app, &may);
    let page = ShowPage {
        shell: may.shell(person.email.clone(), Section::OrgUsers).await?,
        person,
        seen: seen.at.map(|at| may.times().at(at)),
        trouble,
        rest: if rest_follows {
            format!("/org-users/{id}")
        } else {
            String::new()
        },
        here: format!("/org-users/{id}"),
        on_staff: on_staff.unwrap_or_default(),
        open: Open::of(&app, &may, &id).await?,
    };
    page::html(&page)
}

/// Telnyx has no such user; or it cannot be asked, and nothing is known of one.
pub(super) async fn nobody(viewer: &Viewer, trouble: Option<Trouble>) -> Result<Response, Error> {
    let Some(trouble) = trouble else {
        return Err(Error::NotFound);
    };
    viewer
        .toast(Toast {
            kind: "warning",
            text: format!("This portal does not know that user. {}", reading::words(trouble)),
            undo: None,
        })
        .await?;
    Ok(page::redirect("/org-users"))
}
