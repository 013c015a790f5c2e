//! `/activity`: all recorded events, as a page and as a file. An event tells who did what, when,
//! from where, with the values before and after and the result. [`query`] reads addresses, and
//! [`entry`] builds the rows.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::{get, post};
use jiff::civil::Date;

use crate::app::App;
use crate::db::audit::prune_records;
use crate::db::audit::timeline::{self, Cursor, TimelineEntry};
use crate::web::access::{Authorized, Read, Viewer};
use crate::web::columns::{self, ShownColumns};
use crate::web::error::Error;
use crate::web::event::UndoLookup;
use crate::web::format::group_thousands;
use crate::web::layout::{Layout, Section};
use crate::web::listing::{Chip, SelectOption};
use crate::web::render;

mod entry;
mod export;
mod filter_form;
mod headings;
mod period;
mod query;
mod verification;

use entry::EntryRow;
use filter_form::Filters;
use period::Period;
use query::{ActivityFilter, ActivityQuery};

/// Returns the routes below `/activity`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/activity", get(index))
        .route("/activity/columns", get(columns::show::<ActivityFilter>))
        .route(
            "/activity/columns/save",
            post(columns::save::<ActivityFilter>),
        )
        .route(
            "/activity/verification",
            get(verification::show).post(verification::verify),
        )
        .route("/activity.csv", get(export::csv))
        .route("/activity.jsonl", get(export::jsonl))
}

#[derive(Template)]
#[template(path = "activity/index.html")]
struct IndexPage {
    layout: Layout,
    query: ActivityQuery,
    columns: ShownColumns<()>,
    chips: Vec<Chip>,
    people: Vec<SelectOption>,
    kinds: Vec<(&'static str, Vec<SelectOption>)>,
    outcomes: Vec<SelectOption>,
    days: Vec<Day>,
    /// Sentences about parts of the address that were ignored.
    ignored: Vec<String>,
    older: String,
    newer: String,
    /// Time back to which a text was searched for. Empty if the search reached the beginning.
    searched_to: Option<String>,
    csv: String,
    jsonl: String,
    /// True if any event is recorded at all.
    has_any: bool,
    /// Description of the place at which the chain is broken.
    broken: Option<String>,
    /// Description of the pruned events, for the page at which the entries end.
    pruned: Option<String>,
}

impl IndexPage {
    fn shown(&self) -> String {
        match self.days.iter().map(|day| day.rows.len()).sum::<usize>() {
            1 => "1 entry".to_owned(),
            many => format!("{many} entries"),
        }
    }

