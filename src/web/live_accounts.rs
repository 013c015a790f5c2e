//! Rows of accounts that an open list keeps up to date.
//!
//! The page opens a stream for the accounts on it, which tells which of them changed. It then
//! requests these rows again (`static/live.js`). All streams share one [`AccountWatcher`].

use std::collections::BTreeSet;

use axum::Extension;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use axum::response::sse::Event;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::access::{Authorized, Read};
use super::error::Error;
use super::event_stream::{EventSource, NextEvent, OpenStreams};
use super::form::Query;
use crate::app::App;
use crate::db::accounts::{self, DirectoryChanges};
use crate::domain::ids::AccountId;

mod watcher;

pub use watcher::AccountWatcher;
use watcher::WatchedChanges;

/// Maximum number of rows that a page follows.
const MAX_ROWS: usize = 100;
/// Header with the ID of the last event that a browser got, when it opens a stream again.
const LAST_EVENT: &str = "last-event-id";

/// Rows that a page shows, as addresses name them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ShownRows {
    /// IDs of the accounts, between dots.
    rows: String,
    /// Revision of the directory that the page has.
    since: String,
}

impl ShownRows {
    /// Returns the accounts. Leaves out what is no ID.
    pub fn accounts(&self) -> Vec<AccountId> {
        let ids = self.rows.split('.').filter_map(|id| id.parse().ok());
        ids.take(MAX_ROWS).collect()
    }
}

/// Totals that a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownTotals {
    /// Numbers of accounts.
    Accounts,
    /// Numbers of accounts and the channel pool.
    AccountsAndPool,
}

/// Request for a stream about rows.
pub struct StreamRequest {
    app: App,
    may: Authorized<Read>,
    accounts: BTreeSet<AccountId>,
    since: i64,
    /// True if the browser opens a stream again that ended.
    is_reopened: bool,
    streams: OpenStreams,
    watcher: AccountWatcher,
}

impl FromRequestParts<App> for StreamRequest {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let may = Authorized::<Read>::from_request_parts(parts, app).await?;
        let Query(shown) = Query::<ShownRows>::from_request_parts(parts, app).await?;
        let last = parts.headers.get(LAST_EVENT);
        let last: Option<i64> = last.and_then(|last| last.to_str().ok()?.parse().ok());
        let missing = |_| Error::Internal("the router has no streams".to_owned());
        let streams = Extension::<OpenStreams>::from_request_parts(parts, app);
        let Extension(streams) = streams.await.map_err(missing)?;
        let watcher = Extension::<AccountWatcher>::from_request_parts(parts, app);
        let Extension(watcher) = watcher.await.map_err(missing)?;
        Ok(Self {
            app: app.clone(),
            may,
            accounts: shown.accounts().into_iter().collect(),
            since: last.or_else(|| shown.since.parse().ok()).unwrap_or(0),
            is_reopened: last.is_some(),
            streams,
            watcher,
        })
    }
}

impl StreamRequest {
    /// Answers with a stream that tells which of the accounts changed, and if the totals did.
    pub fn answer(self, totals: ShownTotals) -> Response {
        let rows = FollowedRows {
            changes: self.watcher.subscribe(&self.app, self.since),
            app: self.app.clone(),
            accounts: self.accounts,
            totals,
            missed: Some((self.since, self.is_reopened)),
        };
        self.streams.answer(&self.app, self.may, rows)
    }
}

/// Accounts that a page shows, and the changes that it has not been told yet.
struct FollowedRows {
    app: App,
    accounts: BTreeSet<AccountId>,
    totals: ShownTotals,
    changes: Receiver<WatchedChanges>,
    /// Revision of the page, until the changes since then are told, and if its totals are older.
    missed: Option<(i64, bool)>,
}

/// Change as the page gets it.
#[derive(Serialize)]
struct ChangeMessage<'a> {
    /// Accounts on the page that changed.
    rows: Vec<&'a str>,
    /// True if the totals changed.
    totals: bool,
}

impl EventSource for FollowedRows {
    async fn next(&mut self) -> NextEvent {
        if self.accounts.is_empty() {
            return NextEvent::Last(Event::default().event("end").data("end"));
        }
        // The first event also tells the page that nothing can be missed from now on.
        if let Some((since, totals)) = self.missed.take() {
            return match accounts::changes_since(&self.app.db, since).await {
                Ok(changes) => self.event(&changes, totals),
                Err(error) => {
                    tracing::debug!(?error, "a stream of events ends");
                    NextEvent::End
                }
            };
        }
        loop {
            let told = match self.changes.recv().await {
                Ok(told) => told,
                // The page read nothing for a long time. Another stream tells what it missed.
                Err(RecvError::Lagged(_) | RecvError::Closed) => return NextEvent::End,
            };
            let totals = told.accounts_changed
                || (told.pool_changed && self.totals == ShownTotals::AccountsAndPool);
            if totals || self.affected(&told.changes).next().is_some() {
                return self.event(&told.changes, totals);
            }
        }
    }
}

impl FollowedRows {
    /// Returns the accounts on the page that changed.
    fn affected(&self, changes: &DirectoryChanges) -> impl Iterator<Item = &AccountId> {
        self.accounts.iter().filter(|id| {
            let written = changes.accounts.as_ref();
            written.is_none_or(|written| written.contains_key(*id))
        })
    }

    fn event(&self, changes: &DirectoryChanges, totals: bool) -> NextEvent {
        let message = ChangeMessage {
            rows: self.affected(changes).map(AccountId::as_str).collect(),
            totals,
        };
        let event = Event::default()
            .event("change")
            .id(changes.revision.to_string());
        match event.json_data(message) {
            Ok(event) => NextEvent::Event(event),
            Err(error) => {
                tracing::error!(%error, "an event cannot be written");
                NextEvent::End
            }
        }
    }
}
