//! Operations: changes to Telnyx, a row before they are a request. Reads here, writes in [`mod@write`].

pub mod late_effects;
pub mod write;

use std::collections::HashMap;

use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::{Db, Error, Result};
use crate::domain::account::shown_name;
use crate::domain::audit::EventActor;
use crate::domain::ids::{AccountId, OperationId, OrgUserId, StaffId};
use crate::domain::operation::{
    Change, OperationKind, OperationOutcome, OperationState, PriorState, Reason, ReasonCode,
};
use crate::domain::time::Timestamp;

/// A change to Telnyx: who, what, on what, what was there before, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its key, made when its form was shown.
    pub id: OperationId,
    /// Kind of change.
    pub kind: OperationKind,
    /// Change that it asks for.
    pub change: Change,
    /// Subject of the operation; only one open operation has it at a time.
    pub subject: String,
    /// The account it concerns; for a creation, once that is known.
    pub account: Option<AccountId>,
    /// The organization user it concerns.
    pub org_user: Option<OrgUserId>,
    /// Name of its target as people call it: an organization name, an email address.
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

#[derive(FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    subject: String,
    account_id: Option<String>,
    org_user_id: Option<String>,
    label: String,
    staff_id: Uuid,
    staff_name: String,
    staff_email: String,
    address: Option<String>,
    request_id: Option<String>,
    state: String,
    input: String,
    before: String,
    outcome: Option<String>,
    reason_code: Option<String>,
    reason: String,
    undoes: Option<Uuid>,
    follows: Option<Uuid>,
    attempt: i64,
    lease_until: Option<i64>,
    sent_at: Option<i64>,
    checks: i64,
    next_check_at: Option<i64>,
    created_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    unanswered_at: Option<i64>,
    rest_after: Option<i64>,
}

macro_rules! columns {
    () => {
        "id, kind, subject, account_id, org_user_id, label, staff_id, staff_name, staff_email, address, request_id, \
         state, input, before, outcome, reason_code, reason, undoes, follows, attempt, lease_until, sent_at, checks, \
         next_check_at, created_at, started_at, finished_at, unanswered_at, rest_after"
    };
}
use columns;

impl TryFrom<Row> for Operation {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let code: Option<ReasonCode> = row
            .reason_code
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(Error::stored)?;
        let outcome: Option<OperationOutcome> = row
            .outcome
            .as_deref()
            .map(serde_json::from_str)
            .transpose()
            .map_err(Error::stored)?;
        Ok(Self {
            id: OperationId::from_uuid(row.id),
            kind: row.kind.parse().map_err(Error::stored)?,
            change: serde_json::from_str(&row.input).map_err(Error::stored)?,
            subject: row.subject,
            account: row
                .account_id
                .map(AccountId::try_from)
                .transpose()
                .map_err(Error::stored)?,
            org_user: row
                .org_user_id
                .map(OrgUserId::try_from)
                .transpose()
                .map_err(Error::stored)?,
            label: shown_name(&row.label).to_owned(),
            staff_id: StaffId::from_uuid(row.staff_id),
            staff_name: row.staff_name,
            staff_email: row.staff_email,
            address: row.address,
            request_id: row.request_id,
            state: row.state.parse().map_err(Error::stored)?,
            before: serde_json::from_str(&row.before).map_err(Error::stored)?,
            outcome,
            reason: Reason {
                code,
                text: row.reason,
            },
            undoes: row.undoes.map(OperationId::from_uuid),
            follows: row.follows.map(OperationId::from_uuid),
            attempt: row.attempt,
            lease_until: row.lease_until.map(Timestamp::from_millis),
            sent_at: row.sent_at.map(Timestamp::from_millis),
            checks: row.checks,
            next_check_at: row.next_check_at.map(Timestamp::from_millis),
            created_at: Timestamp::from_millis(row.created_at),
            started_at: row.started_at.map(Timestamp::from_millis),
            finished_at: row.finished_at.map(Timestamp::from_millis),
            unanswered_at: row.unanswered_at.map(Timestamp::from_millis),
            unattributed_channels: row.rest_after,
        })
    }
}

fn all(rows: Vec<Row>) -> Result<Vec<Operation>> {
    rows.into_iter().map(Operation::try_from).collect()
}

/// One operation.
pub async fn by_id(db: &Db, id: OperationId) -> Result<Option<Operation>> {
    let row: Option<Row> = on!(db, pool => {
        sqlx::query_as(concat!("SELECT ", columns!(), " FROM operations WHERE id = $1"))
            .bind(id.as_uuid())
            .fetch_optional(pool)
            .await?
    });
    row.map(Operation::try_from).transpose()
}

/// The operation that holds this subject: running, being checked, or unknown.
pub async fn open_for_subject(db: &Db, subject: &str) -> Result<Option<Operation>> {
    let row: Option<Row> = on!(db, pool => {
        sqlx::query_as(concat!(
            "SELECT ", columns!(), " FROM operations
             WHERE subject = $1 AND state IN ('running', 'checking', 'unknown') LIMIT 1"
        ))
        .bind(subject)
        .fetch_optional(pool)
        .await?
    });
    row.map(Operation::try_from).transpose()
}

