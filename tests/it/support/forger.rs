//! Provider of single sign-on that sends whatever a test wants.
//! That includes answers that no certified provider would give.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use reseller_portal::clock::Clock;
use reseller_portal::config::Settings;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use super::provider::sso;

/// Answers of the provider. A test may change them at any time.
pub struct Says {
    /// Issuer in its discovery document.
    pub issuer: String,
    /// Its only published key, with its ID.
    pub key: (String, SigningKey),
    /// ID token that it returns for a code.
    pub token: String,
    /// Content type and body of user info. If it is `None`, there is no such endpoint.
    pub user_info: Option<(&'static str, String)>,
    /// Different ID token for one particular code.
    pub for_code: Option<(String, String)>,
    /// Replacement for the answer at one path: path, status and body.
    pub instead: Option<(&'static str, u16, String)>,
    /// Delay of each answer.
    pub delay: Duration,
    /// Paths that were requested.
    pub asked: Vec<String>,
}

/// Forging provider. It stops when it is dropped.
pub struct Forger {
    says: Arc<Mutex<Says>>,
    issuer: String,
    _end: DropGuard,
}

/// Returns a new key.
pub fn key() -> SigningKey {
    let random = || *Uuid::new_v4().as_bytes();
    SigningKey::from_slice(&[random(), random()].concat()).unwrap()
}

impl Forger {
    /// Starts a provider.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let says = Arc::new(Mutex::new(Says {
            issuer: issuer.clone(),
            key: ("first".to_owned(), key()),
            token: String::new(),
            user_info: None,
            for_code: None,
            instead: None,
            delay: Duration::ZERO,
            asked: Vec::new(),
        }));
        let end = CancellationToken::new();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&says));
        let ended = end.clone().cancelled_owned();
        tokio::spawn(async move {
            axum::serve(listener, router)
                .with_graceful_shutdown(ended)
                .await
        });
        Self {
            says,
            issuer,
            _end: end.drop_guard(),
        }
    }

    /// Returns a change of a portal's settings that turns on single sign-on at this provider.
    pub fn set(&self) -> impl FnOnce(&mut Settings) + Send + use<> {
        let sso = sso(&self.issuer);
        move |settings| settings.sso = Some(sso)
    }

    /// Returns its answers, to change them.
    pub fn says(&self) -> MutexGuard<'_, Says> {
        self.says.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the claims of an honest token for this nonce, about `manager@example.com`.
    pub fn claims(&self, nonce: &str, clock: &Clock) -> Value {
        let now = clock.now().as_millis() / 1_000;
        json!({
            "iss": self.issuer, "aud": "portal", "sub": "7", "nonce": nonce, "iat": now, "exp": now + 300,
            "email": "manager@example.com", "email_verified": true,
        })
    }

    /// Makes it return a token with these claims, signed with its key, for any code.
    pub fn gives(&self, claims: &Value) {
        let (name, key) = self.says().key.clone();
        self.says().token = signed(claims, &name, &key);
    }

    /// Like [`Forger::gives`], but only for this code.
    pub fn gives_for(&self, code: &str, claims: &Value) {
        let (name, key) = self.says().key.clone();
        self.says().for_code = Some((code.to_owned(), signed(claims, &name, &key)));
    }

    /// Returns its issuer.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the number of requests for a path.
    pub fn asked(&self, path: &str) -> usize {
        self.says()
            .asked
            .iter()
            .filter(|asked| *asked == path)
            .count()
    }
}

/// Returns its key set, which contains one key.
pub fn keys((name, key): &(String, SigningKey)) -> Value {
    let public = key.verifying_key().to_sec1_point(false);
    let (x, y) = (
        BASE64.encode(public.x().unwrap()),
        BASE64.encode(public.y().unwrap()),
    );
    json!({ "keys": [{ "kty": "EC", "crv": "P-256", "use": "sig", "kid": name, "x": x, "y": y }] })
}

/// Returns a token with these claims, signed with this key.
pub fn signed(claims: &Value, name: &str, key: &SigningKey) -> String {
    let text = unsigned(&json!({ "alg": "ES256", "kid": name }), claims);
    let signature: Signature = key.sign(text.as_bytes());
    format!("{text}.{}", BASE64.encode(signature.to_bytes()))
}

/// Like [`signed`], but with this exact JSON.
pub fn signed_text(claims: &str, name: &str, key: &SigningKey) -> String {
    let header = json!({ "alg": "ES256", "kid": name }).to_string();
    let text = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
    let signature: Signature = key.sign(text.as_bytes());
    format!("{text}.{}", BASE64.encode(signature.to_bytes()))
}

/// Returns header and claims without a signature.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!(
        "{}.{}",
        BASE64.encode(header.to_string()),
        BASE64.encode(claims.to_string())
    )
}

async fn answer(State(says): State<Arc<Mutex<Says>>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let sent = axum::body::to_bytes(request.into_body(), usize::MAX)
        .await
        .unwrap();
    let code = url::form_urlencoded::parse(&sent).find(|(name, _)| name == "code");
    let code = code.map(|(_, code)| code.into_owned()).unwrap_or_default();
    let (delay, reply) = {
        let mut says = says.lock().unwrap_or_else(PoisonError::into_inner);
        says.asked.push(path.clone());
        (says.delay, reply(&says, &path, &code))
    };
    tokio::time::sleep(delay).await;
    reply
}

fn reply(says: &Says, path: &str, code: &str) -> Response {
    if let Some((instead, status, body)) = &says.instead
        && *instead == path
    {
        return axum::http::Response::builder()
            .status(*status)
            .header("content-type", "application/json")
            .header("location", "/elsewhere")
            .body(body.clone().into())
            .unwrap();
    }
    if let (Some((media_type, body)), "/me") = (&says.user_info, path) {
        return ([("content-type", *media_type)], body.clone()).into_response();
    }
    let issuer = &says.issuer;
    let body = match path {
        "/.well-known/openid-configuration" => json!({
            "issuer": issuer, "authorization_endpoint": format!("{issuer}/auth"),
            "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "userinfo_endpoint": says.user_info.as_ref().map(|_| format!("{issuer}/me")),
        }),
        "/keys" => keys(&says.key),
        "/token" => {
            let own = says.for_code.as_ref().filter(|(own, _)| own == code);
            let token = own.map_or(&says.token, |(_, token)| token);
            json!({ "access_token": "opaque", "token_type": "Bearer", "id_token": token })
        }
        _ => return axum::http::StatusCode::NOT_FOUND.into_response(),
    };
    axum::Json(body).into_response()
}
