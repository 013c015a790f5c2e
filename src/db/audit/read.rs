//! Reading single events, newest or oldest first. As people read them they are in [`timeline`](super::timeline).

use sqlx::QueryBuilder;

use super::Entry;
use crate::db::{Db, Result, Tx, push_list};
use crate::domain::audit::{EventKind, EventOutcome};
use crate::domain::ids::{AccountId, OperationId, StaffId};
use crate::domain::time::Timestamp;

/// Which events to read.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Of this account.
    pub account: Option<AccountId>,
    /// By this person.
    pub staff: Option<StaffId>,
    /// Of these kinds; all where empty.
    pub kinds: Vec<EventKind>,
    /// With this outcome.
    pub outcome: Option<EventOutcome>,
    /// Of this operation.
    pub operation: Option<OperationId>,
    /// At or after.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// With a number below this one (for paging).
    pub below: Option<i64>,
    /// With a number above this one (for paging back, and for exports).
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
        if let Some(outcome) = filter.outcome {
            $query.push(" AND outcome = ").push_bind(outcome);
        }
        if let Some(operation) = filter.operation {
            $query.push(" AND operation_id = ").push_bind(operation);
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

/// The newest events that the filter lets through, newest first.
pub async fn latest(db: &Db, filter: &EventFilter, limit: i64) -> Result<Vec<Entry>> {
    Ok(on!(db, pool => {
        let mut query = QueryBuilder::new("SELECT seq, at, payload, hash FROM audit_events WHERE TRUE");
        filtered!(filter, query);
        query.push(" ORDER BY seq DESC LIMIT ").push_bind(limit);
        query.build_query_as().fetch_all(pool).await?
    }))
}

/// The oldest events that the filter lets through, oldest first.
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
