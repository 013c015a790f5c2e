//! Verification of ID tokens.
//! A token must be from this provider, for this portal, about this sign-in, valid now, and signed
//! with one of the provider's public keys. Only the claims that the portal uses are read.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::discovery::Discovery;
use super::error::{quoted, remedy};
use super::keys::{self, SignatureCheck};
use super::lenient_json::LenientValue;
use super::{Error, Shared};
use crate::domain::time::Timestamp;

/// Tolerance for times that lie in the future because the clocks differ.
pub(super) const LEEWAY: Duration = Duration::from_mins(5);

/// Maximum length of the provider's ID of a person, in bytes, as the standard requires.
const MAX_SUBJECT_BYTES: usize = 255;

/// Claims of an ID token or of user info that the portal uses.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Claims {
    pub sub: LenientValue,
    pub email: LenientValue,
    pub email_verified: LenientValue,
    /// Microsoft's claim for a verified domain of the email; it sends no `email_verified`.
    pub xms_edov: LenientValue,
    pub amr: LenientValue,
    pub auth_time: LenientValue,
    iss: LenientValue,
    aud: LenientValue,
    azp: LenientValue,
    exp: LenientValue,
    nbf: LenientValue,
    iat: LenientValue,
    nonce: LenientValue,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Header {
    alg: LenientValue,
    kid: LenientValue,
    crit: LenientValue,
}

/// ID token, split into its parts.
struct Token<'a> {
    algorithm: Algorithm,
    key_id: Option<String>,
    /// Signed part of the token.
    message: &'a str,
    signature: &'a str,
    claims: Claims,
}

impl Shared {
    /// Returns the claims of a token if it is valid.
    /// If no known key verifies its signature, reads the keys again once.
    pub(super) async fn verify_token(
        &self,
        token: &str,
        known: &Discovery,
        nonce: &str,
    ) -> Result<Claims, Error> {
        let token = Token::read(token)?;
        let mut found = token.check_signature(&known.keys);
        if found != SignatureCheck::Valid
            && let Some(keys) = self.refresh_keys().await?
        {
            found = token.check_signature(&keys);
        }
        match found {
            SignatureCheck::Valid => {}
            SignatureCheck::Invalid => {
                return Err(Error::Refused(
                    "the ID token's signature is wrong".to_owned(),
                ));
            }
            SignatureCheck::UnknownKey => {
                return Err(Error::Refused(
                    "the ID token's signature is by a key that the provider does not publish"
                        .to_owned(),
                ));
            }
        }
        self.check_audience(&token.claims)?;
        check_times(&token.claims, self.clock.system_time())?;
        check_nonce(&token.claims, nonce)?;
        Ok(token.claims)
    }

    /// Checks that the token is from this provider and for this portal.
    fn check_audience(&self, claims: &Claims) -> Result<(), Error> {
        let issuer = claims.iss.text().unwrap_or_default();
        // Google may leave out the scheme.
        let own = &self.settings.issuer;
        if issuer != own && Some(issuer) != own.strip_prefix("https://") {
            return Err(Error::misconfigured(
                format!(
                    "It sent an ID token in another provider's name, {}",
                    quoted(issuer)
                ),
                remedy::ISSUER,
            ));
        }
        let own = &self.settings.client_id;
        let parties = claims.azp.list();
        if let Some(other) = parties.iter().find(|party| *party != own) {
            return Err(Error::misconfigured(
                format!(
                    "It sent an ID token for another party (azp), {}",
                    quoted(other)
                ),
                remedy::CLIENT_ID,
            ));
        }
        let audiences = claims.aud.list();
        if !audiences.contains(own) {
            return Err(Error::misconfigured(
                format!(
                    "It sent an ID token for another party (aud), {}",
                    quoted(&audiences.join(", "))
                ),
                remedy::CLIENT_ID,
            ));
        }
        let trusted = &self.settings.trusted_audiences;
        let others: Vec<&str> = audiences
            .iter()
            .filter(|audience| *audience != own && !trusted.contains(audience))
            .map(String::as_str)
            .collect();
        if parties.is_empty() && !others.is_empty() {
            return Err(Error::misconfigured(
                format!(
                    "It sent an ID token for this portal and for others ({}), and does not say for whom it was made (azp)",
                    quoted(&others.join(", "))
                ),
                remedy::AUDIENCES,
            ));
        }
        Ok(())
    }
}

