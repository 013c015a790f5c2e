//! Jobs: their state, their counts, and what people do with them. `items` has their items.

use std::collections::HashMap;

use sqlx::QueryBuilder;

use super::operations::StatedReason;
use super::types::Json;
use super::{Db, Result, Tx, push_list};
use crate::domain::audit::EventActor;
use crate::domain::column_order::ColumnOrder;
use crate::domain::ids::{JobId, StaffId};
use crate::domain::job::{ItemState, JobAction, JobCounts, JobState};
use crate::domain::operation::Reason;
use crate::domain::string_enum::string_enum;
use crate::domain::time::Timestamp;

pub mod groups;
pub mod items;
pub mod plans;
pub mod retention;

from_columns!(StoredAction { action: Json<JobAction> } => JobAction: action.0);

/// Job as the database has it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Job {
    /// ID of the job, which its form created.
    pub id: JobId,
    /// State of the job.
    pub state: JobState,
    /// Action of the job.
    #[sqlx(flatten, try_from = "StoredAction")]
    pub action: JobAction,
    /// Selection of the accounts, in words.
    pub selection: String,
    /// Reason for all of its changes.
    #[sqlx(flatten, try_from = "StatedReason")]
    pub reason: Reason,
    /// Person who created it.
    pub staff_id: StaffId,
    /// Their name at that time.
    pub staff_name: String,
    /// Their email address at that time.
    pub staff_email: String,
    /// IP address that the request came from.
    pub address: Option<String>,
    /// The portal's ID of the request.
    pub request_id: Option<String>,
    /// Job that this one undoes.
    pub undoes: Option<JobId>,
    /// Number of the last item that may start; `None` for all.
    pub run_until: Option<i64>,
    /// Sentence that says why nothing of it is sent at the moment; empty if it is sent.
    pub waiting_for: String,
    /// Time at which its preview was stored.
    pub created_at: Timestamp,
    /// Time at which it was first run.
    pub started_at: Option<Timestamp>,
    /// Time at which it ended or was stopped.
    pub finished_at: Option<Timestamp>,
}

impl Job {
    /// Returns the person who created it, as events name them.
    #[must_use]
    pub fn who(&self) -> EventActor {
        EventActor {
            staff_id: self.staff_id,
            name: self.staff_name.clone(),
            email: self.staff_email.clone(),
        }
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, state, action, selection, reason_code, reason, staff_id, staff_name, staff_email, address, \
             request_id, undoes, run_until, waiting_for, created_at, started_at, finished_at FROM jobs ",
            $rest
        )
    };
}

string_enum! {
    /// Column by which jobs are sorted.
    pub enum JobColumn {
        /// By state: those that run come first.
        State = "state";
        /// By the name of the person.
        Person = "person";
        /// By the start, or by the creation if it was not started.
        Started = "started";
        /// By the end; those that have not ended come last.
        Ended = "ended";
    }
}

impl JobColumn {
    const fn sql(self) -> &'static str {
        match self {
            Self::State => {
                "CASE state WHEN 'running' THEN 0 WHEN 'paused' THEN 1 WHEN 'preview' THEN 2
                    WHEN 'stopped' THEN 3 ELSE 4 END"
            }
            Self::Person => "LOWER(staff_name)",
            Self::Started => "COALESCE(started_at, created_at)",
            Self::Ended => "finished_at",
        }
    }
}

/// Sort order of a list of jobs. The default is the newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobOrder(pub ColumnOrder<JobColumn>);

impl Default for JobOrder {
    fn default() -> Self {
        Self(ColumnOrder {
            by: JobColumn::Started,
            descending: true,
        })
    }
}

impl JobOrder {
    /// Returns the order in SQL. A job without the value comes last either way.
    fn sql(self) -> String {
        let column = self.0.by.sql();
        let direction = if self.0.descending { "DESC" } else { "ASC" };
        format!(
            "CASE WHEN {column} IS NULL THEN 1 ELSE 0 END, {column} {direction}, created_at DESC, id DESC"
        )
    }
}

/// Filter of the list of jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// State that a job must have.
    pub state: Option<JobState>,
    /// Person who created it.
    pub staff: Option<StaffId>,
    /// Order of the jobs.
    pub order: JobOrder,
}

/// Returns one job.
pub async fn by_id(db: &Db, id: JobId) -> Result<Option<Job>> {
    Ok(on!(db => query_as(select!("WHERE id = $1"), id).fetch_optional))
}

/// Returns one page of jobs. `page` counts from 1.
pub async fn page(db: &Db, filter: &JobFilter, page: u32, per: u32) -> Result<Vec<Job>> {
    let skip = i64::from(page.max(1) - 1) * i64::from(per);
    Ok(on!(db, pool => {
        let mut query = QueryBuilder::new(select!("WHERE TRUE"));
        if let Some(state) = filter.state {
            query.push(" AND state = ").push_bind(state);
        }
        if let Some(staff) = filter.staff {
            query.push(" AND staff_id = ").push_bind(staff);
        }
        query.push(" ORDER BY ").push(filter.order.sql());
        query.push(" LIMIT ").push_bind(i64::from(per)).push(" OFFSET ").push_bind(skip);
        query.build_query_as().fetch_all(pool).await?
    }))
}

