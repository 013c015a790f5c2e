//! List of variables, and the code that reads all settings from them.
//! `config/values.rs` defines the allowed values.

use std::time::Duration;

use secrecy::SecretString;

use super::values::{
    InvalidSetting, Source, database_url, forwarded_header, key_owner, listen, metrics_listen,
    parse_amount, parse_bool, public_url, secret_key, telnyx_base, telnyx_key, trusted_proxies,
};
use super::{
    BackupSettings, CollectorSettings, DEFAULT_TELNYX_BASE, PasswordCost, Retention, Settings,
    SsoSettings, mail,
};

/// Usual time for which `serve` waits for a database server.
const DATABASE_WAIT: Duration = Duration::from_mins(1);
/// Longest time that `PORTAL_DRAIN_TIME` may be.
const MAX_DRAIN_TIME: Duration = Duration::from_mins(5);

/// Variable, as `--help` and the README list it.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Name of the variable.
    pub name: &'static str,
    /// Value used if the variable is not set; `None` if it must be set.
    pub default: Option<&'static str>,
    /// Meaning of the variable.
    pub meaning: &'static str,
    /// True if its value is never shown.
    pub is_secret: bool,
}

/// Variables that `serve` reads, except those of the log (`PORTAL_LOG_FORMAT`, `RUST_LOG`).
pub const VARIABLES: &[Variable] = &[
    secret("TELNYX_API_KEY", None, "the manager account's API key"),
    secret(
        "PORTAL_SECRET_KEY",
        None,
        "32 bytes or more that only this portal knows; it seals the audit and encrypts second factors; another is refused",
    ),
    variable(
        "PORTAL_LISTEN",
        Some("127.0.0.1:8080"),
        "the address and port to listen on",
    ),
    variable(
        "PORTAL_PUBLIC_URL",
        Some("http://PORTAL_LISTEN, on loopback"),
        "how browsers reach the portal; https unless loopback",
    ),
    variable(
        "PORTAL_TRUSTED_PROXIES",
        Some("none"),
        "trusted reverse proxies: addresses or networks, separated by commas",
    ),
    variable(
        "PORTAL_FORWARDED_HEADER",
        Some("either; both if they agree"),
        "the header in which these proxies send the client address: X-Forwarded-For or Forwarded",
    ),
    secret(
        "DATABASE_URL",
        Some("sqlite:portal.db"),
        "sqlite:FILE, or postgres://… to run several replicas",
    ),
    variable(
        "PORTAL_DATABASE_WAIT",
        Some("60s"),
        "time for which serve waits for a PostgreSQL server that is not there yet; 0: not at all",
    ),
    variable(
        "PORTAL_METRICS_LISTEN",
        Some("none"),
        "the address and port for metrics and the details of /readyz; not for browsers",
    ),
    variable(
        "PORTAL_OTLP_ENDPOINT",
        Some("none: no traces"),
        "the OpenTelemetry collector that traces are sent to (OTLP over HTTP), such as http://127.0.0.1:4318",
    ),
    secret(
        "PORTAL_OTLP_HEADERS",
        Some("none"),
        "headers for the collector, such as authorization=Bearer%20TOKEN, separated by commas",
    ),
    variable(
        "PORTAL_DRAIN_TIME",
        Some("0s"),
        "time for which requests are still answered after SIGTERM, while /readyz says 503; at most 5m",
    ),
    variable(
        "PORTAL_BACKUP_DIR",
        Some("none: no backups"),
        "the folder for daily backups of the SQLite file; use pg_dump for PostgreSQL",
    ),
    variable(
        "PORTAL_BACKUP_KEEP",
        Some("14"),
        "maximum number of daily backups that are kept; older ones are removed",
    ),
    variable(
        "PORTAL_KEEP_JOBS",
        Some("730d"),
        "time for which jobs are kept after their end, or forever",
    ),
    variable(
        "PORTAL_KEEP_IMPORTS",
        Some("7d"),
        "time for which imports and their files are kept after their last change, or forever",
    ),
    variable(
        "PORTAL_KEEP_NOTIFICATIONS",
        Some("90d"),
        "time for which notifications are kept, or forever",
    ),
    variable(
        "TELNYX_API_BASE",
        Some(DEFAULT_TELNYX_BASE),
        "Telnyx's address; https unless loopback",
    ),
    variable(
        "TELNYX_KEY_OWNER_EMAIL",
        Some("none"),
        "the person whose API key it is; this organization user is never removed",
    ),
    variable(
        "TELNYX_CONNECT_TIMEOUT",
        Some("5s"),
        "timeout for connecting to Telnyx",
    ),
    variable(
        "TELNYX_TIMEOUT",
        Some("20s"),
        "timeout for one request to Telnyx",
    ),
    variable(
        "TELNYX_MAX_IN_FLIGHT",
        Some("8"),
        "maximum number of concurrent requests to Telnyx",
    ),
    variable(
        "PORTAL_MAX_JOB_ITEMS",
        Some("20000"),
        "maximum number of accounts in one job, at most 100000",
    ),
    variable(
        "PORTAL_READ_ONLY",
        Some("false"),
        "true: no change is sent to Telnyx; uncertain changes are still settled by reading",
    ),
    variable(
        "PORTAL_LOW_BALANCE",
        Some("10"),
        "an enabled account with less available credit than this, in its own currency, needs attention",
    ),
    variable(
        "PORTAL_SESSION_IDLE",
        Some("8h"),
        "a session ends after this long without a request",
    ),
    variable(
        "PORTAL_SESSION_ABSOLUTE",
        Some("24h"),
        "a session ends this long after sign-in",
    ),
    variable(
        "PORTAL_SSO_ISSUER",
        Some("none"),
        "the issuer URL of the OpenID Connect provider for staff; https unless loopback",
    ),
    variable(
        "PORTAL_SSO_CLIENT_ID",
        Some("none"),
        "the portal's client ID at that provider; required with the issuer",
    ),
    secret(
        "PORTAL_SSO_CLIENT_SECRET",
        Some("none"),
        "the portal's client secret at that provider; required with the issuer",
    ),
    variable(
        "PORTAL_SSO_NAME",
        Some("the issuer's host"),
        "the name of the provider on the button: Sign in with NAME",
    ),
    variable(
        "PORTAL_SSO_TRUST_EMAIL",
        Some("false"),
        "true: emails without email_verified count as verified, because the provider is your own",
    ),
    variable(
        "PORTAL_SSO_TRUSTED_AUDIENCES",
        Some("none"),
        "additional audiences accepted in ID tokens, separated by commas",
    ),
    variable(
        "PORTAL_PASSWORD_SIGN_IN",
        Some("true"),
        "false: only owners can sign in with a password or a passkey",
    ),
    variable(
        "PORTAL_FORGOTTEN_PASSWORD",
        Some("true"),
        "false: only admins and owners give links for a new password; true needs PORTAL_SMTP_URL",
    ),
    secret(
        "PORTAL_SMTP_URL",
        Some("none: links are shown to copy"),
        "the mail server: smtps://user:password@host:465, or smtp://host:587 with STARTTLS (plain on loopback alone)",
    ),
    variable(
        "PORTAL_MAIL_FROM",
        Some("none; needed with PORTAL_SMTP_URL"),
        "the sender of mail, such as Reseller portal <portal@example.com>",
    ),
];

