//! Move of channels: a job that takes them from one account, then gives them to another.
//!
//! Between the two items, the channels belong to nobody. If the second item fails, undoing the job
//! puts them back.

use super::items::PlannedItem;
use super::permission::permission;
use super::plan::{self, NewJob, PlanError};
use super::store;
use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::db::jobs::{self, Job};
use crate::domain::actor::Actor;
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::{AccountId, JobId};
use crate::domain::job::JobAction;
use crate::domain::operation::{Change, Reason};
use crate::operations;

/// Channels to move, as a form requests it.
#[derive(Clone, Debug)]
pub struct Move {
    /// Account that gives the channels.
    pub from: AccountId,
    /// Account that gets the channels.
    pub to: AccountId,
    /// Number of channels.
    pub channels: ChannelLimit,
    /// Reason for both changes.
    pub reason: Reason,
}

/// Stores the preview of a job that moves channels. Sends nothing.
///
/// # Errors
/// Fails with [`PlanError`]. Then nothing was stored.
pub async fn preview_move(
    app: &App,
    actor: &Actor,
    id: JobId,
    wanted: Move,
) -> Result<Job, PlanError> {
    let field = |name, sentence: String| Err(PlanError::Field(name, sentence));
    if let Some(earlier) = jobs::by_id(&app.db, id).await? {
        return Ok(earlier);
    }
    if wanted.from == wanted.to {
        return field(
            "to",
            "Choose another account than the one that gives.".to_owned(),
        );
    }
    let Some((source, source_limit)) = with_limit(app, &wanted.from).await? else {
        return field("from", NOT_KNOWN.to_owned());
    };
    let Some((target, target_limit)) = with_limit(app, &wanted.to).await? else {
        return field("to", NOT_KNOWN.to_owned());
    };
    let channels = wanted.channels.get();
    if channels == 0 {
        return field("channels", "Enter at least 1.".to_owned());
    }
    let (Some(less), Ok(more)) = (
        source_limit.get().checked_sub(channels),
        ChannelLimit::new(u64::from(target_limit.get()) + u64::from(channels)),
    ) else {
        return field(
            "channels",
            format!("{} has {source_limit} channels.", source.name()),
        );
    };
    let Ok(less) = ChannelLimit::new(u64::from(less)) else {
        return field("channels", "Enter a smaller number.".to_owned());
    };
    let action = JobAction::MoveChannels {
        channels: wanted.channels,
        from: source.name().to_owned(),
        to: target.name().to_owned(),
    };
    let needed = permission(&action);
    if !actor.may(needed) {
        return Err(PlanError::Forbidden(needed));
    }
    let mut planned = vec![set_limit(&source, less), set_limit(&target, more)];
    for (item, account) in planned.iter().zip([&source, &target]) {
        if !item.decision.is_sendable() {
            return Err(PlanError::Rule(format!(
                "{}: {}",
                account.name(),
                item.message
            )));
        }
    }
    plan::arrange(&mut planned, None);
    plan::check_reason(&action, &planned, &wanted.reason)?;
    let new = NewJob {
        id,
        action,
        accounts: Vec::new(),
        selection: format!("{} and {}", source.name(), target.name()),
        reason: wanted.reason,
    };
    let job = plan::new_job(app, actor, new);
    Ok(store::store(app, &job, planned).await?)
}

const NOT_KNOWN: &str = "The channel limit of this account is not known. Set it first.";

/// Returns an account and its limit, if both are known.
async fn with_limit(
    app: &App,
    id: &AccountId,
) -> Result<Option<(Account, ChannelLimit)>, PlanError> {
    let account = accounts::by_id(&app.db, id).await?;
    let account = account.filter(|account| account.gone_at.is_none());
    Ok(account.and_then(|account| {
        let limit = account.channel_limit?.value;
        Some((account, limit))
    }))
}

fn set_limit(account: &Account, limit: ChannelLimit) -> PlannedItem {
    let change = Change::ChannelLimit {
        account: account.id.clone(),
        limit,
    };
    PlannedItem::of_change(&account.id, &operations::known_values(account), change)
}
