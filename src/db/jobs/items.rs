//! Items of a job: the stored plan, the claims of the runner, and the results.

use sqlx::QueryBuilder;

use crate::db::types::Json;
use crate::db::{Db, Result, Tx, escape_like};
use crate::domain::ids::{AccountId, JobId, OperationId};
use crate::domain::job::{Decision, ItemState, ItemWork};
use crate::domain::operation::PriorState;
use crate::domain::text::folded;
use crate::domain::time::Timestamp;

/// Number of items that one statement writes, because SQLite limits bound values.
const ROWS_PER_STATEMENT: usize = 500;

from_columns!(StoredWork { work: Option<Json<ItemWork>> } => Option<ItemWork>: work.map(|work| work.0));

/// Item of a job: one account, and what is done with it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct JobItem {
    /// Job that it belongs to.
    pub job_id: JobId,
    /// Number from 1, in the order in which items are sent.
    pub number: i64,
    /// Account that it concerns.
    #[sqlx(rename = "account_id")]
    pub account: Option<AccountId>,
    /// Name of the account when the plan was stored.
    pub name: String,
    /// Email address of the account when the plan was stored.
    pub email: String,
    /// Decision of the preview.
    pub decision: Decision,
    /// State of the item.
    pub state: ItemState,
    /// Change to make; `None` if it could not be determined.
    #[sqlx(flatten, try_from = "StoredWork")]
    pub work: Option<ItemWork>,
    /// Values that the preview showed.
    pub shown: PriorState,
    /// Channels that it takes from the pool; negative if it frees some.
    pub channels: i64,
    /// Phase from 1. Its items start when those of the phases before have a result.
    pub phase: i64,
    /// Operation that it undoes.
    pub undoes: Option<OperationId>,
    /// Key of its own operation, which exists once the item was sent.
    pub operation_id: OperationId,
    /// Result in a sentence, or the reason of the decision; may be empty.
    pub message: String,
    /// Time at which it got a result.
    pub finished_at: Option<Timestamp>,
}

macro_rules! columns {
    () => {
        "job_id, number, account_id, name, email, decision, state, work, shown, channels, phase, undoes, \
         operation_id, message, finished_at"
    };
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM job_items ", $rest)
    };
}

/// Filter of a job's items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemFilter {
    /// State that an item must have.
    pub state: Option<ItemState>,
    /// Decision that an item must have.
    pub decision: Option<Decision>,
    /// Text that the name or the email address must contain; empty for all.
    pub q: String,
}

impl ItemFilter {
    /// Returns the pattern of the searched text.
    fn pattern(&self) -> String {
        format!("%{}%", escape_like(&folded(&self.q)))
    }
}

/// Inserts the items of a new job.
pub async fn insert(tx: &mut Tx, items: &[JobItem]) -> Result<()> {
    for items in items.chunks(ROWS_PER_STATEMENT) {
        within!(tx, conn => {
            let mut query = QueryBuilder::new(
                "INSERT INTO job_items (job_id, number, account_id, name, email, name_folded, decision, state, work,
                    shown, channels, phase, undoes, operation_id, message, finished_at) ",
            );
            query.push_values(items, |mut row, item| {
                row.push_bind(item.job_id)
                    .push_bind(item.number)
                    .push_bind(item.account.clone())
                    .push_bind(item.name.clone())
                    .push_bind(item.email.clone())
                    .push_bind(folded(&format!("{} {}", item.name, item.email)))
                    .push_bind(item.decision)
                    .push_bind(item.state)
                    .push_bind(item.work.clone().map(Json))
                    .push_bind(item.shown.clone())
                    .push_bind(item.channels)
                    .push_bind(item.phase)
                    .push_bind(item.undoes)
                    .push_bind(item.operation_id)
                    .push_bind(item.message.clone())
                    .push_bind(item.finished_at);
            });
            query.build().execute(&mut *conn).await?;
        });
    }
    Ok(())
}

/// Appends the conditions of a filter.
macro_rules! filtered {
    ($job:expr, $filter:expr, $query:ident) => {{
        $query.push(" WHERE job_id = ").push_bind($job);
        if let Some(state) = $filter.state {
            $query.push(" AND state = ").push_bind(state);
        }
        if let Some(decision) = $filter.decision {
            $query.push(" AND decision = ").push_bind(decision);
        }
        if !$filter.q.is_empty() {
            $query
                .push(" AND name_folded LIKE ")
                .push_bind($filter.pattern())
                .push(" ESCAPE '\\'");
        }
    }};
}

