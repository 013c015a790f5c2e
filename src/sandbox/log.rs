//! Every API request received, the last ten thousand of them.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::time::{Millis, iso};

const KEPT: usize = 10_000;

/// The requests, oldest first.
#[derive(Debug, Default)]
pub(super) struct Log {
    entries: VecDeque<Entry>,
    /// How many were dropped from the front.
    gone: usize,
}

#[derive(Debug)]
struct Entry {
    at: Millis,
    method: String,
    path: String,
    query: String,
    /// None while no answer was given, and for good where the connection was closed instead.
    status: Option<u16>,
}

impl Log {
    /// Notes a request as it arrives; the number is for [`Log::answered`].
    pub(super) fn received(&mut self, at: Millis, method: &str, path: &str, query: &str) -> usize {
        if self.entries.len() == KEPT {
            self.entries.pop_front();
            self.gone += 1;
        }
        self.entries.push_back(Entry {
            at,
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            status: None,
        });
        self.gone + self.entries.len() - 1
    }

    pub(super) fn answered(&mut self, number: usize, status: u16) {
        if let Some(entry) = number
            .checked_sub(self.gone)
            .and_then(|place| self.entries.get_mut(place))
        {
            entry.status = Some(status);
        }
    }

    pub(super) fn clear(&mut self) {
        self.gone += self.entries.len();
        self.entries.clear();
    }

    pub(super) fn shown(&self) -> Value {
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
