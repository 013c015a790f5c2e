//! Inviting somebody: `/staff/new`.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::{LONGEST_NAME, RoleChoice, hand_over};
use crate::app::App;
use crate::db;
use crate::domain::email::Email;
use crate::domain::role::{Permission, Role};
use crate::domain::text;
use crate::staff::{self, Principal, members};
use crate::web::access::{Fresh, ManageStaff, May};
use crate::web::error::Error;
use crate::web::form::{Field, Form, Kept};
use crate::web::page;
use crate::web::shell::{Section, Shell};

/// The form.
#[derive(Template)]
#[template(path = "staff/new.html")]
struct NewPage {
    shell: Shell,
    form: Invitation,
    roles: Vec<RoleChoice>,
    mails: bool,
}

impl NewPage {
    async fn new(app: &App, may: &May<ManageStaff>, form: Invitation) -> Result<Self, Error> {
        Ok(Self {
            shell: may.shell("Invite staff", Section::Staff).await?,
            roles: RoleChoice::all(&form.role.value, may.can(Permission::ManageOwners)),
            form,
            mails: app.mail.is_some(),
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Invitation {
    name: Field,
    email: Field,
    role: Field,
}

/// `GET /staff/new`
pub(super) async fn new(may: Fresh<ManageStaff>, State(app): State<App>, kept: Kept) -> Result<Response, Error> {
    page::html(&NewPage::new(&app, &may, kept.fill().unwrap_or_default()).await?)
}

/// `POST /staff`: the link is mailed, or the answer shows it, this once.
pub(super) async fn create(
    may: Fresh<ManageStaff>,
    State(app): State<App>,
    Form(mut form): Form<Invitation>,
) -> Result<Response, Error> {
    let name = form.name.read(|name| text::line(name, LONGEST_NAME));
    let email = form.email.read(str::parse::<Email>);
    let role = form.role.read(str::parse::<Role>);
    let (Some(name), Some(email), Some(role)) = (name, email, role) else {
        return page::invalid(&NewPage::new(&app, &may, form).await?);
    };
    match members::invite(&app, Principal::Actor(may.actor()), &email, &name, role).await {
        Ok((id, link)) => {
            let staff = db::staff::by_id(&app.db, id).await?.ok_or(Error::NotFound)?;
            hand_over(&app, &may, &staff, &link).await
        }
        Err(error @ staff::Error::EmailTaken) => {
            form.email.refuse(error.to_string());
            page::invalid(&NewPage::new(&app, &may, form).await?)
        }
        Err(error @ staff::Error::Refused(_)) => {
            form.role.refuse(error.to_string());
            page::invalid(&NewPage::new(&app, &may, form).await?)
        }
        Err(error) => Err(error.into()),
    }
}
