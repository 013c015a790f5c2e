//! GET /channels and POST /channels/refresh: the pool, and who holds what of it.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::ADDRESS;
use super::limit::LimitForm;
use super::row::{self, Row};
use crate::app::App;
use crate::db::accounts::{self, Holding, Part};
use crate::directory;
use crate::domain::number::{self, InvalidNumber};
use crate::domain::role::Permission;
use crate::operations::late;
use crate::telnyx::Trouble;
use crate::web::access::{May, Read, Viewer};
use crate::web::error::Error;
use crate::web::form::Kept;
use crate::web::pool::PoolView;
use crate::web::search::{self, Typed};
use crate::web::shell::{Section, Shell, Toast};
use crate::web::view::grouped;
use crate::web::{bars, page, paths};

/// Rows a page that can be chosen; the second is the usual one.
const PER: [u32; 3] = [25, 50, 100];

/// Which rows the address asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct View {
    q: String,
    part: Part,
    page: u32,
    per: u32,
    /// What of the address was not understood, in words.
    ignored: Vec<String>,
}

impl View {
    fn of(mut query: HashMap<String, String>) -> Self {
        let mut ignored = Vec::new();
        let mut take = |name: &str| query.remove(name).unwrap_or_default();
        let (typed, show, page, per) = (Typed::of(&take("q")), take("show"), take("page"), take("per"));
        if typed.is_stripped {
            ignored.push("what cannot be seen of the search".to_owned());
        }
        if typed.is_cut {
            ignored.push(format!("the search after its first {} characters", search::LONGEST));
        }
        let part = Part::ALL
            .into_iter()
            .find(|part| part.as_str() == show)
            .unwrap_or_else(|| {
                ignored.push("the choice of accounts".to_owned());
                Part::All
            });
        let page_of = |text: &str| match number::whole(text) {
            Ok(page) => u32::try_from(page).ok(),
            Err(InvalidNumber::Empty) => Some(1),
            Err(_) => None,
        };
        let page = page_of(&page).filter(|page| *page > 0).unwrap_or_else(|| {
            ignored.push("the page".to_owned());
            1
        });
        let per = match per.as_str() {
            "" => PER[1],
            text => PER
                .into_iter()
                .find(|rows| number::whole(text) == Ok(u64::from(*rows)))
                .unwrap_or_else(|| {
                    ignored.push("the number of rows".to_owned());
                    PER[1]
                }),
        };
        Self {
            q: typed.q,
            part,
            page,
            per,
            ignored,
        }
    }

    fn of_address(address: &str) -> Self {
        Self::of_query(address.split_once('?').map_or("", |(_, query)| query))
    }

