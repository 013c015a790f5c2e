//! The activity for display: events of one operation are grouped into one entry.
//!
//! An entry contains all events of the same operation and kind, so nothing is dropped. It is placed
//! and filtered
//! by its latest event: "not done" finds changes that were requested and refused, "started" only
//! unfinished ones. If a person or a text is searched for, the entry uses the latest event by that
//! person or with that text instead. So a change that one person requested and another settled by
//! hand is found for both. A request ID is found even if later events have another one.
//!
//! A text is searched for in a limited number of events at a time. A [`TimelinePage`] says how far
//! the search went.

use std::collections::HashMap;

use sqlx::QueryBuilder;

use super::{Entry, search_text};
use crate::db::{Db, Result, push_list};
use crate::domain::audit::{EventKind, EventOutcome};
use crate::domain::ids::{AccountId, JobId, OperationId, StaffId};
use crate::domain::time::Timestamp;

/// Maximum number of other events read for a page of entries. An operation has only a few.
const MAX_EARLIER_EVENTS: i64 = 5_000;
/// Number of events searched for a text at a time, which takes about one second.
const SEARCH_WINDOW: i64 = 400_000;

/// Filter by the person of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffFilter {
    /// Events of this person.
    Staff(StaffId),
    /// Events without a person: those that the portal noticed itself, and failed sign-ins.
    Nobody,
}

/// Filter of the entries to read.
#[derive(Clone, Debug, Default)]
pub struct TimelineFilter {
    /// Only entries of these accounts; an empty list matches no entry.
    pub accounts: Option<Vec<AccountId>>,
    /// Only entries of this job: its own, and those of its items.
    pub job: Option<JobId>,
    /// Only entries by this person.
    pub by: Option<StaffFilter>,
    /// Only entries of this kind.
    pub kind: Option<EventKind>,
    /// True to read only operations that undo another one.
    pub undos: bool,
    /// Only entries with this outcome.
    pub outcome: Option<EventOutcome>,
    /// Only entries at or after this time.
    pub from: Option<Timestamp>,
    /// Only entries before this time.
    pub to: Option<Timestamp>,
    /// Only entries that contain each word of this text. Ignores case and accents.
    pub text: Option<String>,
    /// Number of the event to treat as the latest one.
    /// Later events are ignored, and do not hide earlier ones.
    pub upto: Option<i64>,
}

/// Position from which to read, and the direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// Reads the newest entries.
    Newest,
    /// Reads the newest entries with a number below this one.
    Below(i64),
    /// Reads the oldest entries with a number above this one.
    Above(i64),
}

/// Event with the other events of the same operation and kind.
#[derive(Clone, Debug)]
pub struct TimelineEntry {
    /// Latest event that matches the filter. It decides where the entry is placed.
    pub latest: Entry,
    /// Earlier events, oldest first.
    pub earlier: Vec<Entry>,
    /// Later events, oldest first. Only if a person or a text is searched for.
    pub later: Vec<Entry>,
}

impl TimelineEntry {
    /// Returns the first event of the operation.
    #[must_use]
    pub fn first(&self) -> &Entry {
        self.earlier.first().unwrap_or(&self.latest)
    }

    /// Returns the event that shows the current state.
    #[must_use]
    pub fn current(&self) -> &Entry {
        self.later.last().unwrap_or(&self.latest)
    }

    /// Returns all events, oldest first.
    pub fn all(&self) -> impl Iterator<Item = &Entry> {
        self.earlier.iter().chain([&self.latest]).chain(&self.later)
    }
}

/// Entries, and how far the search for them went.
#[derive(Clone, Debug)]
pub struct TimelinePage {
    /// Entries, newest first.
    pub entries: Vec<TimelineEntry>,
    /// Last number that was searched, if the search stopped early.
    /// Set if there are too few matches and not all events were searched yet.
    pub searched_to: Option<i64>,
}

/// Range of event numbers in which a text is searched for, both ends included.
#[derive(Clone, Copy)]
struct SeqRange {
    low: i64,
    high: i64,
}

impl SeqRange {
    async fn new(db: &Db, filter: &TimelineFilter, cursor: Cursor) -> Result<Self> {
        let newest = match (cursor, filter.upto) {
            (Cursor::Newest, None) => on!(db => query_scalar(
                "SELECT COALESCE(MAX(seq), 0) FROM audit_events",
            ).fetch_one),
            (_, upto) => upto.unwrap_or(i64::MAX),
        };
        let (low, high) = match cursor {
            Cursor::Newest => (newest.saturating_sub(SEARCH_WINDOW), newest),
            Cursor::Below(seq) => (
                seq.saturating_sub(SEARCH_WINDOW),
                newest.min(seq.saturating_sub(1)),
            ),
            Cursor::Above(seq) => (
                seq.saturating_add(1),
                newest.min(seq.saturating_add(SEARCH_WINDOW)),
            ),
        };
        Ok(Self { low, high })
    }

