//! State shared by handlers, operations and loops.

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
use uuid::Uuid;

use crate::clock::Clock;
use crate::config::Settings;
use crate::db::Db;
use crate::db::audit::AuditKey;
use crate::db::sweeps::state::Baseline;
use crate::domain::time::Timestamp;
use crate::mail::Mailer;
use crate::sso::{self, Provider};
use crate::telnyx::{self, Client};

/// Maximum number of passwords being hashed or waiting to be hashed.
const MAX_PASSWORD_HASHES: usize = 66;

/// The running portal. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// State that [`App`] gives access to.
pub struct Inner {
    /// The database.
    pub db: Db,
    /// Telnyx.
    pub telnyx: Client,
    /// The provider of single sign-on, where the settings name one.
    pub sso: Option<Provider>,
    /// Mail, where there is a server for it.
    pub mail: Option<Mailer>,
    /// The time.
    pub clock: Clock,
    /// The settings.
    pub settings: Settings,
    /// Seals the audit.
    pub audit_key: AuditKey,
    /// Places for passwords that are hashed or wait for it.
    pub password_permits: Semaphore,
    /// This process among replicas, for leases.
    pub replica: Uuid,
    /// Rows that the last sweep knew, for the next one.
    pub(crate) sweep_baseline: Mutex<Option<Baseline>>,
    /// When a proxy that does not say for whom it asks was last told of.
    pub proxy_warning: IntervalGate,
    /// Operations that outlive the request that asked for them; shutdown waits for these.
    pub tasks: TaskTracker,
    /// Cancelled when the portal is to stop.
    pub shutdown: CancellationToken,
}

/// Lets something be done once per length of time.
#[derive(Debug)]
pub struct IntervalGate(AtomicI64);

impl Default for IntervalGate {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl IntervalGate {
    /// Returns `true` if `every` has passed since this last returned `true`. Of several callers at once,
    /// only one gets `true`.
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

/// Why the portal cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Telnyx could not be asked.
    #[error("TELNYX_API_BASE or TELNYX_API_KEY cannot be used: {0}")]
    Telnyx(#[from] telnyx::BuildError),
    /// The provider of single sign-on could not be asked.
    #[error(transparent)]
    Sso(#[from] sso::BuildError),
}

impl App {
    /// Puts the portal together from its settings: makes the clients of Telnyx and of single sign-on; nothing is sent
    /// yet.
    ///
    /// # Errors
    /// [`BuildError`] where Telnyx's address or key cannot work.
    pub fn from_settings(db: Db, clock: Clock, settings: Settings) -> Result<Self, BuildError> {
        let client = Self::telnyx_client(&settings, clock.clone())?;
        let sso = Provider::from_settings(&settings, clock.clone())?;
        Ok(Self::new(db, (client, sso), clock, settings))
    }

    /// The client of Telnyx that these settings ask for.
    ///
    /// # Errors
    /// [`telnyx::BuildError`] where Telnyx's address or key cannot work.
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

    /// Puts the parts together; the audit's key is derived from the secret key.
    #[must_use]
    pub fn new(
        db: Db,
        (telnyx, sso): (Client, Option<Provider>),
        clock: Clock,
        settings: Settings,
    ) -> Self {
        let audit_key = Self::audit_key(&settings);
        Self(Arc::new(Inner {
            db,
            telnyx,
            sso,
            mail: Mailer::new(&settings),
            clock,
            settings,
            audit_key,
            password_permits: Semaphore::new(MAX_PASSWORD_HASHES),
            replica: Uuid::new_v4(),
            sweep_baseline: Mutex::default(),
            proxy_warning: IntervalGate::default(),
            tasks: TaskTracker::new(),
            shutdown: CancellationToken::new(),
        }))
    }

    /// The key that seals the audit of a portal with these settings.
    #[must_use]
    pub fn audit_key(settings: &Settings) -> AuditKey {
        AuditKey::new(&derive_key(settings, b"audit"))
    }

    /// A key for one purpose, derived from the secret key.
    #[must_use]
    pub fn derived_key(&self, purpose: &'static str) -> [u8; 32] {
        derive_key(&self.settings, purpose.as_bytes())
    }
}

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
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
