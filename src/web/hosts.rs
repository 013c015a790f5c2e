//! Check of the host that a request names. It must be the public address, or this machine's own
//! name if the portal listens on loopback. Any other name is an attack (DNS rebinding) or a
//! misconfigured proxy.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::Url;

use super::error::Error;
use super::error_page;
use crate::app::{App, LineKind};
use crate::config::Settings;

/// Answers 421 if the request names another host. Answers 400 if it names none, or several.
pub async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    let refused = match requested_host(&app.settings, request.uri(), request.headers()) {
        Some(host) if is_own_host(&app.settings, &host) => return next.run(request).await,
        Some(_) => {
            const WORDS: &str = "refused: meant for another host";
            if is_logged(&app, WORDS) {
                tracing::warn!("{WORDS}");
            }
            Error::WrongHost
        }
        None => {
            const WORDS: &str = "refused: names no host, or more than one";
            if is_logged(&app, WORDS) {
                tracing::warn!("{WORDS}");
            }
            let text =
                "The request names no host, or more than one. Use the portal's public address.";
            Error::BadRequest(text.to_owned())
        }
    };
    error_page::render_error(&app, refused.into_response(), request.headers(), None)
}

fn is_logged(app: &App, words: &'static str) -> bool {
    let kind = LineKind::of_words(words);
    app.repeated_lines.admits(kind, app.clock.now())
}

/// Returns the host that a request names in its target or Host header. Returns `None` if there are
/// several, because a proxy and the portal might then disagree on the host.
fn requested_host(settings: &Settings, target: &Uri, headers: &HeaderMap) -> Option<Url> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let header = hosts.next();
    if hosts.next().is_some() {
        return None;
    }
    let header = match header {
        Some(header) => Some(parse_host(settings, header.to_str().ok()?)?),
        None => None,
    };
    let target = match target.authority() {
        Some(authority) => Some(parse_host(settings, authority.as_str())?),
        None => None,
    };
    match (target, header) {
        (Some(target), Some(header)) => (target == header).then_some(target),
        (target, header) => target.or(header),
    }
}

/// Parses a host with an optional port, and nothing else.
fn parse_host(settings: &Settings, host: &str) -> Option<Url> {
    let odd = |c: char| c.is_whitespace() || matches!(c, '/' | '\\' | '?' | '#' | '@' | ',');
    if host.is_empty() || host.contains(odd) {
        return None;
    }
    Url::parse(&format!("{}://{host}/", settings.public_url.scheme())).ok()
}

fn is_own_host(settings: &Settings, named: &Url) -> bool {
    let public = &settings.public_url;
    let same = named.host() == public.host()
        && named.port_or_known_default() == public.port_or_known_default();
    let own_name = settings.listen.ip().is_loopback()
        && matches!(named.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    same || own_name
}
