//! `GET /`: the pool, the accounts by status, items that need attention, recent events, and
//! Telnyx's health. The dashboard changes nothing; every item links to its remedy.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use self::attention::AttentionItem;
use self::health::TelnyxHealth;
use self::latest_events::LatestEvent;
use super::access::{Authorized, Read};
use super::error::Error;
use super::format::{FormattedTime, group_thousands};
use super::htmx::Htmx;
use super::layout::{Layout, Section};
use super::pool::PoolView;
use super::render;
use crate::app::App;
use crate::db::accounts::{self, AccountsPage, ListFilter, SortColumn, SortOrder};
use crate::db::sweeps::{self, Sweep, SweepKind, SweepOutcome};
use crate::domain::account::AccountStatus;
use crate::domain::role::Permission;

mod accept_shrink;
mod attention;
mod health;
mod latest_events;

/// Number of newest accounts shown.
const NEWEST: u32 = 5;

/// Returns the routes of the dashboard.
pub fn router() -> Router<App> {
    Router::new().route("/", get(index)).route(
        "/directory/accept-shrink",
        get(accept_shrink::show).post(accept_shrink::accept),
    )
}

#[derive(Template)]
#[template(path = "dashboard/index.html", blocks = ["dashboard"])]
struct DashboardPage {
    layout: Layout,
    /// Start of the last complete sweep of the accounts.
    accounts_at: Option<FormattedTime>,
    /// Error of the first sweep, if it failed.
    first_failure: Option<String>,
    listing: AccountsPage,
    pool: PoolView,
    items: Vec<AttentionItem>,
    events: Vec<LatestEvent>,
    health: TelnyxHealth,
    newest: Vec<(accounts::Account, FormattedTime)>,
    may_create: bool,
}

/// Figure with a link to the list that it counts.
struct Tile {
    label: &'static str,
    href: String,
    value: String,
    note: String,
}

impl DashboardPage {
    /// Returns `true` while the first sweep is awaited.
    fn waits(&self) -> bool {
        self.accounts_at.is_none() && self.listing.total_of_all_statuses() == 0
    }

    fn is_empty(&self) -> bool {
        self.listing.total_of_all_statuses() == 0
    }

    fn tiles(&self) -> Vec<Tile> {
        let counts = self.listing.counts.iter();
        counts
            .map(|count| Tile {
                label: count.status.label(),
                href: format!("/accounts?status={}", count.status.as_str()),
                value: group_thousands(count.accounts),
                note: match count.status {
                    _ if count.accounts == 0 => String::new(),
                    AccountStatus::Enabled => {
                        format!(
                            "of {} accounts",
                            group_thousands(self.listing.total_of_all_statuses())
                        )
                    }
                    AccountStatus::Disabled => match self.pool.holding.reclaimable_channels {
                        0 => String::new(),
                        channels => format!("holding {} channels", group_thousands(channels)),
                    },
                    AccountStatus::Blocked => "only Telnyx can unblock it".to_owned(),
                    AccountStatus::Unknown => "in none of Telnyx’s lists".to_owned(),
                    AccountStatus::Cancelled => String::new(),
                },
            })
            .collect()
    }
}

/// `GET /`
async fn index(
    may: Authorized<Read>,
    State(app): State<App>,
    htmx: Htmx,
) -> Result<Response, Error> {
    let times = may.times();
    let newest = ListFilter {
        sort: SortOrder {
            by: SortColumn::Created,
            descending: true,
        },
        per_page: NEWEST,
        ..ListFilter::default()
    };
    let listing = accounts::list(&app.db, &newest).await?;
    let (latest, done) = sweeps::latest_and_done(&app.db, SweepKind::Accounts).await?;
    let pool = PoolView::load(&app, times).await?;
    let mut page = DashboardPage {
        layout: may.layout("Dashboard", Section::Dashboard).await?,
        accounts_at: done.as_ref().map(|sweep| times.format(sweep.started_at)),
        first_failure: failure(latest.as_ref()),
        items: attention::items(&app, &may, &pool, latest.as_ref()).await?,
        events: latest_events::events(&app, &may).await?,
        health: TelnyxHealth::load(&app, &may, latest.as_ref(), done.as_ref()).await?,
        newest: newest_of(&listing, times),
        may_create: may.can(Permission::CreateAccounts),
        listing,
        pool,
    };
    page.layout.refresh = page.waits().then(|| "/".to_owned());
    render::page_or_fragment(&htmx, &page, &page.as_dashboard())
}

fn newest_of(
    listing: &AccountsPage,
    times: &super::format::TimeFormatter,
) -> Vec<(accounts::Account, FormattedTime)> {
    let created = |account: &accounts::Account| {
        account
            .created_at
            .map(|at| (account.clone(), times.format(at)))
    };
    listing
        .rows
        .iter()
        .filter_map(|account| created(account))
        .collect()
}

fn failure(latest: Option<&Sweep>) -> Option<String> {
    latest
        .filter(|sweep| sweep.outcome != SweepOutcome::Done)
        .map(|sweep| sweep.message.clone())
}
