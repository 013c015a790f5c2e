//! Reads single events, newest or oldest first.
//! [`timeline`](super::timeline) groups them for display.

use sqlx::QueryBuilder;

use super::Entry;
use crate::db::{Db, Result, Tx, push_list};
use crate::domain::audit::{EventKind, EventOutcome};
use crate::domain::ids::{AccountId, JobId, OperationId, StaffId};
use crate::domain::time::Timestamp;

/// Filter of the events to read.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Only events of this account.
    pub account: Option<AccountId>,
    /// Only events by this person.
    pub staff: Option<StaffId>,
    /// Only events of these kinds; empty for all.
    pub kinds: Vec<EventKind>,
    /// No events of these kinds.
    pub without_kinds: Vec<EventKind>,
    /// Only events with this outcome.
    pub outcome: Option<EventOutcome>,
    /// Only events of this operation.
    pub operation: Option<OperationId>,
    /// True to leave out the events of a job's items. The events of the job itself remain.
    pub without_job_items: bool,
    /// True to leave out sign-ins, sign-outs and exports.
    pub only_changes: bool,
    /// Only events at or after this time.
    pub from: Option<Timestamp>,
    /// Only events before this time.
    pub to: Option<Timestamp>,
    /// Only events with a number below this one (for paging).
    pub below: Option<i64>,
    /// Only events with a number above this one (for paging back, and for exports).
    pub above: Option<i64>,
}

macro_rules! filtered {
    ($filter:expr, $query:ident) => {{
        let filter = $filter;
        if let Some(account) = &filter.account {
            $query.push(" AND account_id = ").push_bind(account);
        }
        if let Some(staff) = filter.staff {
            $query.push(" AND staff_id = ").push_bind(staff);
        }
        if !filter.kinds.is_empty() {
            $query.push(" AND kind IN (");
            push_list(&mut $query, &filter.kinds);
        }
        if !filter.without_kinds.is_empty() {
            $query.push(" AND kind NOT IN (");
            push_list(&mut $query, &filter.without_kinds);
        }
        if let Some(outcome) = filter.outcome {
            $query.push(" AND outcome = ").push_bind(outcome);
        }
        if let Some(operation) = filter.operation {
            $query.push(" AND operation_id = ").push_bind(operation);
        }
        if filter.without_job_items {
            // As in the index.
            $query.push(" AND (job_id IS NULL OR kind = 'job')");
        }
        if filter.only_changes {
            // As in the index.
            $query.push(
                " AND kind NOT IN ('sign_in', 'sign_in_failed', 'sign_out', 'proved', 'session_ended', 'exported')",
            );
        }
        if let Some(from) = filter.from {
            $query.push(" AND at >= ").push_bind(from);
        }
        if let Some(to) = filter.to {
            $query.push(" AND at < ").push_bind(to);
        }
        if let Some(below) = filter.below {
            $query.push(" AND seq < ").push_bind(below);
        }
        if let Some(above) = filter.above {
            $query.push(" AND seq > ").push_bind(above);
        }
    }};
}

/// Returns the newest events that match the filter, newest first.
pub async fn latest(db: &Db, filter: &EventFilter, limit: i64) -> Result<Vec<Entry>> {
    Ok(on!(db, pool => {
        let mut query = QueryBuilder::new("SELECT seq, at, payload, hash FROM audit_events WHERE TRUE");
        filtered!(filter, query);
        query.push(" ORDER BY seq DESC LIMIT ").push_bind(limit);
        query.build_query_as().fetch_all(pool).await?
    }))
}

/// Returns the oldest events that match the filter, oldest first.
pub async fn oldest(db: &Db, filter: &EventFilter, limit: i64) -> Result<Vec<Entry>> {
    Ok(on!(db, pool => {
        let mut query = QueryBuilder::new("SELECT seq, at, payload, hash FROM audit_events WHERE TRUE");
        filtered!(filter, query);
        query.push(" ORDER BY seq LIMIT ").push_bind(limit);
        query.build_query_as().fetch_all(pool).await?
    }))
}

/// Counts events of this kind and account whose outcome is `done`, within a transaction.
pub async fn count(tx: &mut Tx, account: &AccountId, kind: EventKind) -> Result<i64> {
    Ok(within!(tx => query_scalar(
        "SELECT COUNT(*) FROM audit_events WHERE account_id = $1 AND kind = $2 AND outcome = 'done'",
        account, kind,
    ).fetch_one))
}

/// Returns `true` if an event is about this job, or about one of its items.
pub async fn has_job(db: &Db, job: JobId) -> Result<bool> {
    let found: Option<i64> = on!(db => query_scalar(
        "SELECT seq FROM audit_events WHERE job_id = $1 LIMIT 1", job,
    ).fetch_optional);
    Ok(found.is_some())
}
