//! Every setting, its variable, default and meaning. How they are read from variables is in `config/variables.rs`,
//! what one variable may be set to in `config/values.rs`. Mail and single sign-on have files of their own.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use rust_decimal::Decimal;
use secrecy::SecretString;
use url::Url;

mod mail;
mod sso;
mod tls_roots;
mod values;
mod variables;

pub use mail::{Encryption, MailSettings};
pub use sso::SsoSettings;
pub use tls_roots::root_certificates;
pub use values::{InvalidSetting, PREVIOUS_SECRET_KEY, is_loopback, secret_key};
pub use variables::{VARIABLES, Variable};

use crate::domain::proxy::ForwardedHeader;

/// Settings of the running portal, read and checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address that the portal listens on (`PORTAL_LISTEN`, default `127.0.0.1:8080`).
    pub listen: SocketAddr,
    /// How browsers reach it (`PORTAL_PUBLIC_URL`); https unless loopback. It alone decides cookie flags, HSTS and
    /// the trusted origin.
    pub public_url: Url,
    /// Proxies that say for whom they ask (`PORTAL_TRUSTED_PROXIES`, comma-separated addresses or networks).
    pub trusted_proxies: Vec<IpNet>,
    /// The header in which they say it (`PORTAL_FORWARDED_HEADER`); without it whichever comes, and both if they agree.
    pub forwarded_header: Option<ForwardedHeader>,
    /// From which the keys of the audit and of second factors are derived (`PORTAL_SECRET_KEY`, 32 bytes or more).
    pub secret_key: SecretString,
    /// Which database (`DATABASE_URL`, default `sqlite:portal.db`); may carry a password.
    pub database_url: SecretString,
    /// Telnyx's address (`TELNYX_API_BASE`).
    pub telnyx_base: Url,
    /// The manager's key (`TELNYX_API_KEY`).
    pub telnyx_key: SecretString,
    /// How long a connection to Telnyx may take to open (`TELNYX_CONNECT_TIMEOUT`, default 5s).
    pub telnyx_connect_timeout: Duration,
    /// How long each try of a request to Telnyx may take in all (`TELNYX_TIMEOUT`, default 20s).
    pub telnyx_timeout: Duration,
    /// The wait before a request to Telnyx is sent again, doubled for each further try; no variable, tests shorten it.
    pub telnyx_retry_wait: Duration,
    /// How long a page waits for Telnyx or a mail server before it comes without; no variable, tests shorten it.
    pub page_time_budget: Duration,
    /// Number of requests to Telnyx that may run at once (`TELNYX_MAX_IN_FLIGHT`, default 8).
    pub telnyx_in_flight: usize,
    /// Email of the user that the manager's key belongs to (`TELNYX_KEY_OWNER_EMAIL`); never
    /// removable.
    pub key_owner_email: Option<String>,
    /// No change is sent (`PORTAL_READ_ONLY`).
    pub read_only: bool,
    /// Less available credit than this, in an account's own currency, needs attention (`PORTAL_LOW_BALANCE`, default 10).
    pub low_balance: Decimal,
    /// True if this is a demo.
    pub demo: bool,
    /// A session ends after this long without a request (`PORTAL_SESSION_IDLE`, default 8h).
    pub session_idle: Duration,
    /// A session ends this long after sign-in (`PORTAL_SESSION_ABSOLUTE`, default 24h).
    pub session_absolute: Duration,
    /// The provider of single sign-on, where there is one (`PORTAL_SSO_…`).
    pub sso: Option<SsoSettings>,
    /// Cost of hashing a password; no variable, tests make it cheap.
    pub password_cost: PasswordCost,
    /// How mail is sent (`PORTAL_SMTP_URL`, `PORTAL_MAIL_FROM`); without it links are shown to copy.
    pub mail: Option<MailSettings>,
}

/// Argon2id's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for PasswordCost {
    /// Returns the cost that OWASP recommends for Argon2id: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self {
            memory: 19 * 1024,
            passes: 2,
            lanes: 1,
        }
    }
}

/// How long a page waits for Telnyx: with its own work it comes within three seconds.
const PAGE_TIME_BUDGET: Duration = Duration::from_millis(2_500);

/// Telnyx's own address; anything else is practice.
pub const DEFAULT_TELNYX_BASE: &str = "https://api.telnyx.com/v2";

impl Settings {
    /// Returns the settings that a demo or a test starts from. They have every default, these
    /// addresses, and keys that are not secret.
    #[must_use]
    pub fn for_sandbox(
        listen: SocketAddr,
        public_url: Url,
        telnyx_base: Url,
        database_url: &str,
    ) -> Self {
        Self {
            listen,
            public_url,
            trusted_proxies: Vec::new(),
            forwarded_header: None,
            secret_key: SecretString::from("practice only: this key protects nothing"),
            database_url: SecretString::from(database_url),
            telnyx_base,
            telnyx_key: SecretString::from("KEY_SANDBOX_not_a_secret"),
            telnyx_connect_timeout: Duration::from_secs(5),
            telnyx_timeout: Duration::from_secs(20),
            telnyx_retry_wait: Duration::from_millis(500),
            page_time_budget: PAGE_TIME_BUDGET,
            telnyx_in_flight: 8,
            key_owner_email: None,
            read_only: false,
            low_balance: Decimal::TEN,
            demo: false,
            session_idle: Duration::from_hours(8),
            session_absolute: Duration::from_hours(24),
            sso: None,
            password_cost: PasswordCost::default(),
            mail: None,
        }
    }

    /// Returns `true` if nothing here is real: the address is not Telnyx's own.
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        self.telnyx_base.host_str() != Some("api.telnyx.com")
    }

    /// Returns `true` if this is the address of a trusted proxy.
    #[must_use]
    pub fn is_trusted_proxy(&self, address: IpAddr) -> bool {
        self.trusted_proxies
            .iter()
            .any(|net| net.contains(&address))
    }

    /// Returns `true` if browsers reach the portal by https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}
