//! Display names: the portal's own names for accounts.

use super::{annotation_event, audit_and_commit};
use crate::app::App;
use crate::db;
use crate::db::accounts::{self, Account};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind};

/// Outcome of setting a display name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisplayNameOutcome {
    /// The name is as requested.
    Done,
    /// The name changed since the form was shown.
    Stale,
}

/// Text for a missing name in an event.
const NO_NAME: &str = "none";

/// Sets or removes the display name of an account. `shown` is the name in the form.
pub async fn set(
    app: &App,
    actor: &Actor,
    account: &Account,
    shown: Option<&str>,
    name: Option<&str>,
) -> db::Result<DisplayNameOutcome> {
    if account.display_name.as_deref() == name {
        return Ok(DisplayNameOutcome::Done);
    }
    let mut tx = app.db.begin().await?;
    if !accounts::set_display_name(&mut tx, &account.id, shown, name).await? {
        return Ok(DisplayNameOutcome::Stale);
    }
    let event = Event {
        account: Some(account.id.clone()),
        before: Some(shown.unwrap_or(NO_NAME).to_owned()),
        after: Some(name.unwrap_or(NO_NAME).to_owned()),
        ..annotation_event(
            actor,
            EventKind::DisplayName,
            account.shown_organization_name(),
        )
    };
    audit_and_commit(app, tx, &event).await?;
    Ok(DisplayNameOutcome::Done)
}
