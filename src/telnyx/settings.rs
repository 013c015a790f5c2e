//! Settings of the client (address, key, timeouts, limits), and the HTTP client they configure.
//! `config` maps environment variables to them.

use std::time::Duration;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use url::Url;

use crate::config::http_client;
use crate::metrics::Metrics;

/// Settings of the client.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Base address: `https://api.telnyx.com/v2`, or that of a simulated Telnyx.
    pub base: Url,
    /// API key of the manager.
    pub api_key: SecretString,
    /// Timeout for opening a connection.
    pub connect_timeout: Duration,
    /// Timeout for each attempt, from its start to the last byte of its answer.
    pub total_timeout: Duration,
    /// Maximum number of requests in flight. Background work gets half of them.
    pub max_in_flight: usize,
    /// Number of attempts after the first, if repeating is safe.
    pub retries: u32,
    /// Wait before the second attempt; it doubles for each further one.
    pub retry_base: Duration,
    /// Longest wait between two attempts, even if Telnyx asks for more.
    pub longest_wait: Duration,
    /// Instruments that record each attempt.
    pub metrics: Metrics,
}

impl Settings {
    /// Returns the default settings for an address and a key.
    /// They allow 5 s to connect, 20 s in total, 8 requests in flight, and two retries after 0.5
    /// and 1 s. No wait exceeds 8 s.
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
            metrics: Metrics::default(),
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

    /// Returns the header with the key, marked as sensitive so that nothing prints it.
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

    /// Returns the HTTP client with these timeouts.
    pub(super) fn http_client(&self) -> Result<reqwest::Client, BuildError> {
        // `retry` decides what is sent again, because it knows what is safe at Telnyx. A redirect
        // could turn a POST into a GET that seems to succeed.
        http_client()
            .connect_timeout(self.connect_timeout)
            .timeout(self.total_timeout)
            .gzip(true)
            .build()
            .map_err(BuildError::Http)
    }
}

/// Reason why a client cannot be created from the settings.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The base address is not an http or https URL that can take a path.
    #[error("the Telnyx address must be an http or https URL without user, query and fragment")]
    Base,
    /// The key is empty or contains characters that a header cannot carry.
    #[error("the Telnyx API key is empty or has characters that no key has")]
    Key,
    /// The maximum number of requests in flight is 0 or too large.
    #[error("at least one request to Telnyx must be allowed at a time")]
    InvalidConcurrency,
    /// The HTTP client could not be created.
    #[error("the HTTP client could not be set up: {0}")]
    Http(#[source] reqwest::Error),
}
