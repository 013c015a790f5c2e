//! OpenTelemetry collector on loopback: reads the spans that arrive, or does not answer.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode as SpanStatus;
use prost::Message;
use reseller_portal::config::CollectorSettings;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

use super::secrets::{self, Place};

/// Behavior of the collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CollectorReply {
    /// Answers 200.
    Accepts,
    /// Answers 503.
    Refuses,
    /// Never answers.
    Hangs,
}

/// Span as it arrived.
#[derive(Clone, Debug)]
pub struct CollectedSpan {
    /// Name.
    pub name: String,
    /// ID of its trace, in hexadecimal digits.
    pub trace: String,
    /// ID, in hexadecimal digits.
    pub id: String,
    /// ID of its parent; empty if it has none.
    pub parent: String,
    /// Kind.
    pub kind: SpanKind,
    /// True if its status is an error.
    pub failed: bool,
    /// Attributes, as `name=value`.
    pub attributes: Vec<String>,
}

#[derive(Default)]
struct Collected {
    headers: Vec<HeaderMap>,
    bodies: Vec<Bytes>,
}

/// Collector. It stops when it is dropped.
pub struct Collector {
    collected: Arc<Mutex<Collected>>,
    url: Url,
    _end: DropGuard,
}

impl Collector {
    /// Starts a collector that answers so.
    pub async fn start(reply: CollectorReply) -> Self {
        let collected = Arc::new(Mutex::new(Collected::default()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/v1/traces", post(receive))
            .with_state((Arc::clone(&collected), reply));
        let end = CancellationToken::new();
        let until = end.clone().cancelled_owned();
        tokio::spawn(async move {
            tokio::select! {
                served = axum::serve(listener, router) => served.unwrap(),
                () = until => {}
            }
        });
        Self {
            collected,
            url: url.parse().unwrap(),
            _end: end.drop_guard(),
        }
    }

    /// Returns settings that send traces here, with these headers.
    pub fn settings(&self, headers: &[(&str, &str)]) -> CollectorSettings {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).into()));
        CollectorSettings {
            endpoint: self.url.clone(),
            headers: headers.collect(),
        }
    }

    /// Returns the headers of each request.
    pub fn headers(&self) -> Vec<HeaderMap> {
        self.lock().headers.clone()
    }

    /// Returns the requests as bytes.
    pub fn bodies(&self) -> Vec<Bytes> {
        self.lock().bodies.clone()
    }

    /// Returns the spans in the order in which they ended.
    pub fn spans(&self) -> Vec<CollectedSpan> {
        let requests = self.bodies();
        let requests = requests
            .into_iter()
            .map(|body| ExportTraceServiceRequest::decode(body).unwrap());
        requests
            .flat_map(|request| request.resource_spans)
            .flat_map(|resource| resource.scope_spans)
            .flat_map(|scope| scope.spans)
            .map(|span| CollectedSpan {
                kind: span.kind(),
                failed: span
                    .status
                    .as_ref()
                    .is_some_and(|status| status.code() == SpanStatus::Error),
                trace: hex(&span.trace_id),
                id: hex(&span.span_id),
                parent: hex(&span.parent_span_id),
                attributes: span.attributes.iter().map(attribute).collect(),
                name: span.name,
            })
            .collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Collected> {
        self.collected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

async fn receive(
    State((collected, reply)): State<(Arc<Mutex<Collected>>, CollectorReply)>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    assert_eq!(headers[header::CONTENT_TYPE], "application/x-protobuf");
    secrets::record(Place::Trace, &body);
    {
        let mut collected = collected.lock().unwrap_or_else(PoisonError::into_inner);
        collected.headers.push(headers);
        collected.bodies.push(body);
    }
    match reply {
        CollectorReply::Accepts => StatusCode::OK,
        CollectorReply::Refuses => StatusCode::SERVICE_UNAVAILABLE,
        CollectorReply::Hangs => std::future::pending().await,
    }
}

fn attribute(pair: &KeyValue) -> String {
    let value = pair.value.as_ref().and_then(|value| value.value.as_ref());
    let value = match value {
        Some(any_value::Value::StringValue(text)) => text.clone(),
        Some(any_value::Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    format!("{}={value}", pair.key)
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}
