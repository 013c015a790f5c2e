//! GET /channels and POST /channels/refresh: the pool, and who holds what of it.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::PATH;
use super::row::{self, ChannelsRow, LimitForm};
use crate::app::App;
use crate::db::accounts::{self, ChannelTotals, HolderFilter};
use crate::directory;
use crate::domain::number::{self, InvalidNumber};
use crate::domain::role::Permission;
use crate::operations::unanswered_requests;
use crate::telnyx::ErrorSummary;
use crate::web::access::{Authorized, Read, Viewer};
use crate::web::error::Error;
use crate::web::form::DraftForm;
use crate::web::format::group_thousands;
use crate::web::layout::{Layout, Section, Toast};
use crate::web::pool::PoolView;
use crate::web::search::{self, SearchText};
use crate::web::{banners, paths, render};

/// Rows a page that can be chosen; the second is the usual one.
const PAGE_SIZES: [u32; 3] = [25, 50, 100];

/// Which rows the address asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ChannelsQuery {
    q: String,
    part: HolderFilter,
    page: u32,
    page_size: u32,
    /// What of the address was not understood, in words.
    ignored: Vec<String>,
}

impl ChannelsQuery {
    fn from_params(mut query: HashMap<String, String>) -> Self {
        let mut ignored = Vec::new();
        let mut take = |name: &str| query.remove(name).unwrap_or_default();
        let (typed, show, page, per) = (
            SearchText::parse(&take("q")),
            take("show"),
            take("page"),
            take("per"),
        );
        if typed.is_stripped {
            ignored.push("what cannot be seen of the search".to_owned());
        }
        if typed.is_truncated {
            ignored.push(format!(
                "the search after its first {} characters",
                search::MAX_LENGTH
            ));
        }
        let part = HolderFilter::ALL
            .into_iter()
            .find(|part| part.as_str() == show)
            .unwrap_or_else(|| {
                ignored.push("the choice of accounts".to_owned());
                HolderFilter::All
            });
        let page_of = |text: &str| match number::parse_whole(text) {
            Ok(page) => u32::try_from(page).ok(),
            Err(InvalidNumber::Empty) => Some(1),
            Err(_) => None,
        };
        let page = page_of(&page).filter(|page| *page > 0).unwrap_or_else(|| {
            ignored.push("the page".to_owned());
            1
        });
        let per = match per.as_str() {
            "" => PAGE_SIZES[1],
            text => PAGE_SIZES
                .into_iter()
                .find(|rows| number::parse_whole(text) == Ok(u64::from(*rows)))
                .unwrap_or_else(|| {
                    ignored.push("the number of rows".to_owned());
                    PAGE_SIZES[1]
                }),
        };
        Self {
            q: typed.q,
            part,
            page,
            page_size: per,
            ignored,
        }
    }

    fn from_path(address: &str) -> Self {
        Self::parse(address.split_once('?').map_or("", |(_, query)| query))
    }

    /// Whatever stands there: a name that comes twice has its last value.
    fn parse(query: &str) -> Self {
        Self::from_params(
            url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    fn href(&self) -> String {
        let page = if self.page > 1 {
            self.page.to_string()
        } else {
            String::new()
        };
        let per = if self.page_size == PAGE_SIZES[1] {
            String::new()
        } else {
            self.page_size.to_string()
        };
        paths::with_query(
            PATH,
            [
                ("q", self.q.as_str()),
                ("show", self.part.as_str()),
                ("page", &page),
                ("per", &per),
            ],
        )
    }

    fn href_with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut other = self.clone();
        other.page = 1;
        change(&mut other);
        other.href()
    }
}

/// A tab above the table.
#[derive(Debug)]
struct Tab {
    label: &'static str,
    href: String,
    count: String,
    current: bool,
}

const fn filter_label(part: HolderFilter) -> &'static str {
    match part {
        HolderFilter::All => "All",
        HolderFilter::Holding => "Holding channels",
        HolderFilter::Zero => "Blocked by 0",
        HolderFilter::Reclaimable => "Disabled, holding",
        HolderFilter::Unknown => "Not known",
    }
}

/// The whole page.
#[derive(Template)]
#[template(path = "channels/index.html")]
pub(super) struct ChannelsPage {
    layout: Layout,
    pool: PoolView,
    query: ChannelsQuery,
    totals: ChannelTotals,
    total: i64,
    rows: Vec<ChannelsRow>,
    may_change: bool,
    /// A row above was not saved: said at the top, for whoever has no script.
    refused: Option<String>,
}

impl ChannelsPage {
    fn tabs(&self) -> Vec<Tab> {
        HolderFilter::ALL
            .into_iter()
            .map(|part| Tab {
                label: filter_label(part),
                href: self.query.href_with(|view| view.part = part),
                count: group_thousands(self.totals.accounts_in(part)),
                current: part == self.query.part,
            })
            .collect()
    }

    fn page_sizes(&self) -> Vec<(u32, String, bool)> {
        PAGE_SIZES
            .into_iter()
            .map(|per| {
                (
                    per,
                    self.query.href_with(|view| view.page_size = per),
                    per == self.query.page_size,
                )
            })
            .collect()
    }

    fn without_search(&self) -> String {
        self.query.href_with(|view| view.q.clear())
    }

    fn is_empty_directory(&self) -> bool {
        self.pool.holding.accounts == 0
    }

    /// What of the address was ignored, in a sentence; empty where nothing was.
    fn ignored(&self) -> String {
        match self.query.ignored.as_slice() {
            [] => String::new(),
            parts => format!(
                "The address asked for something that is not there. Ignored: {}.",
                parts.join(", ")
            ),
        }
    }

