//! The index: what lists, searches, counts and sums of accounts are answered from, in memory, as small as can be.
//!
//! It is never older than the database: whoever asks it something first has the rows read that changed since it was asked
//! last, by their revision, on every replica alike. The rows that a page shows are then read from the database itself.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use futures::TryStreamExt;
use tokio::sync::Mutex;

use crate::db::accounts::Account;
use crate::db::{Db, Result};
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

mod answer;
mod changes;
mod facts;
mod find;
mod jump;
mod lines;
mod order;
mod recent;
mod shelf;

use changes::{CHANGED, Parts, Room, Row, changes};
pub(super) use find::{Wanted, Word};
use recent::{Age, Recent};
use shelf::{Placed, Shelf};

/// The index of one process. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Index(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    held: RwLock<Held>,
    recent: RwLock<Recent>,
    /// One at a time brings it up to date, and in the order of its readings.
    reading: Mutex<()>,
    /// How many times that was begun.
    begun: AtomicU64,
}

#[derive(Debug, Default)]
struct Held {
    accounts: Shelf,
    /// Rows with this revision or a later one are not on the shelf as they are now.
    horizon: i64,
    /// The number of the reading that it is as.
    reading: u64,
}

impl Index {
    /// What is held, as of this moment.
    async fn ask<T>(&self, db: &Db, question: impl FnOnce(&Shelf) -> T) -> Result<T> {
        let (answer, _) = self.ask_with_trouble(db, question).await?;
        Ok(answer)
    }

    /// The same, and why the latest reading of all lists changed nothing; empty where it did.
    async fn ask_with_trouble<T>(&self, db: &Db, question: impl FnOnce(&Shelf) -> T) -> Result<(T, String)> {
        let begun = self.0.begun.load(Ordering::SeqCst);
        let (since, swept_at) = {
            let held = self.0.held.read().unwrap_or_else(PoisonError::into_inner);
            (held.horizon, held.accounts.swept_at)
        };
        let changes = changes(db, since).await?;
        let is_behind = changes.many || !changes.placed.is_empty() || changes.swept_at != swept_at;
        let trouble = changes.trouble;
        drop(changes.placed);
        if is_behind {
            self.catch_up(db, begun).await?;
        }
        let held = self.0.held.read().unwrap_or_else(PoisonError::into_inner);
        Ok((question(&held.accounts), trouble))
    }

    /// Brings it up to date, unless somebody did so with a reading that began after so many: where a transaction that
    /// stays open holds the horizon back, each of those who wait would read the same again.
    async fn catch_up(&self, db: &Db, begun: u64) -> Result<()> {
        let _one = self.0.reading.lock().await;
        let (since, reading) = {
            let held = self.0.held.read().unwrap_or_else(PoisonError::into_inner);
            (held.horizon, held.reading)
        };
        if reading > begun {
            return Ok(());
        }
        let reading = self.0.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let changes = changes(db, since).await?;
        if changes.many || since == 0 {
            return self.fill(db, reading).await;
        }
        let parts = if changes.placed.is_empty() {
            Parts::default()
        } else {
            Parts::read(db, since).await?
        };
        let mut held = self.0.held.write().unwrap_or_else(PoisonError::into_inner);
        self.forget(held.accounts.swept_at != changes.swept_at, &changes.placed);
        held.accounts.swept_at = changes.swept_at;
        held.accounts.take(&changes.placed);
        parts.put(&mut held.accounts, Some(&changes.placed));
        held.horizon = changes.horizon;
        held.reading = reading;
        Ok(())
    }

    async fn fill(&self, db: &Db, reading: u64) -> Result<()> {
        let mut accounts = Shelf::with_room(Room::read(db).await?);
        let mut horizon = 0;
        on!(db, pool => {
            let mut rows = sqlx::query_as::<_, Row>(CHANGED).bind(0_i64).fetch(pool);
            while let Some(row) = rows.try_next().await? {
                horizon = row.horizon;
                accounts.swept_at = row.horizon_swept_at.map(Timestamp::from_millis);
                if let Some(placed) = row.placed()? {
                    accounts.fill(&placed);
                }
            }
        });
        let parts = Parts::read(db, 0).await?;
        // Sorting takes a while where there are many; nobody else is to wait for that.
        let sorting = tokio::task::spawn_blocking(move || {
            accounts.filled();
            parts.put(&mut accounts, None);
            accounts
        });
        let accounts = sorting.await.map_err(crate::db::Error::stored)?;
        let mut held = self.0.held.write().unwrap_or_else(PoisonError::into_inner);
        self.forget(true, &[]);
        *held = Held {
            accounts,
            horizon,
            reading,
        };
        Ok(())
    }

    /// What goes with the index and is changed with it: a whole reading that was taken over shows in all accounts.
    fn forget(&self, all: bool, changed: &[Placed]) {
        let mut recent = self.0.recent.write().unwrap_or_else(PoisonError::into_inner);
        if all {
            recent.forget_all();
        } else {
            recent.forget(changed.iter().map(|placed| placed.id.as_str()));
        }
    }

    /// These accounts whole, as the last question found them; none where one of them is not kept. Goes with the age to
    /// keep them at, once they were read.
    pub(super) fn recent(&self, ids: &[AccountId]) -> (Option<Vec<Arc<Account>>>, Age) {
        let recent = self.0.recent.read().unwrap_or_else(PoisonError::into_inner);
        (recent.all(ids), recent.age())
    }

    /// Keeps accounts that were read from the database after this age was told.
    pub(super) fn keep(&self, age: Age, accounts: &[Arc<Account>]) {
        let mut recent = self.0.recent.write().unwrap_or_else(PoisonError::into_inner);
        recent.keep(age, accounts);
    }
}
