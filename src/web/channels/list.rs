//! List of the holders of channels, and the pool. `GET /channels` and `POST /channels/refresh`.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::PATH;
use super::row::{self, ChannelsRow};
use crate::app::App;
use crate::db::accounts::{self, ChannelTotals, HolderFilter};
use crate::directory;
use crate::domain::role::Permission;
use crate::operations::late_effects;
use crate::telnyx::ErrorSummary;
use crate::web::access::{Authorized, Read, Viewer};
use crate::web::bulk::{BulkAction, SelectionBar};
use crate::web::chart::Chart;
use crate::web::error::Error;
use crate::web::form::DraftForm;
use crate::web::layout::{Layout, Section, Toast};
use crate::web::limit_editor::LimitForm;
use crate::web::listing::{self, Chip, Filter, Pager, Param, Query, Tab, Value, read};
use crate::web::pool::PoolView;
use crate::web::reclaim::ReclaimLink;
use crate::web::trends::{Figures, LargestMoves, PoolTrend, Range};
use crate::web::{banners, render, trends};

/// Actions that the selection bar offers.
const BULK_ACTIONS: [BulkAction; 3] = [
    BulkAction::ChannelLimit,
    BulkAction::BlockCalls,
    BulkAction::Disable,
];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ChannelsFilter {
    pub(super) q: String,
    pub(super) part: HolderFilter,
    /// Period of the charts.
    pub(super) range: Range,
}

pub(super) type ChannelsQuery = Query<ChannelsFilter>;

impl Filter for ChannelsFilter {
    type Order = ();

    const PATH: &'static str = PATH;
    const PARAMS: &'static [Param<Self>] = &[
        Param::new(
            "q",
            |filter, value| read::search(&mut filter.q, value),
            |filter| Value::of_text(&filter.q, "Search"),
        ),
        Param::new(
            "show",
            |filter, value| {
                let mut parts = HolderFilter::ALL.into_iter();
                let mut part = None;
                read::choice(&mut part, "tab", value, |word| {
                    parts.find(|part| part.as_str() == word)
                })?;
                filter.part = part.unwrap_or_default();
                Ok(())
            },
            |filter| {
                let part = Some(filter.part).filter(|part| *part != HolderFilter::All);
                Value::of(
                    part,
                    |part| part.as_str().to_owned(),
                    |part| filter_label(*part).to_owned(),
                )
            },
        ),
        Param::new(
            "range",
            |filter, value| {
                filter.range = Range::parse(value)?;
                Ok(())
            },
            |filter| {
                let range = Some(filter.range).filter(|range| *range != Range::default());
                Value::of(
                    range,
                    |range| range.as_str().to_owned(),
                    |range| range.label().to_owned(),
                )
            },
        ),
        Param::select_page(),
    ];
}

const fn filter_label(part: HolderFilter) -> &'static str {
    match part {
        HolderFilter::All => "All",
        HolderFilter::Holding => "Holding channels",
        HolderFilter::Zero => "Limit 0",
        HolderFilter::Reclaimable => "Disabled with channels",
        HolderFilter::Unknown => "Not known",
    }
}

#[derive(Template)]
#[template(path = "channels/index.html")]
pub(super) struct ChannelsPage {
    layout: Layout,
    pool: PoolView,
    trend: PoolTrend,
    channels_chart: Option<Chart>,
    moves: LargestMoves,
    query: ChannelsQuery,
    totals: ChannelTotals,
    pager: Pager,
    rows: Vec<ChannelsRow>,
    may_change: bool,
    selection: SelectionBar,
    /// True if all rows of this page are selected at first. Without scripts, this is the only way
    /// to select them all.
    is_page_selected: bool,
    /// Link that takes back the channels of all disabled accounts, on their tab.
    reclaim_all: Option<ReclaimLink>,
    /// Name of the account whose change was refused. The top of the page shows it, for people
    /// without scripts.
    refused: Option<String>,
}

impl ChannelsPage {
    fn tabs(&self) -> Vec<Tab> {
        let tabs = HolderFilter::ALL.into_iter().map(|part| {
            let accounts = self.totals.accounts_in(part);
            self.query
                .tab(filter_label(part), accounts, |filter| filter.part = part)
        });
        tabs.collect()
    }

