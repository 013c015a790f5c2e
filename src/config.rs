//! All settings with their variables, defaults and meaning.
//! `config/variables.rs` reads them from variables; `config/values.rs` defines the allowed values.
//! Mail and single sign-on have their own files.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use rust_decimal::Decimal;
use secrecy::SecretString;
use url::Url;

mod backup;
mod collector;
mod http_client;
mod mail;
mod retention;
mod sso;
mod tls_roots;
mod values;
mod variables;

pub use backup::BackupSettings;
pub use collector::CollectorSettings;
pub use http_client::http_client;
pub use mail::{Encryption, MailSettings};
pub use retention::Retention;
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
    /// URL at which browsers reach the portal (`PORTAL_PUBLIC_URL`); https unless loopback.
    /// It alone determines cookie flags, HSTS and the trusted origin.
    pub public_url: Url,
    /// Proxies that are trusted to state the client's address.
    /// `PORTAL_TRUSTED_PROXIES`: addresses or networks, separated by commas.
    pub trusted_proxies: Vec<IpNet>,
    /// Header in which the proxies state the client's address (`PORTAL_FORWARDED_HEADER`).
    /// If it is `None`, either header is accepted, and both if they agree.
    pub forwarded_header: Option<ForwardedHeader>,
    /// Secret from which the keys of the audit and of second factors are derived.
    /// `PORTAL_SECRET_KEY`, 32 bytes or more.
    pub secret_key: SecretString,
    /// Database URL (`DATABASE_URL`, default `sqlite:portal.db`). It may contain a password.
    pub database_url: SecretString,
    /// Time for which `serve` waits for a PostgreSQL server that is not there yet
    /// (`PORTAL_DATABASE_WAIT`, default 60s).
    pub database_wait: Duration,
    /// Base address of Telnyx (`TELNYX_API_BASE`).
    pub telnyx_base: Url,
    /// The manager's API key (`TELNYX_API_KEY`).
    pub telnyx_key: SecretString,
    /// Timeout for opening a connection to Telnyx (`TELNYX_CONNECT_TIMEOUT`, default 5s).
    pub telnyx_connect_timeout: Duration,
    /// Timeout for each attempt of a request to Telnyx (`TELNYX_TIMEOUT`, default 20s).
    pub telnyx_timeout: Duration,
    /// Wait before a request to Telnyx is repeated; it doubles for each further attempt.
    /// No variable sets it; tests shorten it.
    pub telnyx_retry_wait: Duration,
    /// Longest time that a page waits for Telnyx or a mail server.
    /// After that, the page is shown without their answer. No variable sets it; tests shorten it.
    pub page_time_budget: Duration,
    /// Maximum number of requests to Telnyx in flight (`TELNYX_MAX_IN_FLIGHT`, default 8).
    pub telnyx_in_flight: usize,
    /// Maximum number of accounts in one job (`PORTAL_MAX_JOB_ITEMS`, default 20,000).
    pub max_job_items: usize,
    /// Email address of the user that the manager's key belongs to (`TELNYX_KEY_OWNER_EMAIL`).
    /// This user can never be removed.
    pub key_owner_email: Option<String>,
    /// True if no change is sent to Telnyx (`PORTAL_READ_ONLY`).
    pub read_only: bool,
    /// Available credit below which an account needs attention.
    /// It is in the account's own currency (`PORTAL_LOW_BALANCE`, default 10).
    pub low_balance: Decimal,
    /// Address of the listener for metrics, if there is one (`PORTAL_METRICS_LISTEN`).
    pub metrics_listen: Option<SocketAddr>,
    /// Collector that traces are sent to, if there is one (`PORTAL_OTLP_…`).
    pub collector: Option<CollectorSettings>,
    /// Time for which the portal still answers after it was asked to stop (`PORTAL_DRAIN_TIME`).
    pub drain_time: Duration,
    /// Daily backups of the SQLite file, if a folder is set (`PORTAL_BACKUP_DIR`).
    pub backup: Option<BackupSettings>,
    /// Time for which jobs, imports and notifications are kept (`PORTAL_KEEP_…`).
    pub retention: Retention,
    /// True if this is a demo.
    pub demo: bool,
    /// Time without a request after which a session ends (`PORTAL_SESSION_IDLE`, default 8h).
    pub session_idle: Duration,
    /// Time after sign-in at which a session ends (`PORTAL_SESSION_ABSOLUTE`, default 24h).
    pub session_absolute: Duration,
    /// Provider of single sign-on, if there is one (`PORTAL_SSO_…`).
    pub sso: Option<SsoSettings>,
    /// True if people who forgot their password can get a link by email
    /// (`PORTAL_FORGOTTEN_PASSWORD`, default true). It needs a mail server.
    pub forgotten_password: bool,
    /// Cost of hashing a password. No variable sets it; tests make it cheap.
    pub password_cost: PasswordCost,
    /// Maximum time for one request to the webhook. No variable sets it; tests make it short.
    pub webhook_timeout: Duration,
    /// Mail server and sender (`PORTAL_SMTP_URL`, `PORTAL_MAIL_FROM`).
    /// Without them, the pages show links for people to copy.
    pub mail: Option<MailSettings>,
}

/// Parameters of Argon2id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory: u32,
    /// Number of passes over the memory.
    pub passes: u32,
    /// Number of parallel lanes.
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

/// Usual maximum number of accounts in one job.
const DEFAULT_MAX_JOB_ITEMS: usize = 20_000;

/// Usual maximum time for one request to the webhook.
const DEFAULT_WEBHOOK_TIMEOUT: Duration = Duration::from_secs(10);

/// Time that a page waits for Telnyx.
/// Together with its own work, the page appears within three seconds.
const PAGE_TIME_BUDGET: Duration = Duration::from_millis(2_500);

/// Address of the real Telnyx. Any other host counts as practice.
pub const DEFAULT_TELNYX_BASE: &str = "https://api.telnyx.com/v2";

impl Settings {
    /// Returns settings for a demo or a test.
    /// They have the given addresses, the default for everything else, and keys that are not
    /// secret.
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
            database_wait: Duration::ZERO,
            telnyx_base,
            telnyx_key: SecretString::from("KEY_SANDBOX_not_a_secret"),
            telnyx_connect_timeout: Duration::from_secs(5),
            telnyx_timeout: Duration::from_secs(20),
            telnyx_retry_wait: Duration::from_millis(500),
            page_time_budget: PAGE_TIME_BUDGET,
            telnyx_in_flight: 8,
            max_job_items: DEFAULT_MAX_JOB_ITEMS,
            key_owner_email: None,
            read_only: false,
            low_balance: Decimal::TEN,
            forgotten_password: true,
            metrics_listen: None,
            collector: None,
            drain_time: Duration::ZERO,
            backup: None,
            retention: Retention::default(),
            demo: false,
            session_idle: Duration::from_hours(8),
            session_absolute: Duration::from_hours(24),
            sso: None,
            password_cost: PasswordCost::default(),
            webhook_timeout: DEFAULT_WEBHOOK_TIMEOUT,
            mail: None,
        }
    }

    /// Returns `true` if the address is not Telnyx's own, so that nothing is real.
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
