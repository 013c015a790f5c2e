//! What must hold before a change is recorded: the portal may send, the target allows it, what the form showed still
//! holds, the pool can give it, and there is a reason where one is asked for.

pub(super) mod conflict;

use super::request::{NotSentReason, Request, SubmitError, Target};
use crate::app::App;
use crate::db::{self, Tx, accounts, audit, operations, settings};
use crate::domain::account::AccountStatus;
use crate::domain::actor::Actor;
use crate::domain::audit::{EventKind, EventOutcome};
use crate::domain::channels::ChannelLimit;
use crate::domain::email;
use crate::domain::ids::{AccountId, OrgUserId, StaffId};
use crate::domain::operation::{Change, PriorState, Reason, ReasonCode};
use crate::domain::org_user::RemovalObstacle;
use crate::domain::time::Timestamp;
use crate::telnyx::ErrorKind;

/// Who disabled an account, as far as the portal knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisabledBy {
    /// Somebody of the staff; `None` outside the portal.
    pub who: Option<(StaffId, String)>,
    /// When.
    pub at: Timestamp,
    /// Why, in their words.
    pub reason: String,
}

/// Whether changes are sent at all at the moment.
pub(super) async fn ensure_may_send(app: &App, try_anyway: bool) -> Result<(), SubmitError> {
    if app.settings.read_only {
        return Err(SubmitError::NotSent(NotSentReason::ReadOnly));
    }
    ensure_may_read(app).await?;
    match app.telnyx.health().down_since {
        Some(since) if !try_anyway => Err(SubmitError::NotSent(NotSentReason::TelnyxDown(since))),
        _ => Ok(()),
    }
}

/// Whether readings say anything of what was changed here: not under another manager's key.
pub(super) async fn ensure_may_read(app: &App) -> Result<(), SubmitError> {
    if is_other_manager(app).await? {
        return Err(SubmitError::NotSent(NotSentReason::OtherManager));
    }
    Ok(())
}

/// Whether the key is another manager's than the directory's.
pub(super) async fn is_other_manager(app: &App) -> db::Result<bool> {
    Ok(settings::other_manager(&app.db).await?.is_some())
}

/// Checks the target, and answers what is recorded of it.
pub(super) async fn check_target(
    app: &App,
    actor: &Actor,
    request: &Request,
) -> Result<Target, SubmitError> {
    check_reason(&request.change, &request.reason)?;
    match &request.change {
        Change::Create {
            organization_name, ..
        } => Ok(Target {
            label: organization_name.clone(),
            before: PriorState::default(),
        }),
        Change::RemoveOrgUser { user, email } => check_org_user(app, actor, user, email).await,
        Change::Enable { account, .. }
        | Change::Disable { account }
        | Change::ChannelLimit { account, .. }
        | Change::CustomPricing { account, .. } => {
            check_account(app, actor, request, account).await
        }
    }
}

/// Which changes ask for a reason: disable from the list, limit 0 and custom pricing in words.
fn check_reason(change: &Change, reason: &Reason) -> Result<(), SubmitError> {
    let missing = |sentence: &str| Err(SubmitError::Reason(sentence.to_owned()));
    match change {
        Change::Disable { .. } => match reason.code {
            None => missing("Choose a reason."),
            Some(ReasonCode::Other) if reason.text.is_empty() => missing("Say why in a few words."),
            Some(_) => Ok(()),
        },
        Change::ChannelLimit { limit, .. }
            if *limit == ChannelLimit::ZERO && reason.text.is_empty() =>
        {
            missing("Say why outbound calls are to be blocked.")
        }
        Change::CustomPricing { .. } if reason.text.is_empty() => missing("Say why."),
        _ => Ok(()),
    }
}

async fn check_account(
    app: &App,
    actor: &Actor,
    request: &Request,
    id: &AccountId,
) -> Result<Target, SubmitError> {
    let account = accounts::by_id(&app.db, id)
        .await?
        .ok_or(SubmitError::UnknownAccount)?;
    let differences = conflict::differences(&account, &request.expected);
    if !differences.is_empty() {
        return Err(conflict::describe_conflict(app, &account, differences).await?);
    }
    check_status(&account, &request.change)?;
    match &request.change {
        Change::Enable { .. }
            if request.reason.text.is_empty() && enable_needs_reason(app, actor, id).await? =>
        {
            return Err(SubmitError::Reason(
                "Say why: somebody else disabled this account, or it was done outside the portal."
                    .to_owned(),
            ));
        }
        Change::ChannelLimit { limit, .. } => {
            check_pool(app, account.channel_limit.map(|fact| fact.value), *limit).await?;
        }
        _ => {}
    }
    Ok(Target {
        label: account.shown_organization_name().to_owned(),
        before: snapshot(&account),
    })
}

/// What is recorded of an account as having been there before.
pub(super) fn snapshot(account: &accounts::Account) -> PriorState {
    PriorState {
        status: Some(account.status.value).filter(|status| *status != AccountStatus::Unknown),
        channel_limit: account.channel_limit.map(|fact| fact.value),
        custom_pricing: account.custom_pricing.map(|fact| fact.value),
        namesakes: None,
    }
}

