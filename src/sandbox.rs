//! A simulated Telnyx over real HTTP: for the demo, for practice, for tests.
//!
//! Written from the published description of the API, sharing no type with our client, stateful, and the same for the
//! same seed. Where the description is silent the sandbox chooses the plain reading and says so at that place. Here is
//! how it is started; the answers are in `api`, the state in `state`, what goes wrong on purpose in `middleware`.

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

/// Options with which a sandbox starts.
#[derive(Clone, Debug)]
pub struct Options {
    /// The one key that is let in.
    pub api_key: String,
    /// Number of managed accounts at the start.
    pub accounts: usize,
    /// The same seed gives the same accounts, users and keys.
    pub seed: u64,
    /// The manager's allocatable global outbound channels; 0 means that the feature is off.
    pub channels: u32,
    /// Fixed time of its clock, in unix milliseconds; `None` reads the system's clock.
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

/// A simulated Telnyx; clones share the same state.
#[derive(Clone)]
pub struct Sandbox {
    shared: Arc<Shared>,
}

struct Shared {
    options: Options,
    state: Mutex<state::SandboxState>,
    faults: Mutex<faults::Faults>,
    /// Requests that act only when asked to.
    late_requests: Mutex<Vec<middleware::LateRequest>>,
    rate_limiter: Mutex<rate_limit::RateLimiter>,
    request_log: Mutex<request_log::RequestLog>,
    request_count: AtomicU64,
}

impl Sandbox {
    /// A sandbox with its seed data; nothing listens yet.
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

    /// The API under `/v2` and the controls under `/_sandbox`.
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

    /// Answers on `listener` until `shutdown` is done and the open requests are finished.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        axum::serve(listener, self.router())
            .with_graceful_shutdown(shutdown)
            .await
    }

    /// The e-mail address of a colleague, not the owner, whom a portal's key could belong to: always the same one.
    #[must_use]
    pub fn key_owner(&self) -> Option<String> {
        self.state().key_owner()
    }

    /// The channel limits that a directory could know already: those of some nine accounts in ten, always the same
    /// ones, as (account id, channel limit) in the order of the ids.
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

/// A panic elsewhere leaves the state as it is: each change is whole before the lock is let go.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
