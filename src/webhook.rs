//! Sending to the team's webhook: one signed HTTP request. `notifications::webhook` decides what is
//! sent, and tries again.
//!
//! Only addresses on the internet are reached, because the receiver's address is typed by people
//! who need not have access to the server's network. In practice mode, loopback is reached too.
//! Redirects are not followed. Of the answer only the status is read.

use std::error::Error as _;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, Mac};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use sha2::Sha256;
use url::{Host, Url};

use crate::config::{Settings, http_client, is_loopback};
use crate::domain::time::Timestamp;
use crate::domain::webhook::MAX_URL_LENGTH;
use crate::metrics::Metrics;

mod reachable;

use reachable::is_on_internet;

/// Header with the time and the signature of a request.
pub const SIGNATURE_HEADER: &str = "portal-signature";
/// Header with the ID of the event. Receivers recognize a repeated event by it.
pub const EVENT_ID_HEADER: &str = "portal-event-id";

/// Reason why a request was not accepted. No text of the receiver is part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The receiver answered with a status outside 200 to 299.
    #[error("The receiver answered with status {0}.")]
    Status(u16),
    /// The receiver did not answer in time.
    #[error("The receiver did not answer within 10 seconds.")]
    Timeout,
    /// The receiver's name has no address on the internet.
    #[error("The receiver's name leads to no address on the internet.")]
    PrivateAddress,
    /// The certificate of the receiver is not trusted.
    #[error("The receiver's certificate is not trusted.")]
    Certificate,
    /// There was no connection, or it broke.
    #[error("The receiver could not be reached, or hung up.")]
    Unreachable,
    /// The system could not set up encrypted connections.
    #[error("The portal cannot make encrypted connections.")]
    NoClient,
}

impl Failure {
    /// Returns the status of the answer, if there was one.
    #[must_use]
    pub const fn status(self) -> Option<u16> {
        match self {
            Self::Status(status) => Some(status),
            _ => None,
        }
    }
}

/// Reason why an address is refused. The text is meant for the form field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUrl {
    /// It is not a URL with a host.
    #[error("Write a whole address, such as https://example.com/hooks/portal.")]
    NotUrl,
    /// It is too long.
    #[error("The address can have at most 500 characters.")]
    TooLong,
    /// It is not https.
    #[error("The address must start with https://.")]
    NotHttps,
    /// It contains a user, a password or a fragment.
    #[error("The address cannot contain a user, a password or a part after #.")]
    Extra,
    /// It leads into a private network.
    #[error("The address must be on the internet. Private networks are not reached.")]
    Private,
}

/// Event as it is sent.
#[derive(Clone, Copy, Debug)]
pub struct SignedEvent<'a> {
    /// ID of the event.
    pub id: &'a str,
    /// JSON of the event.
    pub body: &'a str,
    /// Value of the header that signs it.
    pub signature: &'a str,
}

/// Sender to the team's webhook. It is cheap to clone.
#[derive(Clone, Debug)]
pub struct Sender {
    client: Option<reqwest::Client>,
    allows_loopback: bool,
    metrics: Metrics,
}

impl Sender {
    /// Returns a sender. In practice mode, it reaches this machine too, also without https.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self::build(settings.is_sandbox(), settings.webhook_timeout)
    }

    fn build(allows_loopback: bool, timeout: Duration) -> Self {
        // The queue tries again, and counts the attempts.
        let client = http_client()
            .timeout(timeout)
            .no_gzip()
            .dns_resolver(Arc::new(Resolver { allows_loopback }))
            .build();
        let client = client.inspect_err(|error| {
            tracing::error!(%error, "the webhook cannot be reached");
        });
        Self {
            client: client.ok(),
            allows_loopback,
            metrics: Metrics::default(),
        }
    }

    /// Returns the sender with these instruments, which record each request.
    #[must_use]
    pub fn with_metrics(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }

    /// Checks the address of a receiver.
    ///
    /// # Errors
    /// Fails with an [`InvalidUrl`] whose text is meant for the form field.
    pub fn check_url(&self, text: &str) -> Result<Url, InvalidUrl> {
        if text.chars().count() > MAX_URL_LENGTH {
            return Err(InvalidUrl::TooLong);
        }
        let url = Url::parse(text).map_err(|_| InvalidUrl::NotUrl)?;
        let is_local = self.allows_loopback && is_loopback(&url);
        match url.scheme() {
            "https" => {}
            "http" if is_local => {}
            "http" => return Err(InvalidUrl::NotHttps),
            _ => return Err(InvalidUrl::NotUrl),
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(InvalidUrl::Extra);
        }
        let is_private = match url.host() {
            None => return Err(InvalidUrl::NotUrl),
            Some(Host::Domain(_)) => is_loopback(&url),
            Some(Host::Ipv4(address)) => !is_on_internet(address.into()),
            Some(Host::Ipv6(address)) => !is_on_internet(address.into()),
        };
        if is_private && !is_local {
            return Err(InvalidUrl::Private);
        }
        Ok(url)
    }

    /// Sends one event. Returns the status of the answer.
    ///
    /// # Errors
    /// Fails with [`Failure`] unless the receiver accepted it.
    pub async fn send(&self, url: Url, event: SignedEvent<'_>) -> Result<u16, Failure> {
        let sent = self.send_once(url, event).await;
        self.metrics.record_webhook(sent.is_ok());
        sent
    }

    async fn send_once(&self, url: Url, event: SignedEvent<'_>) -> Result<u16, Failure> {
        let client = self.client.as_ref().ok_or(Failure::NoClient)?;
        // The address may have been saved when other rules applied.
        self.check_url(url.as_str())
            .map_err(|_| Failure::PrivateAddress)?;
        let request = client
            .post(url)
            .header("content-type", "application/json")
            .header(EVENT_ID_HEADER, event.id)
            .header(SIGNATURE_HEADER, event.signature)
            .body(event.body.to_owned());
        // The body of the answer is dropped unread, which closes the connection.
        let answer = request.send().await.map_err(|error| classify(&error))?;
        let status = answer.status();
        if status.is_success() {
            Ok(status.as_u16())
        } else {
            Err(Failure::Status(status.as_u16()))
        }
    }
}