    /// Returns the end of the range if there are events beyond it.
    async fn end(self, db: &Db, filter: &TimelineFilter, cursor: Cursor) -> Result<Option<i64>> {
        let beyond: Option<i64> = on!(db, pool => {
            let mut query = QueryBuilder::new("SELECT seq FROM audit_events WHERE seq ");
            match cursor {
                Cursor::Above(_) => query.push("> ").push_bind(self.high),
                Cursor::Newest | Cursor::Below(_) => query.push("< ").push_bind(self.low),
            };
            query.push(" AND seq <= ").push_bind(filter.upto.unwrap_or(i64::MAX)).push(" LIMIT 1");
            query.build_query_scalar().fetch_optional(pool).await?
        });
        let end = match cursor {
            Cursor::Above(_) => self.high,
            Cursor::Newest | Cursor::Below(_) => self.low,
        };
        Ok(beyond.map(|_| end))
    }
}

/// Appends the query from `FROM` on. Evaluates to the column that orders the rows.
macro_rules! selected {
    ($filter:expr, $window:expr, $query:ident) => {{
        let filter = $filter;
        let patterns = filter
            .text
            .as_deref()
            .map(search_text::like_patterns)
            .filter(|patterns| !patterns.is_empty());
        let few = filter.accounts.is_some()
            || filter.job.is_some()
            || matches!(filter.by, Some(StaffFilter::Staff(_)));
        // SQLite reads the tables in this order. The one that leaves fewer rows comes first.
        let (tables, number) = match (&patterns, few) {
            (None, _) => ("audit_events e WHERE TRUE", "e.seq"),
            (Some(_), true) => (
                "audit_events e CROSS JOIN audit_words w WHERE w.seq = e.seq",
                "e.seq",
            ),
            (Some(_), false) => (
                "audit_words w CROSS JOIN audit_events e WHERE e.seq = w.seq",
                "w.seq",
            ),
        };
        $query.push(" FROM ").push(tables);
        if let (Some(patterns), Some(SeqRange { low, high })) = (&patterns, $window) {
            $query
                .push(" AND ")
                .push(number)
                .push(" >= ")
                .push_bind(low);
            $query
                .push(" AND ")
                .push(number)
                .push(" <= ")
                .push_bind(high);
            for pattern in patterns {
                $query
                    .push(" AND w.words LIKE ")
                    .push_bind(pattern.clone())
                    .push(" ESCAPE '\\'");
            }
        }
        // An operation has few events. The expression keeps SQLite from using the index on the
        // kind, with which it would read all later events of that kind for each event.
        $query.push(
            " AND NOT EXISTS (SELECT 1 FROM audit_events l WHERE l.operation_id = e.operation_id
                AND l.kind || '' = e.kind AND l.seq > e.seq",
        );
        if let Some(upto) = filter.upto {
            $query.push(" AND l.seq <= ").push_bind(upto);
        }
        if let Some(StaffFilter::Staff(id)) = filter.by {
            $query.push(" AND l.staff_id = ").push_bind(id);
        }
        if let Some(patterns) = &patterns {
            $query.push(" AND EXISTS (SELECT 1 FROM audit_words x WHERE x.seq = l.seq");
            for pattern in patterns {
                $query
                    .push(" AND x.words LIKE ")
                    .push_bind(pattern.clone())
                    .push(" ESCAPE '\\'");
            }
            $query.push(")");
        }
        $query.push(")");
        if let Some(upto) = filter.upto {
            $query.push(" AND e.seq <= ").push_bind(upto);
        }
        if let Some(accounts) = &filter.accounts {
            // SQL has no empty list, so this one starts with an unused ID.
            $query.push(" AND e.account_id IN (''");
            for account in accounts {
                $query.push(", ").push_bind(account);
            }
            $query.push(")");
        }
        if let Some(job) = filter.job {
            $query.push(" AND e.job_id = ").push_bind(job);
        }
        match filter.by {
            Some(StaffFilter::Staff(id)) => {
                $query.push(" AND e.staff_id = ").push_bind(id);
            }
            Some(StaffFilter::Nobody) => {
                $query.push(" AND e.staff_id IS NULL");
            }
            None => {}
        }
        if let Some(kind) = filter.kind {
            $query.push(" AND e.kind = ").push_bind(kind);
        }
        if filter.undos {
            $query.push(
                " AND e.operation_id IN (SELECT id FROM operations WHERE undoes IS NOT NULL)",
            );
        }
        if let Some(outcome) = filter.outcome {
            $query.push(" AND e.outcome = ").push_bind(outcome);
        }
        if let Some(from) = filter.from {
            $query.push(" AND e.at >= ").push_bind(from);
        }
        if let Some(to) = filter.to {
            $query.push(" AND e.at < ").push_bind(to);
        }
        number
    }};
}

