//! Operations: changes to Telnyx, which are recorded before they are requested.
//! This file reads them; [`mod@write`] writes them.

pub mod by_person;
pub mod late_effects;
pub mod limit_changes;
pub mod write;

use std::collections::HashMap;

use sqlx::{FromRow, QueryBuilder};

use super::{Db, Result, push_list};
use crate::domain::account::shown_name;
use crate::domain::audit::EventActor;
use crate::domain::ids::{AccountId, JobId, OperationId, OrgUserId, StaffId};
use crate::domain::operation::{
    Change, OperationKind, OperationOutcome, OperationState, PriorState, Reason, ReasonCode,
};
use crate::domain::time::Timestamp;

/// Change to Telnyx: who made it, its target, the values before, and its state.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Operation {
    /// Key of the operation, created when its form was shown.
    pub id: OperationId,
    /// Kind of change.
    pub kind: OperationKind,
    /// Requested change.
    #[sqlx(rename = "input")]
    pub change: Change,
    /// Subject of the operation. Only one open operation can have it at a time.
    pub subject: String,
    /// Account of the change. For a creation, it is set once it is known.
    #[sqlx(rename = "account_id")]
    pub account: Option<AccountId>,
    /// Organization user of the change.
    #[sqlx(rename = "org_user_id")]
    pub org_user: Option<OrgUserId>,
    /// Name of the target for display: an organization name or an email address.
    #[sqlx(flatten, try_from = "Label")]
    pub label: String,
    /// Person who requested the change.
    pub staff_id: StaffId,
    /// Name of the person at that time.
    pub staff_name: String,
    /// Email address of the person at that time.
    pub staff_email: String,
    /// IP address that the request came from.
    pub address: Option<String>,
    /// The portal's ID of the request.
    pub request_id: Option<String>,
    /// State of the operation.
    pub state: OperationState,
    /// Values before the change, as far as known.
    pub before: PriorState,
    /// Outcome so far.
    pub outcome: Option<OperationOutcome>,
    /// Reason for the change.
    #[sqlx(flatten, try_from = "StatedReason")]
    pub reason: Reason,
    /// Operation that this one undoes.
    pub undoes: Option<OperationId>,
    /// Operation that this one follows automatically.
    /// The limit of an account follows the account's creation.
    pub follows: Option<OperationId>,
    /// Number of attempts. Each outcome is written for one attempt only.
    pub attempt: i64,
    /// Time until which the current attempt holds the operation.
    pub lease_until: Option<Timestamp>,
    /// Time just before a changing request was last sent; `None` if none ever was.
    pub sent_at: Option<Timestamp>,
    /// Number of checks that did not settle it.
    pub checks: i64,
    /// Time of the next check.
    pub next_check_at: Option<Timestamp>,
    /// Time at which it was recorded.
    pub created_at: Timestamp,
    /// Time of the first attempt.
    pub started_at: Option<Timestamp>,
    /// Time at which it was settled.
    pub finished_at: Option<Timestamp>,
    /// Time at which a request was last left unanswered.
    /// `None` if each request was answered, or has taken effect.
    pub unanswered_at: Option<Timestamp>,
    /// Channels of the pool beyond the known limits, read after a later limit was confirmed.
    #[sqlx(rename = "rest_after")]
    pub unattributed_channels: Option<i64>,
    /// Job that it belongs to.
    #[sqlx(rename = "job_id")]
    pub job: Option<JobId>,
}

impl Operation {
    /// Returns the person who requested the change, as events name them.
    #[must_use]
    pub fn who(&self) -> EventActor {
        EventActor {
            staff_id: self.staff_id,
            name: self.staff_name.clone(),
            email: self.staff_email.clone(),
        }
    }

    /// Returns the time of the first attempt, or else the time of recording.
    #[must_use]
    pub fn began_at(&self) -> Timestamp {
        self.started_at.unwrap_or(self.created_at)
    }
}

from_columns!(Label { label: String } => String: shown_name(&label).to_owned());

from_columns!(StatedReason {
    reason_code: Option<ReasonCode>, reason: String
} => Reason: Reason { code: reason_code, text: reason });

macro_rules! columns {
    () => {
        "id, kind, subject, account_id, org_user_id, label, staff_id, staff_name, staff_email, address, request_id, \
         state, input, before, outcome, reason_code, reason, undoes, follows, attempt, lease_until, sent_at, checks, \
         next_check_at, created_at, started_at, finished_at, unanswered_at, rest_after, job_id"
    };
}
use columns;

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM operations ", $rest)
    };
}
use select;

/// Returns one operation.
pub async fn by_id(db: &Db, id: OperationId) -> Result<Option<Operation>> {
    Ok(on!(db => query_as(select!("WHERE id = $1"), id).fetch_optional))
}

/// Returns the operations with these IDs, in no particular order.
pub async fn by_ids(db: &Db, ids: &[OperationId]) -> Result<Vec<Operation>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on!(db, pool => {
        let mut query = QueryBuilder::new(select!("WHERE id IN ("));
        push_list(&mut query, ids);
        query.build_query_as().fetch_all(pool).await?
    }))
}

