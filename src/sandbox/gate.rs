//! What every request passes on its way in and out: log, rate limit, faults, key, and the headers of the answer.

use std::sync::atomic::Ordering;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::chance::Chance;
use super::faults::Fault;
use super::problem::Problem;
use super::{Sandbox, open, time};

const LARGEST_BODY: usize = 1024 * 1024;

/// A request that was answered without acting, and acts later.
pub(super) type Late = (Request, Next);

/// Marks an answer that is a closed connection.
#[derive(Clone, Copy)]
struct Dropped;

/// The layer around everything.
pub(super) async fn pass(State(sandbox): State<Sandbox>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let mut response = if path.starts_with("/_sandbox") {
        next.run(request).await
    } else if path == "/v2" || path.starts_with("/v2/") {
        received(&sandbox, request, next).await
    } else {
        Problem::not_found().into_response()
    };
    if let Ok(id) = HeaderValue::from_str(&sandbox.request_id()) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

/// An API request: taken in whole, then worked on in a task of its own, so that it is finished even if the client
/// leaves.
async fn received(sandbox: &Sandbox, request: Request, next: Next) -> Response {
    let now = time::now();
    let (parts, body) = request.into_parts();
    let number = open(&sandbox.shared.log).received(
        now,
        parts.method.as_str(),
        parts.uri.path(),
        parts.uri.query().unwrap_or_default(),
    );
    let verdict = open(&sandbox.shared.rate).count(now);
    let work = {
        let sandbox = sandbox.clone();
        let body = to_bytes(body, LARGEST_BODY).await;
        async move {
            let mut response = match body {
                _ if verdict.is_some_and(|verdict| !verdict.allowed) => Problem::too_many(1).into_response(),
                Err(_) => Problem::plain(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "The request's body could not be read, or is too large.",
                )
                .into_response(),
                Ok(body) => faulted(&sandbox, Request::from_parts(parts, Body::from(body)), next).await,
            };
            if let Some(verdict) = verdict {
                verdict.write(response.headers_mut());
            }
            if response.extensions().get::<Dropped>().is_none() {
                open(&sandbox.shared.log).answered(number, response.status().as_u16());
            }
            response
        }
    };
    match tokio::spawn(work).await {
        Ok(response) => response,
        Err(_) => Problem::plain(StatusCode::INTERNAL_SERVER_ERROR, "The sandbox failed.").into_response(),
    }
}

/// Applies the first fault that picks this request.
async fn faulted(sandbox: &Sandbox, request: Request, next: Next) -> Response {
    let fault = open(&sandbox.shared.faults).take(request.method().as_str(), request.uri().path());
    match fault {
        None => admitted(sandbox, request, next).await,
        Some(Fault::Delay(wait)) => {
            tokio::time::sleep(wait).await;
            admitted(sandbox, request, next).await
        }
        Some(Fault::Status {
            status,
            retry_after,
            acts,
            late,
        }) => {
            if acts {
                admitted(sandbox, request, next).await;
            } else if late {
                open(&sandbox.shared.late).push((request, next));
            }
            Problem::simulated(status, retry_after).into_response()
        }
        Some(Fault::Garbage { acts }) => {
            if acts {
                admitted(sandbox, request, next).await;
            }
            ([(CONTENT_TYPE, "text/html")], "<html><body>upstream connect error").into_response()
        }
        Some(Fault::Edit(edit)) => {
            let (mut parts, body) = admitted(sandbox, request, next).await.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
            parts.headers.remove(CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(edit.apply(&body)))
        }
        Some(Fault::Drop { acts }) => {
            if acts {
                admitted(sandbox, request, next).await;
            }
            closed()
        }
    }
}

/// Lets every request that was kept act now, in the order in which they came. Answers how many they were.
pub(super) async fn act_late(sandbox: &Sandbox) -> usize {
    let kept = std::mem::take(&mut *open(&sandbox.shared.late));
    let number = kept.len();
    for (request, next) in kept {
        admitted(sandbox, request, next).await;
    }
    number
}

/// Lets in whoever has the key.
async fn admitted(sandbox: &Sandbox, request: Request, next: Next) -> Response {
    if has_key(request.headers(), &sandbox.shared.options.api_key) {
        next.run(request).await
    } else {
        Problem::unauthenticated().into_response()
    }
}

fn has_key(headers: &HeaderMap, key: &str) -> bool {
    headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .is_some_and(|(scheme, given)| scheme.eq_ignore_ascii_case("bearer") && given.trim() == key)
}

/// An answer whose body fails at its first byte: the server writes head and body together, so it closes the
/// connection without having sent either.
fn closed() -> Response {
    let failure = std::io::Error::new(std::io::ErrorKind::ConnectionAborted, "dropped on purpose");
    let body = Body::from_stream(futures::stream::once(async { Err::<Bytes, _>(failure) }));
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response.extensions_mut().insert(Dropped);
    response
}

impl Sandbox {
    fn request_id(&self) -> String {
        let count = self.shared.requests.fetch_add(1, Ordering::Relaxed);
        Chance::new(self.shared.options.seed ^ count.rotate_left(40)).uuid()
    }
}