impl<'a> Token<'a> {
    fn read(token: &'a str) -> Result<Self, Error> {
        let unreadable =
            || Error::misconfigured("It sent an ID token that cannot be read", remedy::PROVIDER);
        let parts: Vec<&str> = token.split('.').collect();
        let [header, claims, signature] = parts[..] else {
            return Err(if parts.len() == 5 {
                Error::misconfigured("It sent an encrypted ID token", remedy::ENCRYPTION)
            } else {
                unreadable()
            });
        };
        let header_claims: Header = decode_json(header).ok_or_else(unreadable)?;
        if !header_claims.crit.is_missing() {
            return Err(Error::misconfigured(
                "It sent an ID token with a header that must be understood (crit), and the portal knows none",
                remedy::PROVIDER,
            ));
        }
        Ok(Self {
            algorithm: algorithm(header_claims.alg.text().unwrap_or_default())?,
            key_id: header_claims.kid.text_or_number(),
            message: &token[..header.len() + 1 + claims.len()],
            signature,
            claims: decode_json(claims).ok_or_else(unreadable)?,
        })
    }

    fn check_signature(&self, keys: &keys::Keys) -> SignatureCheck {
        keys.verify_signature(
            self.algorithm,
            self.key_id.as_deref(),
            self.message,
            self.signature,
        )
    }
}

fn algorithm(name: &str) -> Result<Algorithm, Error> {
    keys::supported_algorithm(name).ok_or_else(|| {
        let sent = if name.eq_ignore_ascii_case("none") || name.is_empty() {
            "It sent an ID token without a signature".to_owned()
        } else if name.starts_with("HS") {
            format!(
                "It signs ID tokens with the secret that it shares with this portal ({})",
                quoted(name)
            )
        } else {
            format!(
                "It makes the signature of ID tokens with {}, which the portal does not know",
                quoted(name)
            )
        };
        Error::misconfigured(sent, remedy::ALGORITHM)
    })
}

fn decode_json<T: DeserializeOwned>(part: &str) -> Option<T> {
    let json = URL_SAFE_NO_PAD.decode(part).ok()?;
    // Serde's derive would also read a list as a struct.
    let is_object = json.trim_ascii_start().starts_with(b"{");
    is_object
        .then(|| serde_json::from_slice(&json).ok())
        .flatten()
}

/// Checks that the token is valid at this time.
fn check_times(claims: &Claims, now: Timestamp) -> Result<(), Error> {
    let at = |time: Timestamp| time.to_jiff().to_string();
    let wrong = |words: String| Err(Error::misconfigured(words, remedy::CLOCKS));
    let Some(expires) = claims.exp.timestamp() else {
        return Err(Error::misconfigured(
            "It sent an ID token without a time at which it expires (exp)",
            remedy::PROVIDER,
        ));
    };
    if expires <= now {
        return wrong(format!(
            "It sent an ID token that has expired at {}; here it is {}",
            at(expires),
            at(now)
        ));
    }
    for begins in [&claims.iat, &claims.nbf] {
        if let Some(begins) = begins.timestamp().filter(|begins| *begins > now + LEEWAY) {
            return wrong(format!(
                "It sent an ID token that was issued in the future, at {}; here it is {}",
                at(begins),
                at(now)
            ));
        }
    }
    Ok(())
}

/// Checks that the token belongs to this sign-in.
fn check_nonce(claims: &Claims, nonce: &str) -> Result<(), Error> {
    if claims.nonce.is_missing() {
        return Err(Error::misconfigured(
            "It sent an ID token without the number that the portal gave (nonce)",
            remedy::PROVIDER,
        ));
    }
    // Neither value is secret here: the token came from the provider itself.
    if claims.nonce.text() != Some(nonce) {
        return Err(Error::Refused(
            "the ID token answers another question".to_owned(),
        ));
    }
    Ok(())
}

/// Returns the provider's ID of the person.
pub(super) fn subject(claims: &Claims) -> Result<String, Error> {
    let subject = claims.sub.text_or_number().unwrap_or_default();
    if subject.is_empty() || subject.len() > MAX_SUBJECT_BYTES || subject.contains(char::is_control)
    {
        return Err(Error::misconfigured(
            "Its name of the person (sub) is empty, too long or no text",
            remedy::PROVIDER,
        ));
    }
    Ok(subject)
}
