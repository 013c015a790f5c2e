//! The one reader of the `Cookie` header, and the cookies of steps that take minutes: out of reach of scripts, for this
//! host alone. The session's cookie is made in `session`.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use crate::app::App;

/// The cookie of a session, without its prefix.
pub(super) const SESSION: &str = "portal";
/// The cookie of a half-way sign-in, without its prefix.
pub(super) const PENDING_SIGN_IN: &str = "portal-step";
/// The cookie of a way to the provider of single sign-on, without its prefix.
pub(super) const SSO: &str = "portal-sso";

/// Each of our values is a random token in base64url, and longer than this.
const MIN_TOKEN_LENGTH: usize = 16;

/// A cookie: its name without what stands before it over https, and how long it holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cookie {
    pub(super) name: &'static str,
    pub(super) lifetime: Duration,
}

/// A name as browsers know it: they take a `__Host-` cookie only with Secure, for this host alone, for every path.
pub(super) fn full_name(app: &App, name: &str) -> String {
    let prefix = if app.settings.is_https() {
        "__Host-"
    } else {
        ""
    };
    format!("{prefix}{name}")
}

/// The value of one of our cookies.
///
/// The header is split as bytes: another site's cookie on this host may be Latin-1, and its own part alone is damaged. Of
/// several values the first that can be ours counts.
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

/// Leaves only our own cookies in the request: whoever reads the header then is not disturbed by others.
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

    /// Gives it to the browser.
    pub(super) fn set(self, app: &App, response: &mut Response, token: &str) {
        self.append_header(app, response, token, self.lifetime.as_secs());
    }

    /// Takes it back.
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
