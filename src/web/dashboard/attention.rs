//! What needs attention, the most urgent first, each with the way to its remedy.

use rust_decimal::Decimal;

use crate::app::App;
use crate::db::accounts::{self, Account, Attention};
use crate::db::audit::checks;
use crate::db::audit::verify::Verdict;
use crate::db::operations::{self, Operation};
use crate::db::settings;
use crate::db::sweeps::{Outcome, Sweep};
use crate::directory;
use crate::domain::account_filter::{AccountFilter, Concern, FilterFrame};
use crate::domain::operation::State;
use crate::domain::role::Permission;
use crate::domain::text::{isolated, mid_sentence};
use crate::operations::sentence;
use crate::web::access::Viewer;
use crate::web::bars;
use crate::web::error::Error;
use crate::web::pool::PoolView;
use crate::web::view::{When, grouped};

mod skipped;

/// How many accounts of a concern are named.
const NAMED: u32 = 3;
/// How many open operations are looked through.
const OPEN: i64 = 50;

/// One thing to look at.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// `bad`, `warn` or `info`.
    pub kind: &'static str,
    pub icon: &'static str,
    pub text: String,
    /// What is known beyond that; may be empty.
    pub more: String,
    /// Since when, where that is known.
    pub at: Option<When>,
    /// Label and address of the remedy.
    pub remedy: Option<(String, String)>,
}

impl Item {
    fn new(kind: &'static str, icon: &'static str, text: impl Into<String>) -> Self {
        Self {
            kind,
            icon,
            text: text.into(),
            more: String::new(),
            at: None,
            remedy: None,
        }
    }

    fn more(mut self, more: impl Into<String>) -> Self {
        self.more = more.into();
        self
    }

    fn since(mut self, at: When) -> Self {
        self.at = Some(at);
        self
    }

    fn remedy(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.remedy = Some((label.into(), href.into()));
        self
    }
}

/// Everything that needs attention now.
pub(super) async fn items(
    app: &App,
    viewer: &Viewer,
    pool: &PoolView,
    latest: Option<&Sweep>,
) -> Result<Vec<Item>, Error> {
    let mut items = Vec::new();
    items.extend(tampering(app, viewer).await?);
    items.extend(directory_alert(app, viewer, latest).await?);
    items.extend(skipped::item(&directory::skipped(app).await?));
    let mut open = operations::open(&app.db, viewer.scope(), OPEN).await?;
    open.retain(|operation| matches!(operation.state, State::Unknown | State::Checking));
    // What nobody settles by itself comes first, the oldest of it before the rest.
    open.sort_by_key(|operation| operation.state != State::Unknown);
    items.extend(open.iter().map(|operation| unsettled(viewer, operation)));
    items.extend(tight(pool));
    let criteria = AccountFilter::default().criteria(FilterFrame {
        now: viewer.times().now(),
        zone: viewer.times().zone(),
        low_balance: app.settings.low_balance,
    });
    for found in accounts::attention(&app.db, viewer.scope(), &criteria, NAMED).await? {
        match found.concern {
            Concern::ChangedElsewhere => items.extend(changed_elsewhere(viewer, &found)),
            _ => items.push(concern(viewer, &found, pool, app.settings.low_balance)),
        }
    }
    let unknown = pool.holding.unknown_accounts();
    if pool.shares.is_some() && unknown > 0 {
        let text = number(
            unknown,
            "1 channel limit is not known to this portal",
            "channel limits are not known to this portal",
        );
        items.push(Item::new("info", "circle-dashed", text).remedy("Show", "/channels?show=unknown"));
    }
    Ok(items)
}

/// The activity's chain is broken.
async fn tampering(app: &App, viewer: &Viewer) -> Result<Option<Item>, Error> {
    let last = checks::last(&app.db, &app.audit_key).await?;
    Ok(last.and_then(|last| match last.verdict {
        Verdict::Holds { .. } => None,
        Verdict::Broken { seq, .. } => {
            let text = format!(
                "The activity was tampered with: its chain breaks at event {}",
                grouped(seq)
            );
            let item = Item::new("bad", "shield", text)
                .more("Found by verifying it")
                .since(viewer.times().at(last.finished_at))
                .remedy("Look", "/activity/chain");
            Some(item)
        }
    }))
}

/// The directory stands still, or its last reading came to nothing.
async fn directory_alert(app: &App, viewer: &Viewer, latest: Option<&Sweep>) -> Result<Option<Item>, Error> {
    const EVENTS: &str = "/activity?kind=directory_alert";
    if let Some(other) = settings::other_manager(&app.db).await? {
        let text = format!("The portal’s key belongs to another manager ({other})");
        let item = Item::new("bad", "key-round", text)
            .more("Nothing is read and no change is sent until it is the right one. Tell whoever runs the portal.")
            .remedy("Since when", EVENTS);
        return Ok(Some(item));
    }
    // A bar above every page says already that Telnyx is down or refuses the key.
    let said = |sweep: &Sweep| sweep.outcome == Outcome::Failed && bars::tell_of_telnyx(app);
    let failed = latest.filter(|sweep| sweep.outcome != Outcome::Done && !said(sweep));
    Ok(failed.map(|sweep| {
        let text = match sweep.outcome {
            Outcome::TooFew => "Telnyx shows far fewer accounts than before: nothing was taken over",
            _ => "The accounts could not be read",
        };
        let item = Item::new("bad", "cloud-off", text)
            .more(sweep.message.clone())
            .since(viewer.times().at(sweep.finished_at))
            .remedy("Alerts", EVENTS);
        if sweep.outcome == Outcome::TooFew && viewer.can(Permission::AcceptFewer) {
            item.remedy("Is it right?", "/directory/fewer")
        } else {
            item
        }
    }))
}

