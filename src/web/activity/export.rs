//! Export of the activity: all entries that match the page's filters, in constant memory. In CSV,
//! an entry is a row. In JSON lines, each event of an entry is a line that can be verified on its
//! own.

use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::filter_form::Filters;
use super::query::ActivityQuery;
use crate::app::App;
use crate::db::audit;
use crate::db::audit::timeline::{self, Cursor, TimelineEntry, TimelineFilter};
use crate::domain::audit::Event;
use crate::web::access::{Authorized, Read};
use crate::web::error::Error;
use crate::web::event::{self, Sentence};
use crate::web::export::{self, BATCH, Cell, Format, Rows};
use crate::web::listing;

const HEADER: [&str; 26] = [
    "number",
    "time",
    "asked_at",
    "kind",
    "outcome",
    "person",
    "person_email",
    "address",
    "target",
    "account_id",
    "before",
    "after",
    "reason",
    "message",
    "events",
    "operation_id",
    "request_id",
    "telnyx_request_id",
    "not_before",
    "not_after",
    "hash",
    "summary",
    "undoes_operation_id",
    "job_id",
    "settled_by",
    "settled_by_email",
];

/// `GET /activity.csv?q=&account=&job=&person=&kind=&outcome=&period=&from=&to=`
pub(super) async fn csv(
    may: Authorized<Read>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Error> {
    file(&may, app, raw, Format::Csv).await
}

/// `GET /activity.jsonl?q=&account=&job=&person=&kind=&outcome=&period=&from=&to=`
pub(super) async fn jsonl(
    may: Authorized<Read>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Error> {
    file(&may, app, raw, Format::JsonLines).await
}

async fn file(
    may: &Authorized<Read>,
    app: App,
    raw: Option<String>,
    format: Format,
) -> Result<Response, Error> {
    let query = ActivityQuery::parse(raw.as_deref().unwrap_or_default());
    let filters = Filters::resolve(&app, may, &query).await?;
    let mut message = listing::describe(&filters.chips(&query));
    if message.is_empty() {
        "All events.".clone_into(&mut message);
    }
    let number = export::record(&app, may, "the activity", message, Some(format)).await?;
    // The file shows the state at the time of the request. Later events neither change nor hide a
    // row.
    let filter = TimelineFilter {
        upto: Some(number - 1),
        ..filters.filter
    };
    let zone = may.times().zone().clone();
    let date = may.times().now().to_jiff().to_zoned_datetime(zone).date();
    let rows = EntryRows {
        app,
        filter,
        cursor: Some(Cursor::Newest),
    };
    Ok(export::file(&format!("activity-{date}"), format, rows))
}

/// Entries that remain to be written.
struct EntryRows {
    app: App,
    filter: TimelineFilter,
    /// Place of the next batch; `None` after the last entry.
    cursor: Option<Cursor>,
}

impl Rows for EntryRows {
    const COLUMNS: &'static [&'static str] = &HEADER;

    type Row = TimelineEntry;

    async fn next_batch(&mut self) -> Result<Option<Vec<TimelineEntry>>, Error> {
        let Some(cursor) = self.cursor else {
            return Ok(None);
        };
        let page = timeline::read(&self.app.db, &self.filter, cursor, BATCH.into()).await?;
        let is_full = page.entries.len() == usize::from(BATCH);
        let last = page.entries.last().filter(|_| is_full);
        let last = last.map(|last| last.latest.seq).or(page.searched_to);
        self.cursor = last.map(Cursor::Below);
        Ok(Some(page.entries))
    }

    fn cells(row: &TimelineEntry) -> Vec<Cell> {
        cells(row).into()
    }

    async fn json_lines(&self, rows: Vec<TimelineEntry>) -> Result<String, Error> {
        let events = rows.iter().flat_map(TimelineEntry::all);
        let numbers: Vec<i64> = events.map(|event| event.seq).collect();
        Ok(audit::jsonl::by_numbers(&self.app.db, &numbers).await?)
    }
}

fn cells(folded: &TimelineEntry) -> [Cell; HEADER.len()] {
    let latest = folded.current();
    let requested = &folded.first().event;
    let settler = event::settler(&latest.event, requested).cloned();
    let event = Event {
        who: requested.who.clone(),
        ..latest.event.clone()
    };
    let summary = Sentence::of(&event).text();
    let (settler, settler_email) = settler.map(|who| (who.name, who.email)).unzip();
    let (person, email) = event
        .who
        .map(|who| (who.name, who.email))
        .unwrap_or_default();
    [
        Cell::number(latest.seq),
        Cell::text(latest.at),
        Cell::text(folded.first().at),
        Cell::text(event.kind.as_str()),
        Cell::text(event.outcome.as_str()),
        Cell::text(person),
        Cell::text(email),
        Cell::optional_text(event.address),
        Cell::text(event.target),
        Cell::optional_text(event.account),
        Cell::optional_text(event.before),
        Cell::optional_text(event.after),
        Cell::optional_text(event.reason),
        Cell::text(event.message),
        Cell::number(folded.all().count()),
        Cell::optional_text(event.operation),
        Cell::optional_text(event.request_id),
        Cell::optional_text(event.telnyx_request_id),
        Cell::optional_text(event.not_before),
        Cell::optional_text(event.not_after),
        Cell::text(&latest.hash),
        Cell::text(summary),
        Cell::optional_text(event.undoes),
        Cell::optional_text(event.job),
        Cell::optional_text(settler),
        Cell::optional_text(settler_email),
    ]
}
