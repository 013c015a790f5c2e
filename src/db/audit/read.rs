//! Reading single events, newest or oldest first. As people read them they are in [`timeline`](super::timeline).

use sqlx::QueryBuilder;

use super::{Entry, Row, entry_from_row};
use crate::db::{Db, Result, Tx};
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
            $query
                .push(" AND account_id = ")
                .push_bind(account.as_str().to_owned());
        }
        if let Some(staff) = filter.staff {
            $query.push(" AND staff_id = ").push_bind(staff.as_uuid());
        }
        if !filter.kinds.is_empty() {
            $query.push(" AND kind IN (");
            let mut kinds = $query.separated(", ");
            for kind in &filter.kinds {
                kinds.push_bind(kind.as_str());
            }
            $query.push(")");
        }
        if let Some(outcome) = filter.outcome {
            $query.push(" AND outcome = ").push_bind(outcome.as_str());
        }
        if let Some(operation) = filter.operation {
            $query
                .push(" AND operation_id = ")
                .push_bind(operation.as_uuid());
        }
        if let Some(from) = filter.from {
            $query.push(" AND at >= ").push_bind(from.as_millis());
        }
        if let Some(to) = filter.to {
            $query.push(" AND at < ").push_bind(to.as_millis());
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
    let rows: Vec<Row> = on!(db, pool => {
        let mut query = QueryBuilder::new("SELECT seq, at, payload, hash FROM audit_events WHERE TRUE");
        filtered!(filter, query);
        query.push(" ORDER BY seq DESC LIMIT ").push_bind(limit);
        query.build_query_as().fetch_all(pool).await?
    });
    rows.into_iter().map(entry_from_row).collect()
}

/// The oldest events that the filter lets through, oldest first.
pub async fn oldest(db: &Db, filter: &EventFilter, limit: i64) -> Result<Vec<Entry>> {
    let rows: Vec<Row> = on!(db, pool => {
        let mut query = QueryBuilder::new("SELECT seq, at, payload, hash FROM audit_events WHERE TRUE");
        filtered!(filter, query);
        query.push(" ORDER BY seq LIMIT ").push_bind(limit);
        query.build_query_as().fetch_all(pool).await?
    });
    rows.into_iter().map(entry_from_row).collect()
}

/// Counts events of this kind and account whose outcome is `done`, within a transaction.
pub async fn count(tx: &mut Tx, account: &AccountId, kind: EventKind) -> Result<i64> {
    Ok(within!(tx, conn => {
        sqlx::query_scalar(
            "SELECT COUNT(*) FROM audit_events WHERE account_id = $1 AND kind = $2 AND outcome = 'done'",
        )
        .bind(account.as_str())
        .bind(kind.as_str())
        .fetch_one(&mut *conn)
        .await?
    }))
}
