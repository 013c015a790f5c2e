//! Layers around every request: log, rate limit, faults, key, and response headers.

use std::sync::atomic::Ordering;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::faults::Fault;
use super::problem::Problem;
use super::random::SeededRandom;
use super::{Sandbox, lock, time};

const MAX_BODY_SIZE: usize = 1024 * 1024;

/// Request that was answered already and runs later.
pub(super) type LateRequest = (Request, Next);

/// Marks a response that stands for a closed connection.
#[derive(Clone, Copy)]
struct ClosedConnection;

/// Outermost layer. Separates the API from the controls and adds the request ID.
pub(super) async fn handle_request(
    State(sandbox): State<Sandbox>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let mut response = if path.starts_with("/_sandbox") {
        next.run(request).await
    } else if path == "/v2" || path.starts_with("/v2/") {
        handle_api_request(&sandbox, request, next).await
    } else {
        Problem::not_found().into_response()
    };
    if let Ok(id) = HeaderValue::from_str(&sandbox.request_id()) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

/// Handles an API request.
/// Reads its body first and then works in a task of its own, so that the request is completed even
/// if the client disconnects.
async fn handle_api_request(sandbox: &Sandbox, request: Request, next: Next) -> Response {
    let now = time::now();
    let (parts, body) = request.into_parts();
    let number = lock(&sandbox.shared.request_log).record_request(
        now,
        parts.method.as_str(),
        parts.uri.path(),
        parts.uri.query().unwrap_or_default(),
    );
    let verdict = lock(&sandbox.shared.rate_limiter).count(now);
    let work = {
        let sandbox = sandbox.clone();
        let body = to_bytes(body, MAX_BODY_SIZE).await;
        async move {
            let mut response = match body {
                _ if verdict.is_some_and(|verdict| !verdict.allowed) => {
                    Problem::too_many_requests(1).into_response()
                }
                Err(_) => Problem::without_code(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "The request's body could not be read, or is too large.",
                )
                .into_response(),
                Ok(body) => {
                    apply_fault(&sandbox, Request::from_parts(parts, Body::from(body)), next).await
                }
            };
            if let Some(verdict) = verdict {
                verdict.write_headers(response.headers_mut());
            }
            if response.extensions().get::<ClosedConnection>().is_none() {
                lock(&sandbox.shared.request_log)
                    .record_response(number, response.status().as_u16());
            }
            response
        }
    };
    match tokio::spawn(work).await {
        Ok(response) => response,
        Err(_) => Problem::without_code(StatusCode::INTERNAL_SERVER_ERROR, "The sandbox failed.")
            .into_response(),
    }
}

/// Applies the first fault that matches the request.
async fn apply_fault(sandbox: &Sandbox, request: Request, next: Next) -> Response {
    let fault = lock(&sandbox.shared.faults).take(request.method().as_str(), request.uri().path());
    match fault {
        None => authenticate(sandbox, request, next).await,
        Some(Fault::Delay(wait)) => {
            tokio::time::sleep(wait).await;
            authenticate(sandbox, request, next).await
        }
        Some(Fault::Status {
            status,
            retry_after,
            acts,
            late,
        }) => {
            if acts {
                authenticate(sandbox, request, next).await;
            } else if late {
                lock(&sandbox.shared.late_requests).push((request, next));
            }
            Problem::simulated(status, retry_after).into_response()
        }
        Some(Fault::Garbage { acts }) => {
            if acts {
                authenticate(sandbox, request, next).await;
            }
            (
                [(CONTENT_TYPE, "text/html")],
                "<html><body>upstream connect error",
            )
                .into_response()
        }
        Some(Fault::Edit(edit)) => {
            let (mut parts, body) = authenticate(sandbox, request, next).await.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX)
                .await
                .unwrap_or_default();
            parts.headers.remove(CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(edit.apply(&body)))
        }
        Some(Fault::Drop { acts }) => {
            if acts {
                authenticate(sandbox, request, next).await;
            }
            close_connection()
        }
    }
}

/// Runs all kept requests in their original order. Returns their number.
pub(super) async fn run_late_requests(sandbox: &Sandbox) -> usize {
    let kept = std::mem::take(&mut *lock(&sandbox.shared.late_requests));
    let number = kept.len();
    for (request, next) in kept {
        authenticate(sandbox, request, next).await;
    }
    number
}

/// Runs the request if it has the right key.
async fn authenticate(sandbox: &Sandbox, request: Request, next: Next) -> Response {
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

/// Returns a response that closes the connection.
/// Its body fails at the first byte. The server writes head and body together, so it sends neither.
fn close_connection() -> Response {
    let failure = std::io::Error::new(std::io::ErrorKind::ConnectionAborted, "dropped on purpose");
    let body = Body::from_stream(futures::stream::once(async { Err::<Bytes, _>(failure) }));
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response.extensions_mut().insert(ClosedConnection);
    response
}

impl Sandbox {
    fn request_id(&self) -> String {
        let count = self.shared.request_count.fetch_add(1, Ordering::Relaxed);
        SeededRandom::new(self.shared.options.seed ^ count.rotate_left(40)).uuid()
    }
}