/// Returns one page of a job's items, in the order of the run. An index finds their numbers.
pub async fn page(
    db: &Db,
    job: JobId,
    filter: &ItemFilter,
    page: u32,
    per: u32,
) -> Result<Vec<JobItem>> {
    let skip = i64::from(page.max(1) - 1) * i64::from(per);
    Ok(on!(db, pool => {
        let mut query = QueryBuilder::new(select!("WHERE job_id = "));
        query.push_bind(job).push(" AND number IN (SELECT number FROM job_items");
        filtered!(job, filter, query);
        query.push(" ORDER BY number LIMIT ").push_bind(i64::from(per));
        query.push(" OFFSET ").push_bind(skip).push(") ORDER BY number");
        query.build_query_as().fetch_all(pool).await?
    }))
}

/// Returns the number of a job's items that match the filter.
pub async fn count(db: &Db, job: JobId, filter: &ItemFilter) -> Result<i64> {
    Ok(on!(db, pool => {
        let mut query = QueryBuilder::new("SELECT COUNT(*) FROM job_items");
        filtered!(job, filter, query);
        query.build_query_scalar().fetch_one(pool).await?
    }))
}

/// Returns the item whose operation has this key.
pub async fn by_operation(db: &Db, operation: OperationId) -> Result<Option<JobItem>> {
    Ok(on!(db => query_as(select!("WHERE operation_id = $1"), operation).fetch_optional))
}

/// Returns the items after a number, in the order of the run. Meant for reading all in parts.
pub async fn after(db: &Db, job: JobId, number: i64, limit: i64) -> Result<Vec<JobItem>> {
    Ok(on!(db => query_as(
        select!("WHERE job_id = $1 AND number > $2 ORDER BY number LIMIT $3"), job, number, limit,
    ).fetch_all))
}

/// Includes items in the run, or leaves them out. Changes only sendable items.
/// Without a number, changes all items with the decision. The job must be a locked preview.
pub async fn set_left_out(
    tx: &mut Tx,
    job: JobId,
    decision: Decision,
    number: Option<i64>,
    left_out: bool,
) -> Result<u64> {
    let (from, to) = if left_out {
        (ItemState::Waiting, ItemState::LeftOut)
    } else {
        (ItemState::LeftOut, ItemState::Waiting)
    };
    Ok(within!(tx => query(
        "UPDATE job_items SET state = $5 WHERE job_id = $1 AND decision = $2 AND state = $4
            AND ($3 IS NULL OR number = $3) AND decision IN ('change', 'pool')",
        job, decision, number, from, to,
    ).execute))
}

