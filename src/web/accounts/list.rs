//! The list of accounts: tabs, search, filters, sort, pages. What it shows is the directory's, with its age; what an
//! address asks for is in [`query`] and [`filters`], how that reads in [`chips`], the heads of tabs and columns in
//! [`heads`], a row in [`row`], choosing filters in [`filter`], reading Telnyx again in [`refresh`].

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::HeaderValue;
use axum::response::Response;
use axum::routing::{get, post};

use crate::app::App;
use crate::db::accounts::{self, Account, Listing};
use crate::domain::account_filter::{AccountFilter, FilterFrame};
use crate::domain::ids::AccountId;
use crate::domain::role::Permission;
use crate::domain::text::grouped;
use crate::web::access::{May, Read, Viewer};
use crate::web::error::Error;
use crate::web::htmx::Htmx;
use crate::web::shell::{Section, Shell};
use crate::web::view::When;
use crate::web::{bars, page};

mod chips;
mod export;
mod filter;
mod filters;
mod heads;
pub(super) mod query;
mod refresh;
mod row;
mod selection;
mod views;

use chips::Chip;
use heads::{Heading, Tab};
use query::Query;
use row::Row;
use views::Views;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/accounts", get(index))
        .route("/accounts/export.csv", get(export::csv))
        .route("/accounts/export.json", get(export::json))
        .route("/accounts/filter", get(filter::new))
        .route("/accounts/refresh", post(refresh::create))
        .route("/accounts/views", get(views::index))
        .route("/accounts/views/save", post(views::create))
        .route("/accounts/views/{id}/rename", post(views::rename))
        .route("/accounts/views/{id}/delete", post(views::delete))
        .route("/accounts/views/{id}/default", post(views::update_default))
        .route("/accounts/selected.csv", post(export::csv_of_selected))
        .route("/accounts/selected.json", post(export::json_of_selected))
}

#[derive(Template)]
#[template(path = "accounts/list.html", blocks = ["rows"])]
struct Page {
    shell: Shell,
    query: Query,
    /// The name of the saved view that this is; empty where it is none.
    view: String,
    /// When the reading of all lists that the page rests on began.
    as_of: Option<When>,
    /// Why the latest reading changed nothing; empty where it did.
    trouble: String,
    may_create: bool,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    total: i64,
    /// Whether the directory has any account at all.
    has_any: bool,
    /// A whole id that was searched for: of an account that is gone, or that the directory does not have.
    by_id: Option<ById>,
    /// A part is asked for alone: the tabs' counts come along.
    partial: bool,
}

/// An account that a whole id leads to although no list shows it.
struct ById {
    id: AccountId,
    /// Its name, where the directory remembers it as gone.
    gone: Option<String>,
}

/// What the relative parts of a filter are measured against for this reader.
fn frame<'a>(app: &App, viewer: &'a Viewer) -> FilterFrame<'a> {
    FilterFrame {
        now: viewer.times().now(),
        zone: viewer.times().zone(),
        low_balance: app.settings.low_balance,
    }
}

/// `GET /accounts?q=&status=&limit=&pricing=&billing=&from=&to=&tag=&changed=&unseen=&needs=&sort=&page=&per=`
async fn index(may: May<Read>, State(app): State<App>, RawQuery(raw): RawQuery, htmx: Htmx) -> Result<Response, Error> {
    let raw = raw.unwrap_or_default();
    let mut query = Query::parse(&raw);
    let views = Views::of(&app, &may).await?;
    if let Some(first) = views.opens_with() {
        if raw.is_empty() && !htmx.partial {
            return Ok(page::redirect(&first));
        }
        query.everything = true;
    }
    let scope = may.scope();
    let mut listing = accounts::list(&app.db, scope, &query.list_filter(frame(&app, &may))).await?;
    query.keep_within(listing.total);
    let by_id = if listing.rows.is_empty() {
        by_id(&app, &may, &query).await?
    } else {
        None
    };
    let has_any = listing.known > 0;
    let canonical = query.href();
    let page = Page {
        shell: may.shell("Accounts", Section::Accounts).await?,
        tabs: heads::tabs(&query, &listing),
        total: listing.total,
        as_of: listing.as_of.map(|at| may.times().at(at)),
        trouble: if bars::tell_of_telnyx(&app) {
            String::new()
        } else {
            std::mem::take(&mut listing.trouble)
        },
        rows: rows(listing, &may),
        may_create: may.can(Permission::CreateAccounts),
        has_any,
        by_id,
        partial: htmx.partial,
        view: views.name_of(&query),
        query,
    };
    let mut response = page::render(&htmx, &page, &page.as_rows())?;
    if htmx.partial {
        remember(&mut response, &htmx, &canonical);
    }
    Ok(response)
}

