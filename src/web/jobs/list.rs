//! List of jobs. `GET /jobs`.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::{get, post};

use super::PATH;
use super::columns::COLUMNS;
use crate::app::App;
use crate::db::jobs::{self, Job, JobColumn, JobFilter, JobOrder};
use crate::domain::column_order::ColumnOrder;
use crate::domain::job::{ItemState, JobCounts, JobState};
use crate::domain::string_enum::string_enum;
use crate::web::access::{Authorized, Read};
use crate::web::columns::{self, ColumnsList, ShownColumns};
use crate::web::error::Error;
use crate::web::format::{FormattedTime, TimeFormatter, group_thousands};
use crate::web::layout::{Layout, Section};
use crate::web::listing::{
    Column, Filter, Heading, Pager, Param, Query, SelectOption, Tab, choice_param, read,
};
use crate::web::render;

string_enum! {
    /// People whose jobs are listed.
    enum JobOwner {
        /// The reader.
        Me = "me", "Mine";
    }
}

/// Filter of the list of jobs, as the address gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct JobsFilter {
    state: Option<JobState>,
    by: Option<JobOwner>,
}

type JobsQuery = Query<JobsFilter>;

impl ColumnsList for JobsFilter {
    const SECTION: Section = Section::Jobs;
}

impl Filter for JobsFilter {
    type Order = JobOrder;

    const PATH: &'static str = PATH;
    const COLUMNS: &'static [Column<JobOrder>] = &COLUMNS;
    const PARAMS: &'static [Param<Self>] = &[
        choice_param!("state", state, "state", "State: {}"),
        choice_param!("by", by, "person", "{}"),
    ];

    fn read_order(value: &str) -> Result<JobOrder, String> {
        ColumnOrder::parse(value).map(JobOrder).ok_or_else(|| {
            format!(
                "Unknown sort order {} ignored. The newest job is first.",
                read::quote_shortened(value)
            )
        })
    }

    fn write_order(order: JobOrder) -> String {
        order.0.as_text(JobColumn::as_str)
    }
}

/// States in the order of the tabs.
const TABS: [JobState; 5] = [
    JobState::Running,
    JobState::Paused,
    JobState::Preview,
    JobState::Stopped,
    JobState::Ended,
];

#[derive(Template)]
#[template(path = "jobs/index.html")]
struct IndexPage {
    layout: Layout,
    query: JobsQuery,
    columns: ShownColumns<JobOrder>,
    tabs: Vec<Tab>,
    rows: Vec<JobRow>,
    pager: Pager,
    /// Address of the list of everyone's jobs, and that of the reader's own.
    owners: [(&'static str, String, bool); 2],
    /// True if there is any job, of this person if only theirs are shown.
    has_any: bool,
}

impl IndexPage {
    fn headings(&self) -> Vec<Heading> {
        self.query.headings(&self.columns.shown)
    }

    fn sort_options(&self) -> Vec<SelectOption> {
        self.query.sort_options()
    }
}

/// Row of one job.
struct JobRow {
    href: String,
    title: String,
    selection: String,
    person: String,
    at: FormattedTime,
    ended: Option<FormattedTime>,
    state: &'static str,
    badge: &'static str,
    /// Number of items with a result and of all, if the job is neither a preview nor over.
    progress: Option<(i64, i64)>,
    progress_text: String,
    result: String,
}

impl JobRow {
    fn new(job: Job, counts: JobCounts, times: &TimeFormatter) -> Self {
        let total = counts.included();
        let is_open = matches!(job.state, JobState::Running | JobState::Paused);
        Self {
            href: format!("{PATH}/{}", job.id),
            title: job.action.title(total),
            selection: job.selection,
            person: job.staff_name,
            at: times.format(job.started_at.unwrap_or(job.created_at)),
            ended: job.finished_at.map(|at| times.format(at)),
            state: job.state.label(),
            badge: badge(job.state, &counts),
            progress: is_open.then(|| (counts.finished(), total)),
            progress_text: format!(
                "{} of {}",
                group_thousands(counts.finished()),
                group_thousands(total)
            ),
            result: if job.state == JobState::Preview {
                "Not started".to_owned()
            } else {
                counts.summary()
            },
        }
    }
}

/// Returns the color of a job's state. It is never green if something failed or is unknown.
pub(super) fn badge(state: JobState, counts: &JobCounts) -> &'static str {
    let failed = counts.of(ItemState::Refused) > 0;
    let incomplete = counts.problems() > 0;
    match state {
        JobState::Running => "busy",
        JobState::Paused => "warn",
        JobState::Ended | JobState::Stopped if failed => "bad",
        JobState::Ended | JobState::Stopped if incomplete => "warn",
        JobState::Ended => "good",
        JobState::Preview | JobState::Stopped => "",
    }
}

/// Returns the routes of the choice of columns.
pub(super) fn columns_router() -> Router<App> {
    Router::new()
        .route("/jobs/columns", get(columns::show::<JobsFilter>))
        .route("/jobs/columns/save", post(columns::save::<JobsFilter>))
}

/// `GET /jobs?state=&by=&sort=&page=&per=&columns=`
pub(super) async fn index(
    may: Authorized<Read>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Error> {
    let mut query = JobsQuery::parse(raw.as_deref().unwrap_or_default());
    let staff = query.filter.by.map(|JobOwner::Me| may.staff().id);
    let states = jobs::state_counts(&app.db, staff).await?;
    let in_state = |state| states.get(&state).copied().unwrap_or_default();
    let all: i64 = states.values().sum();
    query.clamp_page(query.filter.state.map_or(all, in_state));
    let filter = JobFilter {
        state: query.filter.state,
        staff,
        order: query.order,
    };
    let found = jobs::page(&app.db, &filter, query.page, query.page_size).await?;
    let ids: Vec<_> = found.iter().map(|job| job.id).collect();
    let counts = jobs::counts(&app.db, &ids).await?;
    let rows = found.into_iter().map(|job| {
        let counts = counts.get(&job.id).copied().unwrap_or_default();
        JobRow::new(job, counts, may.times())
    });
    let mut tabs = vec![query.tab("All", all, |filter| filter.state = None)];
    tabs.extend(TABS.map(|state| {
        query.tab(state.label(), in_state(state), |filter| {
            filter.state = Some(state);
        })
    }));
    let owner = |label, by| {
        let href = query.href_with(|query| query.filter.by = by);
        (label, href, query.filter.by == by)
    };
    let page = IndexPage {
        layout: may.layout("Jobs", Section::Jobs).await?,
        columns: columns::load(&app, &may, &query).await?,
        tabs,
        rows: rows.collect(),
        pager: query.pager(query.filter.state.map_or(all, in_state)),
        owners: [owner("Everyone’s", None), owner("Mine", Some(JobOwner::Me))],
        has_any: all > 0,
        query,
    };
    render::html(&page)
}