/// Claims the next items of a running job, with a lease. Items whose lease expired come first.
pub async fn claim(
    db: &Db,
    job: JobId,
    limit: i64,
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Vec<JobItem>> {
    let mut tx = db.begin().await?;
    // The condition is repeated outside, because another replica may claim the same rows meanwhile.
    let mut claimed: Vec<JobItem> = within!(&mut tx => query_as(
        concat!(
            "UPDATE job_items SET state = 'running', lease_until = $4
             WHERE job_id = $1 AND number IN (
                SELECT i.number FROM job_items i JOIN jobs j ON j.id = i.job_id
                WHERE i.job_id = $1 AND ((i.state = 'running' AND i.lease_until < $3)
                    OR (i.state = 'waiting' AND j.state = 'running' AND (i.not_before IS NULL OR i.not_before <= $3)
                        AND (j.run_until IS NULL OR i.number <= j.run_until)
                        AND (i.phase = 1 OR NOT EXISTS (SELECT 1 FROM job_items b
                            WHERE b.job_id = $1 AND b.state IN ('waiting', 'running', 'checking') AND b.phase < i.phase))))
                ORDER BY i.state, i.phase, i.number LIMIT $2)
                AND (state = 'waiting' OR (state = 'running' AND lease_until < $3))
             RETURNING ",
            columns!()
        ),
        job, limit, now, lease_until,
    ).fetch_all);
    tx.commit().await?;
    claimed.sort_by_key(|item| item.number);
    Ok(claimed)
}

/// Renews the lease of an item that is being sent.
pub async fn renew_lease(db: &Db, item: &JobItem, lease_until: Timestamp) -> Result<()> {
    on!(db => query(
        "UPDATE job_items SET lease_until = $3 WHERE job_id = $1 AND number = $2 AND state = 'running'",
        item.job_id, item.number, lease_until,
    ).execute);
    Ok(())
}

/// Releases an item that is being sent, so that another replica continues it.
pub async fn release(db: &Db, item: &JobItem) -> Result<()> {
    on!(db => query(
        "UPDATE job_items SET lease_until = 0
         WHERE job_id = $1 AND number = $2 AND state = 'running' AND operation_id = $3",
        item.job_id, item.number, item.operation_id,
    ).execute);
    Ok(())
}

/// Writes the state of an item that was being sent.
pub async fn conclude(
    db: &Db,
    item: &JobItem,
    state: ItemState,
    message: &str,
    now: Timestamp,
) -> Result<()> {
    on!(db => query(
        "UPDATE job_items SET state = $3, message = $4, lease_until = NULL,
            finished_at = CASE WHEN $3 IN ('done', 'incomplete', 'refused', 'unknown') THEN $5 END,
            account_id = COALESCE(account_id, (SELECT o.account_id FROM operations o WHERE o.id = $6))
         WHERE job_id = $1 AND number = $2 AND state = 'running' AND operation_id = $6",
        item.job_id, item.number, state, message, now, item.operation_id,
    ).execute);
    Ok(())
}

/// Puts an item back that could not be sent, or of which nothing came. It is claimed again at
/// `not_before`, with this key.
pub async fn postpone(
    db: &Db,
    item: &JobItem,
    key: OperationId,
    message: &str,
    not_before: Timestamp,
) -> Result<()> {
    on!(db => query(
        "UPDATE job_items SET state = CASE WHEN (SELECT j.state FROM jobs j WHERE j.id = job_id) = 'stopped'
                THEN 'not_started' ELSE 'waiting' END,
            message = $3, lease_until = NULL, not_before = $4, operation_id = $5,
            account_id = COALESCE(account_id, (SELECT o.account_id FROM operations o WHERE o.id = $6))
         WHERE job_id = $1 AND number = $2 AND state IN ('running', 'checking') AND operation_id = $6",
        item.job_id, item.number, message, not_before, key, item.operation_id,
    ).execute);
    Ok(())
}

/// Writes the outcome of an item's operation that was open.
pub async fn settle(
    db: &Db,
    operation: OperationId,
    state: ItemState,
    message: &str,
    now: Timestamp,
) -> Result<()> {
    on!(db => query(
        "UPDATE job_items SET state = $2, message = $3, finished_at = $4,
            account_id = COALESCE(account_id, (SELECT o.account_id FROM operations o WHERE o.id = $1))
         WHERE operation_id = $1 AND state IN ('checking', 'unknown')",
        operation, state, message, now,
    ).execute);
    Ok(())
}

/// Marks the waiting items of a stopped job as not started.
pub async fn stop(tx: &mut Tx, job: JobId) -> Result<()> {
    within!(tx => query(
        "UPDATE job_items SET state = 'not_started' WHERE job_id = $1 AND state = 'waiting'", job,
    ).execute);
    Ok(())
}

/// Lets all failed items wait for another run, and those that were not started. Each gets a new
/// key. Returns the number of items.
pub async fn retry(tx: &mut Tx, job: JobId, now: Timestamp) -> Result<usize> {
    let failed: Vec<i64> = within!(tx => query_scalar(
        "SELECT number FROM job_items WHERE job_id = $1 AND state IN ('refused', 'incomplete', 'not_started') ORDER BY number",
        job,
    ).fetch_all);
    for numbers in failed.chunks(ROWS_PER_STATEMENT) {
        within!(tx, conn => {
            let mut query = QueryBuilder::new("WITH keys (number, key) AS (");
            query.push_values(numbers, |mut row, number| {
                row.push_bind(*number).push_bind(OperationId::new(now));
            });
            query.push(
                ") UPDATE job_items SET state = 'waiting', message = '', finished_at = NULL, not_before = NULL,
                    operation_id = keys.key
                 FROM keys WHERE job_items.number = keys.number AND job_items.job_id = ",
            );
            query.push_bind(job);
            query.build().execute(&mut *conn).await?;
        });
    }
    Ok(failed.len())
}

/// Failures of a job whose messages begin alike.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct FailureGroup {
    /// First 300 characters of the message.
    pub message: String,
    /// Number of items.
    pub items: i64,
}

/// Returns the failures of a job, grouped by their message. The largest group comes first.
pub async fn failure_groups(db: &Db, job: JobId) -> Result<Vec<FailureGroup>> {
    Ok(on!(db => query_as(
        "SELECT substr(message, 1, 300) AS message, COUNT(*) AS items FROM job_items
         WHERE job_id = $1 AND state = 'refused'
         GROUP BY substr(message, 1, 300) ORDER BY COUNT(*) DESC, substr(message, 1, 300) LIMIT 20",
        job,
    ).fetch_all))
}

/// Returns the number of items that got a result since `since`, and the time of the first of them.
pub async fn finished_since(
    db: &Db,
    job: JobId,
    since: Timestamp,
) -> Result<(i64, Option<Timestamp>)> {
    Ok(on!(db => query_as(
        "SELECT COUNT(*), MIN(finished_at) FROM job_items WHERE job_id = $1 AND finished_at >= $2", job, since,
    ).fetch_one))
}

/// Returns `true` if every item of the phases before this one is done.
pub async fn are_earlier_phases_done(db: &Db, item: &JobItem) -> Result<bool> {
    let other: Option<i64> = on!(db => query_scalar(
        "SELECT number FROM job_items WHERE job_id = $1 AND phase < $2 AND state <> 'done' LIMIT 1",
        item.job_id, item.phase,
    ).fetch_optional);
    Ok(other.is_none())
}
