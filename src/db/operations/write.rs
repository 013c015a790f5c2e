//! State changes of an operation's row.
//! Every step after the first names its attempt, so that a task that lost the lease writes nothing.

use super::{Operation, columns, select};
use crate::db::types::Json;
use crate::db::{Db, Error, Result, Tx, push_list};
use crate::domain::audit::EventActor;
use crate::domain::ids::{AccountId, OperationId};
use crate::domain::job::ItemWork;
use crate::domain::operation::{Change, OperationOutcome, OperationState, PriorState, Reason};
use crate::domain::time::Timestamp;

impl Operation {
    /// Returns a running operation at its first attempt.
    #[must_use]
    pub fn new(
        id: OperationId,
        change: Change,
        label: String,
        who: EventActor,
        at: Timestamp,
    ) -> Self {
        Self {
            id,
            kind: change.kind(),
            subject: change.subject(),
            account: change.account().cloned(),
            org_user: change.org_user().cloned(),
            label,
            staff_id: who.staff_id,
            staff_name: who.name,
            staff_email: who.email,
            address: None,
            request_id: None,
            state: OperationState::Running,
            before: PriorState::default(),
            outcome: None,
            reason: Reason::default(),
            undoes: None,
            follows: None,
            attempt: 1,
            lease_until: None,
            sent_at: Some(at),
            checks: 0,
            next_check_at: None,
            created_at: at,
            started_at: Some(at),
            finished_at: None,
            unanswered_at: None,
            unattributed_channels: None,
            job: None,
            change,
        }
    }
}

/// Inserts an operation.
///
/// # Errors
/// Fails with a unique violation if another operation holds its subject, or if its ID was already
/// used. Also fails with the error of the database.
pub async fn insert(tx: &mut Tx, operation: &Operation) -> Result<()> {
    within!(tx => query(
        "INSERT INTO operations (id, kind, subject, account_id, org_user_id, label, staff_id, staff_name,
            staff_email, address, request_id, state, input, before, reason_code, reason, undoes, follows, attempt,
            lease_until, sent_at, created_at, started_at, job_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
            $22, $23, $24)",
        operation.id, operation.kind, &operation.subject, &operation.account, &operation.org_user,
        &operation.label, operation.staff_id, &operation.staff_name, &operation.staff_email,
        &operation.address, &operation.request_id, operation.state, &operation.change, &operation.before,
        operation.reason.code, &operation.reason.text, operation.undoes, operation.follows,
        operation.attempt, operation.lease_until, operation.sent_at, operation.created_at,
        operation.started_at, operation.job,
    ).execute);
    Ok(())
}

/// Saves the label and the values before the change, read after the insert.
pub async fn save_target(tx: &mut Tx, operation: &Operation) -> Result<()> {
    within!(tx => query(
        "UPDATE operations SET before = $2, label = $3 WHERE id = $1",
        operation.id, &operation.before, &operation.label,
    ).execute);
    Ok(())
}

/// Returns `true` if the operation that this one undoes can be undone.
/// It must be done, on the same account, and not undone by another operation.
pub async fn may_undo(tx: &mut Tx, operation: &Operation) -> Result<bool> {
    let found: Option<i64> = within!(tx => query_scalar(
        "SELECT CAST(1 AS BIGINT) FROM operations o WHERE o.id = $1 AND o.account_id = $2 AND o.state = 'done'
         AND NOT EXISTS (SELECT 1 FROM operations u
             WHERE u.undoes = o.id AND u.id <> $3 AND u.state <> 'refused')",
        operation.undoes, &operation.account, operation.id,
    ).fetch_optional);
    Ok(found.is_some())
}

