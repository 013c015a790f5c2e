//! Removal of jobs that ended long ago.

use crate::db::{Db, Result, Tx};
use crate::domain::ids::JobId;
use crate::domain::time::Timestamp;

/// Number of items that one transaction deletes. More would keep other writers waiting.
const BATCH_SIZE: i64 = 1_000;

/// Returns a job that ended before this time and can be removed. These stay:
/// - jobs with items that have no outcome, or an unknown one,
/// - jobs that a kept import, a welcome email to be sent, or a kept undo refers to,
/// - undos of kept jobs, so that those are not undone twice.
pub async fn oldest(db: &Db, before: Timestamp) -> Result<Option<JobId>> {
    Ok(on!(db => query_scalar(
        "SELECT id FROM jobs WHERE state IN ('ended', 'stopped') AND finished_at < $1
         AND NOT EXISTS (SELECT 1 FROM job_items WHERE job_id = jobs.id
            AND state IN ('waiting', 'running', 'checking', 'unknown'))
         AND NOT EXISTS (SELECT 1 FROM job_plans WHERE job_id = jobs.id)
         AND NOT EXISTS (SELECT 1 FROM imports WHERE job_id = jobs.id)
         AND NOT EXISTS (SELECT 1 FROM welcome_emails WHERE job_id = jobs.id AND state IN ('queued', 'sending'))
         AND NOT EXISTS (SELECT 1 FROM jobs undo WHERE undo.undoes = jobs.id
            AND NOT (undo.state IN ('ended', 'stopped') AND undo.finished_at < $1))
         AND NOT EXISTS (SELECT 1 FROM jobs undone WHERE undone.id = jobs.undoes)
         ORDER BY finished_at, id LIMIT 1",
        before,
    ).fetch_optional))
}

/// Deletes the last items of a job that [`oldest`] returned, and the job once it has none. Returns
/// `true` if the job is deleted, or was started again meanwhile.
pub async fn delete_batch(db: &Db, id: JobId, before: Timestamp) -> Result<bool> {
    let mut tx = db.begin().await?;
    if !lock_ended(&mut tx, id, before).await? {
        return Ok(true);
    }
    let items = within!(&mut tx => query(
        "DELETE FROM job_items WHERE job_id = $1 AND number > (
            SELECT COALESCE(MAX(number), 0) - $2 FROM job_items WHERE job_id = $1)",
        id, BATCH_SIZE,
    ).execute);
    if items == 0 {
        within!(&mut tx => query("DELETE FROM jobs WHERE id = $1", id).execute);
    }
    tx.commit().await?;
    Ok(items == 0)
}

/// Keeps others from running a job again until the transaction ends. Returns `false` if it did not
/// end before this time, or is gone.
async fn lock_ended(tx: &mut Tx, id: JobId, before: Timestamp) -> Result<bool> {
    let locked = within!(tx => query(
        "UPDATE jobs SET waiting_for = '' WHERE id = $1 AND state IN ('ended', 'stopped') AND finished_at < $2",
        id, before,
    ).execute);
    Ok(locked == 1)
}
