//! Load balancer in front of several processes of the portal, in turn, as nginx is.
//!
//! It checks `/readyz` and leaves out a process that is not ready. It tries another process only if
//! a connection was refused, because nothing was sent then.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Interval between two checks of a process.
const CHECK_INTERVAL: Duration = Duration::from_millis(100);
/// Longest time that a check may take.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// Load balancer. Its checks stop when it is dropped.
pub struct Balancer {
    shared: Shared,
    _end: DropGuard,
}

#[derive(Clone)]
struct Shared {
    http: reqwest::Client,
    backends: Arc<Vec<Backend>>,
    turn: Arc<AtomicUsize>,
    failures: Arc<Mutex<Vec<String>>>,
}

struct Backend {
    address: SocketAddr,
    state: Mutex<BackendState>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct BackendState {
    is_ready: bool,
    /// True from just before it is killed until it is started again.
    is_killed: bool,
    /// Number of times that it was killed.
    kills: u32,
}

impl Backend {
    fn with<T>(&self, look: impl FnOnce(&mut BackendState) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn state(&self) -> BackendState {
        self.with(|state| *state)
    }
}

impl Balancer {
    /// Starts a balancer for the processes at these addresses.
    pub fn start(addresses: &[SocketAddr]) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .no_gzip()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let backend = |address: &SocketAddr| Backend {
            address: *address,
            state: Mutex::default(),
        };
        let shared = Shared {
            http,
            backends: Arc::new(addresses.iter().map(backend).collect()),
            turn: Arc::default(),
            failures: Arc::default(),
        };
        let end = CancellationToken::new();
        for place in 0..addresses.len() {
            let check = check(shared.clone(), place);
            tokio::spawn(end.clone().run_until_cancelled_owned(check));
        }
        Self {
            shared,
            _end: end.drop_guard(),
        }
    }

    /// Returns its routes, for a browser.
    pub fn router(&self) -> Router {
        Router::new().fallback(pass).with_state(self.shared.clone())
    }

    /// Waits until it sends requests to this process.
    pub async fn until_ready(&self, place: usize) {
        let ready = async {
            while !self.shared.backends[place].state().is_ready {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(30), ready).await;
        assert!(waited.is_ok(), "process {place} does not become ready");
    }

    /// Tells that this process is about to be killed. Requests under way there may be lost.
    pub fn expect_kill(&self, place: usize) {
        self.shared.backends[place].with(|state| {
            state.is_killed = true;
            state.kills += 1;
        });
    }

    /// Tells that this process was started again.
    pub fn started_again(&self, place: usize) {
        self.shared.backends[place].with(|state| {
            state.is_killed = false;
            state.is_ready = false;
        });
    }

    /// Returns the requests that were lost although their process was not killed.
    pub fn failures(&self) -> Vec<String> {
        let failures = self.shared.failures.lock();
        failures.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn check(shared: Shared, place: usize) {
    let backend = &shared.backends[place];
    loop {
        let address = format!("http://{}/readyz", backend.address);
        let asked = shared.http.get(address).timeout(CHECK_TIMEOUT);
        let is_ready = asked
            .send()
            .await
            .is_ok_and(|answer| answer.status() == 200);
        backend.with(|state| state.is_ready = is_ready);
        tokio::time::sleep(CHECK_INTERVAL).await;
    }
}

async fn pass(State(shared): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1024 * 1024).await.unwrap();
    let backends = &shared.backends;
    let first = shared.turn.fetch_add(1, Ordering::Relaxed);
    let in_turn = (0..backends.len()).map(|offset| &backends[(first + offset) % backends.len()]);
    let mut headers = parts.headers;
    headers.remove(header::CONNECTION);
    for backend in in_turn.filter(|backend| backend.state().is_ready) {
        let before = backend.state();
        let url = format!("http://{}{}", backend.address, parts.uri);
        let sent = shared
            .http
            .request(parts.method.clone(), url)
            .headers(headers.clone())
            .body(body.clone());
        let error = match answer(sent).await {
            Ok(response) => return response,
            Err(error) if error.is_connect() => continue,
            Err(error) => error,
        };
        let after = backend.state();
        if !before.is_killed && before.kills == after.kills {
            let what = format!("{} {}: {error:?}", parts.method, parts.uri);
            let failures = shared.failures.lock();
            failures.unwrap_or_else(PoisonError::into_inner).push(what);
        }
        return StatusCode::BAD_GATEWAY.into_response();
    }
    (StatusCode::GATEWAY_TIMEOUT, "no process is ready").into_response()
}

/// Sends a request. Reads all of its answer, unless that is a stream of events.
async fn answer(sent: reqwest::RequestBuilder) -> Result<Response, reqwest::Error> {
    let answer = sent.send().await?;
    let status = answer.status();
    let mut headers: HeaderMap = answer.headers().clone();
    headers.remove(header::CONNECTION);
    headers.remove(header::TRANSFER_ENCODING);
    let is_stream = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == "text/event-stream");
    let body = if is_stream {
        let chunks = stream::unfold(answer, |mut answer| async {
            let chunk: Option<Bytes> = answer.chunk().await.ok().flatten();
            chunk.map(|chunk| (Ok::<_, std::convert::Infallible>(chunk), answer))
        });
        Body::from_stream(chunks)
    } else {
        Body::from(answer.bytes().await?)
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}
