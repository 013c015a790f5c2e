//! The list of accounts: tabs, search, filters, sort, pages. What it shows is the directory's, with its age; what an
//! address asks for is in [`query`] and [`filter_params`], how that reads in [`chips`], the heads of tabs and columns in
//! [`table_header`], a row in [`row`], choosing filters in [`filter_form`], reading Telnyx again in [`refresh`].

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::HeaderValue;
use axum::response::Response;
use axum::routing::{get, post};

use crate::app::App;
use crate::db::accounts::{self, Account, AccountsPage};
use crate::domain::account_filter::{AccountFilter, FilterContext};
use crate::domain::ids::AccountId;
use crate::domain::role::Permission;
use crate::domain::text::group_thousands;
use crate::web::access::{Authorized, Read, Viewer};
use crate::web::error::Error;
use crate::web::format::FormattedTime;
use crate::web::htmx::Htmx;
use crate::web::layout::{Layout, Section};
use crate::web::{banners, render};

mod chips;
mod export;
mod filter_form;
mod filter_params;
pub(super) mod query;
mod refresh;
mod row;
mod selection;
mod table_header;
mod views;

use chips::Chip;
use query::AccountsQuery;
use row::AccountRow;
use table_header::{ColumnHeading, StatusTab};
use views::SavedViews;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/accounts", get(index))
        .route("/accounts/export.csv", get(export::csv))
        .route("/accounts/export.json", get(export::json))
        .route("/accounts/filter", get(filter_form::new))
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
struct ListPage {
    layout: Layout,
    query: AccountsQuery,
    /// The name of the saved view that this is; empty where it is none.
    view: String,
    /// When the reading of all lists that the page rests on began.
    as_of: Option<FormattedTime>,
    /// Why the latest reading changed nothing; empty where it did.
    refresh_error: String,
    may_create: bool,
    tabs: Vec<StatusTab>,
    rows: Vec<AccountRow>,
    total: i64,
    /// Whether the directory has any account at all.
    has_any: bool,
    /// A whole id that was searched for: of an account that is gone, or that the directory does not have.
    by_id: Option<PastedIdMatch>,
    /// A part is asked for alone: the tabs' counts come along.
    partial: bool,
}

/// An account that a whole id leads to although no list shows it.
struct PastedIdMatch {
    id: AccountId,
    /// Its name, where the directory remembers it as gone.
    gone: Option<String>,
}

/// What the relative parts of a filter are measured against for this reader.
fn filter_frame<'a>(app: &App, viewer: &'a Viewer) -> FilterContext<'a> {
    FilterContext {
        now: viewer.times().now(),
        zone: viewer.times().zone(),
        low_balance: app.settings.low_balance,
    }
}

/// `GET /accounts?q=&status=&limit=&pricing=&billing=&from=&to=&tag=&changed=&unseen=&needs=&sort=&page=&per=`
async fn index(
    may: Authorized<Read>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    htmx: Htmx,
) -> Result<Response, Error> {
    let raw = raw.unwrap_or_default();
    let mut query = AccountsQuery::parse(&raw);
    let views = SavedViews::load(&app, &may).await?;
    if let Some(first) = views.default_path() {
        if raw.is_empty() && !htmx.partial {
            return Ok(render::redirect(&first));
        }
        query.skips_default_view = true;
    }
    let mut listing = accounts::list(&app.db, &query.list_filter(filter_frame(&app, &may))).await?;
    query.clamp_page(listing.total);
    let by_id = if listing.rows.is_empty() {
        match_pasted_id(&app, &query).await?
    } else {
        None
    };
    let has_any = listing.directory_total > 0;
    let canonical = query.href();
    let page = ListPage {
        layout: may.layout("Accounts", Section::Accounts).await?,
        tabs: table_header::status_tabs(&query, &listing),
        total: listing.total,
        as_of: listing.as_of.map(|at| may.times().format(at)),
        refresh_error: if banners::shows_telnyx_outage(&app) {
            String::new()
        } else {
            std::mem::take(&mut listing.last_error)
        },
        rows: rows(listing, &may),
        may_create: may.can(Permission::CreateAccounts),
        has_any,
        by_id,
        partial: htmx.partial,
        view: views.name_of(&query),
        query,
    };
    let mut response = render::page_or_fragment(&htmx, &page, &page.as_rows())?;
    if htmx.partial {
        set_history_header(&mut response, &htmx, &canonical);
    }
    Ok(response)
}

