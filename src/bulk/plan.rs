//! Preview of a job: decides about each account, and stores the decisions.

use std::collections::{HashMap, HashSet};

use super::items::{self, PlannedItem};
use super::permission::permission;
use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::db::jobs::{self, Job, items::JobItem};
use crate::db::{self, channel_pool, tags};
use crate::domain::actor::Actor;
use crate::domain::channels::ChannelPool;
use crate::domain::ids::{AccountId, JobId, OperationId};
use crate::domain::job::{Decision, ItemState, ItemWork, JobAction, JobState};
use crate::domain::operation::{Change, Reason};
use crate::domain::role::Permission;
use crate::domain::text;
use crate::operations::{self, SubmitError};

/// Job that a form requests.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// ID of the job, created when the form was shown.
    pub id: JobId,
    /// Action of the job.
    pub action: JobAction,
    /// Selected accounts, in the order in which they are to be changed.
    pub accounts: Vec<AccountId>,
    /// Selection in words.
    pub selection: String,
    /// Reason for all changes.
    pub reason: Reason,
}

/// Reason why no preview was stored.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The role lacks this permission.
    #[error("not permitted: {}", .0.verb())]
    Forbidden(Permission),
    /// Nothing is selected.
    #[error("nothing is selected")]
    Empty,
    /// More accounts are selected than a job may have.
    #[error("{selected} selected, at most {most}")]
    TooMany {
        /// Number of selected accounts.
        selected: usize,
        /// Maximum number of items of a job.
        most: usize,
    },
    /// A field of the form is wrong or missing; holds its name and a sentence for it.
    #[error("{1}")]
    Field(&'static str, String),
    /// The job cannot be made; holds a sentence that says why.
    #[error("{0}")]
    Rule(String),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Stores the preview of a job and returns it. Sends nothing.
/// A form that is sent twice returns the first one's job.
///
/// # Errors
/// Fails with [`PlanError`]. Then nothing was stored.
pub async fn preview(app: &App, actor: &Actor, new: NewJob) -> Result<Job, PlanError> {
    let needed = permission(&new.action);
    if !actor.may(needed) {
        return Err(PlanError::Forbidden(needed));
    }
    if let Some(earlier) = jobs::by_id(&app.db, new.id).await? {
        return Ok(earlier);
    }
    ensure_size(app, new.accounts.len())?;
    let accounts = load(app, &new.accounts).await?;
    let tagged = tagged_accounts(app, &new).await?;
    let mut planned: Vec<PlannedItem> = accounts
        .iter()
        .map(|account| items::plan(&new.action, account, tagged.contains(&account.id)))
        .collect();
    let pool = channel_pool::latest(&app.db).await?.map(|(pool, _)| pool);
    arrange(&mut planned, pool);
    check_reason(&new.action, &planned, &new.reason)?;
    let job = new_job(app, actor, new);
    store(app, &job, planned).await
}

/// Fails if a job cannot have so many items.
pub(super) fn ensure_size(app: &App, selected: usize) -> Result<(), PlanError> {
    let most = app.settings.max_job_items;
    match selected {
        0 => Err(PlanError::Empty),
        _ if selected > most => Err(PlanError::TooMany { selected, most }),
        _ => Ok(()),
    }
}

/// Fails if the changes need a reason that is missing. The rules are those of a single change.
pub(super) fn check_reason(
    action: &JobAction,
    planned: &[PlannedItem],
    reason: &Reason,
) -> Result<(), PlanError> {
    let sent = planned.iter().filter(|item| item.decision.is_sendable());
    let change = sent.filter_map(|item| match &item.work {
        Some(ItemWork::Operation(change)) => Some(change),
        _ => None,
    });
    let Some(change) = change.take(1).next() else {
        return Ok(());
    };
    if let Err(SubmitError::Field(field, sentence)) = operations::check_reason_of(change, reason) {
        return Err(PlanError::Field(field, sentence));
    }
    // A single account needs a reason if someone else disabled it. Of many, some usually are.
    let enables = matches!(change, Change::Enable { .. });
    if reason.text.is_empty() && (enables || action.is_disruptive()) && reason.code.is_none() {
        return Err(PlanError::Field("reason", "Say why.".to_owned()));
    }
    Ok(())
}

/// Returns the accounts with these IDs in this order, without gone ones.
async fn load(app: &App, ids: &[AccountId]) -> db::Result<Vec<Account>> {
    let found = accounts::by_ids(&app.db, ids).await?;
    let found = found
        .into_iter()
        .filter(|account| account.gone_at.is_none());
    let mut by_id: HashMap<AccountId, Account> =
        found.map(|account| (account.id.clone(), account)).collect();
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}

/// Returns the accounts that have the action's tag.
async fn tagged_accounts(app: &App, new: &NewJob) -> db::Result<HashSet<AccountId>> {
    let (JobAction::AddTag { name } | JobAction::RemoveTag { name }) = &new.action else {
        return Ok(HashSet::new());
    };
    let name = text::folded(name);
    let mut tagged = HashSet::new();
    for ids in new.accounts.chunks(500) {
        let tags = tags::of_accounts(&app.db, ids).await?;
        let has = tags
            .into_iter()
            .filter(|(_, tags)| tags.iter().any(|tag| text::folded(tag) == name));
        tagged.extend(has.map(|(account, _)| account));
    }
    Ok(tagged)
}

/// Puts the items in the order of the run, and excludes those that do not fit in the pool.
/// Items that free channels come first, so that the others can use them.
pub(super) fn arrange(planned: &mut [PlannedItem], pool: Option<ChannelPool>) {
    planned.sort_by_key(|item| match item.decision {
        Decision::Change if item.needed_channels() < 0 => 0,
        Decision::Change => 1,
        _ => 2,
    });
    let Some(pool) = pool else { return };
    let mut free = i64::from(pool.total) - i64::from(pool.allocated);
    for item in planned.iter_mut() {
        let needed = item.needed_channels();
        if item.decision != Decision::Change || needed <= 0 || needed <= free {
            free -= if item.decision == Decision::Change {
                needed
            } else {
                0
            };
        } else {
            let sentence = format!(
                "It needs {} more channels; {} of the pool are free by then.",
                text::group_thousands(needed),
                text::group_thousands(free.max(0))
            );
            item.exclude(Decision::Pool, sentence);
        }
    }
}

pub(super) fn new_job(app: &App, actor: &Actor, new: NewJob) -> Job {
    Job {
        id: new.id,
        state: JobState::Preview,
        action: new.action,
        selection: new.selection,
        reason: new.reason,
        staff_id: actor.staff_id,
        staff_name: actor.name.clone(),
        staff_email: actor.email.clone(),
        address: actor.address.map(|address| address.to_string()),
        request_id: actor.request_id.clone(),
        undoes: None,
        run_until: None,
        waiting_for: String::new(),
        created_at: app.clock.now(),
        started_at: None,
        finished_at: None,
    }
}

/// Stores a job with its plan, in one transaction.
pub(super) async fn store(
    app: &App,
    job: &Job,
    planned: Vec<PlannedItem>,
) -> Result<Job, PlanError> {
    // Raises start when the reductions have freed their channels.
    let frees_channels = planned
        .iter()
        .any(|item| item.decision == Decision::Change && item.needed_channels() < 0);
    let mut number = 0;
    let items = planned.into_iter().map(|item| {
        number += 1;
        let included = item.decision == Decision::Change;
        let channels = item.needed_channels();
        let phase = if channels > 0 && frees_channels { 2 } else { 1 };
        JobItem {
            job_id: job.id,
            number,
            account: Some(item.account),
            name: item.name,
            email: item.email,
            decision: item.decision,
            state: if included {
                ItemState::Waiting
            } else {
                ItemState::LeftOut
            },
            work: item.work,
            shown: item.shown,
            channels,
            phase,
            undoes: item.undoes,
            operation_id: OperationId::new(job.created_at),
            message: item.message,
            finished_at: None,
        }
    });
    let items: Vec<JobItem> = items.collect();
    let mut tx = app.db.begin().await?;
    match jobs::insert(&mut tx, job).await {
        // The same form was sent twice at once.
        Err(error) if error.is_unique_violation() => {
            drop(tx);
            let earlier = jobs::by_id(&app.db, job.id).await?;
            return earlier.ok_or(PlanError::Db(error));
        }
        inserted => inserted?,
    }
    jobs::items::insert(&mut tx, &items).await?;
    tx.commit().await?;
    Ok(job.clone())
}