/// Returns the number of jobs of a person, or of all, in each state.
pub async fn state_counts(db: &Db, staff: Option<StaffId>) -> Result<HashMap<JobState, i64>> {
    let rows: Vec<(JobState, i64)> = on!(db => query_as(
        "SELECT state, COUNT(*) FROM jobs WHERE $1 IS NULL OR staff_id = $1 GROUP BY state", staff,
    ).fetch_all);
    Ok(rows.into_iter().collect())
}

/// Returns the jobs that are running, or whose last items are still under way, oldest first.
pub async fn active(db: &Db) -> Result<Vec<Job>> {
    Ok(on!(db => query_as(
        select!("WHERE state = 'running' OR (state IN ('paused', 'stopped') AND id IN (
            SELECT job_id FROM job_items WHERE state IN ('running', 'checking')))
            ORDER BY created_at, id LIMIT 100"),
    ).fetch_all))
}

/// Returns a person's running and paused jobs, and those that ended since `since`. Newest first.
pub async fn current_of_staff(db: &Db, staff: StaffId, since: Timestamp) -> Result<Vec<Job>> {
    Ok(on!(db => query_as(
        select!("WHERE staff_id = $1 AND (state IN ('running', 'paused') OR finished_at >= $2)
                 ORDER BY created_at DESC, id DESC LIMIT 5"),
        staff, since,
    ).fetch_all))
}

/// Returns the job that undoes this one, if there is one that was run.
pub async fn undo_of(db: &Db, id: JobId) -> Result<Option<Job>> {
    Ok(on!(db => query_as(
        select!("WHERE undoes = $1 AND state <> 'preview' ORDER BY created_at DESC LIMIT 1"), id,
    ).fetch_optional))
}

/// Returns the number of items in each state, for each of these jobs.
pub async fn counts(db: &Db, ids: &[JobId]) -> Result<HashMap<JobId, JobCounts>> {
    let mut counts = HashMap::new();
    if ids.is_empty() {
        return Ok(counts);
    }
    let rows: Vec<(JobId, ItemState, i64)> = on!(db, pool => {
        let mut query = QueryBuilder::new("SELECT job_id, state, COUNT(*) FROM job_items WHERE job_id IN (");
        push_list(&mut query, ids.iter().copied());
        query.push(" GROUP BY job_id, state");
        query.build_query_as().fetch_all(pool).await?
    });
    for (id, state, items) in rows {
        let of: &mut JobCounts = counts.entry(id).or_default();
        of.add(state, items);
    }
    Ok(counts)
}

/// Evaluates to the query of one job's counts. To count one state after the other is twice as fast
/// as to group by state, because the index then needs no comparison per item.
macro_rules! count_query {
    ($id:expr) => {{
        let mut query = QueryBuilder::new("");
        for (number, state) in ItemState::ALL.into_iter().enumerate() {
            query.push(if number == 0 {
                "SELECT "
            } else {
                " UNION ALL SELECT "
            });
            query.push_bind(state.as_str());
            query
                .push(" AS state, COUNT(*) FROM job_items WHERE job_id = ")
                .push_bind($id);
            query.push(" AND state = ").push_bind(state);
        }
        query
    }};
}

/// Returns the number of items of one job in each state.
pub async fn counts_of(db: &Db, id: JobId) -> Result<JobCounts> {
    let rows: Vec<(ItemState, i64)> = on!(db, pool => {
        count_query!(id).build_query_as().fetch_all(pool).await?
    });
    Ok(rows.into_iter().collect())
}

/// Returns the number of items of one job in each state, within a transaction.
pub async fn counts_within(tx: &mut Tx, id: JobId) -> Result<JobCounts> {
    let rows: Vec<(ItemState, i64)> = within!(tx, conn => {
        count_query!(id).build_query_as().fetch_all(&mut *conn).await?
    });
    Ok(rows.into_iter().collect())
}

/// Inserts a job.
///
/// # Errors
/// Fails with a unique violation if the form was already sent.
pub async fn insert(tx: &mut Tx, job: &Job) -> Result<()> {
    within!(tx => query(
        "INSERT INTO jobs (id, state, action, selection, reason_code, reason, staff_id, staff_name, staff_email,
            address, request_id, undoes, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        job.id, job.state, Json(&job.action), &job.selection, job.reason.code, &job.reason.text, job.staff_id,
        &job.staff_name, &job.staff_email, &job.address, &job.request_id, job.undoes, job.created_at,
    ).execute);
    Ok(())
}

/// Starts or continues a job, up to its last item. Returns `false` if the job is in none of the
/// states `from`.
pub async fn run(tx: &mut Tx, id: JobId, from: &[JobState], now: Timestamp) -> Result<bool> {
    let may = |state: JobState| from.contains(&state);
    let changed = within!(tx => query(
        "UPDATE jobs SET state = 'running', run_until = NULL, started_at = COALESCE(started_at, $2), finished_at = NULL,
            waiting_for = ''
         WHERE id = $1 AND ((state = 'preview' AND $3) OR (state = 'paused' AND $4)
            OR (state IN ('ended', 'stopped') AND $5))",
        id, now, may(JobState::Preview), may(JobState::Paused), may(JobState::Ended),
    ).execute);
    Ok(changed == 1)
}

/// Lets a job run only up to its `count`-th item that has not started. It pauses there.
pub async fn run_first(tx: &mut Tx, id: JobId, count: i64) -> Result<()> {
    within!(tx => query(
        "UPDATE jobs SET run_until = (SELECT number FROM job_items WHERE job_id = $1 AND state = 'waiting'
            ORDER BY number LIMIT 1 OFFSET $2) WHERE id = $1",
        id, count - 1,
    ).execute);
    Ok(())
}

