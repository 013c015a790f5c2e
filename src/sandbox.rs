//! Simulated Telnyx over real HTTP, for the demo, for practice and for tests.
//!
//! It follows the published description of the API, shares no type with the portal's client, and
//! keeps state. The same seed gives the same data. If the description is silent, the sandbox picks
//! the plainest reading and a comment says so. This file starts the sandbox; `api` answers
//! requests, `state` holds the state, and `middleware` causes faults on purpose.

use std::future::Future;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use tokio::net::TcpListener;

mod account;
mod account_lists;
mod api;
mod body;
mod controls;
mod faults;
mod middleware;
mod organization;
mod problem;
mod query;
mod random;
mod rate_limit;
mod request_log;
mod seed;
mod state;
mod time;

/// Options of a sandbox.
#[derive(Clone, Debug)]
pub struct Options {
    /// The only API key that it accepts.
    pub api_key: String,
    /// Number of managed accounts at the start.
    pub accounts: usize,
    /// Seed; the same seed gives the same accounts, users and keys.
    pub seed: u64,
    /// Number of the manager's allocatable outbound channels; 0 turns the feature off.
    pub channels: u32,
    /// Fixed time of its clock, in unix milliseconds; `None` uses the system's clock.
    pub now: Option<i64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            api_key: "KEY_SANDBOX_not_a_secret".to_owned(),
            accounts: 250,
            seed: 7,
            channels: 2000,
            now: None,
        }
    }
}

/// Simulated Telnyx. Clones share the same state.
#[derive(Clone)]
pub struct Sandbox {
    shared: Arc<Shared>,
}

struct Shared {
    options: Options,
    state: Mutex<state::SandboxState>,
    faults: Mutex<faults::Faults>,
    /// Requests that were answered but run only when `POST /_sandbox/late` asks for it.
    late_requests: Mutex<Vec<middleware::LateRequest>>,
    rate_limiter: Mutex<rate_limit::RateLimiter>,
    request_log: Mutex<request_log::RequestLog>,
    request_count: AtomicU64,
}

impl Sandbox {
    /// Creates a sandbox with its seed data. Does not listen yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let world = seed::initial_state(&options, options.now.unwrap_or_else(time::now));
        Self {
            shared: Arc::new(Shared {
                options,
                state: Mutex::new(world),
                faults: Mutex::default(),
                late_requests: Mutex::default(),
                rate_limiter: Mutex::default(),
                request_log: Mutex::default(),
                request_count: AtomicU64::new(0),
            }),
        }
    }

    /// Returns the routes: the API under `/v2` and the controls under `/_sandbox`.
    pub fn router(&self) -> Router {
        api::routes()
            .nest("/_sandbox", controls::routes())
            .fallback(problem::path_not_found)
            .method_not_allowed_fallback(problem::method_not_allowed)
            .layer(axum::middleware::from_fn_with_state(
                self.clone(),
                middleware::handle_request,
            ))
            .with_state(self.clone())
    }

    /// Serves requests on `listener` until `shutdown` completes and open requests have finished.
    ///
    /// # Errors
    /// Fails if the listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        axum::serve(listener, self.router())
            .with_graceful_shutdown(shutdown)
            .await
    }

    /// Returns the email address of a colleague to whom the portal's key could belong.
    /// It is always the same colleague, and never the owner.
    #[must_use]
    pub fn key_owner(&self) -> Option<String> {
        self.state().key_owner()
    }

    /// Returns the channel limits that a directory could already know.
    /// These are the limits of about nine in ten accounts, always the same ones, as (account ID,
    /// channel limit) sorted by ID.
    #[must_use]
    pub fn known_limits(&self) -> Vec<(String, u32)> {
        let seed = self.shared.options.seed;
        let mut known: Vec<(String, u32)> = self
            .state()
            .accounts()
            .filter(|account| random::SeededRandom::for_text(seed, &account.id).below(10) != 0)
            .map(|account| (account.id.clone(), account.channel_limit))
            .collect();
        known.sort();
        known
    }

    fn state(&self) -> MutexGuard<'_, state::SandboxState> {
        lock(&self.shared.state)
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox")
            .field("accounts", &self.shared.options.accounts)
            .field("seed", &self.shared.options.seed)
            .finish_non_exhaustive()
    }
}

/// Locks a mutex even if another thread panicked.
/// Each change is complete before its lock is released, so the state is valid.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
