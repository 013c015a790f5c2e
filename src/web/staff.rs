//! People who sign in to the portal: list, invitation, roles, disabling and enabling, and links.
//! `domain::staff` holds the rules.

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::access::Viewer;
use super::error::Error;
use super::format::FormattedTime;
use super::layout::{Layout, Section, Toast};
use super::{render, sso_redirect};
use crate::app::App;
use crate::db::staff::Staff;
use crate::domain::ids::StaffId;
use crate::domain::role::Role;
use crate::domain::string_enum::string_enum;
use crate::mail::Delivery;
use crate::staff::Principal;
use crate::staff::emails;
use crate::staff::links::Link;

mod assigned;
mod columns;
mod disable;
mod edit;
mod email;
mod list;
mod new;
mod reset_factors;

/// Returns the routes below `/staff`, for signed-in people.
pub fn router() -> Router<App> {
    Router::new()
        .route("/staff", get(list::index).post(new::create))
        .route("/staff.csv", get(list::export))
        .merge(list::columns_router())
        .route("/staff/new", get(new::new))
        .route("/staff/{id}", get(edit::show))
        .route(
            "/staff/{id}/role",
            get(edit::redirect_to_member).post(edit::change_role),
        )
        .route(
            "/staff/{id}/link",
            get(edit::redirect_to_member).post(edit::new_link),
        )
        .route(
            "/staff/{id}/forget-identity",
            get(edit::redirect_to_member).post(edit::forget_identity),
        )
        .route(
            "/staff/{id}/enable",
            get(edit::redirect_to_member).post(edit::enable),
        )
        .route(
            "/staff/{id}/disable",
            get(disable::confirm).post(disable::disable),
        )
        .route("/staff/{id}/disabled", get(disable::disabled))
        .route("/staff/{id}/email", get(email::confirm).post(email::change))
        .route(
            "/staff/{id}/reset-factors",
            get(reset_factors::confirm).post(reset_factors::create),
        )
}

/// Maximum length of a person's name, in characters.
const MAX_NAME_LENGTH: usize = 100;

string_enum! {
    /// State of a person's access.
    enum StaffStatus {
        /// They can sign in.
        Active = "active", "Active";
        /// Their invitation was not accepted yet.
        Invited = "invited", "Invited";
        /// They can no longer sign in.
        Disabled = "disabled", "Disabled";
    }
}

impl StaffStatus {
    const fn of(staff: &Staff) -> Self {
        if staff.disabled_at.is_some() {
            Self::Disabled
        } else if staff.joined_at.is_none() {
            Self::Invited
        } else {
            Self::Active
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Active => "good",
            Self::Invited => "busy",
            Self::Disabled => "",
        }
    }
}

/// Parses the role that was chosen in a form.
fn read_role(text: &str) -> Result<Role, &'static str> {
    text.parse().map_err(|_| "Choose a role.")
}

/// Role as a choice in a form.
struct RoleChoice {
    role: Role,
    chosen: bool,
    /// Reason why it cannot be given; empty if it can.
    disabled_reason: &'static str,
}

impl RoleChoice {
    fn all(chosen: &str, may_own: bool) -> Vec<Self> {
        let choices = Role::ALL.into_iter().map(|role| Self {
            role,
            chosen: role.as_str() == chosen,
            disabled_reason: if role == Role::Owner && !may_own {
                "Only an owner can give this role."
            } else {
                ""
            },
        });
        choices.collect()
    }
}

/// Page with a link, shown once.
#[derive(Template)]
#[template(path = "staff/link.html")]
struct LinkPage {
    layout: Layout,
    id: StaffId,
    name: String,
    email: String,
    is_invitation: bool,
    /// Name of the provider at which the recipient signs in. Empty if they use a password.
    provider: String,
    url: String,
    expires: FormattedTime,
    /// Outcome of the mail; empty if the portal sends none.
    mail: String,
}

impl LinkPage {
    async fn show(
        app: &App,
        may: &Viewer,
        (staff, link): (&Staff, &Link),
        mail: String,
    ) -> Result<Response, Error> {
        let is_invitation = staff.joined_at.is_none();
        let title = if is_invitation {
            "Invitation"
        } else {
            "Link for a new password"
        };
        render::html(&Self {
            layout: may.layout(title, Section::Staff).await?,
            id: staff.id,
            name: staff.name.clone(),
            email: staff.email.clone(),
            is_invitation,
            provider: if app.settings.allows_local_sign_in(staff.role) {
                String::new()
            } else {
                sso_redirect::provider_name(app).to_owned()
            },
            url: link.url.to_string(),
            expires: may.times().format(link.expires_at),
            mail,
        })
    }
}

/// Mails a link if the portal has a mail server. Shows the link if it has none, or if the server
/// did not accept the mail.
async fn deliver_link(
    app: &App,
    may: &Viewer,
    staff: &Staff,
    link: &Link,
) -> Result<Response, Error> {
    let mail = match emails::send_link(app, Principal::Actor(may.actor()), staff, link).await {
        Some(Delivery::Accepted) => {
            let what = if staff.joined_at.is_none() {
                "The invitation"
            } else {
                "The link"
            };
            let text = format!(
                "{what} was sent to {}. It works once, until {}.",
                staff.email,
                may.times().absolute(link.expires_at)
            );
            let toast = Toast::success(text);
            may.toast(toast).await?;
            return Ok(render::redirect(&format!("/staff/{}", staff.id)));
        }
        Some(Delivery::Failed(failure)) => format!(
            "{failure} No email was sent. Send the link \
                                                    yourself."
        ),
        Some(Delivery::Pending) => {
            "The mail server has not answered yet. The email may still arrive. You can also send \
             this link yourself."
                .to_owned()
        }
        None => String::new(),
    };
    LinkPage::show(app, may, (staff, link), mail).await
}
