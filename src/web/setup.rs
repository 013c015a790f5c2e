//! One-use links: `/setup` for the first owner, `/invite/{token}` for an invitation and
//! `/reset/{token}` for a forgotten password. Opening a link changes nothing; sending its form uses
//! it up.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::form_urlencoded;

use super::client_address::ClientInfo;
use super::error::Error;
use super::form::{Field, Form, Query};
use super::layout::Banner;
use super::{banners, render, sso_redirect};
use crate::app::App;
use crate::db::links::LinkPurpose;
use crate::db::staff::Staff;
use crate::domain::email::Email;
use crate::domain::text;
use crate::staff::client_origin::ClientOrigin;
use crate::staff::{self, links, passwords};

/// Returns the routes of one-use links, for everyone.
pub fn router() -> Router<App> {
    Router::new()
        .route("/setup", get(set_up).post(create_owner))
        .route("/invite/{token}", get(invitation).post(accept))
        .route("/reset/{token}", get(reset).post(choose))
}

/// Maximum length of a person's name, in characters.
const MAX_NAME_LENGTH: usize = 100;

/// Fields of the forms. Each form uses some of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct LinkForm {
    token: String,
    name: Field,
    email: Field,
    password: Option<SecretString>,
    password_again: Option<SecretString>,
    #[serde(skip)]
    password_error: String,
}

impl LinkForm {
    fn password(&mut self, about: &[&str]) -> Option<SecretString> {
        let typed = self.password.take().unwrap_or_default();
        let again = self.password_again.take().unwrap_or_default();
        passwords::validate_new(typed.expose_secret(), again.expose_secret(), about)
            .map_err(|error| self.password_error = error)
            .ok()
    }

    fn name(&mut self) -> Option<String> {
        self.name
            .read(|name| text::parse_line(name, MAX_NAME_LENGTH))
    }
}

/// Page with the form of a link.
#[derive(Template)]
#[template(path = "setup/form.html")]
struct LinkPage {
    banners: Vec<Banner>,
    title: &'static str,
    lead: String,
    action: String,
    button: &'static str,
    asks_email: bool,
    asks_name: bool,
    asks_password: bool,
    /// Name of the single sign-on provider, if the person may use it instead. Otherwise empty.
    provider: String,
    form: LinkForm,
}

impl LinkPage {
    fn set_up(app: &App, form: LinkForm) -> Self {
        Self {
            banners: banners::for_everyone(app),
            title: "Set up the portal",
            lead: "This creates the first owner, who can do everything and invite others."
                .to_owned(),
            action: "/setup".to_owned(),
            button: "Create owner",
            asks_email: true,
            asks_name: true,
            asks_password: true,
            provider: String::new(),
            form,
        }
    }

    fn choose(
        app: &App,
        purpose: LinkPurpose,
        (token, holder): (&str, &Staff),
        form: LinkForm,
    ) -> Self {
        let invited = purpose == LinkPurpose::Invitation;
        let email = &holder.email;
        let provider = sso_redirect::provider_name(app).to_owned();
        let asks_password = app.settings.allows_local_sign_in(holder.role);
        let lead = if asks_password {
            format!("You sign in to the portal as {email}. Choose a password.")
        } else {
            format!(
                "You sign in to the portal at {provider}, with the account that has the address {email}."
            )
        };
        Self {
            banners: banners::for_everyone(app),
            title: if invited {
                "Welcome"
            } else {
                "Set a new password"
            },
            lead,
            action: format!("{}{token}", if invited { "/invite/" } else { "/reset/" }),
            button: "Set password",
            asks_email: false,
            asks_name: invited,
            asks_password,
            provider,
            form,
        }
    }
}

/// Page for a link that is no longer valid.
#[derive(Template)]
#[template(path = "setup/expired.html")]
struct ExpiredPage {
    banners: Vec<Banner>,
    what: &'static str,
}

fn expired(app: &App, what: &'static str) -> Result<Response, Error> {
    render::with_status(
        StatusCode::NOT_FOUND,
        &ExpiredPage {
            banners: banners::for_everyone(app),
            what,
        },
    )
}

const SET_UP_EXPIRED: &str = "The link for the first owner is printed when the portal starts. It \
                              works once, for one hour. Restart the portal to get another.";
const CHOICE_EXPIRED: &str = "Only the newest link works, and only once: an invitation for 72 \
                              hours, a password link for one hour. Ask an admin or an owner for \
                              another one.";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TokenQuery {
    token: String,
}

