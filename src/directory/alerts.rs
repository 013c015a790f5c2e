//! Conditions that people are notified of once when they begin: a pool almost used up, accounts
//! that are low on credit, and enabled accounts with limit 0. Each sweep looks for them.

use uuid::Uuid;

use crate::app::App;
use crate::db::notifications::{self as stored, AccountCondition, CrossedAccount};
use crate::db::{self, channel_pool};
use crate::domain::account::AccountStatus;
use crate::domain::audit::{Event, EventKind};
use crate::domain::ids::AccountId;
use crate::domain::notification::{NotificationFact, NotificationKind};
use crate::domain::text::group_thousands;
use crate::domain::thresholds::Thresholds;
use crate::domain::time::Timestamp;
use crate::notifications;

/// Notifies people of the conditions that began since the last sweep, and forgets those that
/// ended.
pub(super) async fn check(app: &App, sweep: Uuid) -> db::Result<()> {
    let thresholds = app.setting::<Thresholds>().await?;
    check_pool(app, sweep, &thresholds).await?;
    let (low, reset) = (thresholds.low_micros(), thresholds.reset_micros());
    let low_balance = [
        AccountCondition::LowBalance(low),
        AccountCondition::LowBalance(reset),
    ];
    check_accounts(app, sweep, low_balance).await?;
    check_accounts(app, sweep, [AccountCondition::ZeroLimit; 2]).await
}

async fn check_pool(app: &App, sweep: Uuid, thresholds: &Thresholds) -> db::Result<()> {
    let kind = NotificationKind::PoolThreshold;
    let Some((pool, _)) = channel_pool::latest(&app.db).await? else {
        return Ok(());
    };
    if !pool.is_enabled() {
        return Ok(());
    }
    let is_set = stored::is_condition_set(&app.db, kind, "").await?;
    let percent = pool.used_percent();
    if is_set && percent < thresholds.pool_reset() {
        let mut tx = app.db.begin().await?;
        stored::reset_condition(&mut tx, kind, "").await?;
        return tx.commit().await;
    }
    if is_set || percent < thresholds.pool_percent {
        return Ok(());
    }
    let fact = NotificationFact {
        kind,
        sweep: Some(sweep),
        items: 1,
        subject: format!("{percent}%"),
        detail: format!(
            "{} of {} channels are allocated.",
            group_thousands(pool.allocated.into()),
            group_thousands(pool.total.into())
        ),
        path: "/channels".to_owned(),
    };
    let mut tx = app.db.begin().await?;
    stored::set_conditions(&mut tx, kind, [""], app.clock.now()).await?;
    notifications::publish(app, &mut tx, &fact, None).await?;
    tx.commit().await
}

/// Notifies of accounts for which the first condition began. Forgets those for which the second no
/// longer holds.
async fn check_accounts(
    app: &App,
    sweep: Uuid,
    [begins, holds]: [AccountCondition; 2],
) -> db::Result<()> {
    stored::reset_accounts(&app.db, holds).await?;
    let crossed = stored::crossed_accounts(&app.db, begins).await?;
    if crossed.is_empty() {
        return Ok(());
    }
    let kind = begins.kind();
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let ids = crossed.iter().map(|account| account.id.as_str());
    stored::set_conditions(&mut tx, kind, ids, now).await?;
    let is_first =
        |account: &CrossedAccount| kind == NotificationKind::LowBalance && account.is_first_reading;
    let (first, fell): (Vec<_>, Vec<_>) = crossed.into_iter().partition(is_first);
    for (source, accounts) in [(first_readings(now), first), (sweep, fell)] {
        let Some(account) = accounts.first() else {
            continue;
        };
        let fact = NotificationFact {
            kind,
            sweep: Some(source),
            items: i64::try_from(accounts.len()).unwrap_or(i64::MAX),
            subject: account.name.clone(),
            detail: String::new(),
            path: account_path(&account.id),
        };
        notifications::publish(app, &mut tx, &fact, None).await?;
    }
    tx.commit().await
}

/// Returns what all first readings of a day have in common, so that they are one notification. The
/// balances of a new directory are read one after the other, over many sweeps.
fn first_readings(now: Timestamp) -> Uuid {
    const MILLIS_PER_DAY: i64 = 24 * 60 * 60 * 1_000;
    let day = u64::try_from(now.as_millis() / MILLIS_PER_DAY).unwrap_or_default();
    Uuid::from_u64_pair(0xF157_BA1A_4CE0_0000, day)
}

/// Returns the facts of events that a reading recorded: blocked accounts, and other changes made
/// outside the portal.
pub(super) fn facts(events: &[Event], sweep: Option<Uuid>) -> Vec<NotificationFact> {
    let mut facts: Vec<NotificationFact> = Vec::new();
    for event in events {
        let (Some(kind), Some(account)) = (kind_of(event), &event.account) else {
            continue;
        };
        if let Some(same) = facts.iter_mut().find(|fact| fact.kind == kind) {
            same.items += 1;
            continue;
        }
        facts.push(NotificationFact {
            kind,
            sweep,
            items: 1,
            subject: event.shown_target().to_owned(),
            detail: detail(event),
            path: account_path(account),
        });
    }
    facts
}

fn kind_of(event: &Event) -> Option<NotificationKind> {
    if event.kind != EventKind::ChangedElsewhere {
        return None;
    }
    let is_blocked =
        event.before.is_some() && event.after.as_deref() == Some(AccountStatus::Blocked.label());
    Some(if is_blocked {
        NotificationKind::AccountBlocked
    } else {
        NotificationKind::ChangedElsewhere
    })
}

fn detail(event: &Event) -> String {
    match (&event.before, &event.after) {
        (Some(before), Some(after)) => format!("{} {before} → {after}.", event.message),
        _ => event.message.clone(),
    }
}

fn account_path(id: &AccountId) -> String {
    format!("/accounts/{id}")
}
