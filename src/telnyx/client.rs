//! The one way to Telnyx: the bound on requests in flight, and `send` with its retries. One try of it is in `transport`;
//! what the operations ask for stands in their own files.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderValue;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, SemaphorePermit};
use url::Url;

use crate::clock::Clock;
use crate::domain::time::Timestamp;

use super::call::{Call, Reply};
use super::error::{Cause, Certainty, Error, ErrorKind};
use super::health::Health;
use super::rate::RateLimit;
use super::retry::RetryPolicy;
use super::settings::{BuildError, Settings};

/// Telnyx's response to a change, with the data needed to ask Telnyx about it.
#[derive(Clone, Debug)]
pub struct ApiResponse<T> {
    /// Value from the response.
    pub value: T,
    /// The id under which Telnyx's support finds the request.
    pub request_id: Option<String>,
    /// The HTTP status, a 2xx.
    pub status: u16,
    /// When the request that brought it started.
    pub started_at: Timestamp,
    /// True if an earlier attempt of the same call was left without an answer.
    pub earlier_unanswered: bool,
}

impl<T> ApiResponse<T> {
    pub(super) fn map<U>(self, read: impl FnOnce(T) -> U) -> ApiResponse<U> {
        ApiResponse {
            value: read(self.value),
            request_id: self.request_id,
            status: self.status,
            started_at: self.started_at,
            earlier_unanswered: self.earlier_unanswered,
        }
    }
}

/// The client of the Telnyx API. Clones share connections, bounds and what is known of Telnyx's health.
#[derive(Clone)]
pub struct Client {
    pub(super) shared: Arc<Shared>,
    background: bool,
}

pub(super) struct Shared {
    pub(super) http: reqwest::Client,
    pub(super) base: Url,
    pub(super) api_key: SecretString,
    pub(super) authorization: HeaderValue,
    total_timeout: Duration,
    retry_policy: RetryPolicy,
    in_flight: Semaphore,
    in_background: Semaphore,
    state: Mutex<ClientState>,
    pub(super) clock: Clock,
}

#[derive(Default)]
pub(super) struct ClientState {
    health: Health,
    last_failure: Option<String>,
    pub(super) rate: Option<RateLimit>,
}

impl Client {
    /// Makes a client; nothing is sent yet.
    ///
    /// # Errors
    /// Where the settings cannot work; see [`BuildError`].
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, BuildError> {
        settings.validate()?;
        let authorization = settings.authorization()?;
        let http = settings.http_client()?;
        let shared = Shared {
            http,
            base: settings.base,
            api_key: settings.api_key,
            authorization,
            total_timeout: settings.total_timeout,
            retry_policy: RetryPolicy {
                retries: settings.retries,
                base: settings.retry_base,
                max_wait: settings.longest_wait,
            },
            in_flight: Semaphore::new(settings.max_in_flight),
            in_background: Semaphore::new((settings.max_in_flight / 2).max(1)),
            state: Mutex::default(),
            clock,
        };
        Ok(Self {
            shared: Arc::new(shared),
            background: false,
        })
    }

