//! The way to the provider of single sign-on: a page that leads there, and the cookie that ties the way back to this
//! browser. A page and no redirect: browsers hold a redirect after a form to what forms may be sent to, which is only
//! here.

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

/// Returns the name that people use for the provider.
pub(super) fn provider_name(app: &App) -> &str {
    app.settings.sso.as_ref().map_or("", |sso| &sso.name)
}

/// Leads to the provider. Shows `page` again if it cannot be asked, with the reason.
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

/// The token that the browser kept on its way.
pub(super) fn browser_token(app: &App, headers: &HeaderMap) -> Option<String> {
    COOKIE.read(app, headers)
}

/// The browser is back.
pub(super) fn clear_cookie(app: &App, response: &mut Response) {
    COOKIE.clear(app, response);
}
