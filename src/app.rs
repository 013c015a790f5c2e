//! State shared by handlers, operations and background jobs.

use std::ops::Deref;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hkdf::Hkdf;
use secrecy::ExposeSecret;
use sha2::Sha256;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::config::Settings;
use crate::db::Db;
use crate::db::audit::AuditKey;
use crate::db::leases::held::Leases;
use crate::db::sweeps::state::Baseline;
use crate::domain::appearance::Appearance;
use crate::domain::thresholds::Thresholds;
use crate::domain::time::Timestamp;
use crate::mail::Mailer;
use crate::metrics::Metrics;
use crate::sso::{self, Provider};
use crate::telnyx::{self, Client};
use crate::traces::Tracer;
use crate::webhook::Sender;

mod appearance;
mod encryption;
mod known_settings;
mod low_balance;
mod repeated_lines;
mod stored_setting;

pub use encryption::EncryptionError;
pub use repeated_lines::{LineKind, RepeatedLines};
use stored_setting::KnownSetting;
pub use stored_setting::{SaveOutcome, StoredSetting, VersionedSetting, read_json, write_json};

/// Maximum number of passwords being hashed or waiting to be hashed.
const MAX_PASSWORD_HASHES: usize = 66;

/// Running portal. It is cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Client of Telnyx.
    pub telnyx: Client,
    inner: Arc<Inner>,
}

/// State that [`App`] gives access to.
pub struct Inner {
    /// Database.
    pub db: Db,
    /// Provider of single sign-on, if one is configured.
    pub sso: Option<Provider>,
    /// Sender of mail, if a mail server is configured.
    pub mail: Option<Mailer>,
    /// Sender to the team's webhook.
    pub webhook: Sender,
    /// Counts and durations for monitoring.
    pub metrics: Metrics,
    /// Maker of spans, which go to a collector if one is set.
    pub tracer: Tracer,
    /// Limits how often the log has the same line about people who are not signed in.
    pub repeated_lines: RepeatedLines,
    /// Clock that everything reads the time from.
    pub clock: Clock,
    /// Settings.
    pub settings: Settings,
    /// Key that seals the audit.
    pub audit_key: AuditKey,
    /// Limits how many passwords are hashed, or wait to be hashed, at once.
    pub password_permits: Semaphore,
    /// Leases of this process. Their work is interrupted at shutdown.
    pub leases: Leases,
    /// Rows that the last sweep saw. The next sweep compares with them.
    pub(crate) sweep_baseline: Mutex<Option<Baseline>>,
    /// Revision of the stored settings that are kept in memory.
    known_settings: known_settings::KnownSettings,
    /// Name and accent color that pages show.
    appearance: KnownSetting<Appearance>,
    /// Thresholds of notifications. One is the amount below which an account is low on credit.
    thresholds: KnownSetting<Thresholds>,
    /// Limits how often the log warns about a proxy that names no client.
    pub proxy_warning: IntervalGate,
    /// Limits how often Telnyx is asked if it answers again.
    pub probe_gate: IntervalGate,
    /// Operations that may outlive their request. The shutdown waits for them.
    pub tasks: TaskTracker,
    /// Cancelled when the portal was asked to stop. It still answers for a while.
    pub draining: CancellationToken,
    /// Cancelled when the portal shuts down.
    pub shutdown: CancellationToken,
}

/// Gate that opens at most once per interval.
#[derive(Debug)]
pub struct IntervalGate(AtomicI64);

