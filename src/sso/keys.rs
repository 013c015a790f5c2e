//! Public keys of the provider. Keys of unsupported kinds are left out.

use std::str::FromStr;

use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::lenient_json::LenientValue;

/// Usable keys of the provider.
#[derive(Debug, Deserialize)]
#[serde(from = "JwkSet")]
pub(super) struct Keys(Vec<Key>);

/// Result of the check of a signature.
/// `UnknownKey` means that no known key could have made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignatureCheck {
    Valid,
    Invalid,
    UnknownKey,
}

#[derive(Debug)]
struct Key {
    id: Option<String>,
    /// Algorithms that the key can be used with.
    algorithms: Vec<Algorithm>,
    verifier: DecodingKey,
}

/// Key set as the provider sends it.
#[derive(Debug, Deserialize)]
struct JwkSet {
    keys: Vec<Box<RawValue>>,
}

/// Key as the provider sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Jwk {
    kty: LenientValue,
    #[serde(rename = "use")]
    used_for: LenientValue,
    key_ops: LenientValue,
    alg: LenientValue,
    kid: LenientValue,
    crv: LenientValue,
    n: LenientValue,
    e: LenientValue,
    x: LenientValue,
    y: LenientValue,
}

impl From<JwkSet> for Keys {
    fn from(listed: JwkSet) -> Self {
        let keys = listed.keys.iter();
        Self(
            keys.filter_map(|key| serde_json::from_str::<Jwk>(key.get()).ok()?.to_key())
                .collect(),
        )
    }
}

impl Jwk {
    fn to_key(&self) -> Option<Key> {
        let operations = self.key_ops.list();
        let signs = self
            .used_for
            .text()
            .is_none_or(|used_for| used_for == "sig")
            && (operations.is_empty() || operations.iter().any(|operation| operation == "verify"));
        if !signs {
            return None;
        }
        let (mut fits, key) = match (self.kty.text()?, self.crv.text()) {
            ("RSA", _) => (
                AlgorithmFamily::Rsa.algorithms().to_vec(),
                DecodingKey::from_rsa_components(self.n.text()?, self.e.text()?),
            ),
            ("EC", Some("P-256")) => (
                vec![Algorithm::ES256],
                DecodingKey::from_ec_components(self.x.text()?, self.y.text()?),
            ),
            ("EC", Some("P-384")) => (
                vec![Algorithm::ES384],
                DecodingKey::from_ec_components(self.x.text()?, self.y.text()?),
            ),
            ("OKP", Some("Ed25519")) => (
                vec![Algorithm::EdDSA],
                DecodingKey::from_ed_components(self.x.text()?),
            ),
            _ => return None,
        };
        if let Some(own) = self.alg.text() {
            let own = supported_algorithm(own)?;
            fits.retain(|algorithm| *algorithm == own);
        }
        Some(Key {
            id: self.kid.text_or_number(),
            algorithms: fits,
            verifier: key.ok()?,
        })
    }
}

impl Keys {
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Checks a signature with the key that the token names.
    /// If the token or a key has no ID, tries every key that fits the algorithm.
    pub(super) fn verify_signature(
        &self,
        algorithm: Algorithm,
        id: Option<&str>,
        message: &str,
        signature: &str,
    ) -> SignatureCheck {
        let mut fitting = self.0.iter().filter(|key| {
            key.algorithms.contains(&algorithm)
                && (id.is_none() || key.id.is_none() || key.id.as_deref() == id)
        });
        let mut found = SignatureCheck::UnknownKey;
        let right = fitting.any(|key| {
            found = SignatureCheck::Invalid;
            jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key.verifier, algorithm)
                .unwrap_or(false)
        });
        if right { SignatureCheck::Valid } else { found }
    }
}

/// Returns an algorithm that signs with the provider's private key.
/// Excludes those with a shared secret, because the portal could make such a signature itself.
pub(super) fn supported_algorithm(name: &str) -> Option<Algorithm> {
    // RFC 9864 names the curve.
    let name = if name == "Ed25519" { "EdDSA" } else { name };
    Algorithm::from_str(name)
        .ok()
        .filter(|algorithm| algorithm.family() != AlgorithmFamily::Hmac)
}
