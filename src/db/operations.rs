//! Operations: changes to Telnyx, a row before they are a request. Reads here, writes in [`mod@write`].

pub mod late_effects;
pub mod write;

use std::collections::HashMap;

use sqlx::{FromRow, QueryBuilder};

use super::{Db, Result, push_list};
use crate::domain::account::shown_name;
use crate::domain::audit::EventActor;
use crate::domain::ids::{AccountId, OperationId, OrgUserId, StaffId};
use crate::domain::operation::{
    Change, OperationKind, OperationOutcome, OperationState, PriorState, Reason, ReasonCode,
};
use crate::domain::time::Timestamp;

/// A change to Telnyx: who, what, on what, what was there before, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Operation {
    /// Its key, made when its form was shown.
    pub id: OperationId,
    /// Kind of change.
    pub kind: OperationKind,
    /// Change that it asks for.
    #[sqlx(rename = "input")]
    pub change: Change,
    /// Subject of the operation; only one open operation has it at a time.
    pub subject: String,
    /// The account it concerns; for a creation, once that is known.
    #[sqlx(rename = "account_id")]
    pub account: Option<AccountId>,
    /// The organization user it concerns.
    #[sqlx(rename = "org_user_id")]
    pub org_user: Option<OrgUserId>,
    /// Name of its target as people call it: an organization name, an email address.
    #[sqlx(flatten, try_from = "Label")]
    pub label: String,
    /// Person who asked for it.
    pub staff_id: StaffId,
    /// Their name then.
    pub staff_name: String,
    /// Their e-mail address then.
    pub staff_email: String,
    /// Address that the request came from.
    pub address: Option<String>,
    /// The portal's id of the request.
    pub request_id: Option<String>,
    /// State of the operation.
    pub state: OperationState,
    /// Values before the change, as far as known.
    pub before: PriorState,
    /// Outcome so far.
    pub outcome: Option<OperationOutcome>,
    /// Why.
    #[sqlx(flatten, try_from = "StatedReason")]
    pub reason: Reason,
    /// The operation that it undoes.
    pub undoes: Option<OperationId>,
    /// The operation after which it came by itself: the limit of an account just created.
    pub follows: Option<OperationId>,
    /// How often it was taken up; every outcome is written for one attempt only.
    pub attempt: i64,
    /// Until when whoever took it up keeps it.
    pub lease_until: Option<Timestamp>,
    /// When a request that changes something was last about to be sent; none: provably never.
    pub sent_at: Option<Timestamp>,
    /// How often it was checked without being settled.
    pub checks: i64,
    /// When it is checked next.
    pub next_check_at: Option<Timestamp>,
    /// When it was recorded.
    pub created_at: Timestamp,
    /// When it was first taken up.
    pub started_at: Option<Timestamp>,
    /// When it was settled.
    pub finished_at: Option<Timestamp>,
    /// When a request of it was last left without an answer; none if each was answered, or has acted.
    pub unanswered_at: Option<Timestamp>,
    /// The pool's channels beyond the known limits, read after a later limit was confirmed.
    #[sqlx(rename = "rest_after")]
    pub unattributed_channels: Option<i64>,
}

impl Operation {
    /// Returns the person who asked for it, as events name them.
    #[must_use]
    pub fn who(&self) -> EventActor {
        EventActor {
            staff_id: self.staff_id,
            name: self.staff_name.clone(),
            email: self.staff_email.clone(),
        }
    }

    /// When its clock began to run: taken up, else recorded.
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
         next_check_at, created_at, started_at, finished_at, unanswered_at, rest_after"
    };
}
use columns;

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM operations ", $rest)
    };
}
use select;

/// One operation.
pub async fn by_id(db: &Db, id: OperationId) -> Result<Option<Operation>> {
    Ok(on!(db => query_as(select!("WHERE id = $1"), id).fetch_optional))
}

/// The operation that holds this subject: running, being checked, or unknown.
pub async fn open_for_subject(db: &Db, subject: &str) -> Result<Option<Operation>> {
    Ok(on!(db => query_as(
        select!("WHERE subject = $1 AND state IN ('running', 'checking', 'unknown') LIMIT 1"),
        subject,
    ).fetch_optional))
}

/// The latest operations of an account, newest first.
pub async fn of_account(db: &Db, account: &AccountId, limit: i64) -> Result<Vec<Operation>> {
    Ok(on!(db => query_as(
        select!("WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2"), account, limit,
    ).fetch_all))
}

/// Operations that are not settled, oldest first.
pub async fn open(db: &Db, limit: i64) -> Result<Vec<Operation>> {
    Ok(on!(db => query_as(
        select!("WHERE state IN ('queued', 'running', 'checking', 'unknown') ORDER BY created_at, id LIMIT $1"),
        limit,
    ).fetch_all))
}

/// Returns `true` if a change was sent to Telnyx and is not finished yet.
pub async fn any_under_way(db: &Db) -> Result<bool> {
    // What was never sent may wait for long while the portal only reads.
    let found: Option<i64> = on!(db => query_scalar(
        "SELECT CAST(1 AS BIGINT) FROM operations
         WHERE state IN ('queued', 'running', 'checking') AND sent_at IS NOT NULL LIMIT 1",
    ).fetch_optional);
    Ok(found.is_some())
}

/// The operation that came by itself after this one.
pub async fn follow_up_of(db: &Db, id: OperationId) -> Result<Option<Operation>> {
    Ok(on!(db => query_as(
        select!("WHERE follows = $1 ORDER BY created_at LIMIT 1"), id,
    ).fetch_optional))
}

/// The operation that undoes this one and was not refused.
pub async fn undo_of(db: &Db, id: OperationId) -> Result<Option<Operation>> {
    Ok(on!(db => query_as(
        select!("WHERE undoes = $1 AND state <> 'refused' LIMIT 1"), id,
    ).fetch_optional))
}

/// Returns the undoing operation and the person's name for each undone operation.
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

/// The creation that made this account, where the portal made it.
pub async fn creation_of(db: &Db, account: &AccountId) -> Result<Option<Operation>> {
    Ok(on!(db => query_as(
        select!("WHERE account_id = $1 AND kind = 'create' AND state = 'done' ORDER BY created_at LIMIT 1"),
        account,
    ).fetch_optional))
}

/// The ids and attempts of operations whose turn it is: queued or running without a living lease, or due for a check.
pub async fn due(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<(OperationId, i64)>> {
    select_due(db, now, limit, true).await
}

/// As [`due`], but for those that were never sent and would be: a creation that was not sent is over.
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
