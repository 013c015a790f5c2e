//! Single sign-on: asks the OpenID Connect provider of the settings who somebody is. Code flow with PKCE, by what the
//! provider's discovery tells. Whom of the staff an identity belongs to is `staff`'s.
//!
//! Whatever the provider does, an answer is there within [`SsoSettings::timeout`]: somebody waits for the page.

use std::sync::Arc;

use secrecy::SecretString;
use tokio::sync::Mutex;
use url::Url;

use crate::clock::Clock;
use crate::config::{Settings, SsoSettings};
use crate::domain::time::Timestamp;

mod code_flow;
mod discovery;
mod error;
mod http;
mod keys;
mod lenient_json;
mod verify;

pub use error::{BuildError, Error, Misconfiguration};

/// The provider. Clones share connections and what is known of it.
#[derive(Clone)]
pub struct Provider(Arc<Shared>);

struct Shared {
    settings: SsoSettings,
    callback: Url,
    http: http::HttpClient,
    clock: Clock,
    discovery: Mutex<Option<discovery::Discovery>>,
}

/// Binding of a browser's trip to the provider and back to one ceremony. It is not stored, but derived from the token
/// that the browser keeps.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Comes back with the browser.
    pub state: String,
    /// Comes back in the ID token.
    pub nonce: String,
    /// Proves to the provider that whoever has the code is who asked for it (PKCE).
    pub verifier: SecretString,
}

/// Purpose of a login: signing in, or proving one's identity again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginPrompt {
    /// Any session at the provider is sufficient.
    ExistingSession,
    /// They must show the provider anew who they are (`prompt=login`, `max_age=0`).
    Reauthenticate,
}

/// Result of the provider's check that an email belongs to its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailVerification {
    /// It did, or the settings say that its emails are the organization's own.
    Yes,
    /// It says that it did not.
    No,
    /// It does not say.
    Unknown,
}

/// Identity of a person, as the provider reports it.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// The provider's own name for them, which no other person ever gets.
    pub subject: String,
    /// Their email, if the provider sends one.
    pub email: Option<String>,
    /// Result of the provider's check that the email is theirs.
    pub email_verified: EmailVerification,
    /// True if they showed the provider several factors (`mfa` in `amr`).
    pub several_factors: bool,
    /// When they showed the provider who they are.
    pub authenticated_at: Option<Timestamp>,
    /// Opens user info.
    access_token: Option<SecretString>,
}

/// Provider's description of itself, for `check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderSummary {
    /// So many of its keys can be used.
    pub keys: usize,
    /// True if it lists the claims that it sends, without `email_verified`.
    pub omits_email_verified: bool,
}

impl Provider {
    /// The provider of the settings, where they name one; nothing is sent yet.
    ///
    /// # Errors
    /// Where there is no TLS on this machine.
    pub fn from_settings(settings: &Settings, clock: Clock) -> Result<Option<Self>, BuildError> {
        let Some(sso) = settings.sso.clone() else {
            return Ok(None);
        };
        Ok(Some(Self(Arc::new(Shared {
            http: http::HttpClient::new(sso.timeout)?,
            callback: settings.sso_callback(),
            settings: sso,
            clock,
            discovery: Mutex::default(),
        }))))
    }

    /// Returns the name that people use for it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.settings.name
    }

    /// Returns the address at which the provider identifies the browser's user.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the provider cannot be asked.
    pub async fn authorization_url(
        &self,
        binding: &Binding,
        asks: LoginPrompt,
    ) -> Result<Url, Error> {
        self.with_timeout(self.0.authorization_url(binding, asks))
            .await
    }

    /// Returns the identity of the person who brought this code, and uses the code up.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Misconfigured`] if the provider gives no answer to rely on,
    /// [`Error::Refused`] if its answer proves nothing.
    pub async fn authenticate(&self, code: &str, binding: &Binding) -> Result<Identity, Error> {
        self.with_timeout(self.0.authenticate(code, binding)).await
    }

    /// Asks for the email of someone if the ID token left it open.
    ///
    /// # Errors
    /// As [`Provider::authenticate`].
    pub async fn complete_email(&self, identity: &mut Identity) -> Result<(), Error> {
        self.with_timeout(self.0.complete_email(identity)).await
    }

    /// Returns `true` if this is exactly the provider's issuer.
    #[must_use]
    pub fn has_issuer(&self, issuer: &str) -> bool {
        self.0.settings.issuer == issuer
    }

    /// Reads the provider's description of itself and its keys.
    ///
    /// # Errors
    /// The error says what is wrong.
    pub async fn check(&self) -> Result<ProviderSummary, Error> {
        let known = self.with_timeout(self.0.discover()).await?;
        Ok(ProviderSummary {
            keys: known.keys.len(),
            omits_email_verified: known.metadata.omits_email_verified,
        })
    }

    async fn with_timeout<T>(
        &self,
        asking: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let patience = self.0.settings.timeout;
        match tokio::time::timeout(patience, asking).await {
            Ok(answer) => answer,
            Err(_) => Err(Error::Unavailable(format!(
                "no answer within {} ms",
                patience.as_millis()
            ))),
        }
    }
}
