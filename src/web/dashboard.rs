//! `GET /`: an owner's first steps, who cannot call, the pool and its trend, items that need attention, what happened in the
//! last weeks, recent changes, and Telnyx's health. The dashboard changes nothing; every item links
//! to its remedy.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::{get, post};

use self::attention::AttentionItem;
use self::cannot_call::Tile;
use self::checklist::Checklist;
use self::health::TelnyxHealth;
use self::latest_events::LatestEvent;
use self::week::{Holder, PersonWork};
use super::access::{Authorized, Read};
use super::chart::Chart;
use super::error::Error;
use super::format::{FormattedTime, group_thousands};
use super::htmx::Htmx;
use super::layout::{Layout, Section};
use super::pool::PoolView;
use super::render;
use super::trends::{self, Figures, LargestMoves, PoolTrend, Range};
use crate::app::App;
use crate::db::accounts::{self, AccountsPage, ListFilter, SortColumn, SortOrder};
use crate::db::sweeps::{self, Sweep, SweepKind, SweepOutcome};
use crate::domain::account::AccountStatus;
use crate::domain::call_summary::CallSummary;
use crate::domain::role::Permission;

mod accept_shrink;
mod attention;
mod cannot_call;
mod checklist;
mod health;
mod latest_events;
mod week;

/// Number of newest accounts shown.
const NEWEST: u32 = 5;

/// Returns the routes of the dashboard.
pub fn router() -> Router<App> {
    Router::new()
        .route("/", get(index))
        .route("/checklist/hide", post(checklist::hide))
        .route("/checklist/show", post(checklist::show))
        .route(
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
    /// Sentence about an unknown period; `None` if it was read.
    ignored: Option<String>,
    /// First steps; `None` if they are not shown.
    checklist: Option<Checklist>,
    calls: CallSummary,
    pool: PoolView,
    trend: PoolTrend,
    accounts_chart: Option<Chart>,
    moves: LargestMoves,
    holders: Vec<Holder>,
    people: Vec<PersonWork>,
    items: Vec<AttentionItem>,
    events: Vec<LatestEvent>,
    health: TelnyxHealth,
    newest: Vec<(accounts::Account, FormattedTime)>,
    may_create: bool,
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
        let counts = &self.listing.counts;
        let enabled = counts
            .iter()
            .find(|count| count.status == AccountStatus::Enabled);
        cannot_call::tiles(&self.calls, enabled.map_or(0, |count| count.accounts))
    }

    fn unable(&self) -> String {
        group_thousands(self.calls.unable)
    }

    fn unable_note(&self) -> String {
        cannot_call::unable_note(&self.calls)
    }
}

/// Returns the address of the dashboard with another period.
fn href(range: Range) -> String {
    match range {
        Range::Quarter => "/".to_owned(),
        range => format!("/?range={}", range.as_str()),
    }
}

/// `GET /`
async fn index(
    may: Authorized<Read>,
    State(app): State<App>,
    htmx: Htmx,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let times = may.times();
    let (range, ignored) = Range::of_query(query.as_deref().unwrap_or_default());
    let figures = Figures::load(&app, times.now(), range).await?;
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
        ignored,
        checklist: Checklist::load(&app, &may, &pool).await?,
        calls: accounts::call_summary(&app.db).await?,
        trend: PoolTrend::of(&figures, href),
        accounts_chart: trends::accounts_by_week(&figures),
        moves: LargestMoves::load(&app, times.now()).await?,
        holders: week::holders(&app).await?,
        people: week::people(&app, times.now()).await?,
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