/// Returns the value of the header that signs a body: the time in Unix seconds, and the
/// HMAC-SHA256 of time, dot and body.
#[must_use]
pub fn signature(secret: &[u8], at: Timestamp, body: &str) -> String {
    let seconds = at.as_millis() / 1000;
    // HMAC pads a shorter key to its block size with zeros. Padding it here makes the length always
    // valid.
    let mut block = [0; 64];
    for (to, from) in block.iter_mut().zip(secret) {
        *to = *from;
    }
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new(&block.into());
    mac.update(format!("{seconds}.{body}").as_bytes());
    let mut header = format!("t={seconds},v1=");
    for byte in mac.finalize().into_bytes() {
        let _ = write!(header, "{byte:02x}");
    }
    header
}

fn classify(error: &reqwest::Error) -> Failure {
    if error.is_timeout() {
        return Failure::Timeout;
    }
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.is::<PrivateAddress>() {
            return Failure::PrivateAddress;
        }
        if inner.to_string().starts_with("invalid peer certificate") {
            return Failure::Certificate;
        }
        cause = inner.source();
    }
    Failure::Unreachable
}

/// Error for a name without an address on the internet.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("no address on the internet")]
struct PrivateAddress;

/// Resolver that returns only addresses that may be reached. The connection uses one of them, so
/// the name cannot lead elsewhere in between.
struct Resolver {
    allows_loopback: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allows_loopback = self.allows_loopback;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let reachable: Vec<SocketAddr> = found
                .filter(|address| {
                    is_on_internet(address.ip()) || (allows_loopback && address.ip().is_loopback())
                })
                .collect();
            if reachable.is_empty() {
                return Err(PrivateAddress.into());
            }
            let addresses: Addrs = Box::new(reachable.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_covers_time_and_body() {
        let at = Timestamp::from_millis(1_700_000_000_999);
        let signed = signature(b"secret", at, "{}");
        // printf '1700000000.{}' | openssl dgst -sha256 -hmac secret
        assert!(signed.starts_with("t=1700000000,v1="), "{signed}");
        assert_eq!(signed.len(), "t=1700000000,v1=".len() + 64);
        assert_ne!(signed, signature(b"secret", at, "{ }"));
        assert_ne!(signed, signature(b"other", at, "{}"));
    }

    #[test]
    fn only_https_on_the_internet_is_taken_and_loopback_in_practice() {
        let [real, practice] =
            [false, true].map(|loopback| Sender::build(loopback, Duration::ZERO));
        assert!(real.check_url("https://example.com/hook?team=1").is_ok());
        for (text, why) in [
            ("", InvalidUrl::NotUrl),
            ("example.com", InvalidUrl::NotUrl),
            ("ftp://example.com", InvalidUrl::NotUrl),
            ("http://example.com", InvalidUrl::NotHttps),
            ("https://user:pass@example.com", InvalidUrl::Extra),
            ("https://example.com/#part", InvalidUrl::Extra),
            ("https://10.0.0.1/", InvalidUrl::Private),
            ("https://169.254.169.254/", InvalidUrl::Private),
            ("https://[fd00::1]/", InvalidUrl::Private),
            ("https://[::ffff:10.0.0.1]/", InvalidUrl::Private),
            ("https://2130706433/", InvalidUrl::Private),
            ("https://localhost/", InvalidUrl::Private),
        ] {
            assert_eq!(real.check_url(text), Err(why), "{text}");
        }
        assert!(practice.check_url("http://127.0.0.1:8080/").is_ok());
        assert_eq!(
            practice.check_url("https://10.0.0.1/"),
            Err(InvalidUrl::Private)
        );
    }
}