fn unsettled(viewer: &Viewer, operation: &Operation) -> Item {
    let unknown = operation.state == State::Unknown;
    let what = format!("{} of {}", operation.change.label(), isolated(&operation.label));
    let item = if unknown {
        Item::new("bad", "circle-help", format!("Outcome unknown: {what}"))
    } else {
        Item::new("info", "loader-circle", format!("Being checked with Telnyx: {what}"))
    };
    let may_settle = unknown && viewer.can(Permission::SettleOperations);
    let label = if may_settle { "Check again" } else { "Look" };
    item.more(format!(
        "{} Asked for by {}",
        sentence(operation),
        isolated(&operation.staff_name)
    ))
    .since(viewer.times().at(operation.created_at))
    .remedy(label, format!("/operations/{}", operation.id))
}

fn tight(pool: &PoolView) -> Option<Item> {
    let shares = pool.shares.filter(super::super::pool::Shares::is_tight)?;
    let text = format!("The channel pool is {} % taken", shares.percent());
    let item = Item::new("warn", "audio-waveform", text)
        .more(format!("{} of {} channels are free", shares.free(), shares.total()))
        .remedy("Who holds what", "/channels?show=holding");
    Some(item)
}

fn number(count: i64, one: &str, many: &str) -> String {
    if count == 1 {
        one.to_owned()
    } else {
        format!("{} {many}", grouped(count))
    }
}

fn concern(viewer: &Viewer, found: &Attention, pool: &PoolView, low: Decimal) -> Item {
    let may_change = viewer.can(Permission::ChangeLimits);
    let total = found.total;
    let item = match found.concern {
        Concern::Blocked => {
            let text = number(
                total,
                "1 account is blocked by Telnyx",
                "accounts are blocked by Telnyx",
            );
            Item::new("bad", "ban", text).remedy("Show", "/accounts?status=blocked")
        }
        Concern::EnabledWithoutChannels => {
            let text = number(
                total,
                "1 enabled account cannot call out: its limit is 0",
                "enabled accounts cannot call out: their limit is 0",
            );
            let label = if may_change { "Give channels" } else { "Show" };
            Item::new("warn", "phone-off", text).remedy(label, "/channels?show=zero")
        }
        Concern::DisabledHoldingChannels => {
            let channels = grouped(pool.holding.reclaimable_channels);
            let who = number(total, "1 disabled account holds", "disabled accounts hold");
            let label = if may_change {
                format!("Reclaim {channels}")
            } else {
                "Show".to_owned()
            };
            Item::new("warn", "power-off", format!("{who} {channels} channels")).remedy(label, "/channels?show=reclaim")
        }
        Concern::LowBalance => {
            let below = low.normalize();
            let text = number(
                total,
                &format!("1 enabled account has less than {below} to spend, in its own currency"),
                &format!("enabled accounts have less than {below} to spend, each in its own currency"),
            );
            let item = Item::new("warn", "wallet", text).more(balances(viewer, &found.accounts, total));
            return item.remedy("Show", "/accounts?needs=low-balance&sort=balance");
        }
        Concern::UnknownStatus | Concern::ChangedElsewhere => {
            let text = number(
                total,
                "1 account is in none of Telnyx’s lists: its status is not confirmed",
                "accounts are in none of Telnyx’s lists: their status is not confirmed",
            );
            Item::new("warn", "circle-help", text).remedy("Show", "/accounts?status=unknown")
        }
    };
    item.more(names(&found.accounts, total))
}

/// The first of them by name, and how many more there are.
fn names(accounts: &[Account], total: i64) -> String {
    listed(accounts, total, |account| isolated(account.name()))
}

/// The same with what each has to spend, and how old that is.
fn balances(viewer: &Viewer, accounts: &[Account], total: i64) -> String {
    listed(accounts, total, |account| {
        let name = isolated(account.name());
        let read = account.balance.as_ref();
        match read.and_then(|(balance, at)| Some((balance.available()?, viewer.times().relative(*at)))) {
            Some((money, age)) => format!("{name} ({}, read {age})", money.to_text()),
            None => name,
        }
    })
}

fn listed(accounts: &[Account], total: i64, words: impl Fn(&Account) -> String) -> String {
    let named: Vec<String> = accounts.iter().map(words).collect();
    match beyond(accounts, total) {
        0 => named.join(", "),
        rest => format!("{} and {} more", named.join(", "), grouped(rest)),
    }
}

fn beyond(accounts: &[Account], total: i64) -> i64 {
    (total - i64::try_from(accounts.len()).unwrap_or(total)).max(0)
}

/// Accounts that were changed outside the portal: one by one, since each is looked at on its own page.
fn changed_elsewhere(viewer: &Viewer, found: &Attention) -> Vec<Item> {
    let one = |account: &Account| {
        let text = format!("{} was changed outside the portal", isolated(account.name()));
        let status = mid_sentence(account.status.value.label());
        let item = Item::new("info", "external-link", text)
            .more(format!("It is {status} now; noticed"))
            .remedy("Look", format!("/accounts/{}", account.id));
        match account.changed_elsewhere_at {
            Some(at) => item.since(viewer.times().at(at)),
            None => item,
        }
    };
    let mut items: Vec<Item> = found.accounts.iter().map(one).collect();
    let rest = beyond(&found.accounts, found.total);
    if rest > 0 {
        let text = format!(
            "{} more changed outside the portal in the last seven days",
            grouped(rest)
        );
        items.push(Item::new("info", "external-link", text).remedy("Show", "/accounts?needs=changed-elsewhere"));
    }
    items
}
