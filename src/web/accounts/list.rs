//! List of accounts: tabs, search, filters, sort order and pages. Its data comes from the
//! directory, with its age.
//!
//! [`filter`] reads addresses, [`row`] builds the rows, [`filter_form`] shows the form with the
//! filters, and [`refresh`] reads from Telnyx again.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::HeaderValue;
use axum::response::Response;
use axum::routing::{get, post};

use crate::app::App;
use crate::db::accounts::{self, Account, AccountsPage, ListFilter, SortOrder};
use crate::domain::account_filter::{AccountFilter, AssigneeFilter};
use crate::domain::call_verdict::CallVerdict;
use crate::domain::ids::AccountId;
use crate::domain::role::Permission;
use crate::domain::text::isolate_bidi;
use crate::web::access::{Authorized, Read, Viewer};
use crate::web::bulk::{BulkAction, SelectionBar};
use crate::web::columns::{self, ShownColumns};
use crate::web::error::Error;
use crate::web::form::DraftForm;
use crate::web::format::FormattedTime;
use crate::web::htmx::Htmx;
use crate::web::layout::{Layout, Section};
use crate::web::limit_editor::LimitForm;
use crate::web::listing::{self, Chip, Heading, Pager, SelectOption, Tab};
use crate::web::{banners, render};

mod bulk;
mod export;
pub(super) mod filter;
mod filter_form;
mod limit;
mod live;
mod refresh;
mod row;
mod row_menu;
mod views;

use filter::AccountsQuery;
use row::{AccountRow, RowAnnotations};
use row_menu::RowMenu;
use views::{SavedViews, ViewTabs};

/// Files of the selected accounts.
const SELECTION_FILES: [(&str, &str); 2] = [
    ("CSV", "/accounts/selected.csv"),
    ("JSON", "/accounts/selected.json"),
];

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/accounts", get(index))
        .route("/accounts/bulk/{action}", get(bulk::new).post(bulk::create))
        .route("/accounts/events", get(live::events))
        .route("/accounts/rows", get(live::rows))
        .route("/accounts/columns", get(columns::show::<AccountFilter>))
        .route(
            "/accounts/columns/save",
            post(columns::save::<AccountFilter>),
        )
        .route("/accounts/export.csv", get(export::csv))
        .route("/accounts/export.json", get(export::json))
        .route("/accounts/filter", get(filter_form::new))
        .route("/accounts/refresh", post(refresh::create))
        .route("/accounts/{id}/limit", post(limit::update))
        .route("/accounts/{id}/row", get(limit::show))
        .route("/accounts/views", get(views::index))
        .route("/accounts/views/save", post(views::create))
        .route("/accounts/views/{id}/rename", post(views::rename))
        .route("/accounts/views/{id}/update", post(views::update))
        .route("/accounts/views/{id}/move", post(views::reorder))
        .route(
            "/accounts/views/{id}/delete",
            get(views::delete::show).post(views::destroy),
        )
        .route("/accounts/views/{id}/default", post(views::update_default))
        .route("/accounts/views/{id}/share", post(views::shared::create))
        .route(
            "/accounts/views/shared/{id}/unshare",
            post(views::shared::unshare),
        )
        .route(
            "/accounts/views/shared/{id}/rename",
            post(views::shared::rename),
        )
        .route(
            "/accounts/views/shared/{id}/update",
            post(views::shared::update),
        )
        .route(
            "/accounts/views/shared/{id}/move",
            post(views::shared::reorder),
        )
        .route(
            "/accounts/views/shared/{id}/delete",
            get(views::delete::show_shared).post(views::shared::delete),
        )
        .route("/accounts/selected.csv", post(export::csv_of_selected))
        .route("/accounts/selected.json", post(export::json_of_selected))
}

