//! Saved views of the list of accounts. Changes of shared views are audit events.

use super::{annotation_event, audit_and_commit};
use crate::app::App;
use crate::db::views::{self, LockedView, ViewOwner};
use crate::db::{self, Tx};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind};
use crate::domain::ids::ViewId;

/// Outcome of changing a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewChangeOutcome {
    /// The view is as requested.
    Done,
    /// Someone changed the view since the page showed it.
    Stale,
    /// The owner has no such view.
    Gone,
    /// Another view has this name.
    NameTaken,
    /// There is the maximum number of shared views.
    TooMany,
}

/// View as a page showed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewSnapshot {
    /// Owner of the view.
    pub owner: ViewOwner,
    /// ID of the view.
    pub id: ViewId,
    /// Version of the view.
    pub version: i64,
}

/// Other query for a view, with both lists in words for the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryChange {
    /// New query.
    pub query: String,
    /// Present filters in words.
    pub before: String,
    /// New filters in words.
    pub after: String,
}

/// Renames a view.
pub async fn rename(
    app: &App,
    actor: &Actor,
    seen: ViewSnapshot,
    name: &str,
) -> db::Result<ViewChangeOutcome> {
    let mut tx = app.db.begin().await?;
    let view = match lock(&mut tx, seen).await? {
        Ok(view) => view,
        Err(outcome) => return Ok(outcome),
    };
    if let Some(outcome) = refusal(views::rename(&mut tx, seen.id, name).await)? {
        return Ok(outcome);
    }
    let event = Event {
        before: Some(view.name.clone()),
        after: Some(name.to_owned()),
        ..view_event(actor, &view, "Renamed.")
    };
    commit(app, tx, seen.owner, &event).await
}

/// Stores another query under a view.
pub async fn update(
    app: &App,
    actor: &Actor,
    seen: ViewSnapshot,
    change: QueryChange,
) -> db::Result<ViewChangeOutcome> {
    let mut tx = app.db.begin().await?;
    let view = match lock(&mut tx, seen).await? {
        Ok(view) => view,
        Err(outcome) => return Ok(outcome),
    };
    views::set_query(&mut tx, seen.id, &change.query).await?;
    let message = if change.before == change.after {
        "Its order or columns were changed."
    } else {
        "Its filters were changed."
    };
    let event = Event {
        before: Some(change.before),
        after: Some(change.after),
        ..view_event(actor, &view, message)
    };
    commit(app, tx, seen.owner, &event).await
}

/// Deletes a view.
pub async fn delete(app: &App, actor: &Actor, seen: ViewSnapshot) -> db::Result<ViewChangeOutcome> {
    let mut tx = app.db.begin().await?;
    let view = match lock(&mut tx, seen).await? {
        Ok(view) => view,
        Err(outcome) => return Ok(outcome),
    };
    views::delete(&mut tx, seen.id).await?;
    commit(app, tx, seen.owner, &view_event(actor, &view, "Deleted.")).await
}

/// Shares one of the actor's own views with the team.
pub async fn share(
    app: &App,
    actor: &Actor,
    id: ViewId,
    version: i64,
) -> db::Result<ViewChangeOutcome> {
    let owner = ViewOwner::Person(actor.staff_id);
    let mut tx = app.db.begin().await?;
    let view = match lock(&mut tx, ViewSnapshot { owner, id, version }).await? {
        Ok(view) => view,
        Err(outcome) => return Ok(outcome),
    };
    if views::shared_count(&mut tx).await? >= views::MAX_SHARED {
        return Ok(ViewChangeOutcome::TooMany);
    }
    if let Some(outcome) = refusal(views::share(&mut tx, id).await)? {
        return Ok(outcome);
    }
    let event = view_event(actor, &view, "Shared with the team.");
    commit(app, tx, ViewOwner::Team, &event).await
}

/// Gives a shared view back to the person who created it.
pub async fn unshare(
    app: &App,
    actor: &Actor,
    id: ViewId,
    version: i64,
) -> db::Result<ViewChangeOutcome> {
    let owner = ViewOwner::Team;
    let mut tx = app.db.begin().await?;
    let view = match lock(&mut tx, ViewSnapshot { owner, id, version }).await? {
        Ok(view) => view,
        Err(outcome) => return Ok(outcome),
    };
    views::unshare(&mut tx, id).await?;
    let event = view_event(actor, &view, "No longer shared.");
    commit(app, tx, owner, &event).await
}

/// Locks the view. Fails with the outcome if it is gone or differs from what the page showed.
async fn lock(
    tx: &mut Tx,
    seen: ViewSnapshot,
) -> db::Result<Result<LockedView, ViewChangeOutcome>> {
    Ok(match views::lock(tx, seen.owner, seen.id).await? {
        None => Err(ViewChangeOutcome::Gone),
        Some(view) if view.version != seen.version => Err(ViewChangeOutcome::Stale),
        Some(view) => Ok(view),
    })
}

/// Returns the outcome if a unique index refused the name.
fn refusal(result: db::Result<()>) -> db::Result<Option<ViewChangeOutcome>> {
    match result {
        Ok(()) => Ok(None),
        Err(error) if error.is_unique_violation() => Ok(Some(ViewChangeOutcome::NameTaken)),
        Err(error) => Err(error),
    }
}

fn view_event(actor: &Actor, view: &LockedView, message: &str) -> Event {
    Event {
        message: message.to_owned(),
        ..annotation_event(actor, EventKind::SharedView, &view.name)
    }
}

/// Commits the change, with its event if the view is shared.
async fn commit(
    app: &App,
    tx: Tx,
    owner: ViewOwner,
    event: &Event,
) -> db::Result<ViewChangeOutcome> {
    match owner {
        ViewOwner::Team => audit_and_commit(app, tx, event).await?,
        ViewOwner::Person(_) => tx.commit().await?,
    }
    Ok(ViewChangeOutcome::Done)
}
