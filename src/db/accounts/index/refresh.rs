//! Reads the changed rows for the index, with the tags and notes of their accounts.

use std::collections::{BTreeSet, HashMap};

use futures::TryStreamExt;
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::columns::Columns;
use super::row::IndexedRow;
use crate::db::{Db, Result};
use crate::domain::account::AccountStatus;
use crate::domain::account_filter::AccountFacts;
use crate::domain::ids::StaffId;
use crate::domain::text::folded;
use crate::domain::time::Timestamp;

/// Number of changed rows above which the index is rebuilt.
/// A rebuild then costs less than moving the rows one by one.
const REBUILD_THRESHOLD: usize = 20_000;

#[derive(sqlx::FromRow)]
pub(super) struct ChangedRow {
    pub horizon: i64,
    pub horizon_swept_at: Option<Timestamp>,
    trouble: Option<String>,
    id: Option<String>,
    name_folded: Option<String>,
    email_folded: Option<String>,
    display_name: Option<String>,
    assignee_id: Option<StaffId>,
    status: Option<AccountStatus>,
    status_at: Option<Timestamp>,
    swept: Option<bool>,
    channel_limit: Option<i64>,
    custom_pricing: Option<bool>,
    rollup_billing: Option<bool>,
    created_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
    changed_elsewhere_at: Option<Timestamp>,
    available_micros: Option<i64>,
    gone_at: Option<Timestamp>,
}

/// Selects the rows with this revision or a later one.
/// Without such rows, returns one row that has only the watermark.
pub(super) const CHANGED_ROWS_SQL: &str = "SELECT h.revision AS horizon, h.swept_at AS horizon_swept_at, \
     (SELECT CASE WHEN outcome = 'done' THEN '' ELSE message END FROM sweeps \
      WHERE kind = 'accounts' AND outcome IS NOT NULL ORDER BY started_at DESC, id DESC LIMIT 1) AS trouble, a.id, a.name_folded, \
     a.email_folded, a.display_name, a.assignee_id, a.status, a.status_at, a.swept, a.channel_limit, \
     a.custom_pricing, a.rollup_billing, a.created_at, a.updated_at, a.changed_elsewhere_at, a.available_micros, a.gone_at \
     FROM directory_horizon h LEFT JOIN accounts a ON a.revision >= $1";

impl ChangedRow {
    /// Returns the account of the row, or `None` if the row has only the watermark.
    pub fn into_indexed(self) -> Option<IndexedRow> {
        let (Some(id), Some(status), Some(status_at)) = (self.id, self.status, self.status_at)
        else {
            return None;
        };
        let own = self.name_folded.unwrap_or_default();
        let (name, rest) = match self.display_name {
            Some(name) => (folded(&name), own),
            None => (own, String::new()),
        };
        Some(IndexedRow {
            id,
            name,
            email: self.email_folded.unwrap_or_default(),
            other_text: rest,
            facts: AccountFacts {
                status,
                status_at,
                limit: self
                    .channel_limit
                    .and_then(|limit| u32::try_from(limit).ok()),
                custom_pricing: self.custom_pricing,
                rollup_billing: self.rollup_billing,
                created_at: self.created_at,
                changed_elsewhere_at: self.changed_elsewhere_at,
                available_micros: self.available_micros,
            },
            assignee: self.assignee_id,
            updated_at: self.updated_at,
            swept: self.swept == Some(true),
            gone: self.gone_at.is_some(),
        })
    }
}

/// Changes that a refresh found.
pub(super) struct Changes {
    pub rows: Vec<IndexedRow>,
    pub high_water_mark: i64,
    pub swept_at: Option<Timestamp>,
    /// Error of the last complete sweep; empty if it succeeded, or if there was none.
    pub last_error: String,
    /// True if too many rows changed, or if the changes are unknown.
    pub needs_rebuild: bool,
}

/// Reads the changes since this revision.
pub(super) async fn read_changes(db: &Db, since: i64) -> Result<Changes> {
    let mut found = Changes {
        rows: Vec::new(),
        high_water_mark: since,
        swept_at: None,
        last_error: String::new(),
        needs_rebuild: false,
    };
    on!(db, pool => {
        let mut rows = sqlx::query_as::<_, ChangedRow>(CHANGED_ROWS_SQL).bind(since).fetch(pool);
        while let Some(row) = rows.try_next().await? {
            // The database was restored or replaced, so indexed rows may no longer exist.
            found.needs_rebuild |= row.horizon < since;
            found.high_water_mark = row.horizon;
            found.swept_at = row.horizon_swept_at;
            if let Some(trouble) = &row.trouble {
                found.last_error.clone_from(trouble);
            }
            if let Some(placed) = row.into_indexed() {
                found.rows.push(placed);
            }
            found.needs_rebuild |= found.rows.len() > REBUILD_THRESHOLD || (since == 0 && !found.rows.is_empty());
            if found.needs_rebuild {
                break;
            }
        }
    });
    Ok(found)
}

/// Tags and notes of the changed accounts. They are read after the accounts.
/// An annotation that is written in between has a later revision, so the next refresh reads it
/// again.
#[derive(Default)]
pub(super) struct Annotations {
    tags: HashMap<String, Vec<Uuid>>,
    notes: HashMap<String, String>,
}

impl Annotations {
    pub async fn read(db: &Db, since: i64) -> Result<Self> {
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
            // Separates the notes, so that no match spans two of them.
            notes.push('\0');
            notes.push_str(&body);
        }
        Ok(parts)
    }

    /// Sets the tags and notes of the changed accounts, or of all accounts.
    /// A changed account may have lost its tags or notes. Annotations of other accounts, written
    /// between the reads, come with their own change.
    pub fn apply(mut self, accounts: &mut Columns, changed: Option<&[IndexedRow]>) {
        let ids: BTreeSet<String> = match changed {
            Some(changed) => changed.iter().map(|placed| placed.id.clone()).collect(),
            None => self.tags.keys().chain(self.notes.keys()).cloned().collect(),
        };
        for id in ids {
            if let Some(slot) = accounts.find(&id) {
                let tags = self.tags.remove(&id).unwrap_or_default();
                accounts.annotate(slot, tags, self.notes.remove(&id));
            }
        }
    }
}