    /// Whatever stands there: a name that comes twice has its last value.
    fn of_query(query: &str) -> Self {
        Self::of(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    fn address(&self) -> String {
        let page = if self.page > 1 {
            self.page.to_string()
        } else {
            String::new()
        };
        let per = if self.per == PER[1] {
            String::new()
        } else {
            self.per.to_string()
        };
        paths::with_query(
            ADDRESS,
            [
                ("q", self.q.as_str()),
                ("show", self.part.as_str()),
                ("page", &page),
                ("per", &per),
            ],
        )
    }

    fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut other = self.clone();
        other.page = 1;
        change(&mut other);
        other.address()
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

const fn label(part: Part) -> &'static str {
    match part {
        Part::All => "All",
        Part::Holding => "Holding channels",
        Part::Zero => "Blocked by 0",
        Part::Reclaimable => "Disabled, holding",
        Part::Unknown => "Not known",
    }
}

/// The whole page.
#[derive(Template)]
#[template(path = "channels/index.html")]
pub(super) struct Index {
    shell: Shell,
    pool: PoolView,
    view: View,
    found: Holding,
    total: i64,
    rows: Vec<Row>,
    may_change: bool,
    /// A row above was not saved: said at the top, for whoever has no script.
    refused: Option<String>,
}

impl Index {
    fn tabs(&self) -> Vec<Tab> {
        Part::ALL
            .into_iter()
            .map(|part| Tab {
                label: label(part),
                href: self.view.with(|view| view.part = part),
                count: grouped(self.found.of(part)),
                current: part == self.view.part,
            })
            .collect()
    }

    fn sizes(&self) -> Vec<(u32, String, bool)> {
        PER.into_iter()
            .map(|per| (per, self.view.with(|view| view.per = per), per == self.view.per))
            .collect()
    }

    fn without_search(&self) -> String {
        self.view.with(|view| view.q.clear())
    }

    fn is_empty_directory(&self) -> bool {
        self.pool.holding.accounts == 0
    }

    /// What of the address was ignored, in a sentence; empty where nothing was.
    fn ignored(&self) -> String {
        match self.view.ignored.as_slice() {
            [] => String::new(),
            parts => format!(
                "The address asked for something that is not there. Ignored: {}.",
                parts.join(", ")
            ),
        }
    }

    fn shown(&self) -> String {
        let first = i64::from(self.view.page - 1) * i64::from(self.view.per) + 1;
        let last = (first - 1 + i64::from(self.view.per)).min(self.total);
        format!("{}–{} of {}", grouped(first), grouped(last), grouped(self.total))
    }

    fn previous(&self) -> String {
        let page = self.view.page - 1;
        if page == 0 {
            String::new()
        } else {
            self.view.with(|view| view.page = page)
        }
    }

    fn next(&self) -> String {
        let page = self.view.page + 1;
        let more = i64::from(self.view.page) * i64::from(self.view.per) < self.total;
        if more {
            self.view.with(|view| view.page = page)
        } else {
            String::new()
        }
    }
}

async fn load(app: &App, viewer: &Viewer, mut view: View) -> Result<Index, Error> {
    let found = accounts::holding(&app.db, viewer.scope(), &view.q).await?;
    let total = found.of(view.part);
    let last = u32::try_from((total - 1).max(0) / i64::from(view.per))
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    if view.page > last {
        view.ignored.push(format!("page {}, the last one is {last}", view.page));
        view.page = last;
    }
    let rows = accounts::holders(&app.db, viewer.scope(), &view.q, view.part, view.page, view.per).await?;
    let open = row::open_by_account(app, viewer).await?;
    let back = view.address();
    let unanswered = late::unanswered(app, viewer.scope()).await?;
    let accounts = rows;
    let mut rows = Vec::with_capacity(accounts.len());
    for account in accounts {
        let open = open.get(&account.id);
        let row = Row::new(viewer, account, open).in_list(&back);
        rows.push(row.with_late(app, viewer, &unanswered).await?);
    }
    Ok(Index {
        shell: viewer.shell("Channels", Section::Channels).await?,
        pool: PoolView::load(app, viewer.scope(), viewer.times()).await?,
        may_change: viewer.can(Permission::ChangeLimits),
        view,
        found,
        total,
        rows,
        refused: None,
    })
}

/// The list at this address with one of its rows as it was not taken.
pub(super) async fn with_row(app: &App, viewer: &Viewer, address: &str, refused: Row) -> Result<Index, Error> {
    let mut page = load(app, viewer, View::of_address(address)).await?;
    page.refused = Some(refused.account.name().to_owned());
    match page.rows.iter_mut().find(|row| row.account.id == refused.account.id) {
        Some(row) => *row = refused,
        None => page.rows.insert(0, refused),
    }
    Ok(page)
}

/// GET /channels
pub(super) async fn index(
    may: May<Read>,
    State(app): State<App>,
    RawQuery(query): RawQuery,
    kept: Kept,
) -> Result<Response, Error> {
    let mut page = load(&app, &may, View::of_query(query.as_deref().unwrap_or_default())).await?;
    if let Some(form) = kept.fill::<LimitForm>() {
        let row = page
            .rows
            .iter_mut()
            .find(|row| Some(row.account.id.as_str()) == form.account.as_deref());
        if let Some(row) = row {
            row.value = form.channel_limit;
        }
    }
    page::html(&page)
}

/// POST /channels/refresh
pub(super) async fn refresh(may: May<Read>, State(app): State<App>) -> Result<Response, Error> {
    let read = tokio::time::timeout(app.settings.page_time_budget, directory::refresh_pool(&app)).await;
    let failed = match read {
        Ok(Ok(_)) => None,
        Ok(Err(directory::Error::Db(error))) => return Err(error.into()),
        Ok(Err(directory::Error::Telnyx(error))) => Some(Trouble::from(&error)),
        Err(_) => Some(Trouble::out_of_time()),
    };
    let (kind, text) = match failed {
        None => ("success", "The pool is shown as Telnyx has it now.".to_owned()),
        Some(trouble) => ("warning", bars::not_refreshed(&app, "The pool", Some(trouble))),
    };
    let toast = Toast { kind, text, undo: None };
    may.toast(toast).await?;
    Ok(page::redirect(ADDRESS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(pairs: &[(&str, &str)]) -> View {
        View::of(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn an_address_comes_back_as_it_was_read() {
        let read = view(&[("q", " acme & co "), ("show", "reclaim"), ("page", "3"), ("per", "100")]);
        assert_eq!(read.address(), "/channels?q=acme+%26+co&show=reclaim&page=3&per=100");
        assert_eq!(View::of_address(&read.address()), read);
        assert_eq!(view(&[]).address(), "/channels");
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
        assert_eq!((read.part, read.per, read.q.chars().count()), (Part::All, 50, 200));
        assert_eq!(read.ignored.len(), 3);
    }
}