/// Returns at most `limit` entries from the cursor on, always newest first.
pub async fn read(
    db: &Db,
    filter: &TimelineFilter,
    cursor: Cursor,
    limit: i64,
) -> Result<TimelinePage> {
    let is_searched = filter
        .text
        .as_deref()
        .is_some_and(|text| !search_text::like_patterns(text).is_empty());
    let window = if is_searched {
        Some(SeqRange::new(db, filter, cursor).await?)
    } else {
        None
    };
    let mut latest: Vec<Entry> = on!(db, pool => {
        let mut query = QueryBuilder::new("SELECT e.seq, e.at, e.payload, e.hash");
        let number = selected!(filter, window, query);
        match cursor {
            Cursor::Newest => {}
            Cursor::Below(seq) => {
                query.push(" AND ").push(number).push(" < ").push_bind(seq);
            }
            Cursor::Above(seq) => {
                query.push(" AND ").push(number).push(" > ").push_bind(seq);
            }
        }
        query.push(" ORDER BY ").push(number);
        if !matches!(cursor, Cursor::Above(_)) {
            query.push(" DESC");
        }
        query.push(" LIMIT ").push_bind(limit);
        query.build_query_as().fetch_all(pool).await?
    });
    let full = i64::try_from(latest.len()).is_ok_and(|read| read == limit);
    let looked_to = match window {
        Some(window) if !full => window.end(db, filter, cursor).await?,
        _ => None,
    };
    if matches!(cursor, Cursor::Above(_)) {
        latest.reverse();
    }
    let mut others = events_of_operations(db, &latest, filter.upto).await?;
    let entries = latest
        .into_iter()
        .map(|latest| {
            let key = latest.event.operation.map(|id| (id, latest.event.kind));
            let others = key.and_then(|key| others.remove(&key)).unwrap_or_default();
            let (earlier, rest): (Vec<_>, Vec<_>) =
                others.into_iter().partition(|event| event.seq < latest.seq);
            let later = rest
                .into_iter()
                .filter(|event| event.seq > latest.seq)
                .collect();
            TimelineEntry {
                latest,
                earlier,
                later,
            }
        })
        .collect();
    Ok(TimelinePage {
        entries,
        searched_to: looked_to,
    })
}

/// Returns the time of the event with this number.
pub async fn time_of(db: &Db, seq: i64) -> Result<Option<Timestamp>> {
    Ok(on!(db => query_scalar("SELECT at FROM audit_events WHERE seq = $1", seq).fetch_optional))
}

/// Returns `true` if there is any event.
pub async fn any(db: &Db) -> Result<bool> {
    let found: Option<i64> = on!(db => query_scalar(
        "SELECT seq FROM audit_events ORDER BY seq LIMIT 1",
    ).fetch_optional);
    Ok(found.is_some())
}

type ByOperation = HashMap<(OperationId, EventKind), Vec<Entry>>;

/// Returns all events of these entries' operations up to this number, oldest first.
async fn events_of_operations(
    db: &Db,
    entries: &[Entry],
    upto: Option<i64>,
) -> Result<ByOperation> {
    let mut found = ByOperation::new();
    let ids: Vec<OperationId> = entries
        .iter()
        .filter_map(|entry| entry.event.operation)
        .collect();
    if ids.is_empty() {
        return Ok(found);
    }
    let events: Vec<Entry> = on!(db, pool => {
        let mut query = QueryBuilder::new("SELECT seq, at, payload, hash FROM audit_events WHERE operation_id IN (");
        push_list(&mut query, &ids);
        query.push(" AND seq <= ").push_bind(upto.unwrap_or(i64::MAX));
        query.push(" ORDER BY seq LIMIT ").push_bind(MAX_EARLIER_EVENTS);
        query.build_query_as().fetch_all(pool).await?
    });
    for event in events {
        if let Some(id) = event.event.operation {
            found.entry((id, event.event.kind)).or_default().push(event);
        }
    }
    Ok(found)
}
