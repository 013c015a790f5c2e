//! List of the holders of channels, and the pool. `GET /channels` and `POST /channels/refresh`.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::PATH;
use super::filter::{ChannelsQuery, filter_label};
use super::headings::ChannelsOrder;
use super::row::{self, ChannelsRow};
use crate::app::App;
use crate::db::accounts::{self, ChannelTotals, HolderFilter};
use crate::directory;
use crate::domain::role::Permission;
use crate::telnyx::ErrorSummary;
use crate::web::access::{Authorized, Read, Viewer};
use crate::web::bulk::{BulkAction, SelectionBar};
use crate::web::chart::Chart;
use crate::web::columns::{self, ShownColumns};
use crate::web::error::Error;
use crate::web::form::DraftForm;
use crate::web::layout::{Layout, Section, Toast};
use crate::web::limit_editor::LimitForm;
use crate::web::listing::{self, Chip, Heading, Pager, SelectOption, Tab};
use crate::web::pool::PoolView;
use crate::web::reclaim::ReclaimLink;
use crate::web::trends::{Figures, LargestMoves, PoolTrend};
use crate::web::{banners, render, trends};

/// Actions that the selection bar offers.
const BULK_ACTIONS: [BulkAction; 3] = [
    BulkAction::ChannelLimit,
    BulkAction::BlockCalls,
    BulkAction::Disable,
];

#[derive(Template)]
#[template(path = "channels/index.html")]
pub(super) struct ChannelsPage {
    layout: Layout,
    pool: PoolView,
    trend: PoolTrend,
    channels_chart: Option<Chart>,
    moves: LargestMoves,
    query: ChannelsQuery,
    columns: ShownColumns<ChannelsOrder>,
    totals: ChannelTotals,
    pager: Pager,
    rows: Vec<ChannelsRow>,
    /// Revision of the directory that the rows have at least.
    revision: i64,
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
    fn headings(&self) -> Vec<Heading> {
        self.query.headings(&self.columns.shown)
    }

    fn sort_options(&self) -> Vec<SelectOption> {
        self.query.sort_options()
    }

    fn tabs(&self) -> Vec<Tab> {
        tabs(&self.query, &self.totals)
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

/// Returns the tabs. Each replaces the part of the filter.
pub(super) fn tabs(query: &ChannelsQuery, totals: &ChannelTotals) -> Vec<Tab> {
    let tabs = HolderFilter::ALL.into_iter().map(|part| {
        let accounts = totals.accounts_in(part);
        query.tab(filter_label(part), accounts, |filter| filter.part = part)
    });
    tabs.collect()
}

async fn load(app: &App, viewer: &Viewer, mut query: ChannelsQuery) -> Result<ChannelsPage, Error> {
    let filter = query.filter.clone();
    let totals = accounts::channel_totals(&app.db, &filter.q).await?;
    let total = totals.accounts_in(filter.part);
    query.clamp_page(total);
    let revision = accounts::known_revision(&app.db);
    let page = (query.page, query.page_size);
    let accounts =
        accounts::channel_holders(&app.db, &filter.q, filter.part, query.order.into(), page)
            .await?;
    let back = query.href();
    let rows = row::load_all(app, viewer, accounts, &back).await?;
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
        selection: selection(viewer, &query, total),
        is_page_selected: false,
        reclaim_all: ReclaimLink::of_all(&totals, &back).filter(|_| {
            filter.part == HolderFilter::Reclaimable && viewer.can(Permission::ChangeLimits)
        }),
        pager: query.pager(total),
        columns: columns::load(app, viewer, &query).await?,
        query,
        totals,
        rows,
        revision,
        refused: None,
    })
}

pub(super) fn selection(viewer: &Viewer, query: &ChannelsQuery, total: i64) -> SelectionBar {
    SelectionBar::new(query, total, &BULK_ACTIONS, viewer)
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
