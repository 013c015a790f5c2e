//! Cookies of steps that take minutes: out of reach of scripts, for this host alone. The session's own is in `session`.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use crate::app::App;

/// A cookie: its name without what stands before it over https, and how long it holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cookie {
    pub(super) name: &'static str,
    pub(super) holds: Duration,
}

impl Cookie {
    /// Browsers take a `__Host-` cookie only with Secure, for this host alone, for every path.
    fn full_name(self, app: &App) -> String {
        let prefix = if app.settings.is_https() { "__Host-" } else { "" };
        format!("{prefix}{}", self.name)
    }

    /// What the browser has.
    pub(super) fn of(self, app: &App, headers: &HeaderMap) -> Option<String> {
        let name = self.full_name(app);
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(other, _)| *other == name)
            .map(|(_, token)| token.to_owned())
    }

    /// Gives it to the browser.
    pub(super) fn give(self, app: &App, response: &mut Response, token: &str) {
        self.set(app, response, token, self.holds.as_secs());
    }

    /// Takes it back.
    pub(super) fn take_back(self, app: &App, response: &mut Response) {
        self.set(app, response, "", 0);
    }

    fn set(self, app: &App, response: &mut Response, token: &str, seconds: u64) {
        let name = self.full_name(app);
        let secure = if app.settings.is_https() { "; Secure" } else { "" };
        let cookie = format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
}
