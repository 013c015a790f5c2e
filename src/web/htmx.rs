//! Request headers of htmx, and the layer that adapts answers to it.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::directory::TimeBudget;

/// Request headers of htmx. All are unset on plain navigation.
#[derive(Clone, Debug, Default)]
pub struct Htmx {
    /// True if htmx sent the request.
    pub sent: bool,
    /// True if htmx requests a part of a page (`HX-Request-Type: partial`).
    pub partial: bool,
    /// Tag and ID of the element to replace, as htmx writes it (`div#table`).
    pub target: Option<String>,
    /// Path and query of the page that sent the request.
    pub page: Option<String>,
}

impl Htmx {
    /// Reads the headers.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            sent: text("hx-request") == Some("true"),
            partial: text("hx-request-type") == Some("partial"),
            target: text("hx-target").map(str::to_owned),
            page: text("hx-current-url").and_then(super::paths::local_of_url),
        }
    }

    /// Returns `true` if a page requests the answers that Telnyx did not give in time. Such a
    /// request replaces the page's notice `#stale`.
    #[must_use]
    pub fn is_stale_refresh(&self) -> bool {
        self.sent && self.target.as_deref() == Some("div#stale")
    }

    /// Returns the time that the page waits for Telnyx.
    #[must_use]
    pub fn time_budget(&self, app: &App) -> TimeBudget {
        if self.is_stale_refresh() {
            TimeBudget::for_follow_up(app)
        } else {
            TimeBudget::for_page(app)
        }
    }

    /// Returns `true` if only the part with this ID is requested.
    #[must_use]
    pub fn targets(&self, id: &str) -> bool {
        self.partial
            && self
                .target
                .as_deref()
                .is_some_and(|target| target.rsplit('#').next() == Some(id))
    }
}

impl<S: Sync> FromRequestParts<S> for Htmx {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

/// Turns a redirect into `HX-Redirect` if htmx sent the request. Otherwise `fetch` would follow the
/// redirect itself and swap in a complete page.
pub async fn convert_redirects(request: Request, next: Next) -> Response {
    let htmx = Htmx::of(request.headers());
    let mut response = next.run(request).await;
    if htmx.sent
        && response.status().is_redirection()
        && let Some(to) = response.headers_mut().remove(header::LOCATION)
    {
        *response.status_mut() = StatusCode::OK;
        // A browser does not load an address that differs from its own by the anchor alone.
        let is_shown = to.to_str().is_ok_and(|to| {
            let page = to.split_once('#').map(|(page, _)| page);
            page.is_some() && page == htmx.page.as_deref()
        });
        if is_shown {
            let refresh = HeaderValue::from_static("true");
            response.headers_mut().insert("hx-refresh", refresh);
        } else {
            response.headers_mut().insert("hx-redirect", to);
        }
    }
    response
}

/// Makes htmx put the answer into another element than the one that sent the request.
pub(super) fn retarget(response: &mut Response, target: &'static str, swap: &'static str) {
    response
        .headers_mut()
        .insert("hx-retarget", HeaderValue::from_static(target));
    response
        .headers_mut()
        .insert("hx-reswap", HeaderValue::from_static(swap));
}
