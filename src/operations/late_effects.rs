//! Unanswered requests that may still take effect.
//! Finds those that contradict the known facts of an account, and detects from the pool if one of
//! them took effect.

use super::registry;
use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::db::operations::{self, Operation};
use crate::db::{self, channel_pool};
use crate::domain::channels::{ChannelLimit, ChannelPool};
use crate::domain::operation::{Change, LATE_EFFECT_PERIOD, OperationKind, OperationState};
use crate::domain::time::Timestamp;

/// Returns the changes of accounts that may still take effect.
pub async fn find_unanswered(app: &App) -> db::Result<Vec<Operation>> {
    operations::late_effects::unanswered(&app.db, app.clock.now() - LATE_EFFECT_PERIOD).await
}

/// Returns the time until which a request of this operation may still take effect.
/// Returns `None` if no effect is expected any more.
#[must_use]
pub fn may_act_until(operation: &Operation, now: Timestamp) -> Option<Timestamp> {
    let until = operation.unanswered_at? + LATE_EFFECT_PERIOD;
    (operation.state.is_settled() && until > now).then_some(until)
}

/// Returns `true` if the change would alter the account as it is known.
#[must_use]
pub fn contradicts(operation: &Operation, account: &Account) -> bool {
    operation.account.as_ref() == Some(&account.id)
        && registry::of(&operation.change).contradicts(account)
}

/// Returns what the request would do, in a few words.
#[must_use]
pub fn effect_text(operation: &Operation) -> String {
    registry::of(&operation.change)
        .effect_text()
        .unwrap_or_else(|| registry::info(operation.kind).infinitive.to_owned())
}

/// Returns `true` if the pool changed as if this unanswered limit took effect.
/// The change must be exactly the difference between this limit and the confirmed one.
pub async fn may_have_taken_effect(
    app: &App,
    operation: &Operation,
    account: &Account,
) -> db::Result<bool> {
    let (Change::ChannelLimit { limit, .. }, Some(rest_after), Some(fact)) = (
        &operation.change,
        operation.unattributed_channels,
        account.channel_limit,
    ) else {
        return Ok(false);
    };
    let Some((pool, _)) = channel_pool::latest(&app.db).await? else {
        return Ok(false);
    };
    let moved = unattributed_channels(app, pool).await? - rest_after;
    Ok(moved != 0 && moved == channels(*limit) - channels(fact.value))
}

/// Records the state of the pool so that a late effect on it is noticed.
/// Does so after a limit was confirmed while an earlier one may still take effect.
pub(super) async fn watch_pool(app: &App, operation: &Operation) {
    if operation.kind == OperationKind::ChannelLimit
        && let Err(error) = record_unattributed_channels(app, operation).await
    {
        tracing::warn!(%error, operation = %operation.id, "the pool is not watched for an earlier limit");
    }
}

async fn record_unattributed_channels(app: &App, operation: &Operation) -> db::Result<()> {
    let (Some(id), now) = (&operation.account, app.clock.now()) else {
        return Ok(());
    };
    let earlier = find_unanswered(app).await?;
    let done = operations::by_id(&app.db, operation.id).await?;
    let confirmed = done.is_some_and(|done| done.state == OperationState::Done);
    let Some(account) = accounts::by_id(&app.db, id).await? else {
        return Ok(());
    };
    let of_limits = |earlier: &&Operation| {
        earlier.kind == OperationKind::ChannelLimit && contradicts(earlier, &account)
    };
    if !confirmed || !earlier.iter().any(|earlier| of_limits(&earlier)) {
        return Ok(());
    }
    let reading = tokio::time::timeout(app.settings.page_time_budget, app.telnyx.pool()).await;
    let Ok(Ok(pool)) = reading else {
        return Ok(());
    };
    let rest = unattributed_channels(app, pool).await?;
    let mut tx = app.db.begin().await?;
    channel_pool::save(&mut tx, pool, now).await?;
    operations::late_effects::set_unattributed_channels(
        &mut tx,
        id,
        now - LATE_EFFECT_PERIOD,
        rest,
    )
    .await?;
    tx.commit().await
}

/// Returns how many channels of the pool are allocated beyond the known limits.
async fn unattributed_channels(app: &App, pool: ChannelPool) -> db::Result<i64> {
    let known = accounts::channel_totals(&app.db, "").await?.known_channels;
    Ok(i64::from(pool.allocated) - known)
}

fn channels(limit: ChannelLimit) -> i64 {
    i64::from(limit.get())
}