/// Returns the operation that holds this subject: running, being checked, or unknown.
pub async fn open_for_subject(db: &Db, subject: &str) -> Result<Option<Operation>> {
    Ok(on!(db => query_as(
        select!("WHERE subject = $1 AND state IN ('running', 'checking', 'unknown') LIMIT 1"),
        subject,
    ).fetch_optional))
}

/// Returns the latest operations of an account, newest first.
pub async fn of_account(db: &Db, account: &AccountId, limit: i64) -> Result<Vec<Operation>> {
    Ok(on!(db => query_as(
        select!("WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2"), account, limit,
    ).fetch_all))
}

/// Returns operations that are not settled, oldest first.
pub async fn open(db: &Db, limit: i64) -> Result<Vec<Operation>> {
    Ok(on!(db => query_as(
        select!("WHERE state IN ('queued', 'running', 'checking', 'unknown') ORDER BY created_at, id LIMIT $1"),
        limit,
    ).fetch_all))
}

/// Returns `true` if a change was sent to Telnyx and has no outcome yet.
pub async fn any_under_way(db: &Db) -> Result<bool> {
    // Operations that were never sent may wait for long in read-only mode.
    let found: Option<i64> = on!(db => query_scalar(
        "SELECT CAST(1 AS BIGINT) FROM operations
         WHERE state IN ('queued', 'running', 'checking') AND sent_at IS NOT NULL LIMIT 1",
    ).fetch_optional);
    Ok(found.is_some())
}

/// Returns the operation that follows this one automatically.
pub async fn follow_up_of(db: &Db, id: OperationId) -> Result<Option<Operation>> {
    Ok(on!(db => query_as(
        select!("WHERE follows = $1 ORDER BY created_at LIMIT 1"), id,
    ).fetch_optional))
}

/// Returns the operation that undoes this one and was not refused.
pub async fn undo_of(db: &Db, id: OperationId) -> Result<Option<Operation>> {
    Ok(on!(db => query_as(
        select!("WHERE undoes = $1 AND state <> 'refused' LIMIT 1"), id,
    ).fetch_optional))
}

/// Returns the operations of job items whose outcome was open and is settled or unknown by now.
pub async fn settled_for_jobs(db: &Db, limit: i64) -> Result<Vec<Operation>> {
    Ok(on!(db => query_as(
        select!("WHERE id IN (
            SELECT i.operation_id FROM job_items i JOIN operations o ON o.id = i.operation_id
            WHERE i.state IN ('checking', 'unknown')
                AND (o.state = 'refused' OR (i.state = 'checking' AND o.state = 'unknown') OR (o.state = 'done'
                    AND NOT EXISTS (SELECT 1 FROM operations f WHERE f.follows = o.id AND f.state NOT IN ('done', 'refused')
                        AND (f.state <> 'unknown' OR i.state = 'unknown')))) LIMIT $1)"),
        limit,
    ).fetch_all))
}

/// Returns who undid each of these operations, and by which operation.
pub async fn undone_by(
    db: &Db,
    ids: &[OperationId],
) -> Result<HashMap<OperationId, (OperationId, String)>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(OperationId, OperationId, String)> = on!(db, pool => {
        let mut query = QueryBuilder::new(
            "SELECT undoes, id, staff_name FROM operations WHERE state = 'done' AND undoes IN (",
        );
        push_list(&mut query, ids);
        query.build_query_as().fetch_all(pool).await?
    });
    let undone = |(undone, id, name)| (undone, (id, name));
    Ok(rows.into_iter().map(undone).collect())
}

/// Returns the creation of this account, if the portal created it.
pub async fn creation_of(db: &Db, account: &AccountId) -> Result<Option<Operation>> {
    Ok(on!(db => query_as(
        select!("WHERE account_id = $1 AND kind = 'create' AND state = 'done' ORDER BY created_at LIMIT 1"),
        account,
    ).fetch_optional))
}

/// Returns ID and attempt of each operation that is due.
/// An operation is due if it is queued or running without a valid lease, or due for a check.
pub async fn due(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<(OperationId, i64)>> {
    select_due(db, now, limit, true).await
}

/// Returns due operations like [`due`], but without those that would be sent.
/// Includes creations that were never sent, because they are concluded without sending.
pub async fn due_for_check(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<(OperationId, i64)>> {
    select_due(db, now, limit, false).await
}

async fn select_due(
    db: &Db,
    now: Timestamp,
    limit: i64,
    also_to_send: bool,
) -> Result<Vec<(OperationId, i64)>> {
    Ok(on!(db => query_as(
        "SELECT id, attempt FROM operations
         WHERE ((state IN ('queued', 'running') AND (lease_until IS NULL OR lease_until < $1))
            OR (state = 'checking' AND (lease_until IS NULL OR lease_until < $1)
                AND (next_check_at IS NULL OR next_check_at <= $1)))
            AND ($3 OR sent_at IS NOT NULL OR kind = 'create')
         ORDER BY created_at, id LIMIT $2",
        now, limit, also_to_send,
    ).fetch_all))
}
