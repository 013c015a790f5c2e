//! The portal's own data about accounts: display names, account managers, tags, notes and saved views.
//! Each change is one transaction with its audit event. Telnyx does not know this data.

use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};

pub mod assignees;
pub mod display_name;
pub mod notes;
mod tagged_views;
pub mod tags;
pub mod views;

/// Returns the event of an action by the actor.
fn annotation_event(actor: &Actor, kind: EventKind, target: &str) -> Event {
    Event::by_actor(actor, kind, EventOutcome::Done, target)
}

/// Appends the event and commits the transaction.
async fn audit_and_commit(app: &App, mut tx: Tx, event: &Event) -> db::Result<()> {
    db::audit::append(&mut tx, &app.audit_key, app.clock.now(), event).await?;
    tx.commit().await
}
