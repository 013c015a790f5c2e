//! Watches the accounts for all streams of this process, while there are any.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::broadcast::{self, Receiver, Sender};
use tokio::time::{MissedTickBehavior, interval};

use crate::app::App;
use crate::db;
use crate::db::accounts::{self, DirectoryChanges, DirectoryTotals};
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

/// Interval at which the watcher reads the changes.
const INTERVAL: Duration = Duration::from_secs(1);
/// Number of changes that wait for a slow stream, which ends if there are more.
const CAPACITY: usize = 32;

/// Tells the streams of this process which accounts changed. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AccountWatcher(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    changes: Sender<WatchedChanges>,
    is_running: Mutex<bool>,
}

/// Changes that were read at one time.
#[derive(Clone, Debug)]
pub(super) struct WatchedChanges {
    pub changes: Arc<DirectoryChanges>,
    /// True if the number of accounts of a kind changed, or the sum of the limits.
    pub accounts_changed: bool,
    /// True if the channel pool was read again.
    pub pool_changed: bool,
}

impl Default for AccountWatcher {
    fn default() -> Self {
        Self(Arc::new(Inner {
            changes: broadcast::channel(CAPACITY).0,
            is_running: Mutex::new(false),
        }))
    }
}

impl AccountWatcher {
    /// Returns the changes from now on. If no one else watches, returns those since this revision.
    pub(super) fn subscribe(&self, app: &App, since: i64) -> Receiver<WatchedChanges> {
        let mut is_running = self.0.lock();
        let changes = self.0.changes.subscribe();
        if !*is_running {
            *is_running = true;
            let watch = Watch {
                app: app.clone(),
                inner: Arc::clone(&self.0),
                revision: since,
                told: HashMap::new(),
                totals: None,
                pool_read_at: None,
            };
            app.tasks.spawn(watch.run());
        }
        changes
    }
}

impl Inner {
    fn lock(&self) -> std::sync::MutexGuard<'_, bool> {
        self.is_running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops if there are no streams. A stream that is opened later starts another watch.
    fn stop_if_unused(&self) -> bool {
        let mut is_running = self.lock();
        *is_running = self.changes.receiver_count() > 0;
        !*is_running
    }
}

/// State of the running watch.
struct Watch {
    app: App,
    inner: Arc<Inner>,
    revision: i64,
    /// Revisions that were told. The database returns some of them again.
    told: HashMap<AccountId, i64>,
    /// Totals that were told last.
    totals: Option<DirectoryTotals>,
    pool_read_at: Option<Timestamp>,
}

impl Watch {
    async fn run(mut self) {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.app.shutdown.cancelled() => return,
                _ = ticks.tick() => {}
            }
            if self.inner.stop_if_unused() {
                return;
            }
            match self.read().await {
                // Fails only if the last stream has just ended.
                Ok(Some(changes)) => drop(self.inner.changes.send(changes)),
                Ok(None) => {}
                Err(error) => tracing::debug!(?error, "changes of accounts cannot be read"),
            }
        }
    }

    /// Reads what changed. Returns `None` if nothing did.
    async fn read(&mut self) -> db::Result<Option<WatchedChanges>> {
        let mut changes = accounts::changes_since(&self.app.db, self.revision).await?;
        let pool_changed = changes.pool_read_at != self.pool_read_at;
        let written = changes.accounts.clone();
        if let Some(new) = &mut changes.accounts {
            new.retain(|id, revision| self.told.get(id) != Some(revision));
        }
        let is_new = changes.accounts.as_ref().is_none_or(|new| !new.is_empty());
        let mut accounts_changed = false;
        if is_new {
            let totals = accounts::directory_totals(&self.app.db).await?;
            accounts_changed = self.totals.as_ref() != Some(&totals);
            self.totals = Some(totals);
        }
        self.told = written.unwrap_or_default();
        self.revision = changes.revision;
        self.pool_read_at = changes.pool_read_at;
        Ok((is_new || pool_changed).then(|| WatchedChanges {
            changes: Arc::new(changes),
            accounts_changed,
            pool_changed,
        }))
    }
}
