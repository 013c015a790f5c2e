//! The activity as people read it: events, those of one operation folded into its latest. Nothing is dropped: the
//! earlier ones come along.
//!
//! An entry stands where its latest event stands, and filters look at that event: "not done" finds what was asked for
//! and refused, "started" only what is under way. Every event of an operation names who asked for it, so a filter by
//! person finds an entry by whichever of its events is the latest.

use std::collections::HashMap;

use sqlx::QueryBuilder;

use super::{Entry, Row, entry};
use crate::db::{Db, Result};
use crate::domain::actor::Scope;
use crate::domain::audit::{EventKind, EventOutcome};
use crate::domain::ids::{AccountId, OperationId, StaffId};
use crate::domain::time::Timestamp;

/// The most earlier events that are read for a page of entries: an operation has a handful.
const MOST_EARLIER: i64 = 5_000;

/// Whose events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// This person's.
    Staff(StaffId),
    /// Nobody's: what the portal noticed by itself, and failed sign-ins.
    Nobody,
}

/// Which entries to read.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of any of these accounts; of none where the list is empty.
    pub accounts: Option<Vec<AccountId>>,
    /// By this person.
    pub by: Option<By>,
    /// Of this kind.
    pub kind: Option<EventKind>,
    /// With this outcome.
    pub outcome: Option<EventOutcome>,
    /// At or after.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// As it was when this was the last event: what comes later is not seen, nor does it hide what came before.
    pub upto: Option<i64>,
}

/// From where to read, and in which direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// The newest.
    Newest,
    /// The newest with a number below this one.
    Below(i64),
    /// The oldest with a number above this one.
    Above(i64),
}

/// An event with those of the same operation that came before it.
#[derive(Clone, Debug)]
pub struct Folded {
    /// The latest.
    pub latest: Entry,
    /// What came before, oldest first.
    pub earlier: Vec<Entry>,
}

impl Folded {
    /// Where it began.
    #[must_use]
    pub fn first(&self) -> &Entry {
        self.earlier.first().unwrap_or(&self.latest)
    }
}

macro_rules! filtered {
    ($filter:expr, $query:ident) => {{
        let filter = $filter;
        $query.push(
            " AND NOT EXISTS (SELECT 1 FROM audit_events l WHERE l.operation_id = e.operation_id AND l.kind = e.kind
                AND l.seq > e.seq",
        );
        if let Some(upto) = filter.upto {
            $query.push(" AND l.seq <= ").push_bind(upto);
            $query.push(") AND e.seq <= ").push_bind(upto);
        } else {
            $query.push(")");
        }
        if let Some(accounts) = &filter.accounts {
            // A list that matches nothing stands for an empty one, which SQL does not know.
            $query.push(" AND e.account_id IN (''");
            for account in accounts {
                $query.push(", ").push_bind(account.as_str().to_owned());
            }
            $query.push(")");
        }
        match filter.by {
            Some(By::Staff(id)) => {
                $query.push(" AND e.staff_id = ").push_bind(id.as_uuid());
            }
            Some(By::Nobody) => {
                $query.push(" AND e.staff_id IS NULL");
            }
            None => {}
        }
        if let Some(kind) = filter.kind {
            $query.push(" AND e.kind = ").push_bind(kind.as_str());
        }
        if let Some(outcome) = filter.outcome {
            $query.push(" AND e.outcome = ").push_bind(outcome.as_str());
        }
        if let Some(from) = filter.from {
            $query.push(" AND e.at >= ").push_bind(from.as_millis());
        }
        if let Some(to) = filter.to {
            $query.push(" AND e.at < ").push_bind(to.as_millis());
        }
    }};
}

/// At most so many entries from the cursor on, always the newest first.
///
/// # Errors
/// When the database fails.
pub async fn read(db: &Db, _scope: Scope, filter: &Filter, cursor: Cursor, limit: i64) -> Result<Vec<Folded>> {
    let rows: Vec<Row> = on!(db, pool => {
        let mut query = QueryBuilder::new("SELECT e.seq, e.at, e.payload FROM audit_events e WHERE TRUE");
        filtered!(filter, query);
        match cursor {
            Cursor::Newest => query.push(" ORDER BY e.seq DESC"),
            Cursor::Below(seq) => query.push(" AND e.seq < ").push_bind(seq).push(" ORDER BY e.seq DESC"),
            Cursor::Above(seq) => query.push(" AND e.seq > ").push_bind(seq).push(" ORDER BY e.seq"),
        };
        query.push(" LIMIT ").push_bind(limit);
        query.build_query_as().fetch_all(pool).await?
    });
    let mut latest = rows.into_iter().map(entry).collect::<Result<Vec<_>>>()?;
    if matches!(cursor, Cursor::Above(_)) {
        latest.reverse();
    }
    let mut before = of_operations(db, &latest).await?;
    Ok(latest
        .into_iter()
        .map(|latest| {
            let key = latest.event.operation.map(|id| (id, latest.event.kind));
            let earlier = key.and_then(|key| before.remove(&key)).unwrap_or_default();
            let earlier = earlier.into_iter().filter(|event| event.seq < latest.seq).collect();
            Folded { latest, earlier }
        })
        .collect())
}

/// Whether anything at all is recorded.
///
/// # Errors
/// When the database fails.
pub async fn any(db: &Db, _scope: Scope) -> Result<bool> {
    let found: Option<i64> = on!(db, pool => {
        sqlx::query_scalar("SELECT seq FROM audit_events ORDER BY seq LIMIT 1").fetch_optional(pool).await?
    });
    Ok(found.is_some())
}

type ByOperation = HashMap<(OperationId, EventKind), Vec<Entry>>;

/// Every event of these entries' operations, oldest first.
async fn of_operations(db: &Db, entries: &[Entry]) -> Result<ByOperation> {
    let mut found = ByOperation::new();
    let ids: Vec<OperationId> = entries.iter().filter_map(|entry| entry.event.operation).collect();
    if ids.is_empty() {
        return Ok(found);
    }
    let rows: Vec<Row> = on!(db, pool => {
        let mut query = QueryBuilder::new("SELECT seq, at, payload FROM audit_events WHERE operation_id IN (");
        let mut list = query.separated(", ");
        for id in &ids {
            list.push_bind(id.as_uuid());
        }
        query.push(") ORDER BY seq LIMIT ").push_bind(MOST_EARLIER);
        query.build_query_as().fetch_all(pool).await?
    });
    for row in rows {
        let event = entry(row)?;
        if let Some(id) = event.event.operation {
            found.entry((id, event.event.kind)).or_default().push(event);
        }
    }
    Ok(found)
}
