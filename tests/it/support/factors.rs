//! Second factors of a person.
//! An authenticator app shows codes. A software passkey answers challenges, honestly or not.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use reseller_portal::clock::Clock;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::secrets;

/// Authenticator app that knows a secret.
pub struct AuthenticatorApp(totp_rs::Totp);

impl AuthenticatorApp {
    /// Creates an app from the secret that a page shows.
    pub fn new(secret: &str) -> Self {
        let secret: String = secret.chars().filter(|c| !c.is_whitespace()).collect();
        secrets::hide_but_on_pages(&secret);
        let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
        Self(totp_rs::Builder::new().with_secret(secret).build().unwrap())
    }

    /// Returns the code that the app shows now.
    pub fn code(&self, clock: &Clock) -> String {
        let seconds = u64::try_from(clock.now().as_millis() / 1_000).unwrap();
        self.0.generate(seconds).to_string()
    }
}

/// Software passkey.
#[derive(Clone)]
pub struct Passkey {
    /// Private key.
    pub key: SigningKey,
    /// Credential ID.
    pub id: Vec<u8>,
    /// User handle that it reports.
    pub holder: Vec<u8>,
    /// Number of uses. It stays 0 in synchronized passkeys.
    pub counter: u32,
    /// True if it verifies its holder.
    pub verifies: bool,
    /// Site that it was made for.
    pub site: String,
    /// Origin of the page that asks, as the browser reports it.
    pub origin: String,
}

impl Passkey {
    /// Creates a new passkey.
    pub fn new() -> Self {
        let random = || *Uuid::new_v4().as_bytes();
        let key = SigningKey::from_slice(&[random(), random()].concat()).unwrap();
        Self {
            key,
            id: [random(), random()].concat(),
            holder: Vec::new(),
            counter: 1,
            verifies: true,
            site: "localhost".to_owned(),
            origin: "http://localhost:8080".to_owned(),
        }
    }

    /// Returns its answer to the challenge of an addition.
    pub fn attest(&mut self, challenge: &Value) -> String {
        let options = &challenge["publicKey"];
        self.holder = BASE64
            .decode(options["user"]["id"].as_str().unwrap())
            .unwrap();
        let public = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = (public.x().unwrap(), public.y().unwrap());
        let cose = [
            &[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..],
            x,
            &[0x22, 0x58, 32],
            y,
        ]
        .concat();
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let data = [&self.data(0x40)[..], &[0; 16], &length, &self.id, &cose].concat();
        let length = u8::try_from(data.len()).unwrap();
        let object = [
            &b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"[..],
            &[length],
            &data,
        ]
        .concat();
        self.answer(&json!({
            "clientDataJSON": BASE64.encode(self.client("webauthn.create", options)),
            "attestationObject": BASE64.encode(object),
        }))
    }

    /// Returns its answer to the challenge of a sign-in or another proof.
    pub fn assert(&mut self, challenge: &Value) -> String {
        self.counter += 1;
        let data = self.data(0);
        let client = self.client("webauthn.get", &challenge["publicKey"]);
        let signed = [&data[..], &Sha256::digest(&client)].concat();
        let signature: Signature = self.key.sign(&signed);
        self.answer(&json!({
            "clientDataJSON": BASE64.encode(&client),
            "authenticatorData": BASE64.encode(&data),
            "signature": BASE64.encode(signature.to_der().as_bytes()),
            "userHandle": BASE64.encode(&self.holder),
        }))
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let verified = if self.verifies { 0x04 } else { 0 };
        [
            &Sha256::digest(self.site.as_bytes())[..],
            &[0x01 | verified | flags],
            &self.counter.to_be_bytes(),
        ]
        .concat()
    }

    fn client(&self, kind: &str, options: &Value) -> Vec<u8> {
        let said =
            json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin });
        said.to_string().into_bytes()
    }

    fn answer(&self, response: &Value) -> String {
        let id = BASE64.encode(&self.id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {},
        })
        .to_string()
    }
}
