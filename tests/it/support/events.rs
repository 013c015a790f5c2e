//! Stream of server-sent events, read as a browser does.

use std::time::Duration;

use axum::body::BodyDataStream;
use axum::http::Method;
use futures::StreamExt;

use super::Browser;
use super::secrets::{self, Place};

/// Longest wait for an event or for the end of a stream.
const PATIENCE: Duration = Duration::from_secs(20);

/// Open stream.
pub struct Events {
    body: BodyDataStream,
    /// ID of the last event; empty if none had one.
    pub last_id: String,
}

impl Events {
    /// Opens the stream at this address.
    pub async fn open(browser: &Browser, address: &str) -> Self {
        Self::open_after(browser, address, "").await
    }

    /// Opens the stream again, after the event with this ID.
    pub async fn open_after(browser: &Browser, address: &str, last_id: &str) -> Self {
        let request = browser.request(Method::GET, address);
        let request = request.header("accept", "text/event-stream");
        let mut request = request.header("accept-encoding", "gzip, br");
        if !last_id.is_empty() {
            request = request.header("last-event-id", last_id);
        }
        let answer = request.open().await;
        let header = |name: &str| {
            answer
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap())
        };
        assert_eq!(answer.status(), 200);
        assert_eq!(header("content-type"), Some("text/event-stream"));
        assert_eq!(header("cache-control"), Some("no-store"));
        assert_eq!(header("x-accel-buffering"), Some("no"));
        assert_eq!(header("content-encoding"), None, "events are not held back");
        Self {
            body: answer.into_body().into_data_stream(),
            last_id: String::new(),
        }
    }

    /// Returns the name and the data of the next event. Returns `None` at the end of the stream.
    pub async fn next(&mut self) -> Option<(String, String)> {
        loop {
            let part = tokio::time::timeout(PATIENCE, self.body.next()).await;
            let part = part.unwrap()?.unwrap();
            secrets::record(Place::Page, &part);
            let text = String::from_utf8(part.to_vec()).unwrap();
            let field = |name: &str| {
                let found = text.lines().find_map(|line| line.strip_prefix(name));
                found.map(|value| value.trim().to_owned())
            };
            if let Some(id) = field("id:") {
                self.last_id = id;
            }
            // Comments keep the connection open.
            if let Some(event) = field("event:") {
                return Some((event, field("data:").unwrap_or_default()));
            }
        }
    }

    /// Reads the stream to its end. Returns its events.
    pub async fn rest(mut self) -> Vec<(String, String)> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}