const fn variable(
    name: &'static str,
    default: Option<&'static str>,
    meaning: &'static str,
) -> Variable {
    Variable {
        name,
        default,
        meaning,
        is_secret: false,
    }
}

const fn secret(
    name: &'static str,
    default: Option<&'static str>,
    meaning: &'static str,
) -> Variable {
    Variable {
        is_secret: true,
        ..variable(name, default, meaning)
    }
}

impl Settings {
    /// Reads all settings. `variable` returns the value of a variable.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSetting> {
        let source = Source(variable);
        let key = telnyx_key(source.value("TELNYX_API_KEY"))?;
        Self::read_with_key(&source, key)
    }

    /// Reads all settings except `TELNYX_API_KEY`, for commands that never ask Telnyx.
    pub fn read_without_telnyx(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, InvalidSetting> {
        Self::read_with_key(&Source(variable), SecretString::from("none"))
    }

    fn read_with_key(
        source: &Source<impl Fn(&str) -> Option<String>>,
        telnyx_key: SecretString,
    ) -> Result<Self, InvalidSetting> {
        let secret_key = secret_key("PORTAL_SECRET_KEY", source.value("PORTAL_SECRET_KEY"))?;
        let listen = listen(source.value("PORTAL_LISTEN"))?;
        let settings = Self {
            listen,
            public_url: public_url(source.value("PORTAL_PUBLIC_URL"), listen)?,
            trusted_proxies: trusted_proxies(source.value("PORTAL_TRUSTED_PROXIES").as_deref())?,
            forwarded_header: forwarded_header(source.value("PORTAL_FORWARDED_HEADER").as_deref())?,
            secret_key,
            database_url: database_url(source.value("DATABASE_URL"))?,
            database_wait: source.duration_or_zero("PORTAL_DATABASE_WAIT", DATABASE_WAIT)?,
            telnyx_base: telnyx_base(source.value("TELNYX_API_BASE").as_deref())?,
            telnyx_key,
            telnyx_connect_timeout: source
                .duration("TELNYX_CONNECT_TIMEOUT", Duration::from_secs(5))?,
            telnyx_timeout: source.duration("TELNYX_TIMEOUT", Duration::from_secs(20))?,
            telnyx_retry_wait: Duration::from_millis(500),
            page_time_budget: super::PAGE_TIME_BUDGET,
            telnyx_in_flight: source.number("TELNYX_MAX_IN_FLIGHT", 1..=100, 8)?,
            max_job_items: source.number(
                "PORTAL_MAX_JOB_ITEMS",
                1..=100_000,
                super::DEFAULT_MAX_JOB_ITEMS,
            )?,
            key_owner_email: key_owner(source.value("TELNYX_KEY_OWNER_EMAIL"))?,
            read_only: parse_bool(
                "PORTAL_READ_ONLY",
                source.value("PORTAL_READ_ONLY").as_deref(),
            )?,
            low_balance: parse_amount(
                "PORTAL_LOW_BALANCE",
                source.value("PORTAL_LOW_BALANCE").as_deref(),
            )?,
            metrics_listen: metrics_listen(source.value("PORTAL_METRICS_LISTEN"))?,
            collector: CollectorSettings::read(source)?,
            drain_time: source.duration_or_zero("PORTAL_DRAIN_TIME", Duration::ZERO)?,
            backup: BackupSettings::read(source)?,
            retention: Retention::read(source)?,
            demo: false,
            session_idle: source.duration("PORTAL_SESSION_IDLE", Duration::from_hours(8))?,
            session_absolute: source
                .duration("PORTAL_SESSION_ABSOLUTE", Duration::from_hours(24))?,
            sso: SsoSettings::read(source)?,
            forgotten_password: source.value("PORTAL_FORGOTTEN_PASSWORD").is_none()
                || parse_bool(
                    "PORTAL_FORGOTTEN_PASSWORD",
                    source.value("PORTAL_FORGOTTEN_PASSWORD").as_deref(),
                )?,
            password_cost: PasswordCost::default(),
            webhook_timeout: super::DEFAULT_WEBHOOK_TIMEOUT,
            mail: mail::read(source)?,
        };
        if settings.drain_time > MAX_DRAIN_TIME {
            return Err(InvalidSetting::new(
                "PORTAL_DRAIN_TIME",
                "is longer than 5m; make it shorter",
            ));
        }
        if settings.session_idle > settings.session_absolute {
            return Err(InvalidSetting::new(
                "PORTAL_SESSION_IDLE",
                "is longer than PORTAL_SESSION_ABSOLUTE; make it shorter, or the other longer",
            ));
        }
        Ok(settings)
    }
}
