//! The client: its limit of requests in flight, and `send` with its retries.
//! `transport` makes a single attempt. The other files describe the calls.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderValue;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;
use url::Url;

use crate::clock::Clock;
use crate::domain::time::Timestamp;
use crate::metrics::Metrics;
use crate::traces;

use super::call::{Call, Reply};
use super::change_tracker::track_change;
use super::error::{Cause, Certainty, Error, ErrorKind};
use super::health::Health;
use super::rate::RateLimit;
use super::retry::RetryPolicy;
use super::settings::{BuildError, Settings};

/// Telnyx's answer to a call, with the data needed to ask Telnyx about it.
#[derive(Clone, Debug)]
pub struct ApiResponse<T> {
    /// Value read from the answer.
    pub value: T,
    /// Request ID, by which Telnyx's support finds the request.
    pub request_id: Option<String>,
    /// HTTP status, always 2xx.
    pub status: u16,
    /// Time at which the answered request started.
    pub started_at: Timestamp,
    /// True if an earlier attempt of the same call may have taken effect at Telnyx.
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

/// Client of the Telnyx API.
/// Clones share connections, limits and what is known about Telnyx's health.
#[derive(Clone)]
pub struct Client {
    pub(super) shared: Arc<Shared>,
    priority: Priority,
}

/// Work that a client's requests belong to, in the order in which they are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Priority {
    /// Of a person, or the recovery of an operation.
    Person,
    /// Of a job. It also keeps within the rate limit.
    Job,
    /// Of a sweep or another loop, which has its own pace.
    Background,
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
    pub(super) job_turn: Mutex<Option<Instant>>,
    state: Mutex<ClientState>,
    pub(super) clock: Clock,
    metrics: Metrics,
}

#[derive(Default)]
pub(super) struct ClientState {
    health: Health,
    last_failure: Option<String>,
    pub(super) rate: Option<RateLimit>,
}

impl Client {
    /// Creates a client. Sends nothing yet.
    ///
    /// # Errors
    /// Fails if the settings are unusable; see [`BuildError`].
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
            job_turn: Mutex::default(),
            state: Mutex::default(),
            clock,
            metrics: settings.metrics,
        };
        Ok(Self {
            shared: Arc::new(shared),
            priority: Priority::Person,
        })
    }

    /// Returns a client for background work that shares everything with this one.
    /// Its requests use at most half of the places in flight, so that people never queue behind a
    /// sweep.
    #[must_use]
    pub fn in_background(&self) -> Self {
        self.with_priority(Priority::Background)
    }

    /// Returns a client for the changes of jobs that shares everything with this one.
    /// In addition to the limit of background work, each of its requests waits for its turn, so
    /// that jobs keep within the rate limit.
    #[must_use]
    pub fn for_jobs(&self) -> Self {
        self.with_priority(Priority::Job)
    }

    fn with_priority(&self, priority: Priority) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            priority,
        }
    }

    /// Returns the instruments that record each attempt.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    /// Returns the health of Telnyx according to the calls so far.
    #[must_use]
    pub fn health(&self) -> Health {
        self.state().health
    }

    /// Records an outage that another replica noticed. The next call tells if it goes on.
    pub fn assume_outage(&self, since: Timestamp) {
        self.state().health.assume_outage(since);
    }

    /// Returns the last failure in technical words, with Telnyx's request ID.
    /// Returns `None` if a call has succeeded since.
    #[must_use]
    pub fn last_failure(&self) -> Option<String> {
        self.state().last_failure.clone()
    }

    /// Returns the rate limit from the last answer that stated one.
    #[must_use]
    pub fn rate(&self) -> Option<RateLimit> {
        self.state().rate
    }

    /// Sends a call and reads its JSON answer. Ignores unknown fields.
    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        call: Call,
    ) -> Result<ApiResponse<T>, Error> {
        self.send_and_read(call, |reply| serde_json::from_slice(&reply.body).ok())
            .await
    }

    /// Sends a call and reads its answer. All calls to Telnyx go through here.
    /// Repeats the call if that is safe and may help. `read` returns `None` for an answer that it
    /// cannot read.
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

    /// Makes one attempt. Frees its place in flight before any wait.
    async fn try_once<T>(
        &self,
        call: &Call,
        attempt: u32,
        read: &impl Fn(&Reply) -> Option<T>,
    ) -> Result<ApiResponse<T>, Error> {
        let started_at = self.shared.clock.now();
        let pattern = call.pattern();
        let span = traces::start_attempt(&pattern, attempt);
        let attempting = async {
            let request = self.build_request(call, span.traceparent())?;
            if self.priority == Priority::Job {
                self.wait_for_turn().await;
            }
            let _place = self.acquire_permit().await?;
            let answer = self.execute(request, call, self.shared.clock.now(), read);
            if call.method == Method::GET {
                answer.await
            } else {
                track_change(answer).await
            }
        };
        let outcome = span.run(attempting).await;
        let took = started_at.until(self.shared.clock.now());
        log_attempt(call, attempt, &outcome, took);
        let label = match &outcome {
            Ok(answer) => answer.status.to_string(),
            Err(error) => error
                .status()
                .map_or_else(|| "no_answer".to_owned(), |status| status.to_string()),
        };
        let metrics = &self.shared.metrics;
        metrics.record_telnyx(&pattern, &label, attempt, took);
        match &outcome {
            Ok(answer) => span.set_status(answer.status, 400),
            Err(error) => match error.status() {
                Some(status) => span.set_status(status, 400),
                None => span.fail("no_answer"),
            },
        }
        outcome
    }

    /// Waits for a place in flight, at most as long as for an answer.
    /// Background work first takes one of its own places, which limits how many of its requests
    /// compete with those of people.
    async fn acquire_permit(
        &self,
    ) -> Result<(Option<SemaphorePermit<'_>>, SemaphorePermit<'_>), Error> {
        let places = async {
            let background = if self.priority == Priority::Person {
                None
            } else {
                Some(self.shared.in_background.acquire().await?)
            };
            Ok::<_, tokio::sync::AcquireError>((background, self.shared.in_flight.acquire().await?))
        };
        match tokio::time::timeout(self.shared.total_timeout, places).await {
            Ok(Ok(places)) => Ok(places),
            Ok(Err(_)) | Err(_) => Err(Error::new(Cause::NoPermit)),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, ClientState> {
        // Every update writes whole values, so the state is valid even after a panic.
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows the base address, but no key and no state.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.shared.base.as_str())
            .field("priority", &self.priority)
            .finish_non_exhaustive()
    }
}

/// Logs one attempt, as a warning if it failed.
/// Leaves out the query and Telnyx's texts, because both can contain email addresses.
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
        // A GET may ask if something still exists, so "not found" is a normal answer.
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
            connection_failure = error.connection_failure(),
            "a request to Telnyx failed"
        ),
    }
}

/// Returns a random number from 0 to 1 for the jitter.
/// Returns 0 if the system has no randomness.
fn jitter() -> f64 {
    getrandom::u32().map_or(0.0, |bits| f64::from(bits) / f64::from(u32::MAX))
}
