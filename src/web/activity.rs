//! `/activity`: who did what, when, from where, before and after, with what result; and the same as a file. What an
//! address asks for is in [`query`], how an entry reads in [`entry`] and [`words`].

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use jiff::civil::Date;

use crate::app::App;
use crate::db::audit::folded::{self, Cursor, Folded};
use crate::web::access::{May, Read, Viewer};
use crate::web::error::Error;
use crate::web::page;
use crate::web::shell::{Section, Shell};

mod entry;
mod export;
mod filters;
mod query;
mod words;

use entry::Row;
use filters::{Chip, Choice, Filters};
use query::Query;

/// Entries a page.
const PAGE: usize = 50;

/// The area's routes.
pub fn router() -> Router<App> {
    Router::new()
        .route("/activity", get(index))
        .route("/activity.csv", get(export::index))
}

#[derive(Template)]
#[template(path = "activity/index.html")]
struct IndexPage {
    shell: Shell,
    query: Query,
    chips: Vec<Chip>,
    people: Vec<Choice>,
    kinds: Vec<(&'static str, Vec<Choice>)>,
    outcomes: Vec<Choice>,
    days: Vec<Day>,
    /// Words about what the address asked for and could not be had.
    ignored: Vec<String>,
    older: String,
    newer: String,
    export: String,
    /// Whether anything is recorded at all.
    has_any: bool,
}

impl IndexPage {
    fn shown(&self) -> String {
        match self.days.iter().map(|day| day.rows.len()).sum::<usize>() {
            1 => "1 entry".to_owned(),
            many => format!("{many} entries"),
        }
    }
}

/// What happened on one day of the reader's.
struct Day {
    date: Date,
    title: String,
    rows: Vec<Row>,
}

/// `GET /activity?account=&person=&kind=&outcome=&from=&to=&below=&above=`
async fn index(may: May<Read>, State(app): State<App>, RawQuery(raw): RawQuery) -> Result<Response, Error> {
    let query = Query::parse(raw.as_deref().unwrap_or_default());
    let filters = Filters::resolve(&app, &may, &query).await?;
    let found = find(&app, &may, &query, &filters).await?;
    let has_any = !found.entries.is_empty() || folded::any(&app.db, may.scope()).await?;
    let seq = |folded: Option<&Folded>| folded.map(|folded| folded.latest.seq.to_string()).unwrap_or_default();
    let (first, last) = (seq(found.entries.first()), seq(found.entries.last()));
    let page = IndexPage {
        shell: may.shell("Activity", Section::Activity).await?,
        older: if found.has_older {
            query.href_with("below", &last)
        } else {
            String::new()
        },
        newer: if found.has_newer {
            query.href_with("above", &first)
        } else {
            String::new()
        },
        export: query.export_href(),
        chips: filters.chips(&query),
        people: filters.people(&query),
        kinds: filters::kinds(&query),
        outcomes: filters::outcomes(&query),
        ignored: query.ignored.iter().chain(&filters.ignored).cloned().collect(),
        days: days(&app, &may, &found.entries).await?,
        has_any,
        query,
    };
    page::html(&page)
}

/// A page of entries and whether there is more on either side.
struct Found {
    entries: Vec<Folded>,
    has_older: bool,
    has_newer: bool,
}

async fn find(app: &App, may: &May<Read>, query: &Query, filters: &Filters) -> Result<Found, Error> {
    let cursor = match (query.below, query.above) {
        (Some(seq), _) => Cursor::Below(seq),
        (None, Some(seq)) => Cursor::Above(seq),
        (None, None) => Cursor::Newest,
    };
    let read = async |cursor| {
        let limit = i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1);
        folded::read(&app.db, may.scope(), &filters.filter, cursor, limit).await
    };
    let mut entries = read(cursor).await?;
    let mut more = entries.len() > PAGE;
    if matches!(cursor, Cursor::Above(_)) {
        if more {
            entries.remove(0);
            return Ok(Found {
                entries,
                has_older: true,
                has_newer: true,
            });
        }
        // The newest page is always a full one.
        entries = read(Cursor::Newest).await?;
        more = entries.len() > PAGE;
    }
    entries.truncate(PAGE);
    let has_newer = match (cursor, entries.first()) {
        (Cursor::Below(_), Some(first)) => !read(Cursor::Above(first.latest.seq)).await?.is_empty(),
        _ => false,
    };
    Ok(Found {
        entries,
        has_older: more,
        has_newer,
    })
}

async fn days(app: &App, viewer: &Viewer, entries: &[Folded]) -> Result<Vec<Day>, Error> {
    let times = viewer.times();
    let today = times.now().to_jiff().to_zoned_datetime(times.zone().clone()).date();
    let mut days: Vec<Day> = Vec::new();
    for folded in entries {
        let date = folded
            .latest
            .at
            .to_jiff()
            .to_zoned_datetime(times.zone().clone())
            .date();
        let row = Row::new(app, viewer, folded).await?;
        match days.last_mut() {
            Some(day) if day.date == date => day.rows.push(row),
            _ => days.push(Day {
                date,
                title: words::day(date, today),
                rows: vec![row],
            }),
        }
    }
    Ok(days)
}
