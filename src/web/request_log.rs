//! One line of the log for each request, and its metrics.
//!
//! The line leaves out the address, which may contain a one-time token or a search. A request is also
//! a span of a trace. Lines about people who are not signed in are limited, because they could flood
//! the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Extensions, Response as HttpResponse, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Span;
use tracing::field::{Empty, display};
use uuid::Uuid;

use super::client_address::{ClientAddress, is_from_trusted_proxy};
use crate::app::{App, LineKind};
use crate::domain::ids::StaffId;
use crate::metrics::known_method;
use crate::traces::{self, TRACEPARENT};

/// Routes of things whose ID the line names. Other IDs in addresses can be secrets.
const SUBJECTS: [&str; 6] = [
    "/accounts/{id}",
    "/channels/{id}",
    "/jobs/{id}",
    "/operations/{id}",
    "/org-users/{id}",
    "/staff/{id}",
];

/// Creates the span of a request, with its method, route and ID.
pub(super) fn span(request: &Request) -> Span {
    let route = route(request);
    let id = request_id(request);
    let span = tracing::info_span!(
        "request",
        method = %request.method(),
        route,
        id,
        client = Empty,
        staff = Empty,
        subject = Empty,
        trace = Empty
    );
    if let Some(subject) = subject(route, request.uri().path()) {
        span.record("subject", display(subject));
    }
    span
}

/// Adds the client and the trace to the span, and the request to the metrics.
pub(super) async fn record(
    State(app): State<App>,
    client: ClientAddress,
    mut request: Request,
    next: Next,
) -> Response {
    let span = Span::current();
    if let ClientAddress(Some(address)) = client {
        span.record("client", display(address));
    }
    let trace = start_trace(&app, &request);
    if let Some(trace) = trace.trace_id() {
        span.record("trace", display(trace));
    }
    let known = RequestSpan {
        span,
        is_signed_in: Arc::default(),
    };
    request.extensions_mut().insert(known.clone());
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = trace.run(next.run(request)).await;
    let route = route.as_ref().map_or(UNMATCHED, MatchedPath::as_str);
    let status = response.status();
    trace.set_status(status.as_u16(), 500);
    app.metrics
        .record_request(method.as_str(), route, status.as_u16(), started.elapsed());
    let is_signed_in = known.is_signed_in.load(Ordering::Relaxed);
    if !is_signed_in && is_limited(status) && !admits(&app, route, status) {
        response.extensions_mut().insert(LeftOut);
    }
    response
}

/// Starts the span of a request. Only a trusted proxy can name the trace that it belongs to.
fn start_trace(app: &App, request: &Request) -> traces::Span {
    let headers = request.headers();
    let parent = if is_from_trusted_proxy(app, request.extensions()) {
        let values = headers.get_all(TRACEPARENT).iter();
        traces::remote_parent(values.map(axum::http::HeaderValue::as_bytes))
    } else {
        None
    };
    let id = request_id(request);
    let method = known_method(request.method().as_str());
    app.tracer.start_request(method, route(request), id, parent)
}

/// Returns `true` if lines with this status can be left out. Answers of errors never are. A flood of
/// sign-ins gets 503, though, when too many passwords are checked.
fn is_limited(status: StatusCode) -> bool {
    !status.is_server_error() || status == StatusCode::SERVICE_UNAVAILABLE
}

fn admits(app: &App, route: &str, status: StatusCode) -> bool {
    let kind = LineKind {
        words: "answered",
        route: route.to_owned(),
        status: status.as_u16(),
    };
    app.repeated_lines.admits(kind, app.clock.now())
}

/// Marks an answer of which the line is left out.
#[derive(Clone, Copy)]
struct LeftOut;

/// Span of a request. Layers further inside have spans of their own.
#[derive(Clone)]
struct RequestSpan {
    span: Span,
    is_signed_in: Arc<AtomicBool>,
}

/// Adds the signed-in person to the request's span.
pub(super) fn record_staff(extensions: &Extensions, id: StaffId) {
    if let Some(RequestSpan { span, is_signed_in }) = extensions.get() {
        span.record("staff", display(id));
        is_signed_in.store(true, Ordering::Relaxed);
    }
}

/// Writes the line, unless there were too many like it.
pub(super) fn write_line<B>(response: &HttpResponse<B>, took: Duration, span: &Span) {
    if response.extensions().get::<LeftOut>().is_some() {
        return;
    }
    tracing::info!(
        parent: span,
        status = response.status().as_u16(),
        ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "answered"
    );
}

/// Route of requests that no route matches.
const UNMATCHED: &str = "(none)";

fn route(request: &Request) -> &str {
    request
        .extensions()
        .get::<MatchedPath>()
        .map_or(UNMATCHED, MatchedPath::as_str)
}

fn request_id(request: &Request) -> &str {
    let id = request.headers().get("x-request-id");
    id.and_then(|id| id.to_str().ok()).unwrap_or_default()
}

/// Returns the ID of the account, operation or other thing that a request is about.
fn subject(route: &str, path: &str) -> Option<Uuid> {
    let is_of_subject = SUBJECTS.iter().any(|start| {
        route
            .strip_prefix(start)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    let id = path.split('/').nth(2)?;
    is_of_subject.then(|| Uuid::parse_str(id).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_of_known_things_are_logged() {
        let id = "0198f3f0-0000-7000-8000-000000000001";
        let found = |route: &str| subject(route, &format!("/x/{id}/y")).map(|id| id.to_string());
        assert_eq!(found("/accounts/{id}/disable").as_deref(), Some(id));
        assert_eq!(found("/operations/{id}").as_deref(), Some(id));
        for route in [
            "/invite/{token}",
            "/accounts/{id}x",
            "/reset/{id}",
            "(none)",
        ] {
            assert_eq!(found(route), None, "{route}");
        }
        assert_eq!(subject("/accounts/{id}", "/accounts/secret"), None);
    }
}
