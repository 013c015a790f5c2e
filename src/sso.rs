//! Single sign-on: asks an OpenID Connect provider for the identity of a person.
//!
//! Uses the authorization code flow with PKCE and the provider's discovery document. `staff` finds
//! the staff member that an identity belongs to.
//!
//! Every call ends within [`SsoSettings::timeout`], even if the provider does not answer, because a
//! person waits for the page.

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

/// OpenID Connect provider. Clones share connections and the discovery document.
#[derive(Clone)]
pub struct Provider(Arc<Shared>);

struct Shared {
    settings: SsoSettings,
    callback: Url,
    http: http::HttpClient,
    clock: Clock,
    discovery: Mutex<Option<discovery::Discovery>>,
}

/// Values that bind a browser's trip to the provider to one sign-in.
/// They are not stored, but derived from the token that the browser keeps.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Value that the browser brings back.
    pub state: String,
    /// Value that the ID token repeats.
    pub nonce: String,
    /// Proof that the code comes back to the one who requested it (PKCE).
    pub verifier: SecretString,
}

/// Purpose of a login: to sign in, or to prove one's identity again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginPrompt {
    /// Any session at the provider is sufficient.
    ExistingSession,
    /// The person must sign in at the provider again (`prompt=login`, `max_age=0`).
    Reauthenticate,
}

/// Result of the provider's check that an email address belongs to its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailVerification {
    /// The address is verified, or the settings trust all addresses of the provider.
    Yes,
    /// The address is not verified.
    No,
    /// The provider does not say.
    Unknown,
}

/// Identity of a person, as the provider reports it.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Issuer: the provider's name for itself.
    pub issuer: String,
    /// The provider's ID of the person, which no other person ever gets.
    pub subject: String,
    /// Email address, if the provider sends one.
    pub email: Option<String>,
    /// Result of the provider's check that the address belongs to the person.
    pub email_verified: EmailVerification,
    /// True if the person used several factors at the provider (`mfa` in `amr`).
    pub several_factors: bool,
    /// Time at which the person last proved their identity to the provider.
    pub authenticated_at: Option<Timestamp>,
    /// Token for the user info endpoint.
    access_token: Option<SecretString>,
}

/// Provider's description of itself, for `check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderSummary {
    /// Number of its keys that the portal can use.
    pub keys: usize,
    /// True if it lists the claims that it sends, without `email_verified`.
    pub omits_email_verified: bool,
}

impl Provider {
    /// Returns the provider of the settings, if they name one. Sends nothing yet.
    ///
    /// # Errors
    /// Fails if this machine has no TLS.
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

    /// Returns the name that people use for the provider.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.settings.name
    }

    /// Returns the address to which a browser goes to sign in.
    ///
    /// # Errors
    /// Fails with [`Error::Unavailable`] if the provider does not answer, and with
    /// [`Error::Misconfigured`] if its discovery document is unusable.
    pub async fn authorization_url(
        &self,
        binding: &Binding,
        asks: LoginPrompt,
    ) -> Result<Url, Error> {
        self.with_timeout(self.0.authorization_url(binding, asks))
            .await
    }

    /// Exchanges a code for the identity of the person who brought it.
    /// A code can be used only once.
    ///
    /// # Errors
    /// Fails with [`Error::Unavailable`] or [`Error::Misconfigured`] if the provider gives no
    /// reliable answer, and with [`Error::Refused`] if its answer proves nothing.
    pub async fn authenticate(&self, code: &str, binding: &Binding) -> Result<Identity, Error> {
        self.with_timeout(self.0.authenticate(code, binding)).await
    }

    /// Asks for the email address if the ID token does not settle it.
    ///
    /// # Errors
    /// Fails like [`Provider::authenticate`].
    pub async fn complete_email(&self, identity: &mut Identity) -> Result<(), Error> {
        self.with_timeout(self.0.complete_email(identity)).await
    }

    /// Returns `true` if this is exactly the provider's issuer.
    #[must_use]
    pub fn has_issuer(&self, issuer: &str) -> bool {
        self.0.settings.issuer == issuer
    }

    /// Reads the provider's discovery document and its keys.
    ///
    /// # Errors
    /// Fails with an error that says what is wrong.
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
