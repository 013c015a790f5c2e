//! Where passkeys work: at the one origin that the portal's address gives, which is where the browser must be. And the
//! fields with which a form brings a passkey's answer.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use serde::Deserialize;
use url::Url;

use crate::app::App;
use crate::staff::factors::passkeys;

/// Whether passkeys work where the request was sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Passkeys {
    /// They do.
    Here,
    /// They do at this address of the same portal.
    At(String),
    /// The portal's address has no name.
    Nowhere,
}

impl Passkeys {
    /// Whether they do.
    pub(super) fn work(&self) -> bool {
        *self == Self::Here
    }

    /// Why they do not; empty where they do.
    pub(super) fn why_not(&self) -> String {
        match self {
            Self::Here => String::new(),
            Self::At(address) => format!("Passkeys belong to names, not to numbers: open the portal at {address} to use them."),
            Self::Nowhere => "Passkeys belong to names, and this portal's address is a number. Whoever runs it can give it a name in PORTAL_PUBLIC_URL.".to_owned(),
        }
    }
}

impl FromRequestParts<App> for Passkeys {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let Some(origin) = passkeys::origin(&app.settings) else {
            return Ok(Self::Nowhere);
        };
        let named = parts
            .uri
            .authority()
            .map(|authority| authority.as_str().to_owned())
            .or_else(|| Some(parts.headers.get(header::HOST)?.to_str().ok()?.to_owned()));
        let here = named.and_then(|host| Url::parse(&format!("{}://{host}/", origin.scheme())).ok());
        Ok(if here.is_some_and(|here| here.origin() == origin.origin()) {
            Self::Here
        } else {
            Self::At(origin.origin().ascii_serialization())
        })
    }
}

/// A passkey's answer in a form, filled in by `static/passkeys.js`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    /// Names the challenge.
    pub ceremony: String,
    /// What the passkey answered, as JSON.
    pub answer: String,
}