/// Claims an operation for the next attempt, with a lease.
/// Returns `None` if another task has claimed it, or if another operation holds its subject.
pub async fn claim(
    db: &Db,
    id: OperationId,
    attempt: i64,
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Option<Operation>> {
    let mut tx = db.begin().await?;
    let taken: Result<Option<Operation>, sqlx::Error> = within!(&mut tx, conn => {
        sqlx::query_as(concat!(
            "UPDATE operations SET attempt = attempt + 1, lease_until = $4, started_at = COALESCE(started_at, $3),
                state = CASE state WHEN 'queued' THEN 'running' ELSE state END
             WHERE id = $1 AND attempt = $2 AND state IN ('queued', 'running', 'checking')
                AND (lease_until IS NULL OR lease_until < $3)
             RETURNING ", columns!()
        ))
        .bind(id)
        .bind(attempt)
        .bind(now)
        .bind(lease_until)
        .fetch_optional(&mut *conn)
        .await
    });
    let taken = taken.map_err(Error::from);
    match &taken {
        Ok(None) => return Ok(None),
        // A queued operation waits while another one holds its subject.
        Err(error) if error.is_unique_violation() => return Ok(None),
        // An unreadable operation keeps its lease, so that it is not tried again at once.
        Ok(Some(_)) | Err(Error::Stored(_)) => tx.commit().await?,
        Err(_) => {}
    }
    taken
}

/// Renews the lease of an attempt. Returns `false` if it was lost to another one.
pub async fn renew_lease(
    db: &Db,
    id: OperationId,
    attempt: i64,
    lease_until: Timestamp,
) -> Result<bool> {
    let renewed = on!(db => query(
        "UPDATE operations SET lease_until = $3
         WHERE id = $1 AND attempt = $2 AND state IN ('running', 'checking')",
        id, attempt, lease_until,
    ).execute);
    Ok(renewed == 1)
}

/// Releases the claim of an attempt that was interrupted. `is_unsent` tells that no attempt ever
/// sent anything.
pub async fn release(db: &Db, id: OperationId, attempt: i64, is_unsent: bool) -> Result<()> {
    on!(db => query(
        "UPDATE operations SET lease_until = NULL, sent_at = CASE WHEN $3 THEN NULL ELSE sent_at END
         WHERE id = $1 AND attempt = $2 AND state IN ('running', 'checking')",
        id, attempt, is_unsent,
    ).execute);
    Ok(())
}

/// Records that a request is about to be sent, with the values read just before.
/// Returns `false` if another attempt holds the operation.
pub async fn mark_sending(
    db: &Db,
    id: OperationId,
    attempt: i64,
    before: &PriorState,
    now: Timestamp,
) -> Result<bool> {
    let noted = on!(db => query(
        "UPDATE operations SET before = $3, sent_at = $4
         WHERE id = $1 AND attempt = $2 AND state IN ('running', 'checking')",
        id, attempt, before, now,
    ).execute);
    Ok(noted == 1)
}

/// Writes the state after an attempt: settled, unknown, or to be checked again.
/// The next check is at `next_check_at`. Returns `false` if another attempt holds the operation.
/// The caller must then drop the transaction.
pub async fn conclude(
    tx: &mut Tx,
    operation: &Operation,
    state: OperationState,
    outcome: &OperationOutcome,
    next_check_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool> {
    let finished_at = state.is_settled().then_some(now);
    let changed = within!(tx => query(
        "UPDATE operations SET state = $3, outcome = $4, next_check_at = $5, lease_until = NULL,
            finished_at = $6, account_id = $7, unanswered_at = $8, checks = checks + CASE WHEN $3 = 'checking' THEN 1 ELSE 0 END
         WHERE id = $1 AND attempt = $2 AND state IN ('running', 'checking', 'unknown')",
        operation.id, operation.attempt, state, outcome, next_check_at, finished_at,
        &operation.account, operation.unanswered_at,
    ).execute);
    Ok(changed == 1)
}

/// Removes the text of a deleted note from the creation that added it, and from its job's item.
pub async fn forget_note(tx: &mut Tx, id: OperationId) -> Result<()> {
    let mut change: Option<Change> = within!(tx => query_scalar(
        "SELECT input FROM operations WHERE id = $1", id,
    ).fetch_optional);
    if let Some(Change::Create { details, .. }) = &mut change
        && details.note.take().is_some()
        && let Some(change) = change
    {
        within!(tx => query("UPDATE operations SET input = $2 WHERE id = $1", id, &change).execute);
        within!(tx => query(
            "UPDATE job_items SET work = $2 WHERE job_id = (SELECT job_id FROM operations WHERE id = $1)
                AND account_id = (SELECT account_id FROM operations WHERE id = $1)",
            id, Json(ItemWork::Operation(change)),
        ).execute);
    }
    Ok(())
}

/// Reopens an unknown operation, to check it or to send its value again.
/// Returns `false` if it is no longer unknown.
pub async fn reopen(db: &Db, operation: &Operation, now: Timestamp) -> Result<bool> {
    let reopened = on!(db => query(
        "UPDATE operations SET state = 'checking', next_check_at = $3, lease_until = NULL
         WHERE id = $1 AND attempt = $2 AND state = 'unknown'",
        operation.id, operation.attempt, now,
    ).execute);
    Ok(reopened == 1)
}

/// Returns the creations that are running, being checked, or unknown, oldest first.
pub async fn open_creations(tx: &mut Tx) -> Result<Vec<Operation>> {
    Ok(within!(tx => query_as(
        select!("WHERE kind = 'create' AND state IN ('running', 'checking', 'unknown') ORDER BY created_at, id"),
    ).fetch_all))
}

/// Returns those of these accounts that a creation already claims.
pub async fn claimed_accounts(db: &Db, ids: &[AccountId]) -> Result<Vec<AccountId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on!(db, pool => {
        let mut query = sqlx::QueryBuilder::new("SELECT account_id FROM operations WHERE kind = 'create' AND account_id IN (");
        push_list(&mut query, ids);
        query.build_query_scalar().fetch_all(pool).await?
    }))
}
