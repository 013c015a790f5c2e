//! The index: what lists, searches, counts and sums of accounts are answered from, in memory, as small as can be.
//!
//! It is never older than the database: whoever asks it something first has the rows read that changed since it was asked
//! last, by their revision, on every replica alike. The rows that a page shows are then read from the database itself.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use futures::TryStreamExt;
use sqlx::QueryBuilder;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::parsed;
use crate::db::accounts::Account;
use crate::db::{Db, Result};
use crate::domain::account_filter::Looks;
use crate::domain::ids::AccountId;
use crate::domain::text::folded;
use crate::domain::time::Timestamp;

mod answer;
mod find;
mod order;
mod recent;
mod shelf;

pub(super) use find::Wanted;
use recent::{Age, Recent};
use shelf::{Placed, Shelf};

/// From so many changed rows on, everything is read anew: that costs less than placing them one by one.
const MANY: usize = 20_000;

/// The index of one process. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Index(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    held: RwLock<Held>,
    recent: RwLock<Recent>,
    /// One at a time brings it up to date, and in the order of its readings.
    reading: Mutex<()>,
}

#[derive(Debug, Default)]
struct Held {
    accounts: Shelf,
    /// Rows with this revision or a later one are not on the shelf as they are now.
    horizon: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    horizon: i64,
    horizon_swept_at: Option<i64>,
    trouble: Option<String>,
    id: Option<String>,
    name_folded: Option<String>,
    email_folded: Option<String>,
    display_name: Option<String>,
    status: Option<String>,
    status_at: Option<i64>,
    swept: Option<bool>,
    channel_limit: Option<i64>,
    custom_pricing: Option<bool>,
    rollup_billing: Option<bool>,
    created_at: Option<i64>,
    changed_elsewhere_at: Option<i64>,
    available_micros: Option<i64>,
    gone_at: Option<i64>,
}

const CHANGED: &str = "SELECT h.revision AS horizon, h.swept_at AS horizon_swept_at, \
     (SELECT CASE WHEN outcome = 'done' THEN '' ELSE message END FROM sweeps \
      WHERE kind = 'accounts' AND outcome IS NOT NULL ORDER BY started_at DESC, id DESC LIMIT 1) AS trouble, a.id, a.name_folded, \
     a.email_folded, a.display_name, a.status, a.status_at, a.swept, a.channel_limit, a.custom_pricing, \
     a.rollup_billing, a.created_at, a.changed_elsewhere_at, a.available_micros, a.gone_at \
     FROM directory_horizon h LEFT JOIN accounts a ON a.revision >= $1";

impl Row {
    /// The account in it; none in the row that says only that nothing changed.
    fn placed(self) -> Result<Option<Placed>> {
        let (Some(id), Some(status), Some(status_at)) = (self.id, self.status, self.status_at) else {
            return Ok(None);
        };
        let time = |millis: Option<i64>| millis.map(Timestamp::from_millis);
        let own = self.name_folded.unwrap_or_default();
        let (name, rest) = match self.display_name {
            Some(name) => (folded(&name), own),
            None => (own, String::new()),
        };
        Ok(Some(Placed {
            id,
            name,
            email: self.email_folded.unwrap_or_default(),
            rest,
            looks: Looks {
                status: parsed(&status)?,
                status_at: Timestamp::from_millis(status_at),
                limit: self.channel_limit.and_then(|limit| u32::try_from(limit).ok()),
                custom_pricing: self.custom_pricing,
                rollup_billing: self.rollup_billing,
                created_at: time(self.created_at),
                changed_elsewhere_at: time(self.changed_elsewhere_at),
                available_micros: self.available_micros,
            },
            swept: self.swept == Some(true),
            gone: self.gone_at.is_some(),
        }))
    }
}

/// What a reading found changed.
struct Changes {
    placed: Vec<Placed>,
    horizon: i64,
    swept_at: Option<Timestamp>,
    /// Why the latest reading of all lists changed nothing; empty where it did, or where there was none.
    trouble: String,
    /// More than can be placed one by one.
    many: bool,
}

impl Index {
    /// What is held, as of this moment.
    async fn ask<T>(&self, db: &Db, question: impl FnOnce(&Shelf) -> T) -> Result<T> {
        let (answer, _) = self.ask_with_trouble(db, question).await?;
        Ok(answer)
    }

