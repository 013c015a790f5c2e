//! What somebody has besides a password: an authenticator app that shows codes, and a passkey in software that answers
//! challenges, honestly or not.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use reseller_portal::clock::Clock;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// An authenticator app that knows a secret.
pub struct AuthenticatorApp(totp_rs::Totp);

impl AuthenticatorApp {
    /// As somebody types the secret that a page shows.
    pub fn new(secret: &str) -> Self {
        let secret: String = secret.chars().filter(|c| !c.is_whitespace()).collect();
        let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
        Self(totp_rs::Builder::new().with_secret(secret).build().unwrap())
    }

    /// The code that it shows now.
    pub fn code(&self, clock: &Clock) -> String {
        let seconds = u64::try_from(clock.now().as_millis() / 1_000).unwrap();
        self.0.generate(seconds).to_string()
    }
}

/// A passkey in software.
#[derive(Clone)]
pub struct Passkey {
    /// What signs.
    pub key: SigningKey,
    /// Its credential id.
    pub id: Vec<u8>,
    /// Whose it says it is: the user handle.
    pub holder: Vec<u8>,
    /// How often it was used; stays 0 in those that are synchronized.
    pub counter: u32,
    /// Whether it verifies its holder.
    pub verifies: bool,
    /// The site that it was made for.
    pub site: String,
    /// The page that asks, as the browser says.
    pub origin: String,
}

impl Passkey {
    /// A new one.
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

    /// Its answer to the challenge of an addition.
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

    /// Its answer to the challenge of a sign-in or of another proof.
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
