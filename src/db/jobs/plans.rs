//! Plans of new jobs, each as one text until its items are stored as rows.
//! A preview of 100,000 accounts is stored in this way at once, and its rows follow.

use crate::db::{Db, Result, Tx};
use crate::domain::ids::JobId;

/// Plan of a job, and the number of its items that are stored as rows.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct StoredPlan {
    /// Items as JSON, in the order of the run.
    pub items: String,
    /// Number of items that are rows by now.
    pub stored: i64,
}

/// Stores a plan.
pub async fn insert(tx: &mut Tx, job: JobId, items: &str) -> Result<()> {
    within!(tx => query("INSERT INTO job_plans (job_id, items) VALUES ($1, $2)", job, items).execute);
    Ok(())
}

/// Returns the plan of a job. Returns `None` if all of its items are rows.
pub async fn by_job(db: &Db, job: JobId) -> Result<Option<StoredPlan>> {
    Ok(on!(db => query_as(
        "SELECT items, stored FROM job_plans WHERE job_id = $1", job,
    ).fetch_optional))
}

/// Returns `true` if not all items of a job are rows yet.
pub async fn is_pending(db: &Db, job: JobId) -> Result<bool> {
    let found: Option<i64> = on!(db => query_scalar(
        "SELECT stored FROM job_plans WHERE job_id = $1", job,
    ).fetch_optional);
    Ok(found.is_some())
}

/// Returns the jobs whose items are not all rows yet.
pub async fn pending(db: &Db) -> Result<Vec<JobId>> {
    Ok(on!(db => query_scalar("SELECT job_id FROM job_plans LIMIT 10").fetch_all))
}

/// Records that more items are rows. Returns `false` if another process has stored them.
pub async fn advance(tx: &mut Tx, job: JobId, from: i64, to: i64) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE job_plans SET stored = $3 WHERE job_id = $1 AND stored = $2", job, from, to,
    ).execute);
    Ok(changed == 1)
}

/// Deletes a plan whose items are all rows.
pub async fn delete(tx: &mut Tx, job: JobId) -> Result<()> {
    within!(tx => query("DELETE FROM job_plans WHERE job_id = $1", job).execute);
    Ok(())
}
