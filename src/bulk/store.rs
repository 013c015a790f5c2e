//! Storage of plans: at once as one text, then as rows.

use std::collections::HashMap;

use super::items::{self, PlannedItem};
use crate::app::App;
use crate::db;
use crate::db::accounts::{self, Account};
use crate::db::jobs::{self, Job, groups::JobGroup, items::JobItem};
use crate::domain::account::NO_NAME;
use crate::domain::ids::{AccountId, JobId, OperationId};
use crate::domain::job::{ItemState, JobAction};

/// Number of items that one transaction stores as rows. More would keep other writers waiting.
const BATCH_SIZE: usize = 1_000;

/// Stores a job with its plan. The rows of a large one follow.
/// A form that is sent twice returns the first one's job.
pub(super) async fn store(app: &App, job: &Job, mut planned: Vec<PlannedItem>) -> db::Result<Job> {
    let count = planned.len();
    let groups = groups(&planned);
    if !matches!(
        job.action,
        JobAction::Undo { .. } | JobAction::MoveChannels { .. } | JobAction::Import { .. }
    ) {
        // It follows from the action and the stored values.
        for item in &mut planned {
            item.work = None;
        }
    }
    let plan = serde_json::to_string(&planned).map_err(db::Error::stored)?;
    let mut tx = app.db.begin().await?;
    match jobs::insert(&mut tx, job).await {
        // The same form was sent twice at once.
        Err(error) if error.is_unique_violation() => {
            drop(tx);
            let earlier = jobs::by_id(&app.db, job.id).await?;
            return earlier.ok_or(error);
        }
        inserted => inserted?,
    }
    jobs::plans::insert(&mut tx, job.id, &plan).await?;
    jobs::groups::insert(&mut tx, job.id, &groups).await?;
    tx.commit().await?;
    if count <= BATCH_SIZE {
        store_rows(app, job.id).await?;
    } else {
        let (app, id) = (app.clone(), job.id);
        app.tasks.clone().spawn(async move {
            if let Err(error) = store_rows(&app, id).await {
                tracing::error!(%error, job = %id, "the items of a job are left to the runner");
            }
        });
    }
    Ok(job.clone())
}

/// Stores the items of a plan as rows, in batches. Does nothing if all are rows.
pub(super) async fn store_rows(app: &App, id: JobId) -> db::Result<()> {
    let Some(plan) = jobs::plans::by_job(&app.db, id).await? else {
        return Ok(());
    };
    let Some(job) = jobs::by_id(&app.db, id).await? else {
        return Ok(());
    };
    let planned: Vec<PlannedItem> = serde_json::from_str(&plan.items).map_err(db::Error::stored)?;
    let mut stored = usize::try_from(plan.stored).map_err(db::Error::stored)?;
    loop {
        let end = planned.len().min(stored + BATCH_SIZE);
        let batch = planned.get(stored..end).unwrap_or_default();
        let rows = rows(app, &job, stored, batch).await?;
        let mut tx = app.db.begin().await?;
        if !jobs::plans::advance(&mut tx, id, number(stored), number(end)).await? {
            // Another process stores them, or the preview was discarded.
            return Ok(());
        }
        jobs::items::insert(&mut tx, &rows).await?;
        if end == planned.len() {
            jobs::plans::delete(&mut tx, id).await?;
        }
        tx.commit().await?;
        if end == planned.len() {
            return Ok(());
        }
        stored = end;
    }
}

/// Stores the rows of plans that a process left unfinished.
pub(super) async fn store_pending(app: &App) -> db::Result<()> {
    for id in jobs::plans::pending(&app.db).await? {
        store_rows(app, id).await?;
    }
    Ok(())
}

/// Returns the items of a plan by decision.
fn groups(planned: &[PlannedItem]) -> Vec<JobGroup> {
    let mut groups: Vec<JobGroup> = Vec::new();
    for item in planned {
        let found = groups
            .iter()
            .position(|group| group.decision == item.decision);
        let at = found.unwrap_or_else(|| {
            groups.push(JobGroup {
                decision: item.decision,
                items: 0,
                included: 0,
                needed: 0,
                freed: 0,
            });
            groups.len() - 1
        });
        let group = &mut groups[at];
        group.items += 1;
        if item.is_included() {
            let needed = item.needed_channels();
            group.included += 1;
            group.needed += needed.max(0);
            group.freed += (-needed).max(0);
        }
    }
    groups
}

async fn rows(
    app: &App,
    job: &Job,
    stored: usize,
    batch: &[PlannedItem],
) -> db::Result<Vec<JobItem>> {
    let ids: Vec<AccountId> = batch
        .iter()
        .filter_map(|item| item.account.clone())
        .collect();
    let accounts = accounts::by_ids(&app.db, &ids).await?;
    let accounts: HashMap<&AccountId, &Account> = accounts
        .iter()
        .map(|account| (&account.id, account))
        .collect();
    let rows = batch.iter().zip(stored + 1..).map(|(item, at)| {
        let mut item = item.clone();
        let account = item.account.as_ref().and_then(|id| accounts.get(id));
        if let (None, Some(id)) = (&item.work, &item.account) {
            item.work = items::work(&job.action, id, &item.shown);
        }
        let (name, email) = match (account, item.label.take()) {
            (Some(account), _) => (account.name().to_owned(), account.email.clone()),
            (None, Some(label)) => label,
            (None, None) => (NO_NAME.to_owned(), String::new()),
        };
        let included = item.is_included();
        JobItem {
            job_id: job.id,
            number: number(at),
            name,
            email,
            decision: item.decision,
            state: if included {
                ItemState::Waiting
            } else {
                ItemState::LeftOut
            },
            channels: item.needed_channels(),
            phase: item.phase,
            account: item.account,
            work: item.work,
            shown: item.shown,
            undoes: item.undoes,
            operation_id: OperationId::new(job.created_at),
            message: item.message,
            finished_at: None,
        }
    });
    Ok(rows.collect())
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