/// Whether an account of this status can be changed so.
pub(super) fn check_status(
    account: &accounts::Account,
    change: &Change,
) -> Result<(), SubmitError> {
    let status = account.status.value;
    match change {
        Change::Enable { .. } if !status.may_be_enabled() => {
            Err(SubmitError::Rule(status_refusal(status, "enabled")))
        }
        Change::Disable { .. } if !status.may_be_disabled() => {
            Err(SubmitError::Rule(status_refusal(status, "disabled")))
        }
        _ => Ok(()),
    }
}

/// Checks that what the operation undoes is done, on its account, and undone by no other. Runs in the transaction that
/// records the operation: before that, another undo could still be recorded.
pub(super) async fn check_undo(
    tx: &mut Tx,
    operation: &operations::Operation,
) -> Result<(), SubmitError> {
    if operation.undoes.is_none() || operations::write::may_undo(tx, operation).await? {
        return Ok(());
    }
    Err(SubmitError::Rule(
        "This cannot be undone any more: it was changed since, or undone already.".to_owned(),
    ))
}

fn status_refusal(status: AccountStatus, verb: &str) -> String {
    match status {
        AccountStatus::Enabled | AccountStatus::Disabled => {
            format!("This account is {verb} already.")
        }
        AccountStatus::Blocked => {
            format!(
                "Telnyx blocked this account: it cannot be {verb} here, only Telnyx can lift that."
            )
        }
        AccountStatus::Cancelled => format!("This account is cancelled: it cannot be {verb} here."),
        AccountStatus::Unknown => {
            format!("This account cannot be {verb} while its status is unknown.")
        }
    }
}

/// Whether the pool, read now, can give what a raise takes. Only where the present limit is known: else Telnyx decides.
/// Where the pool cannot be read, Telnyx decides too.
async fn check_pool(
    app: &App,
    now: Option<ChannelLimit>,
    wanted: ChannelLimit,
) -> Result<(), SubmitError> {
    let Some(now) = now.filter(|now| wanted > *now) else {
        return Ok(());
    };
    let at = app.clock.now();
    let Ok(Ok(pool)) = tokio::time::timeout(app.settings.page_time_budget, app.telnyx.pool()).await
    else {
        return Ok(());
    };
    let mut tx = app.db.begin().await?;
    db::channel_pool::save(&mut tx, pool, at).await?;
    tx.commit().await?;
    if pool.can_allocate(now, wanted) {
        return Ok(());
    }
    Err(SubmitError::Pool { pool, now, wanted })
}

async fn check_org_user(
    app: &App,
    actor: &Actor,
    id: &OrgUserId,
    email: &str,
) -> Result<Target, SubmitError> {
    // Read now: what cannot be undone is not decided by a copy.
    let reading =
        tokio::time::timeout(app.settings.page_time_budget, app.telnyx.org_user(id)).await;
    let reading = reading.map_err(|_| SubmitError::NotSent(NotSentReason::CannotRead))?;
    let user = reading.map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            SubmitError::Rule("Telnyx does not list this user any more.".to_owned())
        }
        _ => SubmitError::NotSent(NotSentReason::CannotRead),
    })?;
    let address = user.email.unwrap_or_default();
    if !email::is_same(&address, email) {
        return Err(SubmitError::Rule(
            "The e-mail address does not match this user.".to_owned(),
        ));
    }
    let key_owner = app.settings.key_owner_email.as_deref();
    if let Some(kept) = RemovalObstacle::check(user.kind, &address, &actor.email, key_owner) {
        return Err(SubmitError::Rule(kept.sentence().to_owned()));
    }
    Ok(Target {
        label: address.clone(),
        before: PriorState::default(),
    })
}

/// Who disabled the account last, when and why, as far as the portal knows.
pub async fn disabled_by(app: &App, account: &AccountId) -> db::Result<Option<DisabledBy>> {
    let filter = audit::EventFilter {
        account: Some(account.clone()),
        kinds: vec![
            EventKind::Disable,
            EventKind::Enable,
            EventKind::ChangedElsewhere,
        ],
        outcome: Some(EventOutcome::Done),
        ..audit::EventFilter::default()
    };
    let latest = audit::latest(&app.db, &filter, 20).await?;
    let disabled = AccountStatus::Disabled.label();
    Ok(latest
        .into_iter()
        .find(|entry| match entry.event.kind {
            EventKind::Disable => true,
            EventKind::ChangedElsewhere => entry.event.after.as_deref() == Some(disabled),
            _ => false,
        })
        .map(|entry| DisabledBy {
            who: entry.event.who.map(|who| (who.staff_id, who.name)),
            at: entry.at,
            reason: entry.event.reason.unwrap_or_default(),
        }))
}

/// Whether enabling asks this person for a reason: somebody else disabled it, or it was done outside the portal.
pub async fn enable_needs_reason(
    app: &App,
    actor: &Actor,
    account: &AccountId,
) -> db::Result<bool> {
    Ok(match disabled_by(app, account).await? {
        Some(DisabledBy {
            who: Some((id, _)), ..
        }) => id != actor.staff_id,
        Some(DisabledBy { who: None, .. }) | None => true,
    })
}
