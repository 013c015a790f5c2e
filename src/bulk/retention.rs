//! Removal of previews that were not run, and of imports and jobs that are kept no longer.

use std::time::Duration;

use crate::app::App;
use crate::db::jobs::retention;
use crate::db::{self, imports, jobs};

/// Time after which a preview that was not run is deleted.
const PREVIEW_RETENTION: Duration = Duration::from_hours(24 * 7);
/// Maximum number of transactions of one run. The next run continues.
const MAX_BATCHES: usize = 50;

/// Deletes previews that nobody ran for a week, and the imports and jobs that the settings keep no
/// longer.
///
/// # Errors
/// Fails if the database fails. Another run continues.
pub async fn delete_expired(app: &App) -> db::Result<()> {
    let now = app.clock.now();
    jobs::delete_expired(&app.db, now - PREVIEW_RETENTION).await?;
    let retention = app.settings.retention;
    if let Some(kept) = retention.imports {
        for _ in 0..MAX_BATCHES {
            if !imports::delete_expired(&app.db, now - kept).await? {
                break;
            }
        }
    }
    if let Some(kept) = retention.jobs {
        delete_jobs(app, kept).await?;
    }
    Ok(())
}

async fn delete_jobs(app: &App, kept: Duration) -> db::Result<()> {
    let before = app.clock.now() - kept;
    let mut batches = 0;
    while let Some(id) = retention::oldest(&app.db, before).await? {
        loop {
            if batches == MAX_BATCHES || app.shutdown.is_cancelled() {
                return Ok(());
            }
            batches += 1;
            if retention::delete_batch(&app.db, id, before).await? {
                tracing::info!(job = %id, "a job was removed, because it ended long ago");
                break;
            }
        }
    }
    Ok(())
}
