//! Account managers: the staff member who is responsible for an account.

use super::annotation_event;
use crate::app::App;
use crate::db::{self, Tx, accounts, assignees};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind};
use crate::domain::ids::{AccountId, StaffId};

/// Change of an account's account manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Account manager in the form or in the preview.
    pub shown: Option<StaffId>,
    /// New account manager; `None` to remove the present one.
    pub to: Option<StaffId>,
    /// True to accept someone who is disabled, for an undo.
    pub may_be_disabled: bool,
}

/// Outcome of a change of an account manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignOutcome {
    /// The account manager is as requested.
    Done,
    /// It changed since the form was shown, or the account no longer exists.
    Stale,
    /// The new account manager is disabled or does not exist.
    Unavailable,
}

/// Text for a missing account manager in an event.
const NOBODY: &str = "none";

/// Sets or removes the account manager of an account.
pub async fn assign(
    app: &App,
    actor: &Actor,
    account: &AccountId,
    assignment: Assignment,
) -> db::Result<AssignOutcome> {
    let mut tx = app.db.begin().await?;
    let outcome = assign_in_tx(app, &mut tx, actor, account, assignment).await?;
    if outcome == AssignOutcome::Done {
        tx.commit().await?;
    }
    Ok(outcome)
}

/// Does the same as [`assign`] within a transaction, which the caller commits.
/// Writes nothing unless the outcome is [`AssignOutcome::Done`].
pub async fn assign_in_tx(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    account: &AccountId,
    assignment: Assignment,
) -> db::Result<AssignOutcome> {
    let Assignment { shown, to, .. } = assignment;
    let Some(account) = accounts::by_id_in_tx(tx, account).await? else {
        return Ok(AssignOutcome::Stale);
    };
    if account.assignee_id == to {
        return Ok(AssignOutcome::Done);
    }
    if account.assignee_id != shown {
        return Ok(AssignOutcome::Stale);
    }
    let after = match to {
        None => NOBODY.to_owned(),
        Some(id) => match assignees::by_id_in_tx(tx, id).await? {
            Some(person) if !person.is_disabled || assignment.may_be_disabled => person.name,
            _ => return Ok(AssignOutcome::Unavailable),
        },
    };
    let before = match shown {
        None => None,
        Some(id) => assignees::by_id_in_tx(tx, id).await?,
    };
    // Another transaction may have changed it since it was read.
    if !assignees::set(tx, &account.id, shown, to).await? {
        return Ok(AssignOutcome::Stale);
    }
    let event = Event {
        account: Some(account.id.clone()),
        before: Some(before.map_or_else(|| NOBODY.to_owned(), |person| person.name)),
        after: Some(after),
        ..annotation_event(actor, EventKind::Assignee, account.name())
    };
    db::audit::append(tx, &app.audit_key, app.clock.now(), &event).await?;
    Ok(AssignOutcome::Done)
}
