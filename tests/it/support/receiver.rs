//! Receiver of a webhook on loopback: keeps what arrives, and answers as a test asks.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::secrets::{self, Place};

/// Answer of the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// This status, with a body that no page may show.
    Status(u16),
    /// A redirect to another path of the same receiver.
    Redirect,
    /// No answer at all.
    Hangs,
}

/// Request as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// Value of the header that signs it.
    pub signature: String,
    /// ID of the event in its header.
    pub event_id: String,
    /// Body as it arrived.
    pub body: String,
}

impl Received {
    /// Returns the body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

#[derive(Default)]
struct Kept {
    received: Vec<Received>,
    replies: VecDeque<Reply>,
}

/// Receiver. It stops when it is dropped.
pub struct Receiver {
    kept: Arc<Mutex<Kept>>,
    /// Address for the settings.
    pub url: String,
    _end: DropGuard,
}

impl Receiver {
    /// Starts a receiver with these answers. After them, it answers 200.
    pub async fn start(replies: &[Reply]) -> Self {
        let kept = Arc::new(Mutex::new(Kept {
            received: Vec::new(),
            replies: replies.iter().copied().collect(),
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/hook", post(receive))
            .route("/other", post(receive).get(receive))
            .with_state(Arc::clone(&kept));
        let end = CancellationToken::new();
        let until = end.clone().cancelled_owned();
        tokio::spawn(async move {
            tokio::select! {
                served = axum::serve(listener, router) => served.unwrap(),
                () = until => {}
            }
        });
        Self {
            kept,
            url,
            _end: end.drop_guard(),
        }
    }

    /// Returns everything that arrived so far.
    pub fn received(&self) -> Vec<Received> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.received.clone()
    }
}

async fn receive(
    State(kept): State<Arc<Mutex<Kept>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    secrets::record(Place::Webhook, &body);
    let reply = {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.received.push(Received {
            signature: text("portal-signature"),
            event_id: text("portal-event-id"),
            body: String::from_utf8(body.to_vec()).unwrap(),
        });
        kept.replies.pop_front()
    };
    match reply.unwrap_or(Reply::Status(200)) {
        Reply::Status(status) => (
            StatusCode::from_u16(status).unwrap(),
            "<b>internal text</b>",
        )
            .into_response(),
        Reply::Redirect => (
            StatusCode::TEMPORARY_REDIRECT,
            [(header::LOCATION, "/other")],
        )
            .into_response(),
        Reply::Hangs => std::future::pending().await,
    }
}
