//! `/login/forgotten`: a person who forgot their password asks for a link by email.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::app::App;
use crate::domain::email::Email;
use crate::staff::forgotten_password::{self, LinkRequest};
use crate::web::client_address::ClientInfo;
use crate::web::error::Error;
use crate::web::form::{Form, Query};
use crate::web::layout::Banner;
use crate::web::{banners, format, render};

#[derive(Template)]
#[template(path = "sign_in/forgotten.html")]
struct ForgottenPage {
    banners: Vec<Banner>,
    email: String,
    /// Sentence at the field; empty if there is none.
    email_error: String,
    error: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ForgottenForm {
    email: String,
}

impl ForgottenPage {
    fn new(app: &App, form: &ForgottenForm) -> Self {
        Self {
            banners: banners::for_everyone(app),
            email: form.email.chars().take(320).collect(),
            email_error: String::new(),
            error: String::new(),
        }
    }
}

fn require_available(app: &App) -> Result<(), Error> {
    if forgotten_password::is_available(app) {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

/// `GET /login/forgotten`
pub(super) async fn new(
    State(app): State<App>,
    Query(form): Query<ForgottenForm>,
) -> Result<Response, Error> {
    require_available(&app)?;
    render::html(&ForgottenPage::new(&app, &form))
}

/// `POST /login/forgotten`
pub(super) async fn create(
    State(app): State<App>,
    client: ClientInfo,
    Form(form): Form<ForgottenForm>,
) -> Result<Response, Error> {
    require_available(&app)?;
    if let Err(error) = form.email.parse::<Email>() {
        return render::invalid_form(&ForgottenPage {
            email_error: error.to_string(),
            ..ForgottenPage::new(&app, &form)
        });
    }
    match forgotten_password::request_link(&app, &form.email, &client.origin).await? {
        LinkRequest::Accepted => Ok(render::redirect("/login?said=link-sent")),
        LinkRequest::Throttled(wait) => {
            let page = ForgottenPage {
                error: format::throttled("links", wait),
                ..ForgottenPage::new(&app, &form)
            };
            render::retry_after(StatusCode::TOO_MANY_REQUESTS, wait, &page)
        }
    }
}
