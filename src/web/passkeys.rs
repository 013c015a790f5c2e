//! Support for passkeys at the browser's address, and form fields for a passkey's answer. Passkeys
//! work only at the origin of the portal's address, so the browser must be there.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use serde::Deserialize;
use url::Url;

use crate::app::App;
use crate::staff::factors::passkeys;

/// Support for passkeys at the address of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PasskeySupport {
    /// Passkeys work.
    Available,
    /// Passkeys work only at this address of the same portal.
    OnlyAt(String),
    /// Passkeys do not work, because the portal's address has no name.
    Unavailable,
}

impl PasskeySupport {
    /// Returns `true` if passkeys work.
    pub(super) fn is_available(&self) -> bool {
        *self == Self::Available
    }

    /// Returns the reason why passkeys do not work; empty if they do.
    pub(super) fn unavailable_reason(&self) -> String {
        match self {
            Self::Available => String::new(),
            Self::OnlyAt(address) => format!(
                "Passkeys need a host name. Open {address} to use \
                                              them."
            ),
            Self::Unavailable => "Passkeys need a host name. The operator of this portal can set \
                                  one in PORTAL_PUBLIC_URL."
                .to_owned(),
        }
    }
}

impl FromRequestParts<App> for PasskeySupport {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let Some(origin) = passkeys::origin(&app.settings) else {
            return Ok(Self::Unavailable);
        };
        let named = parts
            .uri
            .authority()
            .map(|authority| authority.as_str().to_owned())
            .or_else(|| Some(parts.headers.get(header::HOST)?.to_str().ok()?.to_owned()));
        let here =
            named.and_then(|host| Url::parse(&format!("{}://{host}/", origin.scheme())).ok());
        Ok(
            if here.is_some_and(|here| here.origin() == origin.origin()) {
                Self::Available
            } else {
                Self::OnlyAt(origin.origin().ascii_serialization())
            },
        )
    }
}

/// Answer of a passkey in a form, filled in by `static/passkeys.js`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PasskeyAnswer {
    /// Token of the challenge.
    pub ceremony: String,
    /// Answer of the passkey, as JSON.
    pub answer: String,
}
