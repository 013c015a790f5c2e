//! Change of a person's own email. `/profile/email` sends a link to the new one, and
//! `/profile/email/{token}` is what the link opens.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use crate::app::App;
use crate::db::email_changes;
use crate::db::staff::Staff;
use crate::domain::email::Email;
use crate::staff::Error as StaffError;
use crate::staff::email_change::{self, EmailRequest};
use crate::web::access::{Authorized, Read, RecentlyAuthenticated};
use crate::web::confirmation::{Confirmation, ConfirmationField, Consequence, Fact, crumbs};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::htmx::Htmx;
use crate::web::layout::{Section, Toast};
use crate::web::notice::Notice;
use crate::web::{format, render};

/// Returns the routes of the change.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/profile/email", get(new).post(create))
        .route("/profile/email/{token}", get(confirm).post(change))
}

/// Text of the profile about the email.
pub(super) struct EmailCard {
    pub text: String,
    /// True if the person can change it themselves.
    pub is_changeable: bool,
}

impl EmailCard {
    pub(super) async fn new(app: &App, may: &Authorized<Read>) -> Result<Self, Error> {
        let staff = may.staff();
        let is_changeable = email_change::is_available(app, staff);
        let times = may.times();
        let pending = email_changes::pending(&app.db, staff.id, times.now()).await?;
        let text = match pending {
            Some((email, until)) => format!(
                "You sign in with {}. A link to confirm {email} was sent there. It works until {}.",
                staff.email,
                times.absolute(until)
            ),
            None if is_changeable => format!("You sign in with {}.", staff.email),
            None => format!(
                "You sign in with {}. This portal sends no email, so ask an owner to change it.",
                staff.email
            ),
        };
        Ok(Self {
            text,
            is_changeable,
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct EmailForm {
    email: Field,
}

/// Returns the form with what was typed.
fn request_form(app: &App, staff: &Staff, email: Field) -> Confirmation {
    let status = if email.is_wrong() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let (consequences, button, hint) = if app.mail.is_some() {
        let consequences = vec![
            Consequence::plain("A link is sent to the new email. It works for one hour."),
            Consequence::plain("Your email changes when you open the link."),
            Consequence::plain("The old email gets a notice."),
        ];
        (
            consequences,
            "Send the link",
            "You sign in with it. Emails from this portal go there.",
        )
    } else {
        let consequences = vec![Consequence::plain(
            "This portal sends no email, so the new one is not checked. It takes effect at once.",
        )];
        (consequences, "Change email", "You sign in with it.")
    };
    let mut form = Confirmation {
        section: Section::Other,
        page_title: Some("Change your email".to_owned()),
        crumbs: crumbs([("Profile", "/profile")]),
        title: "Change your email".to_owned(),
        icon: "mail",
        action: "/profile/email".to_owned(),
        facts: vec![Fact::text("Current email", staff.email.as_str()).wide()],
        consequences,
        fields: vec![ConfirmationField::new("email", "New email", email).hint(hint)],
        cancel: ("Cancel", "/profile".to_owned()),
        button: button.to_owned(),
        status,
        ..Confirmation::default()
    };
    if !email_change::is_available(app, staff) {
        form.obstruct(Notice::alert(
            "warn",
            "Not possible here",
            "This portal sends no email, so an owner has to change yours.".to_owned(),
        ));
    }
    form
}

/// `GET /profile/email`
async fn new(
    may: RecentlyAuthenticated<Read>,
    State(app): State<App>,
    htmx: Htmx,
    kept: DraftForm,
) -> Result<Response, Error> {
    let email = kept.parse::<EmailForm>().unwrap_or_default().email;
    request_form(&app, may.staff(), email)
        .respond(&may, &htmx)
        .await
}

/// `POST /profile/email`
async fn create(
    may: RecentlyAuthenticated<Read>,
    State(app): State<App>,
    htmx: Htmx,
    Form(mut form): Form<EmailForm>,
) -> Result<Response, Error> {
    let Some(email) = form.email.read(str::parse::<Email>) else {
        let page = request_form(&app, may.staff(), form.email);
        return page.respond(&may, &htmx).await;
    };
    let (problem, status) = match email_change::request(&app, may.actor(), &email).await {
        Ok(EmailRequest::Changed) => {
            let toast = Toast::success(format!("You sign in with {} now.", email.as_str()));
            may.toast(toast).await?;
            return Ok(render::redirect("/profile"));
        }
        Ok(EmailRequest::Sent(until)) => {
            let text = format!(
                "A link was sent to {}. Open it until {} to change your email.",
                email.as_str(),
                may.times().absolute(until)
            );
            may.toast(Toast::success(text)).await?;
            return Ok(render::redirect("/profile"));
        }
        Ok(EmailRequest::Pending) => {
            let text = format!(
                "The mail server has not answered yet. The link to {} may still arrive.",
                email.as_str()
            );
            may.toast(Toast::new("warning", text)).await?;
            return Ok(render::redirect("/profile"));
        }
        Ok(EmailRequest::NotSent(failure)) => {
            let text = format!("{failure} No email was sent. Your email was not changed.");
            (text, StatusCode::BAD_GATEWAY)
        }
        Ok(EmailRequest::Throttled(wait)) => {
            let text = format::throttled("links to this email", wait);
            (text, StatusCode::TOO_MANY_REQUESTS)
        }
        Err(error @ (StaffError::EmailTaken | StaffError::SameEmail)) => {
            form.email.set_error(error.to_string());
            let page = request_form(&app, may.staff(), form.email);
            return page.respond(&may, &htmx).await;
        }
        Err(refused @ StaffError::Refused(_)) => (refused.to_string(), StatusCode::FORBIDDEN),
        Err(failed) => return Err(failed.into()),
    };
    let mut page = request_form(&app, may.staff(), form.email);
    page.notices = vec![Notice::alert("bad", "Not changed", problem)];
    page.status = status;
    page.respond(&may, &htmx).await
}

/// Returns the page that the link opens. `email` is the new one, if the link works.
fn change_form(staff: &Staff, token: &str, email: Option<&str>) -> Confirmation {
    let mut form = Confirmation {
        section: Section::Other,
        page_title: Some("Confirm your new email".to_owned()),
        crumbs: crumbs([("Profile", "/profile")]),
        title: "Use this email to sign in?".to_owned(),
        icon: "mail",
        action: format!("/profile/email/{token}"),
        facts: vec![Fact::text("Current email", staff.email.as_str()).wide()],
        consequences: vec![
            Consequence::plain("You sign in with the new email at once. Your password stays."),
            Consequence::plain("The old email gets a notice."),
        ],
        cancel: ("Cancel", "/profile".to_owned()),
        button: "Use this email".to_owned(),
        ..Confirmation::default()
    };
    if let Some(email) = email {
        form.facts.push(Fact::text("New email", email).wide());
    } else {
        form.action.clear();
        form.status = StatusCode::NOT_FOUND;
        form.obstruct(Notice::alert(
            "warn",
            "This link does not work",
            "It was used already, has expired, or is for someone else. Your email was not changed. \
             Ask for another link in your profile."
                .to_owned(),
        ));
    }
    form
}

/// `GET /profile/email/{token}`
async fn confirm(
    may: Authorized<Read>,
    State(app): State<App>,
    htmx: Htmx,
    Path(token): Path<String>,
) -> Result<Response, Error> {
    let staff = may.staff();
    let email = email_change::find(&app, staff.id, &token).await?;
    change_form(staff, &token, email.as_deref())
        .respond(&may, &htmx)
        .await
}

/// `POST /profile/email/{token}`
async fn change(
    may: Authorized<Read>,
    State(app): State<App>,
    htmx: Htmx,
    Path(token): Path<String>,
) -> Result<Response, Error> {
    match email_change::confirm(&app, may.actor(), &token).await {
        Ok(staff) => {
            let text = format!("You sign in with {} now.", staff.email);
            may.toast(Toast::success(text)).await?;
            Ok(render::redirect("/profile"))
        }
        Err(StaffError::InvalidLink) => {
            let page = change_form(may.staff(), &token, None);
            page.respond(&may, &htmx).await
        }
        Err(error @ (StaffError::EmailTaken | StaffError::SameEmail)) => {
            let email = email_change::find(&app, may.staff().id, &token).await?;
            let mut page = change_form(may.staff(), &token, email.as_deref());
            page.status = StatusCode::CONFLICT;
            page.notices = vec![Notice::alert("bad", "Not changed", error.to_string())];
            page.respond(&may, &htmx).await
        }
        Err(failed) => Err(failed.into()),
    }
}
