//! Redirect to the provider of single sign-on, and its cookie. The cookie ties the return to this
//! browser. The redirect is a page, because browsers apply `form-action` to redirects after a form,
//! and that allows only this site.

use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::cookies::{self, Cookie};
use super::error::{BUSY_RETRY_AFTER, Error};
use super::render;
use crate::app::App;
use crate::staff;
use crate::staff::auth_challenges::STEP_LIFETIME;
use crate::staff::sso::AuthorizationRedirect;

const COOKIE: Cookie = Cookie {
    name: cookies::SSO,
    lifetime: STEP_LIFETIME,
};

#[derive(Template)]
#[template(path = "sso_redirect.html")]
struct SsoRedirectPage<'a> {
    provider: &'a str,
    address: &'a str,
}

/// Returns the display name of the provider; empty if there is none.
pub(super) fn provider_name(app: &App) -> &str {
    app.settings.sso.as_ref().map_or("", |sso| &sso.name)
}

/// Redirects to the provider. If the provider cannot be asked, shows `page` with the reason.
pub(super) fn answer<T: Template>(
    app: &App,
    begun: Result<AuthorizationRedirect, staff::Error>,
    page: impl FnOnce(String) -> T,
) -> Result<Response, Error> {
    match begun {
        Ok(to) => to_provider(app, &to),
        Err(error @ (staff::Error::ProviderUnavailable(_) | staff::Error::Busy)) => {
            let page = page(error.to_string());
            render::retry_after(StatusCode::SERVICE_UNAVAILABLE, BUSY_RETRY_AFTER, &page)
        }
        Err(error @ staff::Error::ProviderMisconfigured(_)) => {
            render::with_status(StatusCode::FORBIDDEN, &page(error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

fn to_provider(app: &App, to: &AuthorizationRedirect) -> Result<Response, Error> {
    let mut response = render::html(&SsoRedirectPage {
        provider: provider_name(app),
        address: to.address.as_str(),
    })?;
    COOKIE.set(app, &mut response, &to.token);
    Ok(response)
}

/// Returns the token that the browser kept.
pub(super) fn browser_token(app: &App, headers: &HeaderMap) -> Option<String> {
    COOKIE.read(app, headers)
}

/// Removes the cookie after the browser has returned.
pub(super) fn clear_cookie(app: &App, response: &mut Response) {
    COOKIE.clear(app, response);
}
