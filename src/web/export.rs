//! Exports: files of rows that a browser saves, and their events in the activity. Rows are read and
//! written in batches.

use std::future::Future;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::stream;

use crate::app::App;
use crate::db::audit;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::web::access::Viewer;
use crate::web::error::Error;

mod csv;

pub use csv::Cell;
use csv::CsvWriter;

/// Number of rows that are read and written at a time.
pub const BATCH: u16 = 500;

/// Format of an exported file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    /// Array with one object per line.
    Json,
    /// One object per line.
    JsonLines,
}

impl Format {
    /// Returns the label of the format on pages.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::JsonLines => "JSON lines",
        }
    }

    const fn suffix(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::JsonLines => "jsonl",
        }
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
            Self::JsonLines => "application/jsonl; charset=utf-8",
        }
    }
}

/// Rows of an exported file.
pub trait Rows: Send + Sized + 'static {
    /// Names of the columns of a CSV file.
    const COLUMNS: &'static [&'static str];

    type Row: Send;

    /// Reads the next rows, of which there may be none. Returns `None` at the end.
    fn next_batch(&mut self) -> impl Future<Output = Result<Option<Vec<Self::Row>>, Error>> + Send;

    /// Returns the cells of a row for a CSV file.
    fn cells(row: &Self::Row) -> Vec<Cell>;

    /// Returns the rows as JSON, one object per line. Returns an empty text if only CSV is offered.
    fn json_lines(
        &self,
        _rows: Vec<Self::Row>,
    ) -> impl Future<Output = Result<String, Error>> + Send {
        std::future::ready(Ok(String::new()))
    }
}

/// Records that a person exports something. Returns the number of the event.
pub async fn record(
    app: &App,
    viewer: &Viewer,
    target: &str,
    message: String,
    after: Option<Format>,
) -> Result<i64, Error> {
    let event = Event {
        message,
        after: after.map(|format| format.label().to_owned()),
        ..Event::by_actor(
            viewer.actor(),
            EventKind::Exported,
            EventOutcome::Done,
            target,
        )
    };
    Ok(audit::record(&app.db, &app.audit_key, app.clock.now(), &event).await?)
}

/// Answers with a file that a browser saves. `name` is ASCII without quotes; the format adds the
/// suffix.
pub fn file(name: &str, format: Format, rows: impl Rows) -> Response {
    let writer = Writer {
        rows,
        format,
        is_begun: false,
        has_row: false,
        is_done: false,
    };
    let body = Body::from_stream(stream::try_unfold(writer, Writer::next_chunk));
    attachment(name, format, body)
}

/// Answers with a CSV file of a table that is in memory, with columns of its own. `name` is ASCII
/// without quotes.
pub fn table(name: &str, header: &[Cell], rows: impl IntoIterator<Item = Vec<Cell>>) -> Response {
    let mut sheet = CsvWriter::with_header_cells(header);
    for row in rows {
        sheet.write_row(&row);
    }
    attachment(name, Format::Csv, Body::from(sheet.finish()))
}

fn attachment(name: &str, format: Format, body: Body) -> Response {
    let disposition = format!("attachment; filename=\"{name}.{}\"", format.suffix());
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(format.content_type()),
    );
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment")),
    );
    response
}

/// Rest of the file that is still to be written.
struct Writer<R> {
    rows: R,
    format: Format,
    /// True if the start of the file is written.
    is_begun: bool,
    /// True if at least one row is written.
    has_row: bool,
    is_done: bool,
}

impl<R: Rows> Writer<R> {
    async fn next_chunk(mut self) -> Result<Option<(Bytes, Self)>, Error> {
        if self.is_done {
            return Ok(None);
        }
        let batch = self.rows.next_batch().await?;
        self.is_done = batch.is_none();
        let batch = batch.unwrap_or_default();
        let bytes = match self.format {
            Format::Csv => self.csv(&batch),
            Format::Json => {
                let lines = self.rows.json_lines(batch).await?;
                self.json_array(&lines)
            }
            Format::JsonLines => self.rows.json_lines(batch).await?.into_bytes(),
        };
        self.is_begun = true;
        Ok(Some((bytes.into(), self)))
    }

    fn csv(&self, rows: &[R::Row]) -> Vec<u8> {
        let mut sheet = if self.is_begun {
            CsvWriter::without_header()
        } else {
            CsvWriter::with_header(R::COLUMNS)
        };
        for row in rows {
            sheet.write_row(&R::cells(row));
        }
        sheet.finish()
    }

    fn json_array(&mut self, lines: &str) -> Vec<u8> {
        let mut text = String::new();
        if !self.is_begun {
            text.push('[');
        }
        for line in lines.lines() {
            text.push_str(if self.has_row { ",\n" } else { "\n" });
            text.push_str(line);
            self.has_row = true;
        }
        if self.is_done {
            text.push_str("\n]\n");
        }
        text.into_bytes()
    }
}
