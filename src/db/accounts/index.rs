//! Index in memory that answers lists, searches, counts and sums of accounts.
//!
//! It is never older than the database. Each query first reads the rows that changed since the last
//! one, by their revision. This works on every replica alike. The rows that a page shows are then
//! read from the database itself. The index is kept as small as possible.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use futures::TryStreamExt;
use tokio::sync::Mutex;

use crate::db::accounts::Account;
use crate::db::{Db, Result};
use crate::domain::ids::AccountId;

mod assignee_column;
mod best_matches;
mod calls;
mod capacity;
mod columns;
mod filter_columns;
mod grouped_order;
mod queries;
mod refresh;
mod row;
mod row_cache;
mod search;
mod sort_orders;
mod sorting;
mod text_arena;

use capacity::Capacity;
use columns::Columns;
use refresh::{Annotations, CHANGED_ROWS_SQL, ChangedRow, read_changes};
use row::IndexedRow;
use row_cache::{Generation, RowCache};
pub(super) use search::{Search, SearchWord};

/// Index of one process. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Index(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    snapshot: RwLock<Snapshot>,
    row_cache: RwLock<RowCache>,
    /// Lock that lets one task at a time refresh the snapshot.
    refresh_lock: Mutex<()>,
    /// Number of refreshes that have started.
    refreshes_started: AtomicU64,
}

/// State of the directory that an answer is based on.
struct DirectoryState {
    /// Reason why the last sweep changed nothing; empty if it succeeded.
    last_error: String,
    /// Revision up to which the answer has all changes.
    revision: i64,
}

#[derive(Debug, Default)]
struct Snapshot {
    accounts: Columns,
    /// Rows with this revision or a later one may have changed since the last refresh.
    high_water_mark: i64,
    /// Number of the refresh that produced the snapshot.
    refresh_number: u64,
}

impl Index {
    /// Returns the revision up to which the index has all changes.
    pub(super) fn revision(&self) -> i64 {
        self.0
            .snapshot
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .high_water_mark
    }

    /// Returns the number of rows.
    pub(super) fn len(&self) -> usize {
        let snapshot = self.0.snapshot.read();
        let snapshot = snapshot.unwrap_or_else(PoisonError::into_inner);
        snapshot.accounts.len()
    }

    /// Answers a question from the index, which is brought up to date first.
    async fn query<T>(&self, db: &Db, question: impl FnOnce(&Columns) -> T) -> Result<T> {
        let (answer, _) = self.query_with_state(db, question).await?;
        Ok(answer)
    }

    /// Answers a question like [`Index::query`], and also returns the state of the directory.
    async fn query_with_state<T>(
        &self,
        db: &Db,
        question: impl FnOnce(&Columns) -> T,
    ) -> Result<(T, DirectoryState)> {
        let begun = self.0.refreshes_started.load(Ordering::SeqCst);
        let (since, swept_at) = {
            let held = self
                .0
                .snapshot
                .read()
                .unwrap_or_else(PoisonError::into_inner);
            (held.high_water_mark, held.accounts.swept_at)
        };
        let changes = read_changes(db, since).await?;
        let is_behind =
            changes.needs_rebuild || !changes.rows.is_empty() || changes.swept_at != swept_at;
        let last_error = changes.last_error;
        drop(changes.rows);
        if is_behind {
            self.refresh(db, begun).await?;
        }
        let held = self
            .0
            .snapshot
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let state = DirectoryState {
            last_error,
            revision: held.high_water_mark,
        };
        Ok((question(&held.accounts), state))
    }

    /// Brings the index up to date, unless a refresh after the `begun`-th has done so.
    /// While an open transaction holds the revision back, every waiting task would otherwise read
    /// the same rows again.
    async fn refresh(&self, db: &Db, begun: u64) -> Result<()> {
        let _one = self.0.refresh_lock.lock().await;
        let (since, reading) = {
            let held = self
                .0
                .snapshot
                .read()
                .unwrap_or_else(PoisonError::into_inner);
            (held.high_water_mark, held.refresh_number)
        };
        if reading > begun {
            return Ok(());
        }
        let reading = self.0.refreshes_started.fetch_add(1, Ordering::SeqCst) + 1;
        let changes = read_changes(db, since).await?;
        if changes.needs_rebuild || since == 0 {
            return self.rebuild(db, reading).await;
        }
        let parts = if changes.rows.is_empty() {
            Annotations::default()
        } else {
            Annotations::read(db, since).await?
        };
        let mut held = self
            .0
            .snapshot
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        self.invalidate(held.accounts.swept_at != changes.swept_at, &changes.rows);
        held.accounts.swept_at = changes.swept_at;
        held.accounts.apply_changes(&changes.rows);
        parts.apply(&mut held.accounts, Some(&changes.rows));
        held.high_water_mark = changes.high_water_mark;
        held.refresh_number = reading;
        Ok(())
    }

    async fn rebuild(&self, db: &Db, reading: u64) -> Result<()> {
        let mut accounts = Columns::with_capacity(Capacity::read(db).await?);
        let mut horizon = 0;
        on!(db, pool => {
            let mut rows = sqlx::query_as::<_, ChangedRow>(CHANGED_ROWS_SQL).bind(0_i64).fetch(pool);
            while let Some(row) = rows.try_next().await? {
                horizon = row.horizon;
                accounts.swept_at = row.horizon_swept_at;
                if let Some(placed) = row.into_indexed() {
                    accounts.append(&placed);
                }
            }
        });
        let parts = Annotations::read(db, 0).await?;
        // Sorting many accounts takes a while, and other tasks must not wait for it.
        let sorting = tokio::task::spawn_blocking(move || {
            accounts.sort_all();
            parts.apply(&mut accounts, None);
            accounts
        });
        let accounts = sorting.await.map_err(crate::db::Error::stored)?;
        let mut held = self
            .0
            .snapshot
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        self.invalidate(true, &[]);
        *held = Snapshot {
            accounts,
            high_water_mark: horizon,
            refresh_number: reading,
        };
        Ok(())
    }

    /// Invalidates the cached rows that changed. Clears the cache after a complete sweep.
    fn invalidate(&self, all: bool, changed: &[IndexedRow]) {
        let mut recent = self
            .0
            .row_cache
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if all {
            recent.clear();
        } else {
            recent.invalidate(changed.iter().map(|placed| placed.id.as_str()));
        }
    }

    /// Returns these accounts from the cache, or `None` if one of them is missing.
    /// Also returns the cache's generation, which must be passed to [`Index::cache_accounts`] after
    /// reading.
    pub(super) fn cached_accounts(
        &self,
        ids: &[AccountId],
    ) -> (Option<Vec<Arc<Account>>>, Generation) {
        let recent = self
            .0
            .row_cache
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        (recent.get_all(ids), recent.generation())
    }

    /// Caches accounts that were read from the database after `age` was returned.
    pub(super) fn cache_accounts(&self, age: Generation, accounts: &[Arc<Account>]) {
        let mut recent = self
            .0
            .row_cache
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        recent.insert_all(age, accounts);
    }
}