/// Puts the search into the browser's address: a new step of its history when a search begins, the same one while it is
/// typed on.
fn remember(response: &mut Response, htmx: &Htmx, canonical: &str) {
    let before = htmx
        .page
        .as_deref()
        .and_then(|page| page.split_once('?'))
        .map_or("", |(_, query)| query);
    let header = if Query::parse(before).filter.q.is_empty() {
        "hx-push-url"
    } else {
        "hx-replace-url"
    };
    if let Ok(address) = HeaderValue::from_str(canonical) {
        response.headers_mut().insert(header, address);
    }
}

/// What a whole id that no list shows leads to.
async fn by_id(app: &App, may: &May<Read>, query: &Query) -> Result<Option<ById>, Error> {
    let Some(id) = query.pasted_id() else { return Ok(None) };
    let known = accounts::by_id(&app.db, may.scope(), &id).await?;
    Ok(match known {
        // Only a filter keeps it from the list: "nothing matches" says so.
        Some(account) if account.gone_at.is_none() => None,
        known => Some(ById {
            id,
            gone: known.map(|account| account.name().to_owned()),
        }),
    })
}

fn rows(mut listing: Listing, may: &May<Read>) -> Vec<Row> {
    let mut row = |account: &Arc<Account>| {
        let tags = listing.tags.remove(&account.id).unwrap_or_default();
        Row::new(account, tags, may.times(), may.actor().role)
    };
    listing.rows.iter().map(&mut row).collect()
}

impl Page {
    fn chips(&self) -> Vec<Chip> {
        chips::chips(&self.query)
    }

    /// Which accounts match, in whatever order and on whatever page: what "all" means where all of them are selected.
    fn filter_alone(&self) -> String {
        Query::default().with_filter(self.query.filter.clone()).href()
    }

    fn clear_href(&self) -> String {
        self.query.with_filter(AccountFilter::default()).href()
    }

    fn all_href(&self) -> String {
        let all = Query {
            everything: self.query.everything,
            ..Query::default()
        };
        all.href()
    }

    fn views_href(&self) -> String {
        self.query.at_page(1).href_at("/accounts/views")
    }

    fn filter_href(&self) -> String {
        self.query.at_page(1).href_at("/accounts/filter")
    }

    fn export_href(&self, suffix: &str) -> String {
        self.query.at_page(1).href_at(&format!("/accounts/export.{suffix}"))
    }

    /// So many accounts match, on all pages.
    fn found(&self) -> String {
        let unit = if self.total == 1 { "account" } else { "accounts" };
        format!("{} {unit}", grouped(self.total))
    }

    fn headings(&self) -> [Heading; 6] {
        heads::headings(&self.query)
    }

    fn nothing_matches(&self) -> String {
        chips::nothing_matches(&self.query.filter)
    }

    fn shown(&self) -> String {
        let first = i64::from(self.query.page - 1) * i64::from(self.query.per);
        let last = first + i64::try_from(self.rows.len()).unwrap_or(0);
        format!(
            "{}\u{2013}{} of {}",
            grouped(first + 1),
            grouped(last),
            grouped(self.total)
        )
    }

    fn previous(&self) -> String {
        if self.query.page > 1 {
            self.query.at_page(self.query.page - 1).href()
        } else {
            String::new()
        }
    }

    fn next(&self) -> String {
        let seen = i64::from(self.query.page) * i64::from(self.query.per);
        if seen < self.total {
            self.query.at_page(self.query.page + 1).href()
        } else {
            String::new()
        }
    }

    fn rows_a_page(&self) -> [(u32, String, bool); 3] {
        query::PER.map(|per| (per, self.query.with_per(per).href(), per == self.query.per))
    }
}
