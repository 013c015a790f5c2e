//! Log of the API requests received, limited to the last ten thousand.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::time::{Millis, iso};

const MAX_ENTRIES: usize = 10_000;

/// Received requests, oldest first.
#[derive(Debug, Default)]
pub(super) struct RequestLog {
    entries: VecDeque<Entry>,
    /// Number of requests removed from the front.
    dropped: usize,
}

#[derive(Debug)]
struct Entry {
    at: Millis,
    method: String,
    path: String,
    query: String,
    /// `None` until the response is sent, and forever if the connection was closed instead.
    status: Option<u16>,
}

impl RequestLog {
    /// Records a request when it arrives.
    /// [`RequestLog::record_response`] takes the returned number.
    pub(super) fn record_request(
        &mut self,
        at: Millis,
        method: &str,
        path: &str,
        query: &str,
    ) -> usize {
        if self.entries.len() == MAX_ENTRIES {
            self.entries.pop_front();
            self.dropped += 1;
        }
        self.entries.push_back(Entry {
            at,
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            status: None,
        });
        self.dropped + self.entries.len() - 1
    }

    pub(super) fn record_response(&mut self, number: usize, status: u16) {
        if let Some(entry) = number
            .checked_sub(self.dropped)
            .and_then(|place| self.entries.get_mut(place))
        {
            entry.status = Some(status);
        }
    }

    pub(super) fn clear(&mut self) {
        self.dropped += self.entries.len();
        self.entries.clear();
    }

    pub(super) fn to_json(&self) -> Value {
        self.entries
            .iter()
            .map(|entry| {
                json!({
                    "time": iso(entry.at),
                    "method": entry.method,
                    "path": entry.path,
                    "query": entry.query,
                    "status": entry.status,
                })
            })
            .collect()
    }
}
