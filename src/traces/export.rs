//! Sending of spans to the collector: protobuf over HTTP, in batches, by a thread of its own.
//!
//! A collector that is slow or away costs nothing but its spans: the queue is bounded, and spans
//! that find it full are dropped. The log says once that sending fails, and once that it works again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry::KeyValue;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider,
};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use tokio::runtime::Handle;
use uuid::Uuid;

use super::activity::ActiveSpans;
use crate::config::{CollectorSettings, http_client};
use crate::metrics::Metrics;

/// Maximum number of spans that wait to be sent. Each takes about a kilobyte.
const MAX_WAITING: usize = 2_048;
/// Maximum number of spans in a request.
const BATCH: usize = 512;
/// Interval between requests, if fewer spans than a batch wait.
const INTERVAL: Duration = Duration::from_secs(2);
/// Timeout of a request.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Returns a provider of spans that sends them to the collector. Returns `None` if the client cannot
/// be built, or outside a runtime.
pub(super) fn provider(to: &CollectorSettings, metrics: &Metrics) -> Option<SdkTracerProvider> {
    let runtime = Handle::try_current().ok()?;
    let exporter = Collector::new(to, runtime, metrics.clone())
        .map_err(|error| error.to_string())
        .and_then(|client| {
            SpanExporter::builder()
                .with_http()
                .with_endpoint(to.traces_url().as_str())
                .with_timeout(TIMEOUT)
                .with_http_client(client)
                .build()
                .map_err(|error| error.to_string())
        });
    let exporter = match exporter {
        Ok(exporter) => exporter,
        Err(error) => {
            tracing::error!(error, "traces cannot be sent");
            return None;
        }
    };
    let batches = BatchConfigBuilder::default()
        .with_max_queue_size(MAX_WAITING)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(INTERVAL)
        .build();
    let queue = BatchSpanProcessor::builder(exporter)
        .with_batch_config(batches)
        .build();
    let resource = Resource::builder_empty().with_attributes([
        KeyValue::new("service.name", env!("CARGO_PKG_NAME")),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", Uuid::new_v4().to_string()),
    ]);
    let provider = SdkTracerProvider::builder()
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
        .with_resource(resource.build())
        .with_span_processor(ActiveSpans(queue));
    Some(provider.build())
}

/// HTTP client of the collector, which runs on the portal's runtime.
#[derive(Clone, Debug)]
struct Collector {
    http: reqwest::Client,
    headers: HeaderMap,
    runtime: Handle,
    metrics: Metrics,
    is_failing: Arc<AtomicBool>,
}

impl Collector {
    fn new(to: &CollectorSettings, runtime: Handle, metrics: Metrics) -> reqwest::Result<Self> {
        let http = http_client().timeout(TIMEOUT).build()?;
        let headers = to.headers.iter().filter_map(|(name, value)| {
            let mut value = HeaderValue::from_str(value.expose_secret()).ok()?;
            value.set_sensitive(true);
            Some((name.parse::<HeaderName>().ok()?, value))
        });
        let mut headers: HeaderMap = headers.collect();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-protobuf"),
        );
        Ok(Self {
            http,
            headers,
            runtime,
            metrics,
            is_failing: Arc::default(),
        })
    }

    /// Sends one batch. Of the answer, only the status is read.
    async fn send(self, url: String, body: Bytes) -> Result<u16, HttpError> {
        let request = self.http.post(url).headers(self.headers.clone());
        let sent = request.body(body).send().await;
        let outcome = outcome(&sent);
        self.metrics.record_trace_export(outcome.is_ok());
        let was_failing = self.is_failing.swap(outcome.is_err(), Ordering::Relaxed);
        match outcome {
            Err(reason) if !was_failing => {
                tracing::warn!(reason, "traces cannot be sent to the collector");
            }
            Ok(()) if was_failing => tracing::info!("traces are sent to the collector again"),
            _ => {}
        }
        Ok(sent?.status().as_u16())
    }
}

/// Returns the reason why a request was not accepted, without the address.
fn outcome(sent: &reqwest::Result<reqwest::Response>) -> Result<(), String> {
    match sent {
        Ok(response) if response.status().is_success() => Ok(()),
        Ok(response) => Err(format!("it answered {}", response.status())),
        Err(error) if error.is_timeout() => Err("no answer in time".to_owned()),
        Err(error) if error.is_connect() => Err("no connection".to_owned()),
        Err(_) => Err("the connection broke".to_owned()),
    }
}

/// Sends the collector a request without spans.
///
/// # Errors
/// Fails with the reason why it was not accepted.
pub async fn check(to: &CollectorSettings) -> Result<(), String> {
    let runtime = Handle::current();
    let client = Collector::new(to, runtime, Metrics::default());
    let client = client.map_err(|error| error.without_url().to_string())?;
    let request = client.http.post(to.traces_url()).headers(client.headers);
    outcome(&request.send().await)
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // The headers of the request are left out, because the exporter also takes some from
        // variables of the environment that are no settings of the portal.
        let url = request.uri().to_string();
        let sending = self.clone().send(url, request.into_body());
        // The thread that calls this has no runtime of its own.
        let status = self.runtime.spawn(sending).await??;
        Ok(Response::builder().status(status).body(Bytes::new())?)
    }
}
