//! Undo of a job: a new job that leaves out what was changed since.

use std::collections::HashMap;

use super::items::PlannedItem;
use super::permission::permission;
use super::plan::{self, NewJob, PlanError};
use super::store;
use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::db::assignees::{self, Assignee};
use crate::db::jobs::{self, Job, items::JobItem};
use crate::db::operations::{self as stored_operations, Operation};
use crate::db::{self, channel_pool, tags};
use crate::domain::actor::Actor;
use crate::domain::ids::{AccountId, JobId, OperationId, StaffId};
use crate::domain::job::{Decision, ItemState, ItemWork, JobAction};
use crate::domain::operation::{Change, Reason};
use crate::domain::text::folded;
use crate::operations;

/// Number of items that are planned at a time.
const BATCH_SIZE: i64 = 500;
const CHANGED: &str = "Changed since, or undone already.";

/// Stores the preview of a job that undoes another one.
///
/// # Errors
/// Fails with [`PlanError`]. Then nothing was stored.
pub async fn preview_undo(
    app: &App,
    actor: &Actor,
    id: JobId,
    undone: &Job,
    reenable_all_connections: bool,
    reason: Reason,
) -> Result<Job, PlanError> {
    let action = JobAction::Undo {
        job: undone.id,
        of: Box::new(undone.action.clone()),
        reenable_all_connections,
    };
    let needed = permission(&action);
    if !actor.may(needed) {
        return Err(PlanError::Forbidden(needed));
    }
    if let Some(earlier) = jobs::by_id(&app.db, id).await? {
        return Ok(earlier);
    }
    let mut planned = Vec::new();
    let mut last = 0;
    loop {
        let items = jobs::items::after(&app.db, undone.id, last, BATCH_SIZE).await?;
        let Some(end) = items.last() else { break };
        last = end.number;
        planned.extend(plan_batch(app, &items, reenable_all_connections).await?);
    }
    plan::ensure_size(app, planned.len())?;
    let pool = channel_pool::latest(&app.db).await?.map(|(pool, _)| pool);
    plan::arrange(&mut planned, pool);
    plan::check_reason(&action, &planned, &reason)?;
    let new = NewJob {
        id,
        action,
        accounts: Vec::new(),
        selection: "The accounts that the job changed".to_owned(),
        reason,
    };
    let job = Job {
        undoes: Some(undone.id),
        ..plan::new_job(app, actor, new)
    };
    Ok(store::store(app, &job, planned).await?)
}

async fn plan_batch(
    app: &App,
    items: &[JobItem],
    reenable_all_connections: bool,
) -> db::Result<Vec<PlannedItem>> {
    let done: Vec<&JobItem> = items
        .iter()
        .filter(|item| matches!(item.state, ItemState::Done | ItemState::Incomplete))
        .collect();
    let ids: Vec<AccountId> = done
        .iter()
        .filter_map(|item| item.account.clone())
        .collect();
    let keys: Vec<OperationId> = done.iter().map(|item| item.operation_id).collect();
    let accounts = accounts::by_ids(&app.db, &ids).await?;
    let accounts: HashMap<AccountId, Account> = accounts
        .into_iter()
        .filter(|account| account.gone_at.is_none())
        .map(|account| (account.id.clone(), account))
        .collect();
    let operations = stored_operations::by_ids(&app.db, &keys).await?;
    let operations: HashMap<OperationId, Operation> = operations
        .into_iter()
        .map(|operation| (operation.id, operation))
        .collect();
    let undone = stored_operations::undone_by(&app.db, &keys).await?;
    let tags = tags::of_accounts(&app.db, &ids).await?;
    let assignees = done.iter().filter_map(|item| item.shown.assignee);
    let assignees = assignees::by_ids(&app.db, assignees).await?;
    let planned = done.into_iter().filter_map(|item| {
        let account = accounts.get(item.account.as_ref()?)?;
        let mut planned = match item.work.as_ref()? {
            ItemWork::Operation(Change::Create { .. }) => {
                let change = Change::Disable {
                    account: account.id.clone(),
                };
                PlannedItem::of_change(&account.id, &operations::known_values(account), change)
            }
            ItemWork::Operation(_) => {
                let operation = operations.get(&item.operation_id)?;
                plan_operation(
                    operation,
                    account,
                    undone.contains_key(&operation.id),
                    reenable_all_connections,
                )
            }
            ItemWork::AddTag(name) => {
                let has_tag = has_tag(&tags, account, name);
                PlannedItem::of_tag(&account.id, ItemWork::RemoveTag(name.clone()), has_tag)
            }
            ItemWork::RemoveTag(name) => {
                let has_tag = has_tag(&tags, account, name);
                PlannedItem::of_tag(&account.id, ItemWork::AddTag(name.clone()), has_tag)
            }
            ItemWork::Assign { staff, .. } => {
                plan_assignment(account, *staff, item.shown.assignee, &assignees)
            }
        };
        if planned.decision == Decision::Same {
            planned.exclude(Decision::Changed, CHANGED.to_owned());
        }
        Some(planned)
    });
    Ok(planned.collect())
}

fn has_tag(tags: &HashMap<AccountId, Vec<String>>, account: &Account, name: &str) -> bool {
    let of_account = tags.get(&account.id).map(Vec::as_slice).unwrap_or_default();
    of_account.iter().any(|tag| folded(tag) == folded(name))
}

/// Plans to give an account its earlier account manager, if it still has the later one.
fn plan_assignment(
    account: &Account,
    later: Option<StaffId>,
    earlier: Option<StaffId>,
    assignees: &HashMap<StaffId, Assignee>,
) -> PlannedItem {
    let found = earlier.and_then(|id| assignees.get(&id));
    let name = found.map(|person| person.name.clone()).unwrap_or_default();
    let mut item = PlannedItem::of_assignment(&account.id, account.assignee_id, earlier, name);
    if account.assignee_id != later {
        item.exclude(Decision::Changed, CHANGED.to_owned());
    }
    item
}

fn plan_operation(
    operation: &Operation,
    account: &Account,
    is_undone: bool,
    reenable_all_connections: bool,
) -> PlannedItem {
    let inverse = operations::inverse_change(operation, account, reenable_all_connections);
    if let Some(change) = inverse.filter(|_| !is_undone) {
        return PlannedItem {
            undoes: Some(operation.id),
            ..PlannedItem::of_change(&account.id, &operations::known_values(account), change)
        };
    }
    let mut item = PlannedItem::new(&account.id);
    if operations::has_known_prior_value(operation) {
        item.exclude(Decision::Changed, CHANGED.to_owned());
    } else {
        item.exclude(
            Decision::NotUndoable,
            "The value before is not known.".to_owned(),
        );
    }
    item
}
