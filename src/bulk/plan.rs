//! Preview of a job: decides about each account, and stores the decisions.

use super::items::{self, PlannedItem};
use super::permission::permission;
use super::store;
use crate::app::App;
use crate::db::jobs::{self, Job};
use crate::db::{self, accounts, channel_pool};
use crate::domain::actor::Actor;
use crate::domain::channels::ChannelPool;
use crate::domain::ids::{AccountId, JobId};
use crate::domain::job::{Decision, ItemWork, JobAction, JobState};
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
    let tag = match &new.action {
        JobAction::AddTag { name } | JobAction::RemoveTag { name } => Some(name.as_str()),
        _ => None,
    };
    let accounts = accounts::known_accounts(&app.db, &new.accounts, tag).await?;
    let mut planned: Vec<PlannedItem> = accounts
        .iter()
        .map(|account| items::plan(&new.action, &account.id, &account.known, account.has_tag))
        .collect();
    let pool = channel_pool::latest(&app.db).await?.map(|(pool, _)| pool);
    arrange(&mut planned, pool);
    check_reason(&new.action, &planned, &new.reason)?;
    let job = new_job(app, actor, new);
    Ok(store::store(app, &job, planned).await?)
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
    let changes = sent.filter_map(|item| match &item.work {
        Some(ItemWork::Operation(change)) => Some(change),
        _ => None,
    });
    let (mut sends, mut enables) = (false, false);
    // Some rows may need one although others do not, such as a limit that becomes 0.
    for change in changes {
        let checked = operations::check_reason_of(change, reason);
        if let Err(SubmitError::Field(field, sentence)) = checked {
            return Err(PlanError::Field(field, sentence));
        }
        sends = true;
        enables |= matches!(change, Change::Enable { .. });
    }
    // A single account needs a reason if someone else disabled it. Of many, some usually are.
    let needs_words = enables || (sends && action.is_disruptive());
    if needs_words && reason.text.is_empty() && reason.code.is_none() {
        return Err(PlanError::Field("reason", "Say why.".to_owned()));
    }
    Ok(())
}

/// Puts the items in the order of the run, and excludes those that do not fit in the pool.
/// Items that free channels come first, so that the others can use them.
pub(super) fn arrange(planned: &mut [PlannedItem], pool: Option<ChannelPool>) {
    planned.sort_by_key(|item| match item.decision {
        Decision::Change if item.needed_channels() < 0 => 0,
        Decision::Change => 1,
        _ => 2,
    });
    let frees =
        |item: &PlannedItem| item.decision == Decision::Change && item.needed_channels() < 0;
    // Raises start when the reductions have freed their channels.
    if planned.iter().any(frees) {
        for item in planned.iter_mut().filter(|item| item.needed_channels() > 0) {
            item.phase = 2;
        }
    }
    exclude_what_does_not_fit(planned, pool);
}

/// Excludes the items that do not fit in the pool, in the order of the run.
pub(super) fn exclude_what_does_not_fit(planned: &mut [PlannedItem], pool: Option<ChannelPool>) {
    let Some(pool) = pool.filter(|pool| pool.is_enabled()) else {
        return;
    };
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
