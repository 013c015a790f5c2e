//! Passkeys (WebAuthn): where they work, and code shared by adding and using them.
//!
//! Each use verifies the person, so that a passkey counts as two factors. The server stores each
//! challenge for five minutes, and it can be used once.

use std::net::IpAddr;

use serde::Serialize;
use url::Url;
use webauthn_rs::prelude::{Passkey as Credential, Webauthn, WebauthnBuilder};

use crate::app::App;
use crate::config::{Settings, is_loopback};
use crate::db;
use crate::db::passkeys::Passkey;
use crate::domain::ids::StaffId;
use crate::staff::Error;
use crate::staff::auth_challenges::{NewChallenge, PASSKEY_CHALLENGE_LIFETIME};

mod authentication;
mod management;

pub(super) use authentication::verify_assertion;
pub use authentication::{begin_sign_in, begin_verification, finish_sign_in, finish_verification};
pub use management::{
    RegistrationOutcome, begin_registration, finish_registration, remove, rename,
};

/// Name that a browser shows beside a passkey.
const RELYING_PARTY_NAME: &str = "Reseller portal";

/// Returns the one origin at which browsers accept this portal's passkeys.
/// Returns `None` if the portal's address has no name. On this machine the origin is `localhost`,
/// whatever name the public address has, because passkeys belong to names and not to addresses.
#[must_use]
pub fn origin(settings: &Settings) -> Option<Url> {
    let mut url = settings.public_url.clone();
    url.set_path("/");
    if is_loopback(&url) {
        url.set_host(Some("localhost")).ok()?;
    }
    url.domain().is_some().then_some(url)
}

fn relying_party(app: &App) -> Result<Webauthn, Error> {
    let origin = origin(&app.settings).ok_or(Error::NoPasskeys)?;
    let id = origin.domain().ok_or(Error::NoPasskeys)?;
    let builder = WebauthnBuilder::new(id, &origin).map_err(unexpected)?;
    builder
        .rp_name(RELYING_PARTY_NAME)
        .timeout(PASSKEY_CHALLENGE_LIFETIME)
        .build()
        .map_err(unexpected)
}

/// Challenge to a passkey, as the page's script receives it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Challenge {
    /// Token of the challenge, which the form sends back with the answer.
    pub ceremony: String,
    /// Options for the browser's `navigator.credentials`, in WebAuthn's JSON.
    pub public_key: serde_json::Value,
}

fn challenge(ceremony: String, options: &impl Serialize) -> Result<Challenge, Error> {
    let mut options = serde_json::to_value(options).map_err(unexpected)?;
    Ok(Challenge {
        ceremony,
        public_key: options["publicKey"].take(),
    })
}

fn new_challenge(staff: Option<StaffId>, address: Option<IpAddr>) -> NewChallenge {
    NewChallenge {
        staff,
        address,
        lifetime: PASSKEY_CHALLENGE_LIFETIME,
    }
}

fn parse_credential(passkey: &Passkey) -> Result<Credential, Error> {
    Ok(serde_json::from_str(&passkey.credential).map_err(db::Error::stored)?)
}

#[expect(clippy::needless_pass_by_value, reason = "given to map_err")]
fn unexpected(error: impl ToString) -> Error {
    Error::Passkeys(error.to_string())
}
