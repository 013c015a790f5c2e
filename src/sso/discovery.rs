//! Provider metadata: its endpoints and public keys, kept for an hour.
//! The keys are read again if a token fits none of them, at most once a minute.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use url::Url;

use super::error::{quoted, remedy};
use super::http::is_secure;
use super::keys::Keys;
use super::lenient_json::LenientValue;
use super::{Error, Shared};
use crate::domain::time::Timestamp;

/// Time for which metadata is kept.
const METADATA_LIFETIME: Duration = Duration::from_hours(1);
/// Minimum time between two readings of the keys for tokens that fit none of them.
const MIN_KEY_REFRESH_INTERVAL: Duration = Duration::from_mins(1);

/// Discovery document, limited to the members that the portal uses.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DiscoveryDocument {
    issuer: LenientValue,
    authorization_endpoint: LenientValue,
    token_endpoint: LenientValue,
    jwks_uri: LenientValue,
    userinfo_endpoint: LenientValue,
    token_endpoint_auth_methods_supported: LenientValue,
    claims_supported: LenientValue,
}

/// Endpoints and properties of the provider.
pub(super) struct Metadata {
    /// Authorization endpoint, to which browsers go.
    pub authorization: Url,
    /// Token endpoint, at which a code is exchanged.
    pub token: Url,
    /// User info endpoint, if there is one.
    pub user_info: Option<Url>,
    /// True if the client secret goes in the body instead of the header.
    pub secret_in_body: bool,
    /// True if it lists its claims and `email_verified` is not among them.
    pub omits_email_verified: bool,
    jwks: Url,
}

/// Metadata and keys of the provider.
#[derive(Clone)]
pub(super) struct Discovery {
    pub metadata: Arc<Metadata>,
    pub keys: Arc<Keys>,
    read_at: Timestamp,
    keys_read_at: Timestamp,
}

impl Shared {
    /// Returns the metadata and keys, and reads them if they are missing or too old.
    /// Concurrent callers wait for the same reading.
    pub(super) async fn discover(&self) -> Result<Discovery, Error> {
        let mut known = self.discovery.lock().await;
        let now = self.clock.now();
        if let Some(known) = known
            .as_ref()
            .filter(|known| known.read_at.until(now) < METADATA_LIFETIME)
        {
            return Ok(known.clone());
        }
        let metadata = self.fetch_metadata().await?;
        let read = Discovery {
            keys: Arc::new(self.fetch_keys(&metadata).await?),
            metadata: Arc::new(metadata),
            read_at: now,
            keys_read_at: now,
        };
        *known = Some(read.clone());
        Ok(read)
    }

    /// Reads the keys again, unless they were read within the last minute.
    /// Returns `None` if no metadata is known yet.
    pub(super) async fn refresh_keys(&self) -> Result<Option<Arc<Keys>>, Error> {
        let mut known = self.discovery.lock().await;
        let now = self.clock.now();
        let Some(known) = known.as_mut() else {
            return Ok(None);
        };
        // Another sign-in may have read them a moment ago.
        if known.keys_read_at.until(now) >= MIN_KEY_REFRESH_INTERVAL {
            known.keys_read_at = now;
            known.keys = Arc::new(self.fetch_keys(&known.metadata).await?);
        }
        Ok(Some(Arc::clone(&known.keys)))
    }

    async fn fetch_metadata(&self) -> Result<Metadata, Error> {
        let issuer = &self.settings.issuer;
        let address = format!(
            "{}/.well-known/openid-configuration",
            issuer.strip_suffix('/').unwrap_or(issuer)
        );
        let address: Url = address
            .parse()
            .map_err(|_| Error::misconfigured("Its issuer is no web address", remedy::ISSUER))?;
        let answer = self.http.send(self.http.get(&address)).await?;
        let description: DiscoveryDocument =
            answer.read("its discovery document", remedy::ISSUER)?;
        self.check_issuer(&description)?;
        let authorization = required_url(
            "authorization_endpoint",
            &description.authorization_endpoint,
        )?;
        // Browsers are sent to this address.
        if !is_secure(&authorization) {
            return Err(Error::misconfigured(
                "Its authorization_endpoint, the address for browsers, is not https",
                remedy::ISSUER,
            ));
        }
        let methods = description.token_endpoint_auth_methods_supported.list();
        let takes = |method: &str| methods.iter().any(|other| other == method);
        let claims = description.claims_supported.list();
        Ok(Metadata {
            authorization,
            token: required_url("token_endpoint", &description.token_endpoint)?,
            jwks: required_url("jwks_uri", &description.jwks_uri)?,
            user_info: parse_url(&description.userinfo_endpoint),
            // The header is the standard's default. Use the body only if the provider accepts
            // nothing else.
            secret_in_body: takes("client_secret_post") && !takes("client_secret_basic"),
            omits_email_verified: !claims.is_empty()
                && !claims.iter().any(|claim| claim == "email_verified"),
        })
    }

    /// Checks that the issuer is exactly the one in the settings.
    fn check_issuer(&self, description: &DiscoveryDocument) -> Result<(), Error> {
        let issuer = description.issuer.text().unwrap_or_default();
        if issuer == self.settings.issuer {
            return Ok(());
        }
        if issuer.contains('{') {
            return Err(Error::misconfigured(
                format!(
                    "Its issuer is a pattern for many tenants, {}",
                    quoted(issuer)
                ),
                "The operator of this portal can name your own tenant by its ID in PORTAL_SSO_ISSUER.",
            ));
        }
        Err(Error::misconfigured(
            format!(
                "It calls itself {} in its discovery document, but PORTAL_SSO_ISSUER is {}",
                quoted(issuer),
                quoted(&self.settings.issuer)
            ),
            "The operator of this portal can set PORTAL_SSO_ISSUER to the provider's own name, to the letter, a slash at \
             the end included.",
        ))
    }

    async fn fetch_keys(&self, metadata: &Metadata) -> Result<Keys, Error> {
        let answer = self.http.send(self.http.get(&metadata.jwks)).await?;
        let keys: Keys = answer.read("its keys (jwks_uri)", remedy::PROVIDER)?;
        if keys.is_empty() {
            return Err(Error::misconfigured(
                "Among its keys (jwks_uri) is none that signs with RSA, P-256, P-384 or Ed25519",
                remedy::ALGORITHM,
            ));
        }
        Ok(keys)
    }
}

fn required_url(name: &str, value: &LenientValue) -> Result<Url, Error> {
    parse_url(value).ok_or_else(|| {
        Error::misconfigured(
            format!("Its discovery document has no {name}"),
            remedy::ISSUER,
        )
    })
}

fn parse_url(value: &LenientValue) -> Option<Url> {
    value.text()?.parse().ok()
}