    /// The same client for work that nobody waits for: its requests share half of the places, so that people's never
    /// queue behind a sweep.
    #[must_use]
    pub fn in_background(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            background: true,
        }
    }

    /// Returns the health of Telnyx according to the calls so far.
    #[must_use]
    pub fn health(&self) -> Health {
        self.state().health
    }

    /// The last failure in technical words, with Telnyx's request ID; none since the last success.
    #[must_use]
    pub fn last_failure(&self) -> Option<String> {
        self.state().last_failure.clone()
    }

    /// The rate limit as the last answer that told one had it.
    #[must_use]
    pub fn rate(&self) -> Option<RateLimit> {
        self.state().rate
    }

    /// Sends a call and reads its JSON answer, whatever else it holds being ignored.
    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        call: Call,
    ) -> Result<ApiResponse<T>, Error> {
        self.send_and_read(call, |reply| serde_json::from_slice(&reply.body).ok())
            .await
    }

    /// Sends a call, again where that is safe and may help, and reads its answer with `read`, which gives none for what
    /// it cannot read. Every call passes here.
    pub(super) async fn send_and_read<T>(
        &self,
        call: Call,
        read: impl Fn(&Reply) -> Option<T>,
    ) -> Result<ApiResponse<T>, Error> {
        let mut tried = 0;
        let mut earlier_uncertain = false;
        let outcome = loop {
            tried += 1;
            let error = match self.try_once(&call, tried, &read).await {
                Ok(mut answer) => {
                    answer.earlier_unanswered = earlier_uncertain;
                    break Ok(answer);
                }
                Err(error) => error,
            };
            let policy = &self.shared.retry_policy;
            let Some(wait) = policy.wait(&call.method, &error, tried, jitter()) else {
                break Err(error.with_attempts(tried, earlier_uncertain));
            };
            earlier_uncertain |= error.last_certainty() == Certainty::Uncertain;
            tokio::time::sleep(wait).await;
        };
        let now = self.shared.clock.now();
        match &outcome {
            Ok(_) => {
                let mut seen = self.state();
                seen.health.record_success(now);
                seen.last_failure = None;
            }
            Err(error) => {
                let mut seen = self.state();
                seen.health
                    .record_failure(error, call.acting_account.is_none(), now);
                seen.last_failure = Some(error.to_string());
            }
        }
        outcome
    }

    /// One try. The place among the requests in flight is given back before any wait.
    async fn try_once<T>(
        &self,
        call: &Call,
        attempt: u32,
        read: &impl Fn(&Reply) -> Option<T>,
    ) -> Result<ApiResponse<T>, Error> {
        let started_at = self.shared.clock.now();
        let outcome = async {
            let request = self.build_request(call)?;
            let _place = self.acquire_permit().await?;
            self.execute(request, call, self.shared.clock.now(), read)
                .await
        }
        .await;
        log_attempt(
            call,
            attempt,
            &outcome,
            started_at.until(self.shared.clock.now()),
        );
        outcome
    }

    /// A place among the requests in flight, waited for as long as for an answer. Background work takes one of its own
    /// places first: only so many of it ever stand in the queue of people's requests.
    async fn acquire_permit(
        &self,
    ) -> Result<(Option<SemaphorePermit<'_>>, SemaphorePermit<'_>), Error> {
        let places = async {
            let background = if self.background {
                Some(self.shared.in_background.acquire().await?)
            } else {
                None
            };
            Ok::<_, tokio::sync::AcquireError>((background, self.shared.in_flight.acquire().await?))
        };
        match tokio::time::timeout(self.shared.total_timeout, places).await {
            Ok(Ok(places)) => Ok(places),
            Ok(Err(_)) | Err(_) => Err(Error::new(Cause::NoPermit)),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, ClientState> {
        // Plain values that are written whole: nothing is half done where a holder panicked.
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows where it leads and nothing that it carries.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.shared.base.as_str())
            .field("background", &self.background)
            .finish_non_exhaustive()
    }
}

/// Logs one attempt, a failed one as a warning. No query and no words of Telnyx's: both can hold email addresses.
fn log_attempt<T>(
    call: &Call,
    attempt: u32,
    outcome: &Result<ApiResponse<T>, Error>,
    took: Duration,
) {
    let operation = format!("{} /{}", call.method, call.path.join("/"));
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    match outcome {
        Ok(ApiResponse {
            status, request_id, ..
        }) => {
            let telnyx_request_id = request_id.as_deref();
            if attempt > 1 {
                tracing::info!(
                    operation,
                    status,
                    telnyx_request_id,
                    attempt,
                    milliseconds,
                    "Telnyx answered at last"
                );
            } else {
                tracing::debug!(
                    operation,
                    status,
                    telnyx_request_id,
                    attempt,
                    milliseconds,
                    "Telnyx answered"
                );
            }
        }
        // Whether an account still exists is asked on purpose: here "not found" is an answer.
        Err(error) if call.method == Method::GET && error.kind() == ErrorKind::NotFound => {
            let telnyx_request_id = error.request_id();
            tracing::debug!(
                operation,
                status = 404,
                telnyx_request_id,
                attempt,
                milliseconds,
                "Telnyx answered"
            );
        }
        Err(error) => tracing::warn!(
            operation,
            status = error.status(),
            telnyx_request_id = error.request_id(),
            attempt,
            milliseconds,
            reason = error.reason(),
            "a request to Telnyx failed"
        ),
    }
}

/// Between 0 and 1, for the jitter; without randomness there is none.
fn jitter() -> f64 {
    getrandom::u32().map_or(0.0, |bits| f64::from(bits) / f64::from(u32::MAX))
}