    fn shown(&self) -> String {
        let first = i64::from(self.query.page - 1) * i64::from(self.query.page_size) + 1;
        let last = (first - 1 + i64::from(self.query.page_size)).min(self.total);
        format!(
            "{}–{} of {}",
            group_thousands(first),
            group_thousands(last),
            group_thousands(self.total)
        )
    }

    fn previous(&self) -> String {
        let page = self.query.page - 1;
        if page == 0 {
            String::new()
        } else {
            self.query.href_with(|view| view.page = page)
        }
    }

    fn next(&self) -> String {
        let page = self.query.page + 1;
        let more = i64::from(self.query.page) * i64::from(self.query.page_size) < self.total;
        if more {
            self.query.href_with(|view| view.page = page)
        } else {
            String::new()
        }
    }
}

async fn load(app: &App, viewer: &Viewer, mut view: ChannelsQuery) -> Result<ChannelsPage, Error> {
    let found = accounts::channel_totals(&app.db, &view.q).await?;
    let total = found.accounts_in(view.part);
    let last = u32::try_from((total - 1).max(0) / i64::from(view.page_size))
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    if view.page > last {
        view.ignored
            .push(format!("page {}, the last one is {last}", view.page));
        view.page = last;
    }
    let rows =
        accounts::channel_holders(&app.db, &view.q, view.part, view.page, view.page_size).await?;
    let open = row::open_by_account(app).await?;
    let back = view.href();
    let unanswered = unanswered_requests::find_unanswered(app).await?;
    let accounts = rows;
    let mut rows = Vec::with_capacity(accounts.len());
    for account in accounts {
        let open = open.get(&account.id);
        let row = ChannelsRow::new(viewer, account, open).with_return_path(&back);
        rows.push(row.with_unanswered(app, &unanswered).await?);
    }
    Ok(ChannelsPage {
        layout: viewer.layout("Channels", Section::Channels).await?,
        pool: PoolView::load(app, viewer.times()).await?,
        may_change: viewer.can(Permission::ChangeLimits),
        query: view,
        totals: found,
        total,
        rows,
        refused: None,
    })
}

/// The list at this address with one of its rows as it was not taken.
pub(super) async fn load_with_row(
    app: &App,
    viewer: &Viewer,
    address: &str,
    refused: ChannelsRow,
) -> Result<ChannelsPage, Error> {
    let mut page = load(app, viewer, ChannelsQuery::from_path(address)).await?;
    page.refused = Some(refused.account.name().to_owned());
    match page
        .rows
        .iter_mut()
        .find(|row| row.account.id == refused.account.id)
    {
        Some(row) => *row = refused,
        None => page.rows.insert(0, refused),
    }
    Ok(page)
}

/// GET /channels
pub(super) async fn index(
    may: Authorized<Read>,
    State(app): State<App>,
    RawQuery(query): RawQuery,
    kept: DraftForm,
) -> Result<Response, Error> {
    let mut page = load(
        &app,
        &may,
        ChannelsQuery::parse(query.as_deref().unwrap_or_default()),
    )
    .await?;
    if let Some(form) = kept.parse::<LimitForm>() {
        let row = page
            .rows
            .iter_mut()
            .find(|row| Some(row.account.id.as_str()) == form.account.as_deref());
        if let Some(row) = row {
            row.value = form.channel_limit;
        }
    }
    render::html(&page)
}

/// POST /channels/refresh
pub(super) async fn refresh(
    may: Authorized<Read>,
    State(app): State<App>,
) -> Result<Response, Error> {
    let read =
        tokio::time::timeout(app.settings.page_time_budget, directory::refresh_pool(&app)).await;
    let failed = match read {
        Ok(Ok(_)) => None,
        Ok(Err(directory::Error::Db(error))) => return Err(error.into()),
        Ok(Err(directory::Error::Telnyx(error))) => Some(ErrorSummary::from(&error)),
        Err(_) => Some(ErrorSummary::timed_out()),
    };
    let (kind, text) = match failed {
        None => (
            "success",
            "The pool is shown as Telnyx has it now.".to_owned(),
        ),
        Some(trouble) => (
            "warning",
            banners::refresh_failure(&app, "The pool", Some(trouble)),
        ),
    };
    let toast = Toast {
        kind,
        text,
        undo: None,
    };
    may.toast(toast).await?;
    Ok(render::redirect(PATH))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(pairs: &[(&str, &str)]) -> ChannelsQuery {
        ChannelsQuery::from_params(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn an_address_comes_back_as_it_was_read() {
        let read = view(&[
            ("q", " acme & co "),
            ("show", "reclaim"),
            ("page", "3"),
            ("per", "100"),
        ]);
        assert_eq!(
            read.href(),
            "/channels?q=acme+%26+co&show=reclaim&page=3&per=100"
        );
        assert_eq!(ChannelsQuery::from_path(&read.href()), read);
        assert_eq!(view(&[]).href(), "/channels");
    }

    #[test]
    fn what_an_address_asks_for_in_vain_is_named_and_the_nearest_is_shown() {
        for page in ["0", "-1", "1000000000000", "x"] {
            let read = view(&[("page", page)]);
            assert_eq!(
                (read.page, read.ignored.as_slice()),
                (1, &["the page".to_owned()][..]),
                "{page}"
            );
        }
        let read = view(&[("show", "x"), ("per", "7"), ("q", &"é".repeat(10_000))]);
        assert_eq!(
            (read.part, read.page_size, read.q.chars().count()),
            (HolderFilter::All, 50, 200)
        );
        assert_eq!(read.ignored.len(), 3);
    }
}