/// Puts the search into the browser's address: a new step of its history when a search begins, the same one while it is
/// typed on.
fn set_history_header(response: &mut Response, htmx: &Htmx, canonical: &str) {
    let before = htmx
        .page
        .as_deref()
        .and_then(|page| page.split_once('?'))
        .map_or("", |(_, query)| query);
    let header = if AccountsQuery::parse(before).filter.q.is_empty() {
        "hx-push-url"
    } else {
        "hx-replace-url"
    };
    if let Ok(address) = HeaderValue::from_str(canonical) {
        response.headers_mut().insert(header, address);
    }
}

/// What a whole id that no list shows leads to.
async fn match_pasted_id(app: &App, query: &AccountsQuery) -> Result<Option<PastedIdMatch>, Error> {
    let Some(id) = query.pasted_id() else {
        return Ok(None);
    };
    let known = accounts::by_id(&app.db, &id).await?;
    Ok(match known {
        // Only a filter keeps it from the list: "nothing matches" says so.
        Some(account) if account.gone_at.is_none() => None,
        known => Some(PastedIdMatch {
            id,
            gone: known.map(|account| account.name().to_owned()),
        }),
    })
}

fn rows(mut listing: AccountsPage, may: &Authorized<Read>) -> Vec<AccountRow> {
    let mut row = |account: &Arc<Account>| {
        let tags = listing.tags.remove(&account.id).unwrap_or_default();
        AccountRow::new(account, tags, may.times(), may.actor().role)
    };
    listing.rows.iter().map(&mut row).collect()
}

impl ListPage {
    fn chips(&self) -> Vec<Chip> {
        chips::chips(&self.query)
    }

    /// Which accounts match, in whatever order and on whatever page: what "all" means where all of them are selected.
    fn selection_href(&self) -> String {
        AccountsQuery::default()
            .with_filter(self.query.filter.clone())
            .href()
    }

    fn clear_href(&self) -> String {
        self.query.with_filter(AccountFilter::default()).href()
    }

    fn all_href(&self) -> String {
        let all = AccountsQuery {
            skips_default_view: self.query.skips_default_view,
            ..AccountsQuery::default()
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
        self.query
            .at_page(1)
            .href_at(&format!("/accounts/export.{suffix}"))
    }

    /// So many accounts match, on all pages.
    fn match_count(&self) -> String {
        let unit = if self.total == 1 {
            "account"
        } else {
            "accounts"
        };
        format!("{} {unit}", group_thousands(self.total))
    }

    fn headings(&self) -> [ColumnHeading; 6] {
        table_header::column_headings(&self.query)
    }

    fn nothing_matches(&self) -> String {
        chips::nothing_matches(&self.query.filter)
    }

    fn shown(&self) -> String {
        let first = i64::from(self.query.page - 1) * i64::from(self.query.page_size);
        let last = first + i64::try_from(self.rows.len()).unwrap_or(0);
        format!(
            "{}\u{2013}{} of {}",
            group_thousands(first + 1),
            group_thousands(last),
            group_thousands(self.total)
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
        let seen = i64::from(self.query.page) * i64::from(self.query.page_size);
        if seen < self.total {
            self.query.at_page(self.query.page + 1).href()
        } else {
            String::new()
        }
    }

    fn page_sizes(&self) -> [(u32, String, bool); 3] {
        query::PAGE_SIZES.map(|per| {
            (
                per,
                self.query.with_page_size(per).href(),
                per == self.query.page_size,
            )
        })
    }
}
