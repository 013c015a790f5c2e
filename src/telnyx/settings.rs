//! How to reach Telnyx: address, key, timeouts, bounds; and the HTTP client made of them. Which variable sets what is
//! in `config`.

use std::time::Duration;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use url::Url;

use crate::config::root_certificates;

/// How to reach Telnyx, and how patiently.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `https://api.telnyx.com/v2`, or a simulated one.
    pub base: Url,
    /// The manager's API key.
    pub api_key: SecretString,
    /// For each connection.
    pub connect_timeout: Duration,
    /// For each try, from its start to the last byte of its answer.
    pub total_timeout: Duration,
    /// Maximum number of requests under way at once; background work gets half of them.
    pub max_in_flight: usize,
    /// Tries after the first, where sending again is safe.
    pub retries: u32,
    /// The wait before the second try; doubled for each further one.
    pub retry_base: Duration,
    /// The longest wait between two tries, also where Telnyx asks for more.
    pub longest_wait: Duration,
}

impl Settings {
    /// The usual patience: 5 s to connect, 20 s in all, 8 requests at once, two retries after 0.5 and 1 s, 8 s at most.
    #[must_use]
    pub fn new(base: Url, api_key: SecretString) -> Self {
        Self {
            base,
            api_key,
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(20),
            max_in_flight: 8,
            retries: 2,
            retry_base: Duration::from_millis(500),
            longest_wait: Duration::from_secs(8),
        }
    }

    /// Fails if the settings do not allow requests to be sent.
    pub(super) fn validate(&self) -> Result<(), BuildError> {
        let base = &self.base;
        let web = matches!(base.scheme(), "http" | "https") && base.has_host();
        let anonymous = base.username().is_empty() && base.password().is_none();
        if !web || !anonymous || base.query().is_some() || base.fragment().is_some() {
            return Err(BuildError::Base);
        }
        if self.max_in_flight == 0 || self.max_in_flight > Semaphore::MAX_PERMITS {
            return Err(BuildError::InvalidConcurrency);
        }
        Ok(())
    }

    /// The header that carries the key, marked so that nothing prints it.
    pub(super) fn authorization(&self) -> Result<HeaderValue, BuildError> {
        let key = self.api_key.expose_secret();
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BuildError::Key);
        }
        let header = HeaderValue::from_str(&format!("Bearer {key}"));
        let mut header = header.map_err(|_| BuildError::Key)?;
        header.set_sensitive(true);
        Ok(header)
    }

    /// The HTTP client with these timeouts.
    pub(super) fn http_client(&self) -> Result<reqwest::Client, BuildError> {
        reqwest::Client::builder()
            .user_agent(concat!("reseller-portal/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.connect_timeout)
            .timeout(self.total_timeout)
            // A redirect could take the key elsewhere, or turn a POST into a GET that looks like a success.
            .redirect(reqwest::redirect::Policy::none())
            // What is sent again is decided in `retry`, by what is safe at Telnyx.
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .gzip(true)
            .tls_certs_merge(
                root_certificates().filter_map(|der| reqwest::Certificate::from_der(der).ok()),
            )
            .build()
            .map_err(BuildError::Http)
    }
}

/// Why no client could be made of the settings.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The base address is not one of http or https to which a path can be added.
    #[error("the Telnyx address must be an http or https URL without user, query and fragment")]
    Base,
    /// The key is empty or has characters that a header cannot carry.
    #[error("the Telnyx API key is empty or has characters that no key has")]
    Key,
    /// No request could ever be sent.
    #[error("at least one request to Telnyx must be allowed at a time")]
    InvalidConcurrency,
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up: {0}")]
    Http(#[source] reqwest::Error),
}