/// `GET /setup?token=…`
async fn set_up(
    State(app): State<App>,
    Query(TokenQuery { token }): Query<TokenQuery>,
) -> Result<Response, Error> {
    if !links::is_set_up_link_valid(&app, &token).await? {
        return expired(&app, SET_UP_EXPIRED);
    }
    render::html(&LinkPage::set_up(
        &app,
        LinkForm {
            token,
            ..LinkForm::default()
        },
    ))
}

/// `POST /setup`
async fn create_owner(
    State(app): State<App>,
    client: ClientInfo,
    Form(mut form): Form<LinkForm>,
) -> Result<Response, Error> {
    if !links::is_set_up_link_valid(&app, &form.token).await? {
        return expired(&app, SET_UP_EXPIRED);
    }
    let (email, name) = (form.email.read(str::parse::<Email>), form.name());
    let about = [
        name.as_deref().unwrap_or_default(),
        email.as_ref().map_or("", Email::as_str),
    ];
    let password = form.password(&about);
    let (Some(email), Some(name), Some(password)) = (email, name, password) else {
        return render::invalid_form(&LinkPage::set_up(&app, form));
    };
    match links::redeem_set_up_link(&app, &form.token, &email, &name, &password, &client.origin)
        .await
    {
        Ok(()) => Ok(render::redirect(&sign_in_path(email.as_str()))),
        Err(staff::Error::InvalidLink) => expired(&app, SET_UP_EXPIRED),
        Err(error) => Err(error.into()),
    }
}

/// `GET /invite/{token}`
async fn invitation(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Error> {
    show(&app, LinkPurpose::Invitation, &token).await
}

/// `POST /invite/{token}`
async fn accept(
    State(app): State<App>,
    client: ClientInfo,
    Path(token): Path<String>,
    Form(form): Form<LinkForm>,
) -> Result<Response, Error> {
    use_link(&app, LinkPurpose::Invitation, &token, form, &client.origin).await
}

/// `GET /reset/{token}`
async fn reset(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Error> {
    show(&app, LinkPurpose::Reset, &token).await
}

/// `POST /reset/{token}`
async fn choose(
    State(app): State<App>,
    client: ClientInfo,
    Path(token): Path<String>,
    Form(form): Form<LinkForm>,
) -> Result<Response, Error> {
    use_link(&app, LinkPurpose::Reset, &token, form, &client.origin).await
}

async fn show(app: &App, purpose: LinkPurpose, token: &str) -> Result<Response, Error> {
    let Some(holder) = links::find_recipient(app, purpose, token).await? else {
        return expired(app, CHOICE_EXPIRED);
    };
    let form = LinkForm {
        name: holder.name.as_str().into(),
        ..LinkForm::default()
    };
    render::html(&LinkPage::choose(app, purpose, (token, &holder), form))
}

async fn use_link(
    app: &App,
    purpose: LinkPurpose,
    token: &str,
    mut form: LinkForm,
    from: &ClientOrigin,
) -> Result<Response, Error> {
    let Some(holder) = links::find_recipient(app, purpose, token).await? else {
        return expired(app, CHOICE_EXPIRED);
    };
    if !app.settings.allows_local_sign_in(holder.role) {
        // A form from before passwords were disabled, or a forged one.
        return render::invalid_form(&LinkPage::choose(
            app,
            purpose,
            (token, &holder),
            LinkForm::default(),
        ));
    }
    let name = if purpose == LinkPurpose::Invitation {
        form.name()
    } else {
        Some(holder.name.clone())
    };
    let password = form.password(&[name.as_deref().unwrap_or_default(), &holder.email]);
    let (Some(name), Some(password)) = (name, password) else {
        return render::invalid_form(&LinkPage::choose(app, purpose, (token, &holder), form));
    };
    match links::redeem_password_link(app, purpose, token, Some(&name), &password, from).await {
        Ok(()) => Ok(render::redirect(&sign_in_path(&holder.email))),
        Err(staff::Error::InvalidLink) => expired(app, CHOICE_EXPIRED),
        Err(error) => Err(error.into()),
    }
}

/// Returns the address of the sign-in after a password was set. Its form has the email already.
fn sign_in_path(email: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("said", "password")
        .append_pair("email", email)
        .finish();
    format!("/login?{query}")
}
