//! Items that need attention, most urgent first, each with a link to its remedy.

use rust_decimal::Decimal;

use crate::app::App;
use crate::db::accounts::{self, Account, AttentionGroup};
use crate::db::audit::verification_log;
use crate::db::audit::verify::Verdict;
use crate::db::operations::{self, Operation};
use crate::db::settings;
use crate::db::sweeps::{Sweep, SweepOutcome};
use crate::directory;
use crate::domain::account_filter::{AccountFilter, AttentionReason, FilterContext};
use crate::domain::operation::OperationState;
use crate::domain::role::Permission;
use crate::domain::text::{isolate_bidi, mid_sentence};
use crate::operations::outcome_text;
use crate::web::access::Viewer;
use crate::web::banners;
use crate::web::error::Error;
use crate::web::format::{FormattedTime, group_thousands};
use crate::web::pool::PoolView;

mod reclaimable;
mod skipped;

use reclaimable::ReclaimableAccount;

/// Maximum number of accounts named per item.
const MAX_NAMES: u32 = 3;
/// Maximum number of open operations examined.
const MAX_OPERATIONS: i64 = 50;

#[derive(Clone, Debug)]
pub(super) struct AttentionItem {
    /// `bad`, `warn` or `info`.
    pub kind: &'static str,
    pub icon: &'static str,
    pub text: String,
    /// Further details; may be empty.
    pub more: String,
    /// Time since when it needs attention, if known.
    pub at: Option<FormattedTime>,
    /// Label and address of the remedy.
    pub remedy: Option<(String, String)>,
    /// Accounts with a remedy of their own; empty if there is only the one for all of them.
    pub accounts: Vec<ReclaimableAccount>,
    /// True if the remedies are forms, which a script opens over this page.
    pub is_dialog: bool,
}

impl AttentionItem {
    fn new(kind: &'static str, icon: &'static str, text: impl Into<String>) -> Self {
        Self {
            kind,
            icon,
            text: text.into(),
            more: String::new(),
            at: None,
            remedy: None,
            accounts: Vec::new(),
            is_dialog: false,
        }
    }

    fn more(mut self, more: impl Into<String>) -> Self {
        self.more = more.into();
        self
    }

    fn since(mut self, at: FormattedTime) -> Self {
        self.at = Some(at);
        self
    }

    fn remedy(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.remedy = Some((label.into(), href.into()));
        self
    }
}

/// Returns everything that needs attention now.
pub(super) async fn items(
    app: &App,
    viewer: &Viewer,
    pool: &PoolView,
    latest: Option<&Sweep>,
) -> Result<Vec<AttentionItem>, Error> {
    let mut items = Vec::new();
    items.extend(broken_audit_chain(app, viewer).await?);
    items.extend(directory_alert(app, viewer, latest).await?);
    items.extend(skipped::item(&directory::skipped_accounts(app).await?));
    let mut open = operations::open(&app.db, MAX_OPERATIONS).await?;
    open.retain(|operation| {
        matches!(
            operation.state,
            OperationState::Unknown | OperationState::Checking
        )
    });
    // Unknown operations come first, because only a person can settle them. Older ones come before
    // newer ones.
    open.sort_by_key(|operation| operation.state != OperationState::Unknown);
    items.extend(
        open.iter()
            .map(|operation| open_operation(viewer, operation)),
    );
    items.extend(nearly_full_pool(pool));
    let criteria = AccountFilter::default().criteria(FilterContext {
        reader: viewer.staff().id,
        now: viewer.times().now(),
        zone: viewer.times().zone(),
        low_balance: app.low_balance(),
    });
    for found in accounts::attention(&app.db, &criteria, MAX_NAMES).await? {
        match found.reason {
            // The causes above the list count these accounts already.
            AttentionReason::Blocked | AttentionReason::EnabledWithoutChannels => {}
            AttentionReason::ChangedElsewhere => items.extend(changed_elsewhere(viewer, &found)),
            AttentionReason::DisabledHoldingChannels => {
                let may_change = viewer.can(Permission::ChangeLimits);
                items.push(reclaimable::item(&found, pool, may_change));
            }
            AttentionReason::LowBalance => {
                items.push(low_balance(viewer, &found, app.low_balance()));
            }
            AttentionReason::UnknownStatus => items.push(unknown_status(&found)),
        }
    }
    let unknown = pool.holding.unknown_accounts();
    if pool.shares.is_some() && unknown > 0 {
        let text = counted(
            unknown,
            "1 channel limit is not known",
            "channel limits are not known",
        );
        items.push(
            AttentionItem::new("info", "circle-dashed", text)
                .remedy("View", "/channels?show=unknown"),
        );
    }
    Ok(items)
}

