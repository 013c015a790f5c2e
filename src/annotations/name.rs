//! The portal's own name of an account.

use super::{done, finish};
use crate::app::App;
use crate::db;
use crate::db::accounts::{self, Account};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind};

/// What became of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// It is as asked for.
    Done,
    /// It changed since the form was shown.
    Stale,
}

/// What an event says of no name.
const NONE: &str = "none";

/// Gives an account a name of the portal's own, or takes it away. `shown`: the name that the form showed.
pub async fn set(
    app: &App,
    actor: &Actor,
    account: &Account,
    shown: Option<&str>,
    name: Option<&str>,
) -> db::Result<Named> {
    if account.display_name.as_deref() == name {
        return Ok(Named::Done);
    }
    let mut tx = app.db.begin().await?;
    if !accounts::set_display_name(&mut tx, &account.id, shown, name).await? {
        return Ok(Named::Stale);
    }
    let event = Event {
        account: Some(account.id.clone()),
        before: Some(shown.unwrap_or(NONE).to_owned()),
        after: Some(name.unwrap_or(NONE).to_owned()),
        ..done(actor, EventKind::DisplayName, account.shown_organization_name())
    };
    finish(app, tx, &event).await?;
    Ok(Named::Done)
}
