//! Reading of the `Cookie` header, and the cookies of steps that take minutes. The cookies are
//! hidden from scripts and sent only to this host. `session` sets the cookie of the session.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use crate::app::App;

/// Name of the session's cookie, without its prefix.
pub(super) const SESSION: &str = "portal";
/// Name of the cookie of a half-finished sign-in, without its prefix.
pub(super) const PENDING_SIGN_IN: &str = "portal-step";
/// Name of the cookie of a single sign-on in progress, without its prefix.
pub(super) const SSO: &str = "portal-sso";

/// Length that each of our cookie values exceeds, in characters. Each is a random token in
/// base64url.
const MIN_TOKEN_LENGTH: usize = 16;

/// Cookie with its name (without the prefix used over https) and its lifetime.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cookie {
    pub(super) name: &'static str,
    pub(super) lifetime: Duration,
}

/// Returns the name of a cookie with its prefix, which is `__Host-` over https. Browsers accept a
/// `__Host-` cookie only with Secure, for this host alone and for every path.
pub(super) fn full_name(app: &App, name: &str) -> String {
    let prefix = if app.settings.is_https() {
        "__Host-"
    } else {
        ""
    };
    format!("{prefix}{name}")
}

/// Returns the value of one of the portal's cookies.
///
/// Splits the header as bytes. Another site's cookie on this host may be Latin-1, and must damage
/// only its own part. If there are several values, returns the first one that looks like a token.
fn cookie_value(headers: &HeaderMap, full_name: &str) -> Option<String> {
    let pairs = headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
    pairs
        .filter_map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=')?;
            let (name, value) = (pair.get(..at)?, pair.get(at + 1..)?);
            (name.trim_ascii() == full_name.as_bytes()).then_some(value.trim_ascii())
        })
        .map(|value| {
            let unquoted = value
                .strip_prefix(b"\"")
                .and_then(|value| value.strip_suffix(b"\""));
            unquoted.unwrap_or(value)
        })
        .filter_map(|value| std::str::from_utf8(value).ok())
        .find(|value| is_token(value))
        .map(str::to_owned)
}

fn is_token(value: &str) -> bool {
    value.len() > MIN_TOKEN_LENGTH
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Returns `true` if the browser sent a session's cookie.
pub(super) fn has_session(app: &App, headers: &HeaderMap) -> bool {
    cookie_value(headers, &full_name(app, SESSION)).is_some()
}

/// Removes foreign cookies from the request, because they could disturb later readers.
pub(super) async fn drop_foreign_cookies(State(app): State<App>, mut request: Request) -> Request {
    let headers = request.headers_mut();
    if headers.contains_key(header::COOKIE) {
        let ours: Vec<String> = [SESSION, PENDING_SIGN_IN, SSO]
            .into_iter()
            .map(|name| full_name(&app, name))
            .filter_map(|name| Some(format!("{name}={}", cookie_value(headers, &name)?)))
            .collect();
        headers.remove(header::COOKIE);
        if let (false, Ok(mut ours)) = (ours.is_empty(), HeaderValue::from_str(&ours.join("; "))) {
            ours.set_sensitive(true);
            headers.insert(header::COOKIE, ours);
        }
    }
    request
}

impl Cookie {
    /// Returns the cookie that the browser sent.
    pub(super) fn read(self, app: &App, headers: &HeaderMap) -> Option<String> {
        cookie_value(headers, &full_name(app, self.name))
    }

    /// Sets the cookie in the browser.
    pub(super) fn set(self, app: &App, response: &mut Response, token: &str) {
        self.append_header(app, response, token, self.lifetime.as_secs());
    }

    /// Removes the cookie from the browser.
    pub(super) fn clear(self, app: &App, response: &mut Response) {
        self.append_header(app, response, "", 0);
    }

    fn append_header(self, app: &App, response: &mut Response, token: &str, seconds: u64) {
        let name = full_name(app, self.name);
        let secure = if app.settings.is_https() {
            "; Secure"
        } else {
            ""
        };
        let cookie =
            format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "AbCdEfGhIjKlMnOpQrSt-_";

    fn read(lines: &[&[u8]]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(
                header::COOKIE,
                HeaderValue::from_bytes(line).expect("a header"),
            );
        }
        cookie_value(&headers, "portal")
    }

    #[test]
    fn ours_is_read_whatever_stands_beside_it() {
        let ours = format!("portal={TOKEN}");
        let long = format!("{}; ", "x=yyyyyyyyyyyyyyyy; ".repeat(500));
        let latin: Vec<u8> = [
            b"company=M\xfcller; ".as_slice(),
            ours.as_bytes(),
            b"; \xe4=\xff",
        ]
        .concat();
        assert_eq!(read(&[&latin]).as_deref(), Some(TOKEN));
        for line in [
            format!("{ours}; portal=;"),
            format!("portal=; {ours}"),
            format!("portal=x; portal=\"a b\"; {ours}"),
            format!(";;=;==; a; =b; {ours}"),
            format!("portal=\"{TOKEN}\""),
            format!("portal = {TOKEN} ;x=\"a;b\""),
            format!("xportal=1; portal-step=2; {ours}; {ours}"),
            format!("company=Müller; json={{\"a\":1}}; {ours}"),
            format!("{long}{ours}"),
        ] {
            assert_eq!(read(&[line.as_bytes()]).as_deref(), Some(TOKEN), "{line}");
        }
        assert_eq!(
            read(&[b"a=\xff", ours.as_bytes(), b"b=\xfe"]).as_deref(),
            Some(TOKEN)
        );
        for line in [
            "",
            "portal",
            "portal=",
            "portal=\"\"",
            "xportal=AbCdEfGhIjKlMnOpQrSt-_",
            "a=portal=b",
        ] {
            assert_eq!(read(&[line.as_bytes()]), None, "{line}");
        }
    }
}
