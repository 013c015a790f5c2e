//! Invitation of a staff member: `/staff/new`.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::{MAX_NAME_LENGTH, RoleChoice, deliver_link, read_role};
use crate::app::App;
use crate::db;
use crate::domain::email::Email;
use crate::domain::role::Permission;
use crate::domain::text;
use crate::staff::{self, Principal, members};
use crate::web::access::{Authorized, ManageStaff, RecentlyAuthenticated};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::layout::{Layout, Section};
use crate::web::render;

#[derive(Template)]
#[template(path = "staff/new.html")]
struct NewPage {
    layout: Layout,
    form: InvitationForm,
    roles: Vec<RoleChoice>,
    mails: bool,
}

impl NewPage {
    async fn new(
        app: &App,
        may: &Authorized<ManageStaff>,
        form: InvitationForm,
    ) -> Result<Self, Error> {
        Ok(Self {
            layout: may.layout("Invite staff", Section::Staff).await?,
            roles: RoleChoice::all(&form.role.value, may.can(Permission::ManageOwners)),
            form,
            mails: app.mail.is_some(),
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct InvitationForm {
    name: Field,
    email: Field,
    role: Field,
}

/// `GET /staff/new`
pub(super) async fn new(
    may: RecentlyAuthenticated<ManageStaff>,
    State(app): State<App>,
    kept: DraftForm,
) -> Result<Response, Error> {
    render::html(&NewPage::new(&app, &may, kept.parse().unwrap_or_default()).await?)
}

/// `POST /staff`
///
/// Invites the person. Mails the link, or shows it once if that is not possible.
pub(super) async fn create(
    may: RecentlyAuthenticated<ManageStaff>,
    State(app): State<App>,
    Form(mut form): Form<InvitationForm>,
) -> Result<Response, Error> {
    let name = form
        .name
        .read(|name| text::parse_line(name, MAX_NAME_LENGTH));
    let email = form.email.read(str::parse::<Email>);
    let role = form.role.read(read_role);
    let (Some(name), Some(email), Some(role)) = (name, email, role) else {
        return render::invalid_form(&NewPage::new(&app, &may, form).await?);
    };
    match members::invite(&app, Principal::Actor(may.actor()), &email, &name, role).await {
        Ok((id, link)) => {
            let staff = db::staff::by_id(&app.db, id)
                .await?
                .ok_or(Error::NotFound)?;
            deliver_link(&app, &may, &staff, &link).await
        }
        Err(error @ staff::Error::EmailTaken) => {
            form.email.set_error(error.to_string());
            render::invalid_form(&NewPage::new(&app, &may, form).await?)
        }
        Err(error @ staff::Error::Refused(_)) => {
            form.role.set_error(error.to_string());
            render::invalid_form(&NewPage::new(&app, &may, form).await?)
        }
        Err(error) => Err(error.into()),
    }
}
