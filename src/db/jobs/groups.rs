//! Items of a preview by decision. They are counted when the plan is stored, and when a person leaves
//! items out, so that a page with many items opens like one with few.

use crate::db::{Db, Result, Tx};
use crate::domain::ids::JobId;
use crate::domain::job::Decision;

/// Items of a preview with the same decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct JobGroup {
    /// Decision about all of them.
    pub decision: Decision,
    /// Number of items.
    pub items: i64,
    /// Number of items that the run includes.
    pub included: i64,
    /// Channels that the included items take from the pool.
    pub needed: i64,
    /// Channels that the included items free.
    pub freed: i64,
}

/// Stores the groups of a new preview.
pub async fn insert(tx: &mut Tx, job: JobId, groups: &[JobGroup]) -> Result<()> {
    for group in groups {
        within!(tx => query(
            "INSERT INTO job_groups (job_id, decision, items, included, needed, freed) VALUES ($1, $2, $3, $4, $5, $6)",
            job, group.decision, group.items, group.included, group.needed, group.freed,
        ).execute);
    }
    Ok(())
}

/// Returns the groups of a preview.
pub async fn by_job(db: &Db, job: JobId) -> Result<Vec<JobGroup>> {
    Ok(on!(db => query_as(
        "SELECT decision, items, included, needed, freed FROM job_groups WHERE job_id = $1", job,
    ).fetch_all))
}

/// Counts the included creations that set no channel limit, and therefore get Telnyx's default.
pub async fn creations_without_limit(db: &Db, job: JobId) -> Result<i64> {
    // Quotes within texts are escaped in JSON, so the pattern matches only the field.
    Ok(on!(db => query_scalar(
        "SELECT COUNT(*) FROM job_items WHERE job_id = $1 AND decision = 'change' AND state <> 'left_out'
            AND channels = 0 AND work LIKE '%\"channel_limit\":null%'",
        job,
    ).fetch_one))
}

/// Counts the included items of a group again, after a person left some out.
pub async fn recount(tx: &mut Tx, job: JobId, decision: Decision) -> Result<()> {
    let (included, needed, freed): (i64, i64, i64) = within!(tx => query_as(
        "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN channels > 0 THEN channels END), 0) AS BIGINT),
            CAST(COALESCE(SUM(CASE WHEN channels < 0 THEN -channels END), 0) AS BIGINT)
         FROM job_items WHERE job_id = $1 AND decision = $2 AND state <> 'left_out'",
        job, decision,
    ).fetch_one);
    within!(tx => query(
        "UPDATE job_groups SET included = $3, needed = $4, freed = $5 WHERE job_id = $1 AND decision = $2",
        job, decision, included, needed, freed,
    ).execute);
    Ok(())
}