/// Returns an item if the chain of the activity is broken.
async fn broken_audit_chain(app: &App, viewer: &Viewer) -> Result<Option<AttentionItem>, Error> {
    let last = verification_log::latest_result(&app.db, &app.audit_key).await?;
    Ok(last.and_then(|last| match last.verdict {
        Verdict::Holds { .. } => None,
        Verdict::Broken { seq, .. } => {
            let text = format!(
                "The activity was tampered with at event {}",
                group_thousands(seq)
            );
            let item = AttentionItem::new("bad", "shield", text)
                .more("Found by verification")
                .since(viewer.times().format(last.finished_at))
                .remedy("View", "/activity/verification");
            Some(item)
        }
    }))
}

/// Returns an item if the directory is not updated, or if its last sweep failed.
async fn directory_alert(
    app: &App,
    viewer: &Viewer,
    latest: Option<&Sweep>,
) -> Result<Option<AttentionItem>, Error> {
    const EVENTS: &str = "/activity?kind=directory_alert";
    if let Some(other) = settings::other_manager(&app.db).await? {
        let text = format!("The portal’s key belongs to another manager ({other})");
        let item = AttentionItem::new("bad", "key-round", text)
            .more(
                "Nothing is read or changed until it is the right one. Tell the operator of \
                   this portal.",
            )
            .remedy("View", EVENTS);
        return Ok(Some(item));
    }
    // A banner above every page shows already that Telnyx is down or refuses the key.
    let said =
        |sweep: &Sweep| sweep.outcome == SweepOutcome::Failed && banners::shows_telnyx_outage(app);
    let failed = latest.filter(|sweep| sweep.outcome != SweepOutcome::Done && !said(sweep));
    Ok(failed.map(|sweep| {
        let text = match sweep.outcome {
            SweepOutcome::TooFew => {
                "Telnyx lists far fewer accounts than before. Nothing was changed"
            }
            _ => "The accounts could not be read",
        };
        let item = AttentionItem::new("bad", "cloud-off", text)
            .more(sweep.message.clone())
            .since(viewer.times().format(sweep.finished_at))
            .remedy("Alerts", EVENTS);
        if sweep.outcome == SweepOutcome::TooFew && viewer.can(Permission::AcceptFewer) {
            item.remedy("Review", "/directory/accept-shrink")
        } else {
            item
        }
    }))
}

fn open_operation(viewer: &Viewer, operation: &Operation) -> AttentionItem {
    let unknown = operation.state == OperationState::Unknown;
    let what = format!(
        "{} of {}",
        operation.change.label(),
        isolate_bidi(&operation.label)
    );
    let item = if unknown {
        AttentionItem::new("bad", "circle-help", format!("Outcome unknown: {what}"))
    } else {
        AttentionItem::new(
            "info",
            "loader-circle",
            format!("Being checked with Telnyx: {what}"),
        )
    };
    let may_settle = unknown && viewer.can(Permission::SettleOperations);
    let label = if may_settle { "Check again" } else { "View" };
    item.more(format!(
        "{} Requested by {}",
        outcome_text(operation),
        isolate_bidi(&operation.staff_name)
    ))
    .since(viewer.times().format(operation.created_at))
    .remedy(label, format!("/operations/{}", operation.id))
}