    /// Returns each period with its address, and if it is chosen. The address keeps the other
    /// filters.
    fn periods(&self) -> [(Period, String, bool); Period::ALL.len()] {
        Period::ALL.map(|period| {
            let href = self.query.href_with(|query| {
                query.filter.period = Some(period);
                (query.filter.from, query.filter.to) = (None, None);
            });
            (period, href, self.query.filter.period == Some(period))
        })
    }
}

/// Events of one day in the reader's time zone.
struct Day {
    date: Date,
    title: String,
    rows: Vec<EntryRow>,
}

/// `GET /activity?q=&account=&job=&person=&kind=&outcome=&period=&from=&to=&below=&above=&per=&columns=`
async fn index(
    may: Authorized<Read>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Error> {
    let query = ActivityQuery::parse(raw.as_deref().unwrap_or_default());
    let filters = Filters::resolve(&app, &may, &query).await?;
    let found = load_entries(&app, &query, &filters).await?;
    let has_any = !found.entries.is_empty() || timeline::any(&app.db).await?;
    let page = IndexPage {
        layout: may.layout("Activity", Section::Activity).await?,
        older: found
            .older
            .map(|seq| query.href_and("below", &seq.to_string()))
            .unwrap_or_default(),
        newer: match found.newer {
            NewerEntries::None => String::new(),
            NewerEntries::Above(seq) => query.href_and("above", &seq.to_string()),
            NewerEntries::Newest => query.href(),
        },
        searched_to: match found.searched_to {
            Some(seq) => timeline::time_of(&app.db, seq)
                .await?
                .map(|at| may.times().short(at)),
            None => None,
        },
        csv: query.href_at("/activity.csv"),
        jsonl: query.href_at("/activity.jsonl"),
        chips: filters.chips(&query),
        people: filters.people(&query),
        kinds: filter_form::kinds(&query),
        outcomes: filter_form::outcomes(&query),
        ignored: query
            .ignored
            .iter()
            .chain(&filters.ignored)
            .cloned()
            .collect(),
        days: days(&app, &may, &found.entries).await?,
        columns: columns::load(&app, &may, &query).await?,
        has_any,
        broken: verification::warning(&app, &may).await?,
        pruned: match found.older {
            None => pruned(&app, &may).await?,
            Some(_) => None,
        },
        query,
    };
    render::html(&page)
}

/// Describes the pruned events, which are missing at the end of the list.
async fn pruned(app: &App, viewer: &Viewer) -> Result<Option<String>, Error> {
    let latest = prune_records::latest(&app.db).await?;
    Ok(latest.map(|stub| {
        format!(
            "Events 1 to {}, all before {}, were pruned {} by {}.",
            group_thousands(stub.last),
            viewer.times().short(stub.before),
            viewer.times().relative(stub.pruned_at),
            stub.by
        )
    }))
}

/// Page of entries, with the places of older and newer ones.
struct EntryPage {
    entries: Vec<TimelineEntry>,
    /// Number below which there are, or may be, older entries.
    older: Option<i64>,
    newer: NewerEntries,
    /// Last number that was searched for a text, if more entries remain to be searched.
    searched_to: Option<i64>,
}

/// Place of newer entries.
enum NewerEntries {
    None,
    /// There are some above this number.
    Above(i64),
    /// They are too far away to search for. The newest page has them.
    Newest,
}

async fn load_entries(
    app: &App,
    query: &ActivityQuery,
    filters: &Filters,
) -> Result<EntryPage, Error> {
    let cursor = match (query.filter.below, query.filter.above) {
        (Some(seq), _) => Cursor::Below(seq),
        (None, Some(seq)) => Cursor::Above(seq),
        (None, None) => Cursor::Newest,
    };
    let page_size = usize::try_from(query.page_size).unwrap_or(usize::MAX);
    let read = async |cursor| {
        let limit = i64::from(query.page_size) + 1;
        timeline::read(&app.db, &filters.filter, cursor, limit).await
    };
    let seq = |folded: &TimelineEntry| folded.latest.seq;
    let mut page = read(cursor).await?;
    if matches!(cursor, Cursor::Above(_)) {
        if page.entries.len() > page_size {
            page.entries.remove(0);
            return Ok(EntryPage {
                older: page.entries.last().map(seq),
                newer: page
                    .entries
                    .first()
                    .map(seq)
                    .map_or(NewerEntries::None, NewerEntries::Above),
                entries: page.entries,
                searched_to: None,
            });
        }
        // Less than a page is above, so show the newest page, which is full.
        page = read(Cursor::Newest).await?;
    }
    let more = page.entries.len() > page_size;
    page.entries.truncate(page_size);
    let newer = match (cursor, page.entries.first().map(seq)) {
        (Cursor::Below(from), first) => {
            let first = first.unwrap_or(from.saturating_sub(1));
            let above = read(Cursor::Above(first)).await?;
            match (above.entries.is_empty(), above.searched_to) {
                (false, _) => NewerEntries::Above(first),
                (true, Some(_)) => NewerEntries::Newest,
                (true, None) => NewerEntries::None,
            }
        }
        _ => NewerEntries::None,
    };
    Ok(EntryPage {
        older: if more {
            page.entries.last().map(seq)
        } else {
            page.searched_to
        },
        newer,
        entries: page.entries,
        searched_to: page.searched_to,
    })
}

async fn days(app: &App, viewer: &Viewer, entries: &[TimelineEntry]) -> Result<Vec<Day>, Error> {
    let times = viewer.times();
    let today = times
        .now()
        .to_jiff()
        .to_zoned_datetime(times.zone().clone())
        .date();
    let undone = UndoLookup::of(app, entries.iter().map(|entry| &entry.latest)).await?;
    let mut days: Vec<Day> = Vec::new();
    for folded in entries {
        let date = folded
            .latest
            .at
            .to_jiff()
            .to_zoned_datetime(times.zone().clone())
            .date();
        let row = EntryRow::new(app, viewer, folded, &undone).await?;
        match days.last_mut() {
            Some(day) if day.date == date => day.rows.push(row),
            _ => days.push(Day {
                date,
                title: headings::day(date, today),
                rows: vec![row],
            }),
        }
    }
    Ok(days)
}