    /// The same, and why the latest reading of all lists changed nothing; empty where it did.
    async fn ask_with_trouble<T>(&self, db: &Db, question: impl FnOnce(&Shelf) -> T) -> Result<(T, String)> {
        let (since, swept_at) = {
            let held = self.0.held.read().unwrap_or_else(PoisonError::into_inner);
            (held.horizon, held.accounts.swept_at)
        };
        let changes = changes(db, since).await?;
        if changes.many || !changes.placed.is_empty() || changes.swept_at != swept_at {
            self.catch_up(db).await?;
        }
        let held = self.0.held.read().unwrap_or_else(PoisonError::into_inner);
        Ok((question(&held.accounts), changes.trouble))
    }

    async fn catch_up(&self, db: &Db) -> Result<()> {
        let _one = self.0.reading.lock().await;
        let since = self.0.held.read().unwrap_or_else(PoisonError::into_inner).horizon;
        let changes = changes(db, since).await?;
        if changes.many || since == 0 {
            return self.fill(db).await;
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
        Ok(())
    }

    async fn fill(&self, db: &Db) -> Result<()> {
        let mut accounts = Shelf::default();
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
        *held = Held { accounts, horizon };
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

async fn changes(db: &Db, since: i64) -> Result<Changes> {
    let mut found = Changes {
        placed: Vec::new(),
        horizon: since,
        swept_at: None,
        trouble: String::new(),
        many: false,
    };
    on!(db, pool => {
        let mut rows = sqlx::query_as::<_, Row>(CHANGED).bind(since).fetch(pool);
        while let Some(row) = rows.try_next().await? {
            found.horizon = row.horizon;
            found.swept_at = row.horizon_swept_at.map(Timestamp::from_millis);
            if let Some(trouble) = &row.trouble {
                found.trouble.clone_from(trouble);
            }
            if let Some(placed) = row.placed()? {
                found.placed.push(placed);
            }
            if found.placed.len() > MANY || (since == 0 && !found.placed.is_empty()) {
                found.many = true;
                break;
            }
        }
    });
    Ok(found)
}

/// Tags and notes of the accounts that changed. They are read after the accounts: what is written in between has a later
/// revision and is read again the next time.
#[derive(Default)]
struct Parts {
    tags: HashMap<String, Vec<Uuid>>,
    notes: HashMap<String, String>,
}

impl Parts {
    async fn read(db: &Db, since: i64) -> Result<Self> {
        let tags: Vec<(String, Uuid)> = on!(db, pool => {
            let mut tags = QueryBuilder::new(
                "SELECT t.account_id, t.tag_id FROM account_tags t JOIN accounts a ON a.id = t.account_id
                 WHERE a.revision >= ",
            );
            tags.push_bind(since);
            tags.build_query_as().fetch_all(pool).await?
        });
        let notes: Vec<(String, String)> = on!(db, pool => {
            let mut notes = QueryBuilder::new(
                "SELECT n.account_id, n.body_folded FROM notes n JOIN accounts a ON a.id = n.account_id
                 WHERE n.deleted_at IS NULL AND a.revision >= ",
            );
            notes.push_bind(since);
            notes.build_query_as().fetch_all(pool).await?
        });
        let mut parts = Self::default();
        for (account, tag) in tags {
            parts.tags.entry(account).or_default().push(tag);
        }
        for (account, body) in notes {
            let notes = parts.notes.entry(account).or_default();
            notes.push('\n');
            notes.push_str(&body);
        }
        Ok(parts)
    }

    /// Gives the accounts their tags and notes: the changed ones, which may have lost what they had, or all. What was
    /// written for others between the readings comes with their own change.
    fn put(mut self, accounts: &mut Shelf, changed: Option<&[Placed]>) {
        let ids: Vec<String> = match changed {
            Some(changed) => changed.iter().map(|placed| placed.id.clone()).collect(),
            None => self.tags.keys().chain(self.notes.keys()).cloned().collect(),
        };
        for id in ids {
            let Some(slot) = accounts.find(&id) else { continue };
            let tags = self.tags.get(&id).cloned().unwrap_or_default();
            let tags: Box<[u32]> = tags.into_iter().map(|tag| accounts.tag(tag)).collect();
            let entry = &mut accounts.entries[slot as usize];
            entry.tags = tags;
            if let Some(notes) = self.notes.remove(&id) {
                entry.notes = Some(notes.into_boxed_str());
            } else if changed.is_some() {
                entry.notes = None;
            }
        }
    }
}
