//! The list of accounts: tabs, search, sort, pages. What it shows is the directory's, with its age; finding out what an
//! address asks for is in [`query`], how a row reads in [`row`], reading Telnyx again in [`refresh`].

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::HeaderValue;
use axum::response::Response;
use axum::routing::{get, post};

use crate::app::App;
use crate::db::accounts::{self, Account, Listing, Sort};
use crate::db::sweeps::{self, Outcome};
use crate::domain::account::AccountStatus;
use crate::domain::ids::AccountId;
use crate::domain::role::Permission;
use crate::domain::text::grouped;
use crate::web::access::{May, Read};
use crate::web::error::Error;
use crate::web::htmx::Htmx;
use crate::web::page;
use crate::web::shell::{Section, Shell};
use crate::web::view::When;

pub(super) mod query;
mod refresh;
mod row;

use query::Query;
use row::Row;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/accounts", get(index))
        .route("/accounts/refresh", post(refresh::create))
}

#[derive(Template)]
#[template(path = "accounts/list.html", blocks = ["rows"])]
struct Page {
    shell: Shell,
    query: Query,
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

/// A tab above the list.
struct Tab {
    label: &'static str,
    count: String,
    href: String,
    current: bool,
}

/// A filter that can be taken off.
struct Chip {
    label: String,
    href: String,
}

/// A column's heading.
struct Heading {
    label: &'static str,
    href: String,
    /// `ascending` or `descending` where the list is sorted by it, else empty.
    sorted: &'static str,
    class: &'static str,
}

/// An account that a whole id leads to although no list shows it.
struct ById {
    id: AccountId,
    /// Its name, where the directory remembers it as gone.
    gone: Option<String>,
}

/// `GET /accounts?q=&status=&sort=&page=&per=`
async fn index(may: May<Read>, State(app): State<App>, RawQuery(raw): RawQuery, htmx: Htmx) -> Result<Response, Error> {
    let mut query = Query::parse(raw.as_deref().unwrap_or_default());
    let scope = may.scope();
    let listing = accounts::list(&app.db, scope, &query.filter()).await?;
    query.keep_within(listing.total);
    let by_id = if listing.rows.is_empty() {
        by_id(&app, &may, &query).await?
    } else {
        None
    };
    let has_any = listing.known > 0;
    let (latest, done) = sweeps::latest_and_done(&app.db, sweeps::Kind::Accounts).await?;
    let trouble = latest
        .filter(|sweep| sweep.outcome != Outcome::Done)
        .map(|sweep| sweep.message);
    let canonical = query.href();
    let page = Page {
        shell: may.shell("Accounts", Section::Accounts).await?,
        tabs: tabs(&query, &listing),
        rows: rows(&listing, &may),
        total: listing.total,
        as_of: done.map(|sweep| may.times().at(sweep.started_at)),
        trouble: trouble.unwrap_or_default(),
        may_create: may.can(Permission::CreateAccounts),
        has_any,
        by_id,
        partial: htmx.partial,
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
    let header = if Query::parse(before).q.is_empty() {
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
            gone: known.map(|account| account.organization_name),
        }),
    })
}

fn rows(listing: &Listing, may: &May<Read>) -> Vec<Row> {
    let row = |account: &Account| Row::new(account, may.times(), may.actor().role);
    listing.rows.iter().map(row).collect()
}

fn tabs(query: &Query, listing: &Listing) -> Vec<Tab> {
    let tab = |status: Option<AccountStatus>, label, count| Tab {
        label,
        count: grouped(count),
        href: query.with_status(status).href(),
        current: query.status == status,
    };
    let mut tabs = vec![tab(None, "All", listing.all())];
    for count in &listing.counts {
        let label = match count.status {
            AccountStatus::Blocked => "Blocked",
            status => status.label(),
        };
        tabs.push(tab(Some(count.status), label, count.accounts));
    }
    tabs
}

impl Page {
    fn chips(&self) -> Vec<Chip> {
        let mut chips = Vec::new();
        if !self.query.q.is_empty() {
            chips.push(Chip {
                label: format!("Search: {}", self.query.q),
                href: self.query.with_q("").href(),
            });
        }
        if let Some(status) = self.query.status {
            chips.push(Chip {
                label: format!("Status: {}", status.label()),
                href: self.query.with_status(None).href(),
            });
        }
        chips
    }

    fn clear_href(&self) -> String {
        self.query.with_q("").with_status(None).href()
    }

    fn headings(&self) -> [Heading; 5] {
        [
            (Sort::Name, "Organization name", ""),
            (Sort::Email, "E-mail", ""),
            (Sort::Status, "Status", ""),
            (Sort::Limit, "Channel limit", "num"),
            (Sort::Created, "Created", ""),
        ]
        .map(|(sort, label, class)| Heading {
            label,
            class,
            href: self.query.sorted_by(sort).href(),
            sorted: match (self.query.sort.by == sort, self.query.sort.descending) {
                (false, _) => "",
                (true, false) => "ascending",
                (true, true) => "descending",
            },
        })
    }

    fn nothing_matches(&self) -> String {
        let search = match self.query.q.as_str() {
            "" => "No account".to_owned(),
            q => format!("No account has \u{201c}{q}\u{201d} in its name, e-mail or id"),
        };
        match (self.query.status, self.query.q.is_empty()) {
            (Some(status), true) => format!("{search} has the status {}.", status.label()),
            (Some(status), false) => format!("{search} and the status {}.", status.label()),
            (None, _) => format!("{search}."),
        }
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
