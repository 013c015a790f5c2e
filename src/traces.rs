//! Traces: spans of requests, of attempts at Telnyx, of transactions and of background runs.
//!
//! A [`Tracer`] belongs to one portal and sends its spans to an OpenTelemetry collector
//! (`PORTAL_OTLP_ENDPOINT`). Without one, no span is made, and the trace of a trusted proxy is only
//! passed on. Attributes are words, numbers and patterns of routes that the code here is given; no
//! address, email or text of a person is one.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::context::FutureExt;
use opentelemetry::trace::{
    SpanContext, SpanKind, Status, TraceContextExt, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

use self::activity::{Activity, IDLE};
use crate::config::CollectorSettings;
use crate::metrics::Metrics;

mod activity;
mod export;
mod trace_context;

pub use export::check;
pub use trace_context::{TRACEPARENT, remote_parent};

/// Longest time that the shutdown waits for the last spans to be sent.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// Maker of spans. It is cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Tracer(Option<Exporting>);

#[derive(Clone, Debug)]
struct Exporting {
    tracer: SdkTracer,
    provider: Arc<SdkTracerProvider>,
}

impl Tracer {
    /// Returns a tracer that sends its spans to this collector. Without a collector, or outside a
    /// runtime, it makes no spans.
    #[must_use]
    pub fn new(collector: Option<&CollectorSettings>, metrics: &Metrics) -> Self {
        let provider = collector.and_then(|to| export::provider(to, metrics));
        Self(provider.map(|provider| Exporting {
            tracer: provider.tracer(env!("CARGO_PKG_NAME")),
            provider: Arc::new(provider),
        }))
    }

    /// Starts the span of a browser's request. `route` is the pattern of its route, not its path.
    pub fn start_request(
        &self,
        method: &'static str,
        route: &str,
        request_id: &str,
        parent: Option<SpanContext>,
    ) -> Span {
        let parent = match parent {
            Some(parent) => Context::new().with_remote_span_context(parent),
            None => Context::new(),
        };
        let Some(Exporting { tracer, .. }) = &self.0 else {
            return Span(parent.has_active_span().then_some(parent));
        };
        let span = tracer
            .span_builder(format!("{method} {route}"))
            .with_kind(SpanKind::Server)
            .with_attributes([
                KeyValue::new("http.request.method", method),
                KeyValue::new("http.route", route.to_owned()),
                KeyValue::new("portal.request_id", request_id.to_owned()),
            ])
            .start_with_context(tracer, &parent);
        Span(Some(
            Context::new().with_span(span).with_value(tracer.clone()),
        ))
    }

    /// Starts the span of one run of a background loop. It is only sent if the run did something.
    pub fn start_run(&self, name: &'static str) -> Span {
        let Some(Exporting { tracer, .. }) = &self.0 else {
            return Span(None);
        };
        let span = tracer
            .span_builder(format!("background {name}"))
            .with_kind(SpanKind::Internal)
            .start_with_context(tracer, &Context::new());
        let context = Context::new().with_span(span).with_value(tracer.clone());
        Span(Some(context.with_value(Activity::default())))
    }

    /// Sends the spans that are left, within a limited time. No span is made afterwards.
    pub async fn shut_down(&self) {
        let Some(Exporting { provider, .. }) = &self.0 else {
            return;
        };
        let provider = Arc::clone(provider);
        let ended =
            tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(SHUTDOWN_TIMEOUT));
        if !matches!(ended.await, Ok(Ok(()))) {
            tracing::warn!("the last traces were not sent");
        }
    }
}

/// Span that ends when it is dropped. It may be the trace of a proxy that is only passed on.
#[derive(Debug)]
#[must_use]
pub struct Span(Option<Context>);

impl Span {
    /// Returns the ID of its trace, if it belongs to one.
    #[must_use]
    pub fn trace_id(&self) -> Option<String> {
        let context = self.0.as_ref()?.span().span_context().clone();
        context.is_valid().then(|| context.trace_id().to_string())
    }

    /// Runs `work` inside the span: spans that it starts are children of this one.
    pub fn run<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        let context = self.0.clone().unwrap_or_default();
        work.with_context(context)
    }

    /// Sets the status of the answer. A status from 500 makes the span one that failed, and so does
    /// one from 400 for a request that the portal sent.
    pub fn set_status(&self, status: u16, fails_from: u16) {
        let Some(context) = &self.0 else {
            return;
        };
        let span = context.span();
        span.set_attribute(KeyValue::new(
            "http.response.status_code",
            i64::from(status),
        ));
        if status >= fails_from {
            span.set_attribute(KeyValue::new("error.type", status.to_string()));
            span.set_status(Status::error(""));
        }
    }

    /// Makes the span one that failed. `kind` is a word of the program, not a text.
    pub fn fail(&self, kind: &'static str) {
        if let Some(context) = &self.0 {
            let span = context.span();
            span.set_attribute(KeyValue::new("error.type", kind));
            span.set_status(Status::error(""));
            if let Some(activity) = context.get::<Activity>() {
                activity.record();
            }
        }
    }

    /// Sets the result of the span's work, as a word of the program.
    pub fn set_outcome(&self, outcome: &'static str) {
        if let Some(context) = &self.0 {
            context
                .span()
                .set_attribute(KeyValue::new("portal.outcome", outcome));
        }
    }

    /// Returns the header that passes the span on to another service.
    #[must_use]
    pub fn traceparent(&self) -> Option<String> {
        trace_context::traceparent(self.0.as_ref()?.span().span_context())
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(context) = &self.0 {
            if context.get::<Activity>().is_some_and(Activity::is_none) {
                context.span().set_attribute(KeyValue::new(IDLE, true));
            }
            context.span().end();
        }
    }
}

/// Starts a span inside the current one. Outside of any, it makes none.
fn start_child(name: String, kind: SpanKind) -> Span {
    Context::map_current(|current| {
        if let Some(activity) = current.get::<Activity>() {
            activity.record();
        }
        let Some(tracer) = current.get::<SdkTracer>() else {
            return Span(current.has_active_span().then(|| current.clone()));
        };
        let span = tracer
            .span_builder(name)
            .with_kind(kind)
            .start_with_context(tracer, current);
        // Without the activity of a run, which is the run's own.
        Span(Some(
            Context::new().with_span(span).with_value(tracer.clone()),
        ))
    })
}

/// Starts the span of one attempt at Telnyx. `pattern` is its method and path without IDs.
pub fn start_attempt(pattern: &str, attempt: u32) -> Span {
    let span = start_child(pattern.to_owned(), SpanKind::Client);
    if let Some(context) = &span.0 {
        context.span().set_attributes([
            KeyValue::new("telnyx.operation", pattern.to_owned()),
            KeyValue::new("telnyx.attempt", i64::from(attempt)),
        ]);
    }
    span
}

/// Starts the span of a transaction of the database that writes.
pub fn start_transaction() -> Span {
    start_child("database transaction".to_owned(), SpanKind::Client)
}

/// Lets `work` stay inside the current span when it becomes a task of its own.
pub fn inherit<F: Future>(work: F) -> impl Future<Output = F::Output> + use<F> {
    work.with_context(Context::current())
}
