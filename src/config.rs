//! Every setting, its variable, default and meaning.

use std::net::SocketAddr;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;
use url::Url;

/// What the running portal needs to know, read and checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens (`PORTAL_LISTEN`, default `127.0.0.1:8080`).
    pub listen: SocketAddr,
    /// How browsers reach it (`PORTAL_PUBLIC_URL`); https unless loopback. It alone decides cookie flags, HSTS and
    /// the trusted origin.
    pub public_url: Url,
    /// Proxies whose `X-Forwarded-For` is believed (`PORTAL_TRUSTED_PROXIES`, comma-separated addresses or networks).
    pub trusted_proxies: Vec<IpNet>,
    /// From which the audit's key is derived (`PORTAL_SECRET_KEY`, 32 bytes or more).
    pub secret_key: SecretString,
    /// Telnyx's address (`TELNYX_API_BASE`).
    pub telnyx_base: Url,
    /// The manager's key (`TELNYX_API_KEY`).
    pub telnyx_key: SecretString,
    /// Whoever the manager's key belongs to (`TELNYX_KEY_OWNER_EMAIL`); never removable.
    pub key_owner_email: Option<String>,
    /// No change is sent (`PORTAL_READ_ONLY`).
    pub read_only: bool,
    /// Whether this is a demo.
    pub demo: bool,
    /// A session ends after this long without a request (`PORTAL_SESSION_IDLE`, default 8h).
    pub session_idle: Duration,
    /// A session ends this long after sign-in (`PORTAL_SESSION_ABSOLUTE`, default 24h).
    pub session_absolute: Duration,
}

/// Telnyx's own address; anything else is practice.
pub const TELNYX: &str = "https://api.telnyx.com/v2";

impl Settings {
    /// Whether nothing here is real: the address is not Telnyx's own.
    #[must_use]
    pub fn is_practice(&self) -> bool {
        self.telnyx_base.host_str() != Some("api.telnyx.com")
    }

    /// Whether browsers reach it by https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}
