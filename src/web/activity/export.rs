//! The activity as a file: the entries that the page's filters let through, all pages of them, in constant memory. As
//! CSV an entry is a row; as lines of JSON each event of an entry is a line that can be checked by itself.

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use futures::stream;

use super::filter::ActivityQuery;
use super::filters::Filters;
use crate::app::App;
use crate::db::audit;
use crate::db::audit::timeline::{self, Cursor, TimelineEntry, TimelineFilter};
use crate::domain::actor::Scope;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::web::access::{Authorized, Read};
use crate::web::csv::{self, Cell, CsvWriter};
use crate::web::error::Error;
use crate::web::event::Sentence;

/// Entries that are read and written at a time.
const BATCH: i64 = 500;

const HEADER: [&str; 23] = [
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
];

/// How a file is written.
#[derive(Clone, Copy)]
enum Format {
    Csv,
    JsonLines,
}

/// `GET /activity.csv?q=&account=&person=&kind=&outcome=&period=&from=&to=`
pub(super) async fn csv(
    may: Authorized<Read>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Error> {
    file(&may, app, raw, Format::Csv).await
}

/// `GET /activity.jsonl?q=&account=&person=&kind=&outcome=&period=&from=&to=`
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
    let words: Vec<String> = filters
        .chips(&query)
        .into_iter()
        .map(|chip| chip.label)
        .collect();
    let event = Event {
        message: if words.is_empty() {
            "All of it.".to_owned()
        } else {
            words.join("; ")
        },
        after: Some(match format {
            Format::Csv => "CSV".to_owned(),
            Format::JsonLines => "JSON lines".to_owned(),
        }),
        ..Event::by_actor(
            may.actor(),
            EventKind::Exported,
            EventOutcome::Done,
            "the activity",
        )
    };
    let number = audit::record(&app.db, &app.audit_key, may.times().now(), &event).await?;
    // As it was when it was asked for: what happens meanwhile changes no row and hides none.
    let filter = TimelineFilter {
        upto: Some(number - 1),
        ..filters.filter
    };
    let zoned = may
        .times()
        .now()
        .to_jiff()
        .to_zoned_datetime(may.times().zone().clone());
    let rest = ExportState {
        app,
        scope: may.scope(),
        filter,
        cursor: Some(Cursor::Newest),
        format,
        begun: false,
    };
    let body = Body::from_stream(stream::try_unfold(rest, next_chunk));
    let date = zoned.date();
    Ok(match format {
        Format::Csv => csv::response(&format!("activity-{date}.csv"), body),
        Format::JsonLines => csv::attachment(
            &format!("activity-{date}.jsonl"),
            "application/jsonl; charset=utf-8",
            body,
        ),
    })
}

/// What is still to be written.
struct ExportState {
    app: App,
    scope: Scope,
    filter: TimelineFilter,
    /// None once the last entry is written.
    cursor: Option<Cursor>,
    format: Format,
    begun: bool,
}

async fn next_chunk(mut rest: ExportState) -> Result<Option<(Bytes, ExportState)>, Error> {
    let Some(cursor) = rest.cursor else {
        return Ok(None);
    };
    let page = timeline::read(&rest.app.db, rest.scope, &rest.filter, cursor, BATCH).await?;
    let first = !std::mem::replace(&mut rest.begun, true);
    let bytes = match rest.format {
        Format::Csv => rows(&page.entries, first).into(),
        Format::JsonLines => {
            let numbers: Vec<i64> = page
                .entries
                .iter()
                .flat_map(TimelineEntry::all)
                .map(|event| event.seq)
                .collect();
            audit::jsonl::by_numbers(&rest.app.db, &numbers)
                .await?
                .into()
        }
    };
    let full = i64::try_from(page.entries.len()).is_ok_and(|read| read == BATCH);
    let last = page
        .entries
        .last()
        .filter(|_| full)
        .map(|last| last.latest.seq);
    rest.cursor = last.or(page.searched_to).map(Cursor::Below);
    Ok(Some((bytes, rest)))
}

fn rows(entries: &[TimelineEntry], first: bool) -> Vec<u8> {
    let mut sheet = if first {
        CsvWriter::with_header(&HEADER)
    } else {
        CsvWriter::without_header()
    };
    for entry in entries {
        sheet.write_row(&cells(entry));
    }
    sheet.finish()
}

fn cells(folded: &TimelineEntry) -> [Cell; HEADER.len()] {
    let latest = folded.current();
    let event = latest.event.clone();
    let summary = Sentence::of(&event).text();
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
    ]
}