#[derive(Template)]
#[template(path = "accounts/list.html", blocks = ["rows"])]
struct ListPage {
    layout: Layout,
    query: AccountsQuery,
    columns: ShownColumns<SortOrder>,
    chips: Vec<Chip>,
    /// Tabs of the saved views, if there are any.
    views: Option<ViewTabs>,
    /// Start of the sweep that the page is based on.
    as_of: Option<FormattedTime>,
    /// Error of the latest sweep; empty if it succeeded or if a banner shows the outage.
    refresh_error: String,
    may_create: bool,
    menu: RowMenu,
    selection: SelectionBar,
    tabs: Vec<Tab>,
    rows: Vec<AccountRow>,
    pager: Pager,
    /// Revision of the directory that the rows have at least.
    revision: i64,
    /// True if all rows of this page are selected at first. Without scripts, this is the only way
    /// to select them all.
    is_page_selected: bool,
    /// Number of accounts in the directory, ignoring the filter.
    directory_total: i64,
    /// Account whose complete ID was searched for. Set if it is gone or not in the directory.
    by_id: Option<PastedIdMatch>,
    /// True if only a part of the page is requested. The tabs' counts are sent along.
    partial: bool,
}

/// Account that a complete ID leads to although no list shows it.
struct PastedIdMatch {
    id: AccountId,
    /// Name of the account, if the directory remembers it as gone.
    gone: Option<String>,
}

/// `GET /accounts?q=&status=&calls=&limit=&pricing=&billing=&from=&to=&assignee=&tag=&changed=&unseen=&needs=&sort=&page=&per=&columns=&view=`
async fn index(
    may: Authorized<Read>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    htmx: Htmx,
    kept: DraftForm,
) -> Result<Response, Error> {
    let raw = raw.unwrap_or_default();
    let mut query = AccountsQuery::parse(&raw);
    let views = SavedViews::load(&app, &may).await?;
    if let Some(first) = views.default_path() {
        if raw.is_empty() && !htmx.partial {
            return Ok(render::redirect(&first));
        }
        query.says_all = true;
    }
    views.settle(&app, &mut query).await?;
    let list_filter = list_filter(&app, &may, &query);
    let mut listing = accounts::list(&app.db, &list_filter).await?;
    query.clamp_page(listing.total);
    let by_id = if listing.rows.is_empty() {
        match_pasted_id(&app, &query).await?
    } else {
        None
    };
    let canonical = query.href();
    let mut page = ListPage {
        layout: may.layout("Accounts", Section::Accounts).await?,
        tabs: tabs(&query, &listing),
        chips: filter::chips(&app, &query).await?,
        selection: selection(&may, &query, listing.total),
        directory_total: listing.directory_total,
        pager: query.pager(listing.total),
        revision: listing.revision,
        is_page_selected: listing::selects_page(&raw),
        as_of: listing.as_of.map(|at| may.times().format(at)),
        refresh_error: if banners::shows_telnyx_outage(&app) {
            String::new()
        } else {
            std::mem::take(&mut listing.last_error)
        },
        rows: rows(&app, &may, listing, &canonical),
        columns: columns::load(&app, &may, &query).await?,
        may_create: may.can(Permission::CreateAccounts),
        menu: RowMenu::new(&may, &canonical),
        by_id,
        partial: htmx.partial,
        views: views.tabs(&may, &query),
        query,
    };
    if let Some(form) = kept.parse::<LimitForm>() {
        page.show_draft(&app, &may, form, &canonical).await?;
    }
    let mut response = render::page_or_fragment(&htmx, &page, &page.as_rows())?;
    if htmx.partial {
        set_history_header(&mut response, &htmx, &canonical);
    }
    Ok(response)
}

/// Returns the filter, the order and the page that an address asks for.
fn list_filter(app: &App, viewer: &Viewer, query: &AccountsQuery) -> ListFilter {
    ListFilter {
        criteria: query.filter.criteria(filter::filter_context(app, viewer)),
        sort: query.order,
        page: query.page,
        per_page: query.page_size,
    }
}

fn selection(viewer: &Viewer, query: &AccountsQuery, total: i64) -> SelectionBar {
    SelectionBar::new(query, total, &BulkAction::ALL, viewer).with_files(&SELECTION_FILES)
}

/// Puts the search into the browser's address. The first search adds an entry to the browser's
/// history. Typing on replaces that entry.
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

