//! The one way to Telnyx: settings, the bound on requests in flight, `send` with its retries, and reading of the answer.
//! What the operations ask for stands in their own files.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, SemaphorePermit};
use url::Url;

use crate::clock::Clock;
use crate::domain::time::Timestamp;

use super::call::Call;
use super::error::{self, Cause, Certainty, Error};
use super::health::Health;
use super::rate::RateLimit;
use super::retry::{self, Policy};

/// How to reach Telnyx, and how patiently.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `https://api.telnyx.com/v2`, or a simulated one.
    pub base: Url,
    /// The manager's API key.
    pub api_key: SecretString,
    /// For each connection.
    pub connect_timeout: Duration,
    /// For each try, from its start to the last byte of its answer.
    pub total_timeout: Duration,
    /// How many requests may be under way at once; background work gets half of them.
    pub max_in_flight: usize,
    /// Tries after the first, where sending again is safe.
    pub retries: u32,
    /// The wait before the second try; doubled for each further one.
    pub retry_base: Duration,
    /// The longest wait between two tries, also where Telnyx asks for more.
    pub longest_wait: Duration,
}

impl Settings {
    /// The usual patience: 5 s to connect, 20 s in all, 8 requests at once, two retries after 0.5 and 1 s, 8 s at most.
    #[must_use]
    pub fn new(base: Url, api_key: SecretString) -> Self {
        Self {
            base,
            api_key,
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(20),
            max_in_flight: 8,
            retries: 2,
            retry_base: Duration::from_millis(500),
            longest_wait: Duration::from_secs(8),
        }
    }
}

/// Why no client could be made of the settings.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The base address is not one of http or https to which a path can be added.
    #[error("the Telnyx address must be an http or https URL without user, query and fragment")]
    Base,
    /// The key is empty or has characters that a header cannot carry.
    #[error("the Telnyx API key is empty or has characters that no key has")]
    Key,
    /// No request could ever be sent.
    #[error("at least one request to Telnyx must be allowed at a time")]
    NothingInFlight,
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up: {0}")]
    Http(#[source] reqwest::Error),
}

/// What Telnyx answered to a change, with what is needed to ask Telnyx about it.
#[derive(Clone, Debug)]
pub struct Answer<T> {
    /// What the answer said.
    pub value: T,
    /// The id under which Telnyx's support finds the request.
    pub request_id: Option<String>,
    /// The HTTP status, a 2xx.
    pub status: u16,
    /// When the request that brought it started.
    pub started_at: Timestamp,
}

impl<T> Answer<T> {
    pub(super) fn map<U>(self, read: impl FnOnce(T) -> U) -> Answer<U> {
        Answer {
            value: read(self.value),
            request_id: self.request_id,
            status: self.status,
            started_at: self.started_at,
        }
    }
}

/// The client of the Telnyx API. Clones share connections, bounds and what is known of Telnyx's health.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    background: bool,
}

struct Shared {
    http: reqwest::Client,
    base: Url,
    api_key: SecretString,
    authorization: HeaderValue,
    total_timeout: Duration,
    policy: Policy,
    in_flight: Semaphore,
    in_background: Semaphore,
    seen: Mutex<Seen>,
    clock: Clock,
}

#[derive(Default)]
struct Seen {
    health: Health,
    rate: Option<RateLimit>,
}