fn nearly_full_pool(pool: &PoolView) -> Option<AttentionItem> {
    let shares = pool
        .shares
        .filter(super::super::pool::PoolUsage::is_nearly_full)?;
    let text = format!("{} % of the channel pool is allocated", shares.percent());
    let item = AttentionItem::new("warn", "audio-waveform", text)
        .more(format!(
            "{} of {} channels are free",
            shares.free(),
            shares.total()
        ))
        .remedy("Who holds what", "/channels?show=holding");
    Some(item)
}

fn counted(count: i64, one: &str, many: &str) -> String {
    if count == 1 {
        one.to_owned()
    } else {
        format!("{} {many}", group_thousands(count))
    }
}

fn low_balance(viewer: &Viewer, found: &AttentionGroup, low: Decimal) -> AttentionItem {
    let below = low.normalize();
    let text = counted(
        found.total,
        &format!("1 enabled account has less than {below} available credit"),
        &format!("enabled accounts have less than {below} available credit"),
    );
    AttentionItem::new("warn", "wallet", text)
        .more(balances(viewer, &found.accounts, found.total))
        .remedy("View", "/accounts?needs=low-balance&sort=balance")
}

fn unknown_status(found: &AttentionGroup) -> AttentionItem {
    let text = counted(
        found.total,
        "1 account has no confirmed status: none of Telnyx’s lists has it",
        "accounts have no confirmed status: none of Telnyx’s lists has them",
    );
    AttentionItem::new("warn", "circle-help", text)
        .more(names(&found.accounts, found.total))
        .remedy("View", "/accounts?status=unknown")
}

/// Returns the names of the first accounts, and the number of the others.
fn names(accounts: &[Account], total: i64) -> String {
    join_limited(accounts, total, |account| isolate_bidi(account.name()))
}

/// Like [`names`], but with the available credit of each account and its age.
fn balances(viewer: &Viewer, accounts: &[Account], total: i64) -> String {
    join_limited(accounts, total, |account| {
        let name = isolate_bidi(account.name());
        let read = account.balance.as_ref();
        match read
            .and_then(|(balance, at)| Some((balance.available()?, viewer.times().relative(*at))))
        {
            Some((money, age)) => format!("{name} ({}, read {age})", money.to_text()),
            None => name,
        }
    })
}

fn join_limited(accounts: &[Account], total: i64, words: impl Fn(&Account) -> String) -> String {
    let named: Vec<String> = accounts.iter().map(words).collect();
    match remaining(accounts, total) {
        0 => named.join(", "),
        rest => format!("{} and {} more", named.join(", "), group_thousands(rest)),
    }
}

fn remaining(accounts: &[Account], total: i64) -> i64 {
    (total - i64::try_from(accounts.len()).unwrap_or(total)).max(0)
}

/// Returns the accounts changed outside the portal. Each is an item of its own, because each has to
/// be checked on its own page.
fn changed_elsewhere(viewer: &Viewer, found: &AttentionGroup) -> Vec<AttentionItem> {
    let one = |account: &Account| {
        let text = format!(
            "{} was changed outside the portal",
            isolate_bidi(account.name())
        );
        let status = mid_sentence(account.status.value.label());
        let item = AttentionItem::new("info", "external-link", text)
            .more(format!("Now {status}; seen"))
            .remedy("View", format!("/accounts/{}", account.id));
        match account.changed_elsewhere_at {
            Some(at) => item.since(viewer.times().format(at)),
            None => item,
        }
    };
    let mut items: Vec<AttentionItem> = found.accounts.iter().map(one).collect();
    let rest = remaining(&found.accounts, found.total);
    if rest > 0 {
        let text = format!(
            "{} more changed outside the portal in the last seven days",
            group_thousands(rest)
        );
        items.push(
            AttentionItem::new("info", "external-link", text)
                .remedy("View", "/accounts?needs=changed-elsewhere"),
        );
    }
    items
}