/// Finds the account of a pasted complete ID, if no list shows it.
async fn match_pasted_id(app: &App, query: &AccountsQuery) -> Result<Option<PastedIdMatch>, Error> {
    let Some(id) = filter::pasted_id(&query.filter) else {
        return Ok(None);
    };
    let known = accounts::by_id(&app.db, &id).await?;
    Ok(match known {
        // Only a filter hides it from the list, and the "nothing matches" message tells that.
        Some(account) if account.gone_at.is_none() => None,
        known => Some(PastedIdMatch {
            id,
            gone: known.map(|account| account.name().to_owned()),
        }),
    })
}

fn rows(app: &App, viewer: &Viewer, mut listing: AccountsPage, list: &str) -> Vec<AccountRow> {
    let mut row = |account: &Arc<Account>| {
        let annotations = RowAnnotations {
            tags: listing.tags.remove(&account.id).unwrap_or_default(),
            assignee: account
                .assignee_id
                .and_then(|id| listing.assignees.get(&id)),
        };
        AccountRow::new(app, viewer, account, annotations, list)
    };
    listing.rows.iter().map(&mut row).collect()
}

/// Returns the tabs. Each replaces the status and the calls of the filter.
fn tabs(query: &AccountsQuery, listing: &AccountsPage) -> Vec<Tab> {
    let tab = |label, count, status, calls| {
        query.tab(label, count, |filter| {
            (filter.status, filter.calls) = (status, calls);
        })
    };
    let all = tab("All", listing.total_of_all_statuses(), None, None);
    let statuses = listing.counts.iter().map(|count| {
        let label = filter::status_label(count.status);
        tab(label, count.accounts, Some(count.status), None)
    });
    let cannot = CallVerdict::Cannot;
    let cannot_call = tab(cannot.label(), listing.cannot_call, None, Some(cannot));
    let tabs = std::iter::once(all).chain(statuses);
    tabs.chain([cannot_call]).collect()
}

impl ListPage {
    /// Opens the editor of the row that an expired login interrupted, with the typed limit.
    async fn show_draft(
        &mut self,
        app: &App,
        viewer: &Viewer,
        form: LimitForm,
        list: &str,
    ) -> Result<(), Error> {
        let id = form.account.as_deref().and_then(|id| id.parse().ok());
        let row = self.rows.iter_mut();
        let row = row
            .filter(|row| !row.limit.edit_href.is_empty())
            .find(|row| Some(&row.id) == form.account.as_ref());
        if let (Some(row), Some(id)) = (row, id)
            && let Some(account) = accounts::by_id(&app.db, &id).await?
        {
            let mut editor = limit::editor(app, viewer, &account, list).await?;
            editor.value = form.channel_limit;
            row.editor = Some(editor);
        }
        Ok(())
    }

    fn all_href(&self) -> String {
        let all = AccountsQuery {
            says_all: self.query.says_all,
            ..AccountsQuery::default()
        };
        all.href()
    }

    /// Returns the address of the same list with only the reader's own accounts.
    fn mine_href(&self) -> String {
        let me = Some(AssigneeFilter::Me);
        self.query.href_with(|query| query.filter.assignee = me)
    }

    /// Returns another address with the same query, starting at the first page.
    fn href_at(&self, path: &str) -> String {
        self.query.with(|_| ()).href_at(path)
    }

    /// Returns `true` if the directory has any account at all.
    const fn has_any(&self) -> bool {
        self.directory_total > 0
    }

    fn headings(&self) -> Vec<Heading> {
        self.query.headings(&self.columns.shown)
    }

    fn sort_options(&self) -> Vec<SelectOption> {
        self.query.sort_options()
    }

    /// Returns the message for when no account matches.
    fn nothing_matches(&self) -> String {
        let rest = self.chips.iter().filter(|chip| chip.name != "q");
        let rest = listing::describe(rest);
        let q = isolate_bidi(&self.query.filter.q);
        let searched =
            format!("No account has \u{201c}{q}\u{201d} in its names, email, ID, tags or notes");
        match (self.query.filter.q.is_empty(), rest.is_empty()) {
            (true, true) => "No account.".to_owned(),
            (true, false) => format!("No account has all of this: {rest}."),
            (false, true) => format!("{searched}."),
            (false, false) => format!("{searched}, and all of this: {rest}."),
        }
    }
}