/// The latest operations of an account, newest first.
pub async fn of_account(db: &Db, account: &AccountId, limit: i64) -> Result<Vec<Operation>> {
    let rows: Vec<Row> = on!(db, pool => {
        sqlx::query_as(concat!(
            "SELECT ", columns!(), " FROM operations WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2"
        ))
        .bind(account.as_str())
        .bind(limit)
        .fetch_all(pool)
        .await?
    });
    all(rows)
}

/// Operations that are not settled, oldest first.
pub async fn open(db: &Db, limit: i64) -> Result<Vec<Operation>> {
    let rows: Vec<Row> = on!(db, pool => {
        sqlx::query_as(concat!(
            "SELECT ", columns!(), " FROM operations
             WHERE state IN ('queued', 'running', 'checking', 'unknown') ORDER BY created_at, id LIMIT $1"
        ))
        .bind(limit)
        .fetch_all(pool)
        .await?
    });
    all(rows)
}

/// Returns `true` if a change was sent to Telnyx and is not finished yet.
pub async fn any_under_way(db: &Db) -> Result<bool> {
    let found: Option<i64> = on!(db, pool => {
        sqlx::query_scalar(
            // What was never sent may wait for long while the portal only reads.
            "SELECT CAST(1 AS BIGINT) FROM operations
             WHERE state IN ('queued', 'running', 'checking') AND sent_at IS NOT NULL LIMIT 1",
        )
        .fetch_optional(pool)
        .await?
    });
    Ok(found.is_some())
}

/// The operation that came by itself after this one.
pub async fn follow_up_of(db: &Db, id: OperationId) -> Result<Option<Operation>> {
    let row: Option<Row> = on!(db, pool => {
        sqlx::query_as(concat!(
            "SELECT ", columns!(), " FROM operations WHERE follows = $1 ORDER BY created_at LIMIT 1"
        ))
        .bind(id.as_uuid())
        .fetch_optional(pool)
        .await?
    });
    row.map(Operation::try_from).transpose()
}

/// The operation that undoes this one and was not refused.
pub async fn undo_of(db: &Db, id: OperationId) -> Result<Option<Operation>> {
    let row: Option<Row> = on!(db, pool => {
        sqlx::query_as(concat!(
            "SELECT ", columns!(), " FROM operations WHERE undoes = $1 AND state <> 'refused' LIMIT 1"
        ))
        .bind(id.as_uuid())
        .fetch_optional(pool)
        .await?
    });
    row.map(Operation::try_from).transpose()
}

/// Returns the undoing operation and the person's name for each undone operation.
pub async fn undone_by(
    db: &Db,
    ids: &[OperationId],
) -> Result<HashMap<OperationId, (OperationId, String)>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, Uuid, String)> = on!(db, pool => {
        let mut query = QueryBuilder::new(
            "SELECT undoes, id, staff_name FROM operations WHERE state = 'done' AND undoes IN (",
        );
        let mut list = query.separated(", ");
        for id in ids {
            list.push_bind(id.as_uuid());
        }
        query.push(")");
        query.build_query_as().fetch_all(pool).await?
    });
    let undone = |(undone, id, name)| {
        (
            OperationId::from_uuid(undone),
            (OperationId::from_uuid(id), name),
        )
    };
    Ok(rows.into_iter().map(undone).collect())
}

/// The creation that made this account, where the portal made it.
pub async fn creation_of(db: &Db, account: &AccountId) -> Result<Option<Operation>> {
    let row: Option<Row> = on!(db, pool => {
        sqlx::query_as(concat!(
            "SELECT ", columns!(), " FROM operations
             WHERE account_id = $1 AND kind = 'create' AND state = 'done' ORDER BY created_at LIMIT 1"
        ))
        .bind(account.as_str())
        .fetch_optional(pool)
        .await?
    });
    row.map(Operation::try_from).transpose()
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
    let rows: Vec<(Uuid, i64)> = on!(db, pool => {
        sqlx::query_as(
            "SELECT id, attempt FROM operations
             WHERE ((state IN ('queued', 'running') AND (lease_until IS NULL OR lease_until < $1))
                OR (state = 'checking' AND (lease_until IS NULL OR lease_until < $1)
                    AND (next_check_at IS NULL OR next_check_at <= $1)))
                AND ($3 OR sent_at IS NOT NULL OR kind = 'create')
             ORDER BY created_at, id LIMIT $2",
        )
        .bind(now.as_millis())
        .bind(limit)
        .bind(also_to_send)
        .fetch_all(pool)
        .await?
    });
    Ok(rows
        .into_iter()
        .map(|(id, attempt)| (OperationId::from_uuid(id), attempt))
        .collect())
}
