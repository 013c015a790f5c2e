//! Runs of background loops that did nothing, which are most of them. They are not sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchSpanProcessor, Span, SpanData, SpanProcessor};

/// Attribute of a run that did nothing.
pub(super) const IDLE: &str = "portal.idle";

/// Tells if a run started any other span, or failed.
#[derive(Clone, Debug, Default)]
pub(super) struct Activity(Arc<AtomicBool>);

impl Activity {
    pub(super) fn record(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_none(&self) -> bool {
        !self.0.load(Ordering::Relaxed)
    }
}

/// Queue of spans to send, without idle runs.
#[derive(Debug)]
pub(super) struct ActiveSpans(pub BatchSpanProcessor);

impl SpanProcessor for ActiveSpans {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.0.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        let is_idle = span
            .attributes
            .iter()
            .any(|found| found.key.as_str() == IDLE);
        if !is_idle {
            self.0.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}
