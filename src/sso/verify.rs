//! Whether an ID token is what it says: from this provider, for this portal, about this ceremony, now, and signed with
//! one of the provider's public keys.

use std::time::Duration;

use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm,
    CoreProviderMetadata,
};
use openidconnect::{ClaimsVerificationError, ClientId, Nonce, SignatureVerificationError};

use super::{Error, Shared};
use crate::domain::time::Timestamp;

/// Signatures by a private key of the provider: never by the shared secret, which the portal could sign with itself, and
/// never none.
const SIGNED_WITH: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Clocks may differ by so much.
const LEEWAY: Duration = Duration::from_mins(5);

impl Shared {
    /// The claims of a token that holds. A key that is not known yet is looked for once.
    pub(super) async fn verified(
        &self,
        token: &CoreIdToken,
        metadata: &CoreProviderMetadata,
        nonce: &str,
    ) -> Result<CoreIdTokenClaims, Error> {
        let unknown_key = SignatureVerificationError::NoMatchingKey;
        match self.claims(token, metadata, metadata.jwks(), nonce) {
            Err(ClaimsVerificationError::SignatureVerification(error)) if error == unknown_key => {
                let keys = self.newer_keys().await?;
                let keys = keys.as_ref().unwrap_or(metadata.jwks());
                self.claims(token, metadata, keys, nonce).map_err(refused)
            }
            claims => claims.map_err(refused),
        }
    }

    fn claims(
        &self,
        token: &CoreIdToken,
        metadata: &CoreProviderMetadata,
        keys: &CoreJsonWebKeySet,
        nonce: &str,
    ) -> Result<CoreIdTokenClaims, ClaimsVerificationError> {
        let now = self.clock.now();
        let latest = instant(now + LEEWAY);
        // Without the secret: signatures by it are not taken.
        let verifier = CoreIdTokenVerifier::new_public_client(
            ClientId::new(self.settings.client_id.clone()),
            metadata.issuer().clone(),
            keys.clone(),
        )
        .set_allowed_algs(SIGNED_WITH)
        .set_time_fn(move || instant(now))
        .set_issue_time_verifier_fn(move |issued| {
            if issued <= latest {
                Ok(())
            } else {
                Err("it was issued in the future".to_owned())
            }
        });
        let claims = token.claims(&verifier, &Nonce::new(nonce.to_owned()))?;
        let party = claims.authorized_party();
        if party.is_some_and(|party| party.as_str() != self.settings.client_id) {
            return Err(ClaimsVerificationError::InvalidAudience(
                "it was given to another party".to_owned(),
            ));
        }
        Ok(claims.clone())
    }
}

/// In words for the audit; they repeat no token.
fn refused(error: ClaimsVerificationError) -> Error {
    let words = match error {
        ClaimsVerificationError::SignatureVerification(error) => format!("the ID token's signature: {error}"),
        ClaimsVerificationError::Expired(_) => "the ID token has expired, or was issued in the future".to_owned(),
        ClaimsVerificationError::InvalidAudience(_) => "the ID token is for another party".to_owned(),
        ClaimsVerificationError::InvalidIssuer(_) => "the ID token is another provider's".to_owned(),
        ClaimsVerificationError::InvalidNonce(_) => "the ID token answers another question".to_owned(),
        other => format!("the ID token: {other}"),
    };
    Error::Refused(words)
}

fn instant(at: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.as_millis()).unwrap_or_default()
}

pub(super) fn timestamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp::from_millis(at.timestamp_millis())
}