/// An answer with a 2xx, its body in full.
pub(super) struct Reply {
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Client {
    /// Makes a client; nothing is sent yet.
    ///
    /// # Errors
    /// Where the settings cannot work; see [`BuildError`].
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, BuildError> {
        let base = settings.base;
        let plain = base.username().is_empty() && base.password().is_none();
        let bare = base.query().is_none() && base.fragment().is_none();
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() || !plain || !bare {
            return Err(BuildError::Base);
        }
        if settings.max_in_flight == 0 || settings.max_in_flight > Semaphore::MAX_PERMITS {
            return Err(BuildError::NothingInFlight);
        }
        let key = settings.api_key.expose_secret();
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BuildError::Key);
        }
        let mut authorization = HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| BuildError::Key)?;
        authorization.set_sensitive(true);
        let http = reqwest::Client::builder()
            .user_agent(concat!("reseller-portal/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.total_timeout)
            // A redirect could take the key elsewhere, or turn a POST into a GET that looks like a success.
            .redirect(reqwest::redirect::Policy::none())
            // What is sent again is decided in `retry`, by what is safe at Telnyx.
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .gzip(true)
            .build()
            .map_err(BuildError::Http)?;
        let shared = Shared {
            http,
            base,
            api_key: settings.api_key,
            authorization,
            total_timeout: settings.total_timeout,
            policy: Policy {
                retries: settings.retries,
                base: settings.retry_base,
                longest: settings.longest_wait,
            },
            in_flight: Semaphore::new(settings.max_in_flight),
            in_background: Semaphore::new((settings.max_in_flight / 2).max(1)),
            seen: Mutex::default(),
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

    /// What the calls so far say about Telnyx.
    #[must_use]
    pub fn health(&self) -> Health {
        self.seen().health
    }

    /// The rate limit as the last answer that told one had it.
    #[must_use]
    pub fn rate(&self) -> Option<RateLimit> {
        self.seen().rate
    }

    /// Sends a call and reads its JSON answer, whatever else it holds being ignored.
    pub(super) async fn send<T: DeserializeOwned>(&self, call: Call) -> Result<Answer<T>, Error> {
        self.send_and_read(call, |reply| serde_json::from_slice(&reply.body).ok())
            .await
    }

    /// Sends a call, again where that is safe and may help, and reads its answer with `read`, which gives none for what
    /// it cannot read. Every call passes here.
    pub(super) async fn send_and_read<T>(
        &self,
        call: Call,
        read: impl Fn(&Reply) -> Option<T>,
    ) -> Result<Answer<T>, Error> {
        let mut tried = 0;
        let mut earlier_uncertain = false;
        let outcome = loop {
            let error = match self.try_once(&call, &read).await {
                Ok(answer) => break Ok(answer),
                Err(error) => error,
            };
            tried += 1;
            let policy = &self.shared.policy;
            let Some(wait) = policy.wait(&call.method, &error, tried, chance()) else {
                break Err(error.after(tried, earlier_uncertain));
            };
            earlier_uncertain |= error.last_certainty() == Certainty::Uncertain;
            tokio::time::sleep(wait).await;
        };
        let now = self.shared.clock.now();
        match &outcome {
            Ok(_) => self.seen().health.succeeded(now),
            Err(error) => self.seen().health.failed(error, call.inside.is_none(), now),
        }
        outcome
    }

    /// One try. The place among the requests in flight is given back before any wait.
    async fn try_once<T>(&self, call: &Call, read: &impl Fn(&Reply) -> Option<T>) -> Result<Answer<T>, Error> {
        let request = self.request(call)?;
        let _place = self.place().await?;
        let started_at = self.shared.clock.now();
        let outcome = self.exchange(request, call, started_at, read).await;
        let (status, request_id) = match &outcome {
            Ok(answer) => (Some(answer.status), answer.request_id.as_deref()),
            Err(error) => (error.status(), error.request_id()),
        };
        let took = started_at.until(self.shared.clock.now());
        tracing::debug!(
            method = %call.method,
            path = call.shown_path(),
            status,
            milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            request_id,
            "asked Telnyx"
        );
        outcome
    }

    async fn exchange<T>(
        &self,
        request: reqwest::Request,
        call: &Call,
        started_at: Timestamp,
        read: &impl Fn(&Reply) -> Option<T>,
    ) -> Result<Answer<T>, Error> {
        let response = match self.shared.http.execute(request).await {
            Ok(response) => response,
            Err(error) => return Err(Error::new(unanswered(&error))),
        };
        let status = response.status();
        let headers = response.headers().clone();
        let now = self.shared.clock.now();
        if let Some(rate) = RateLimit::read(&headers, now) {
            self.seen().rate = Some(rate);
        }
        let request_id = plain_header(&headers, "x-request-id");
        let retry_after = retry::asked_wait(&headers, status.as_u16(), now);
        let body = read_body(response, call.largest).await;
        if status.is_client_error() || status.is_server_error() {
            let items = body.map(|body| error::read_items(&body, &|text| self.redacted(text, call)));
            return Err(Error::new(Cause::Status(status.as_u16()))
                .with_items(items.unwrap_or_default())
                .with_request_id(request_id)
                .with_retry_after(retry_after));
        }
        let read = match body {
            Ok(body) if status.is_success() => read(&Reply { headers, body }).ok_or(Cause::Unreadable(status.as_u16())),
            Err(Cut::Short) if status.is_success() => Err(Cause::CutShort(status.as_u16())),
            // A redirect is not followed and says nothing of what was done.
            Ok(_) | Err(Cut::Short | Cut::TooLong) => Err(Cause::Unreadable(status.as_u16())),
        };
        match read {
            Ok(value) => Ok(Answer {
                value,
                request_id,
                status: status.as_u16(),
                started_at,
            }),
            Err(cause) => Err(Error::new(cause).with_request_id(request_id)),
        }
    }

    fn request(&self, call: &Call) -> Result<reqwest::Request, Error> {
        let not_built = || Error::new(Cause::NotBuilt);
        let mut url = self.shared.base.clone();
        url.path_segments_mut()
            .map_err(|()| not_built())?
            .pop_if_empty()
            .extend(&call.path);
        let mut request = self
            .shared
            .http
            .request(call.method.clone(), url)
            .header(AUTHORIZATION, self.shared.authorization.clone())
            .header(ACCEPT, call.accept);
        if !call.query.is_empty() {
            request = request.query(&call.query);
        }
        if let Some(account) = &call.inside {
            request = request.header("x-managed-account-id", account.as_str());
        }
        if let Some(body) = &call.body {
            let json = body.0.clone().ok_or_else(not_built)?;
            request = request.header(CONTENT_TYPE, "application/json").body(json);
        }
        request.build().map_err(|_| not_built())
    }

    /// A place among the requests in flight, waited for as long as for an answer. Background work takes one of its own
    /// places first: only so many of it ever stand in the queue of people's requests.
    async fn place(&self) -> Result<(Option<SemaphorePermit<'_>>, SemaphorePermit<'_>), Error> {
        let places = async {
            let background = match self.background {
                true => Some(self.shared.in_background.acquire().await?),
                false => None,
            };
            Ok::<_, tokio::sync::AcquireError>((background, self.shared.in_flight.acquire().await?))
        };
        match tokio::time::timeout(self.shared.total_timeout, places).await {
            Ok(Ok(places)) => Ok(places),
            Ok(Err(_)) | Err(_) => Err(Error::new(Cause::Crowded)),
        }
    }

    /// Telnyx's words without the secrets of the request, should it quote them.
    fn redacted(&self, text: &str, call: &Call) -> String {
        let mut text = text.replace(self.shared.api_key.expose_secret(), "[secret]");
        if let Some(secret) = call.secret.as_ref().map(ExposeSecret::expose_secret)
            && !secret.is_empty()
        {
            text = text.replace(secret, "[secret]");
        }
        text
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        // Plain values that are written whole: nothing is half done where a holder panicked.
        self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner)
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

/// Why a body is not there in full.
enum Cut {
    Short,
    TooLong,
}

async fn read_body(mut response: reqwest::Response, largest: usize) -> Result<Vec<u8>, Cut> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > largest => return Err(Cut::TooLong),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(_) => return Err(Cut::Short),
        }
    }
}

/// Only a failed connection proves that nothing was sent; all else may have arrived.
fn unanswered(error: &reqwest::Error) -> Cause {
    if error.is_builder() {
        Cause::NotBuilt
    } else if error.is_connect() {
        Cause::Connect
    } else if error.is_timeout() {
        Cause::Timeout
    } else {
        Cause::Lost
    }
}

/// A header's text where it is plain and short, as an id is.
fn plain_header(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    (!text.is_empty() && text.len() <= 200).then(|| text.to_owned())
}

/// Between 0 and 1, for the jitter; without randomness there is none.
fn chance() -> f64 {
    getrandom::u32().map_or(0.0, |bits| f64::from(bits) / f64::from(u32::MAX))
}