    /// Returns the chip of the search. The tabs show the rest of the filter.
    fn chips(&self) -> Vec<Chip> {
        let mut chips = self.query.chips();
        chips.retain(|chip| chip.name == "q");
        chips
    }

    fn is_empty_directory(&self) -> bool {
        self.pool.holding.accounts == 0
    }
}

async fn load(app: &App, viewer: &Viewer, mut query: ChannelsQuery) -> Result<ChannelsPage, Error> {
    let filter = query.filter.clone();
    let totals = accounts::channel_totals(&app.db, &filter.q).await?;
    let total = totals.accounts_in(filter.part);
    query.clamp_page(total);
    let accounts =
        accounts::channel_holders(&app.db, &filter.q, filter.part, query.page, query.page_size)
            .await?;
    let open = row::open_by_account(app).await?;
    let back = query.href();
    let unanswered = late_effects::find_unanswered(app).await?;
    let mut rows = Vec::with_capacity(accounts.len());
    for account in accounts {
        let open = open.get(&account.id);
        let row = ChannelsRow::new(viewer, account, open).with_return_path(&back);
        rows.push(row.with_unanswered(app, &unanswered).await?);
    }
    let now = viewer.times().now();
    let figures = Figures::load(app, now, filter.range).await?;
    Ok(ChannelsPage {
        layout: viewer.layout("Channels", Section::Channels).await?,
        pool: PoolView::load(app, viewer.times()).await?,
        trend: PoolTrend::of(&figures, |range| {
            query.href_with(|query| query.filter.range = range)
        }),
        channels_chart: trends::channels_by_week(&figures),
        moves: LargestMoves::load(app, now).await?,
        may_change: viewer.can(Permission::ChangeLimits),
        selection: SelectionBar::new(&query, total, &BULK_ACTIONS, viewer),
        is_page_selected: false,
        reclaim_all: ReclaimLink::of_all(&totals, &back).filter(|_| {
            filter.part == HolderFilter::Reclaimable && viewer.can(Permission::ChangeLimits)
        }),
        pager: query.pager(total),
        query,
        totals,
        rows,
        refused: None,
    })
}

/// Loads the list at this address, with one row as it was submitted and refused.
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

/// `GET /channels`
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
    page.is_page_selected = listing::selects_page(query.as_deref().unwrap_or_default());
    if let Some(form) = kept.parse::<LimitForm>() {
        let row = page
            .rows
            .iter_mut()
            .find(|row| Some(row.account.id.as_str()) == form.account.as_deref());
        if let Some(row) = row {
            row.editor.value = form.channel_limit;
        }
    }
    render::html(&page)
}

/// `POST /channels/refresh`
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
        None => ("success", "The pool is up to date.".to_owned()),
        Some(trouble) => (
            "warning",
            banners::refresh_failure(&app, "The pool", Some(trouble)),
        ),
    };
    let toast = Toast::new(kind, text);
    may.toast(toast).await?;
    Ok(render::redirect(PATH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_comes_back_as_it_was_read() {
        let read = ChannelsQuery::parse("q=+acme+%26+co+&show=reclaim&page=3&per=100");
        assert_eq!(
            read.href(),
            "/channels?q=acme+%26+co&show=reclaim&page=3&per=100"
        );
        assert_eq!(ChannelsQuery::from_path(&read.href()), read);
        assert_eq!(ChannelsQuery::parse("").href(), "/channels");
    }

    #[test]
    fn what_an_address_asks_for_in_vain_is_named_and_the_nearest_is_shown() {
        for page in ["0", "-1", "x"] {
            let read = ChannelsQuery::parse(&format!("page={page}"));
            assert_eq!((read.page, read.ignored.len()), (1, 1), "{page}");
        }
        let long = "%C3%A9".repeat(10_000);
        let read = ChannelsQuery::parse(&format!("show=x&per=7&q={long}"));
        assert_eq!(
            (
                read.filter.part,
                read.page_size,
                read.filter.q.chars().count()
            ),
            (HolderFilter::All, 50, 200)
        );
        assert_eq!(read.ignored.len(), 3);
    }
}
