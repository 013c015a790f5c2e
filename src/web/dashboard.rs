//! GET /: how the pool stands, the accounts by status, what needs attention, what was done of late, and how well Telnyx
//! answers. Nothing is changed here: every item leads to its remedy.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use self::attention::Item;
use self::health::Health;
use self::latest::Told;
use super::access::{May, Read};
use super::error::Error;
use super::htmx::Htmx;
use super::page;
use super::pool::PoolView;
use super::shell::{Section, Shell};
use super::view::{When, grouped};
use crate::app::App;
use crate::db::accounts::{self, ListFilter, Listing, Order, Sort};
use crate::db::sweeps::{self, Kind, Outcome, Sweep};
use crate::domain::account::AccountStatus;
use crate::domain::role::Permission;

mod attention;
mod fewer;
mod health;
mod latest;

/// How many of the newest accounts are shown.
const NEWEST: u32 = 5;

/// The routes of the area.
pub fn router() -> Router<App> {
    Router::new()
        .route("/", get(index))
        .route("/directory/fewer", get(fewer::show).post(fewer::accept))
}

/// The page.
#[derive(Template)]
#[template(path = "dashboard/index.html", blocks = ["board"])]
struct Dashboard {
    shell: Shell,
    /// When the accounts were last read whole.
    accounts_at: Option<When>,
    /// Why the first reading did not come, where it failed.
    first_failure: Option<String>,
    listing: Listing,
    pool: PoolView,
    items: Vec<Item>,
    told: Vec<Told>,
    health: Health,
    newest: Vec<(accounts::Account, When)>,
    may_create: bool,
}

/// A figure with the list that it counts.
struct Tile {
    label: &'static str,
    href: String,
    value: String,
    note: String,
}

impl Dashboard {
    /// Nothing was read yet: the first reading is awaited.
    fn waits(&self) -> bool {
        self.accounts_at.is_none() && self.listing.all() == 0
    }

    fn is_empty(&self) -> bool {
        self.listing.all() == 0
    }

    fn tiles(&self) -> Vec<Tile> {
        let counts = self.listing.counts.iter();
        counts
            .map(|count| Tile {
                label: count.status.label(),
                href: format!("/accounts?status={}", count.status.as_str()),
                value: grouped(count.accounts),
                note: match count.status {
                    _ if count.accounts == 0 => String::new(),
                    AccountStatus::Enabled => format!("of {} accounts", grouped(self.listing.all())),
                    AccountStatus::Disabled => match self.pool.holding.reclaimable_channels {
                        0 => String::new(),
                        channels => format!("holding {} channels", grouped(channels)),
                    },
                    AccountStatus::Blocked => "only Telnyx can lift it".to_owned(),
                    AccountStatus::Unknown => "in none of Telnyx’s lists".to_owned(),
                    AccountStatus::Cancelled => String::new(),
                },
            })
            .collect()
    }
}

/// GET /
async fn index(may: May<Read>, State(app): State<App>, htmx: Htmx) -> Result<Response, Error> {
    let (scope, times) = (may.scope(), may.times());
    let newest = ListFilter {
        sort: Order {
            by: Sort::Created,
            descending: true,
        },
        per: NEWEST,
        ..ListFilter::default()
    };
    let listing = accounts::list(&app.db, scope, &newest).await?;
    let (latest, done) = sweeps::latest_and_done(&app.db, Kind::Accounts).await?;
    let pool = PoolView::load(&app, scope, times).await?;
    let mut page = Dashboard {
        shell: may.shell("Dashboard", Section::Dashboard).await?,
        accounts_at: done.as_ref().map(|sweep| times.at(sweep.started_at)),
        first_failure: failure(latest.as_ref()),
        items: attention::items(&app, &may, &pool, latest.as_ref()).await?,
        told: latest::events(&app, &may).await?,
        health: Health::of(&app, &may, latest.as_ref(), done.as_ref()).await?,
        newest: newest_of(&listing, times),
        may_create: may.can(Permission::CreateAccounts),
        listing,
        pool,
    };
    page.shell.refresh = page.waits().then(|| "/".to_owned());
    page::render(&htmx, &page, &page.as_board())
}

fn newest_of(listing: &Listing, times: &super::view::Times) -> Vec<(accounts::Account, When)> {
    let created = |account: &accounts::Account| account.created_at.map(|at| (account.clone(), times.at(at)));
    listing.rows.iter().filter_map(|account| created(account)).collect()
}

fn failure(latest: Option<&Sweep>) -> Option<String> {
    latest
        .filter(|sweep| sweep.outcome != Outcome::Done)
        .map(|sweep| sweep.message.clone())
}