/// Keeps others from starting a preview until the transaction ends. Returns `false` if it was
/// started, or is gone.
pub async fn lock_preview(tx: &mut Tx, id: JobId) -> Result<bool> {
    let locked = within!(tx => query(
        "UPDATE jobs SET waiting_for = '' WHERE id = $1 AND state = 'preview'", id,
    ).execute);
    Ok(locked == 1)
}

/// Sets the reason of a job that was not run yet.
pub async fn set_reason(tx: &mut Tx, id: JobId, reason: &Reason) -> Result<()> {
    within!(tx => query(
        "UPDATE jobs SET reason_code = $2, reason = $3 WHERE id = $1 AND state = 'preview'",
        id, reason.code, &reason.text,
    ).execute);
    Ok(())
}

/// Pauses a running job. Returns `false` if it is not running.
pub async fn pause(tx: &mut Tx, id: JobId) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE jobs SET state = 'paused', waiting_for = '' WHERE id = $1 AND state = 'running'", id,
    ).execute);
    Ok(changed == 1)
}

/// Pauses a running job that has come to the last item that may start.
pub async fn pause_at_bound(tx: &mut Tx, id: JobId) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE jobs SET state = 'paused', waiting_for = '' WHERE id = $1 AND state = 'running' AND run_until IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM job_items WHERE job_id = $1 AND state = 'waiting' AND number <= jobs.run_until)",
        id,
    ).execute);
    Ok(changed == 1)
}

/// Stops a job. Returns `false` if it is neither running nor paused.
pub async fn stop(tx: &mut Tx, id: JobId, now: Timestamp) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE jobs SET state = 'stopped', waiting_for = '', finished_at = $2
         WHERE id = $1 AND state IN ('running', 'paused')",
        id, now,
    ).execute);
    Ok(changed == 1)
}

/// Ends a job of which every item has a result. Returns `false` if an item has none.
pub async fn end(tx: &mut Tx, id: JobId, now: Timestamp) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE jobs SET state = 'ended', waiting_for = '', finished_at = $2
         WHERE id = $1 AND state IN ('running', 'paused') AND NOT EXISTS (
            SELECT 1 FROM job_items WHERE job_id = $1 AND state IN ('waiting', 'running', 'checking'))
         AND NOT EXISTS (SELECT 1 FROM job_plans WHERE job_id = $1)",
        id, now,
    ).execute);
    Ok(changed == 1)
}

/// Records why nothing of a running job is sent at the moment. Empty if it is sent.
pub async fn set_waiting_for(db: &Db, id: JobId, why: &str) -> Result<()> {
    on!(db => query(
        "UPDATE jobs SET waiting_for = $2 WHERE id = $1 AND state = 'running' AND waiting_for <> $2", id, why,
    ).execute);
    Ok(())
}

/// Deletes a preview that was not run. Returns `false` if the job was run, or is gone.
pub async fn discard(db: &Db, id: JobId) -> Result<bool> {
    let mut tx = db.begin().await?;
    let deleted = delete_previews(&mut tx, Some(id), None).await?;
    tx.commit().await?;
    Ok(deleted == 1)
}

/// Deletes the previews that are older than `before` and were not run.
pub async fn delete_expired(db: &Db, before: Timestamp) -> Result<u64> {
    let mut tx = db.begin().await?;
    let deleted = delete_previews(&mut tx, None, Some(before)).await?;
    tx.commit().await?;
    Ok(deleted)
}

async fn delete_previews(tx: &mut Tx, id: Option<JobId>, before: Option<Timestamp>) -> Result<u64> {
    Ok(within!(tx => query(
        "DELETE FROM jobs WHERE state = 'preview' AND ($1 IS NULL OR id = $1) AND ($2 IS NULL OR created_at < $2)", id, before,
    ).execute))
}
