//! Counts and durations of what the portal does, in the text format of Prometheus.
//!
//! Each [`Metrics`] has a registry of its own, so that tests do not share any. Figures that the
//! database has are added by `monitoring` when they are asked for.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use self::counters::Counters;

mod counters;

pub use counters::OpenEventStream;

/// Upper bounds of the durations of requests, in seconds.
const REQUEST_BUCKETS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// Upper bounds of the durations of requests to Telnyx, in seconds.
const TELNYX_BUCKETS: [f64; 8] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 20.0];

/// Instruments of one portal. It is cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    requests: Family<RequestLabels, Histogram, Buckets>,
    telnyx: Family<TelnyxLabels, Histogram, Buckets>,
    telnyx_retries: Family<OperationLabels, Counter>,
    mails: Family<OutcomeLabels, Counter>,
    webhook: Family<OutcomeLabels, Counter>,
    connections: Gauge<i64, AtomicI64>,
    counters: Counters,
}

/// Labels of a request of a browser.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

/// Labels of a request to Telnyx.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TelnyxLabels {
    operation: String,
    outcome: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabels {
    operation: String,
}

/// Label of something that succeeds or fails.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

/// Makes histograms with these bounds.
#[derive(Clone, Debug)]
struct Buckets(&'static [f64]);

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("portal");
        let requests = Family::new_with_constructor(Buckets(&REQUEST_BUCKETS));
        let telnyx = Family::new_with_constructor(Buckets(&TELNYX_BUCKETS));
        let telnyx_retries = Family::default();
        let mails = Family::default();
        let webhook = Family::default();
        let connections = Gauge::default();
        registry.register(
            "http_request_duration_seconds",
            "Time until the head of an answer, by route and status",
            requests.clone(),
        );
        registry.register(
            "telnyx_request_duration_seconds",
            "Time of one attempt of a request to Telnyx, by operation and outcome",
            telnyx.clone(),
        );
        registry.register(
            "telnyx_retries",
            "Attempts of requests to Telnyx after the first",
            telnyx_retries.clone(),
        );
        registry.register("mails", "Emails sent, by outcome", mails.clone());
        registry.register(
            "webhook_requests",
            "Requests to the team's webhook, by outcome",
            webhook.clone(),
        );
        registry.register(
            "http_connections",
            "Open connections of browsers and proxies",
            connections.clone(),
        );
        let counters = Counters::register(&mut registry);
        for outcome in [SENT, FAILED] {
            // They are there from the start, so that an increase from 0 is seen.
            drop(mails.get_or_create(&OutcomeLabels { outcome }));
            drop(webhook.get_or_create(&OutcomeLabels { outcome }));
        }
        Self(Arc::new(Inner {
            registry,
            requests,
            telnyx,
            telnyx_retries,
            mails,
            webhook,
            connections,
            counters,
        }))
    }
}

const SENT: &str = "sent";
const FAILED: &str = "failed";

const fn outcome(succeeded: bool) -> OutcomeLabels {
    let outcome = if succeeded { SENT } else { FAILED };
    OutcomeLabels { outcome }
}

impl Metrics {
    /// Records an answered request. `route` is the pattern of its route, not its path.
    pub fn record_request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let labels = RequestLabels {
            method: known_method(method),
            route: route.to_owned(),
            status,
        };
        let duration = self.0.requests.get_or_create(&labels);
        duration.observe(took.as_secs_f64());
    }

    /// Records one attempt of a request to Telnyx. `outcome` is the status, or why there is none.
    pub fn record_telnyx(&self, operation: &str, outcome: &str, attempt: u32, took: Duration) {
        let labels = TelnyxLabels {
            operation: operation.to_owned(),
            outcome: outcome.to_owned(),
        };
        let duration = self.0.telnyx.get_or_create(&labels);
        duration.observe(took.as_secs_f64());
        if attempt > 1 {
            let TelnyxLabels { operation, .. } = labels;
            let labels = OperationLabels { operation };
            self.0.telnyx_retries.get_or_create(&labels).inc();
        }
    }

    /// Records an email that the mail server accepted, or did not.
    pub fn record_mail(&self, accepted: bool) {
        self.0.mails.get_or_create(&outcome(accepted)).inc();
    }

    /// Records a request to the webhook that the receiver accepted, or did not.
    pub fn record_webhook(&self, accepted: bool) {
        self.0.webhook.get_or_create(&outcome(accepted)).inc();
    }

    /// Records how many connections are open.
    pub fn set_connections(&self, open: usize) {
        let open = i64::try_from(open).unwrap_or(i64::MAX);
        self.0.connections.set(open);
    }

    /// Writes everything, with the figures of `more`.
    ///
    /// # Errors
    /// Fails if a value cannot be formatted, which does not happen when writing to a `String`.
    pub fn encode(&self, more: &Registry) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode_registry(&mut text, &self.0.registry)?;
        encode_registry(&mut text, more)?;
        encode_eof(&mut text)?;
        Ok(text)
    }
}

/// Returns the method, or "other". Clients can send any word.
#[must_use]
pub fn known_method(method: &str) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let found = known.into_iter().find(|known| *known == method);
    found.unwrap_or("other")
}
