//! Showing an account's API key. It is fetched on demand and never stored.
//! Each showing is recorded in the audit before the key is returned.

use std::time::Duration;

use crate::app::App;
use crate::db::{self, accounts, audit, operations};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::ids::AccountId;
use crate::domain::operation::SettledBy;
use crate::domain::role::Permission;
use crate::domain::text;
use crate::telnyx::{self, Credentials};

/// Time after a creation during which its creator may see the key.
const CREATOR_ACCESS_PERIOD: Duration = Duration::from_hours(24);

/// Right by which a person may see an account's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAccess {
    /// They created the account less than a day ago, and its key was never shown.
    Creator,
    /// Their role permits it, with a reason.
    Role,
    /// They may not see it.
    None,
}

/// Reason why a key was not shown.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// The person may not see this key.
    #[error("not permitted to show this key")]
    Forbidden,
    /// The person did not recently prove who they are.
    #[error("not proved of late who asks")]
    StepUpRequired,
    /// The directory has no such account.
    #[error("no such account")]
    UnknownAccount,
    /// A reason is missing or invalid; holds a sentence for its field.
    #[error("{0}")]
    Reason(String),
    /// Telnyx answered with an error.
    #[error("Telnyx did not give the key")]
    Telnyx(#[from] telnyx::Error),
    /// The database failed. Then nothing is shown.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Returns the right by which a person may see this account's key now.
pub async fn key_access(app: &App, actor: &Actor, account: &AccountId) -> db::Result<KeyAccess> {
    if let Some(creation) = operations::creation_of(&app.db, account).await? {
        let fresh = creation
            .finished_at
            .is_some_and(|made| made.until(app.clock.now()) < CREATOR_ACCESS_PERIOD);
        // A settlement by hand does not prove that this person created the account.
        let proven = creation
            .outcome
            .as_ref()
            .and_then(|outcome| outcome.settled_by)
            != Some(SettledBy::Person);
        if fresh
            && proven
            && creation.staff_id == actor.staff_id
            && actor.may(Permission::CreateAccounts)
            && past_views(app, account, 1).await?.is_empty()
        {
            return Ok(KeyAccess::Creator);
        }
    }
    Ok(if actor.may(Permission::ShowApiKeys) {
        KeyAccess::Role
    } else {
        KeyAccess::None
    })
}

/// Returns who was shown this account's key, and when; newest first.
pub async fn past_views(
    app: &App,
    account: &AccountId,
    limit: i64,
) -> db::Result<Vec<audit::Entry>> {
    let filter = audit::EventFilter {
        account: Some(account.clone()),
        kinds: vec![EventKind::KeyShown],
        outcome: Some(EventOutcome::Done),
        ..audit::EventFilter::default()
    };
    audit::latest(&app.db, &filter, limit).await
}

/// Request to see a key.
#[derive(Clone, Copy, Debug)]
pub struct KeyRequest<'a> {
    /// Reason why they need it.
    pub reason: &'a str,
    /// True if they recently proved who they are.
    /// Only the creator, who sees the key for the first time, does not need this.
    pub recently_authenticated: bool,
}

/// Fetches the key for the one answer that shows it.
///
/// # Errors
/// Fails with [`ShowError`]. Then nothing is shown.
pub async fn show(
    app: &App,
    actor: &Actor,
    account: &AccountId,
    asked: KeyRequest<'_>,
) -> Result<Credentials, ShowError> {
    let right = key_access(app, actor, account).await?;
    let reason = asked.reason;
    let reason = match right {
        KeyAccess::None => return Err(ShowError::Forbidden),
        KeyAccess::Role if !asked.recently_authenticated => return Err(ShowError::StepUpRequired),
        KeyAccess::Creator if reason.trim().is_empty() => "New account".to_owned(),
        KeyAccess::Creator | KeyAccess::Role => text::parse_lines(reason, 1_000)
            .map_err(|error| ShowError::Reason(error.to_string()))?,
    };
    let known = accounts::by_id(&app.db, account)
        .await?
        .ok_or(ShowError::UnknownAccount)?;
    let event = |outcome| Event {
        account: Some(account.clone()),
        reason: Some(reason.clone()),
        ..Event::by_actor(
            actor,
            EventKind::KeyShown,
            outcome,
            known.shown_organization_name(),
        )
    };
    let answer = app.telnyx.credentials(account).await;
    let at = app.clock.now();
    let (message, telnyx_request_id, result) = match answer {
        Ok(answer) if answer.value.api_key.is_some() => {
            let event = Event {
                telnyx_request_id: answer.request_id,
                ..event(EventOutcome::Done)
            };
            let mut tx = app.db.begin().await?;
            audit::append(&mut tx, &app.audit_key, at, &event).await?;
            // Appends run one at a time: of two concurrent requests, the second sees the first
            // one's event.
            if right == KeyAccess::Creator
                && audit::count(&mut tx, account, EventKind::KeyShown).await? > 1
            {
                return Err(ShowError::Forbidden);
            }
            tx.commit().await?;
            return Ok(answer.value);
        }
        Ok(answer) => (
            "Telnyx's answer had no API key.".to_owned(),
            answer.request_id,
            Ok(answer.value),
        ),
        Err(error) => (
            error.detail(),
            error.request_id().map(str::to_owned),
            Err(error.into()),
        ),
    };
    let event = Event {
        telnyx_request_id,
        message,
        ..event(EventOutcome::Refused)
    };
    audit::record(&app.db, &app.audit_key, at, &event).await?;
    result
}
