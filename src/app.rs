//! What handlers, operations and loops share.

use std::ops::Deref;
use std::sync::Arc;

use hkdf::Hkdf;
use secrecy::ExposeSecret;
use sha2::Sha256;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::clock::Clock;
use crate::config::Settings;
use crate::db::Db;
use crate::db::audit::AuditKey;
use crate::telnyx::Client;

/// The running portal. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What [`App`] gives access to.
pub struct Inner {
    /// The database.
    pub db: Db,
    /// Telnyx.
    pub telnyx: Client,
    /// The time.
    pub clock: Clock,
    /// The settings.
    pub settings: Settings,
    /// Seals the audit.
    pub audit_key: AuditKey,
    /// This process among replicas, for leases.
    pub replica: Uuid,
    /// Operations that outlive the request that asked for them; shutdown waits for these.
    pub tasks: TaskTracker,
    /// Cancelled when the portal is to stop.
    pub shutdown: CancellationToken,
}

impl App {
    /// Puts the parts together; the audit's key is derived from the secret key.
    #[must_use]
    pub fn new(db: Db, telnyx: Client, clock: Clock, settings: Settings) -> Self {
        let audit_key = AuditKey::new(&derived(&settings, b"audit"));
        Self(Arc::new(Inner {
            db,
            telnyx,
            clock,
            settings,
            audit_key,
            replica: Uuid::new_v4(),
            tasks: TaskTracker::new(),
            shutdown: CancellationToken::new(),
        }))
    }
}

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

fn derived(settings: &Settings, purpose: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    let source = Hkdf::<Sha256>::new(None, settings.secret_key.expose_secret().as_bytes());
    if source.expand(purpose, &mut key).is_err() {
        unreachable!("HKDF gives 32 bytes");
    }
    key
}