impl Default for IntervalGate {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl IntervalGate {
    /// Returns `true` if `every` has passed since this last returned `true`. If several callers ask
    /// at once, only one gets `true`.
    pub fn is_due(&self, now: Timestamp, every: Duration) -> bool {
        let last = self.0.load(Ordering::SeqCst);
        let now = now.as_millis();
        let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
        let passed = now.saturating_sub(last) >= every;
        passed
            && self
                .0
                .compare_exchange(last, now, Ordering::SeqCst, Ordering::SeqCst)
                .is_ok()
    }
}

/// Error of building the portal from its settings.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The client of Telnyx could not be built.
    #[error("TELNYX_API_BASE or TELNYX_API_KEY cannot be used: {0}")]
    Telnyx(#[from] telnyx::BuildError),
    /// The client of the single sign-on provider could not be built.
    #[error(transparent)]
    Sso(#[from] sso::BuildError),
}

impl App {
    /// Builds the portal from its settings, with the clients of Telnyx and of single sign-on.
    /// Sends nothing yet.
    ///
    /// # Errors
    /// Fails with [`BuildError`] if the settings of Telnyx or of single sign-on are unusable.
    pub fn from_settings(db: Db, clock: Clock, settings: Settings) -> Result<Self, BuildError> {
        let client = Self::telnyx_client(&settings, clock.clone())?;
        let sso = Provider::from_settings(&settings, clock.clone())?;
        Ok(Self::new(db, (client, sso), clock, settings))
    }

    /// Builds a client of Telnyx from these settings.
    ///
    /// # Errors
    /// Fails with [`telnyx::BuildError`] if Telnyx's address or key is unusable.
    pub fn telnyx_client(settings: &Settings, clock: Clock) -> Result<Client, telnyx::BuildError> {
        let how = telnyx::Settings {
            connect_timeout: settings.telnyx_connect_timeout,
            total_timeout: settings.telnyx_timeout,
            max_in_flight: settings.telnyx_in_flight,
            retry_base: settings.telnyx_retry_wait,
            ..telnyx::Settings::new(settings.telnyx_base.clone(), settings.telnyx_key.clone())
        };
        Client::new(how, clock)
    }

    /// Builds the portal from its parts. Derives the audit's key from the secret key.
    #[must_use]
    pub fn new(
        db: Db,
        (telnyx, sso): (Client, Option<Provider>),
        clock: Clock,
        settings: Settings,
    ) -> Self {
        let audit_key = Self::audit_key(&settings);
        let metrics = telnyx.metrics().clone();
        let shutdown = CancellationToken::new();
        let inner = Inner {
            leases: Leases::new(db.clone(), clock.clone(), shutdown.clone()),
            db,
            sso,
            mail: Mailer::new(&settings).map(|mailer| mailer.with_metrics(metrics.clone())),
            webhook: Sender::new(&settings).with_metrics(metrics.clone()),
            tracer: Tracer::new(settings.collector.as_ref(), &metrics),
            repeated_lines: RepeatedLines::new(metrics.clone()),
            metrics,
            clock,
            settings,
            audit_key,
            password_permits: Semaphore::new(MAX_PASSWORD_HASHES),
            sweep_baseline: Mutex::default(),
            known_settings: known_settings::KnownSettings::default(),
            appearance: KnownSetting::default(),
            thresholds: KnownSetting::default(),
            proxy_warning: IntervalGate::default(),
            probe_gate: IntervalGate::default(),
            tasks: TaskTracker::new(),
            draining: CancellationToken::new(),
            shutdown,
        };
        Self {
            telnyx,
            inner: Arc::new(inner),
        }
    }

    /// Returns the same portal for the work of jobs. Its requests to Telnyx wait for those of
    /// people, and keep within the rate limit.
    #[must_use]
    pub fn for_jobs(&self) -> Self {
        Self {
            telnyx: self.telnyx.for_jobs(),
            inner: Arc::clone(&self.inner),
        }
    }

    /// Returns the key that seals the audit of a portal with these settings.
    #[must_use]
    pub fn audit_key(settings: &Settings) -> AuditKey {
        AuditKey::new(&derive_key(settings, b"audit"))
    }

    /// Derives a key for one purpose from the secret key.
    #[must_use]
    pub fn derived_key(&self, purpose: &'static str) -> [u8; 32] {
        derive_key(&self.settings, purpose.as_bytes())
    }
}

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.inner
    }
}

fn derive_key(settings: &Settings, purpose: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    let source = Hkdf::<Sha256>::new(None, settings.secret_key.expose_secret().as_bytes());
    if source.expand(purpose, &mut key).is_err() {
        unreachable!("HKDF gives 32 bytes");
    }
    key
}
