//! Which Host a request may name: the public address, or on a loopback listener this machine's own names. Anything
//! else is somebody else's name pointed at us (DNS rebinding), or a mistake in a proxy.

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::Url;

use super::error::{self, Error};
use crate::app::App;
use crate::config::Settings;

/// Answers 421 to a request for another host.
pub async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    let named = request
        .uri()
        .authority()
        .map(|authority| authority.as_str().to_owned())
        .or_else(|| {
            request
                .headers()
                .get(header::HOST)
                .and_then(|host| host.to_str().ok())
                .map(str::to_owned)
        });
    if named.is_some_and(|host| is_ours(&app.settings, &host)) {
        next.run(request).await
    } else {
        tracing::warn!("refused: meant for another host");
        let (parts, _) = request.into_parts();
        error::present(&app, Error::WrongHost.into_response(), &parts.headers, None)
    }
}

fn is_ours(settings: &Settings, host: &str) -> bool {
    let public = &settings.public_url;
    let Ok(named) = Url::parse(&format!("{}://{host}/", public.scheme())) else {
        return false;
    };
    if !named.username().is_empty() || named.password().is_some() || named.path() != "/" {
        return false;
    }
    let same = named.host() == public.host() && named.port_or_known_default() == public.port_or_known_default();
    let own_name =
        settings.listen.ip().is_loopback() && matches!(named.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    same || own_name
}
