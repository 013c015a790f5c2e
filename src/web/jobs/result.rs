//! Result of a job as a CSV file, one row per item.

use axum::response::Response;

use super::{JobContext, rows};
use crate::app::App;
use crate::bulk::import::{FileRow, ImportError, result_rows};
use crate::db::jobs::items;
use crate::domain::ids::JobId;
use crate::web::error::Error;
use crate::web::export::{self, BATCH, Cell, Format, Rows};

/// `GET /jobs/{id}/result.csv`
pub(super) async fn csv(context: JobContext) -> Result<Response, Error> {
    let counts = context.counts().await?;
    let title = context.job.action.title(counts.included());
    let message = format!(
        "“{title}”, {}, as {}.",
        counts.summary(),
        Format::Csv.label()
    );
    export::record(
        &context.app,
        &context.may,
        "the result of a job",
        message,
        None,
    )
    .await?;
    let name = file_name(&context, "job");
    if let Some((header, rows)) = imported_rows(&context).await? {
        return Ok(imported_table(&context, &name, header, rows));
    }
    let rows = ItemRows {
        app: context.app.clone(),
        job: context.job.id,
        last: 0,
    };
    Ok(export::file(&name, Format::Csv, rows))
}

/// `GET /jobs/{id}/failed.csv`
///
/// Returns the rows of an import of which no account came, to be corrected and uploaded again.
pub(super) async fn failed(context: JobContext) -> Result<Response, Error> {
    let (header, mut rows) = imported_rows(&context).await?.ok_or(Error::NotFound)?;
    rows.retain(|row| row.can_be_repeated);
    // The corrections are not lost when the file is uploaded again.
    for row in &mut rows {
        if let Some(edited) = row.edited.take() {
            row.cells = edited;
        }
    }
    let title = context.job.action.title(context.counts().await?.included());
    let message = format!("Failed rows of “{title}”, as {}.", Format::Csv.label());
    let what = "the failed rows of an import";
    export::record(&context.app, &context.may, what, message, None).await?;
    let name = file_name(&context, "failed-rows");
    Ok(imported_table(&context, &name, header, rows))
}

fn file_name(context: &JobContext, what: &str) -> String {
    let when = context.may.times().now().to_jiff();
    format!("{what}-{}", when.strftime("%Y-%m-%dT%H%MZ"))
}

/// Returns the header and the rows of an import's file. Returns `None` for other jobs, and once the
/// file is deleted.
async fn imported_rows(context: &JobContext) -> Result<Option<(Vec<String>, Vec<FileRow>)>, Error> {
    match result_rows(&context.app, &context.job).await {
        Ok(rows) => Ok(rows),
        Err(ImportError::Db(error)) => Err(error.into()),
        Err(error) => Err(Error::Conflict(error.to_string())),
    }
}

/// Returns the values that a person corrected in a row: "Email: a@example.com; Channel limit: 5".
/// Empty if there are none.
fn corrections(header: &[String], row: &FileRow) -> String {
    let edited = row.edited.iter().flatten().enumerate();
    let corrected = edited.filter(|(at, value)| {
        let before = row.cells.get(*at).map_or("", String::as_str);
        before != value.as_str()
    });
    let named = corrected.map(|(at, value)| {
        let name = header.get(at).map(|name| name.trim());
        match name.filter(|name| !name.is_empty()) {
            Some(name) => format!("{name}: {value}"),
            None => format!("Column {}: {value}", at + 1),
        }
    });
    named.collect::<Vec<String>>().join("; ")
}

/// Returns the rows with the columns of their file unchanged, then their results and what was
/// corrected.
fn imported_table(
    context: &JobContext,
    name: &str,
    mut header: Vec<String>,
    rows: Vec<FileRow>,
) -> Response {
    // A row may be longer than the header.
    let longest = rows.iter().map(|row| row.cells.len()).max();
    let width = header.len().max(longest.unwrap_or_default());
    header.resize(width, String::new());
    let added = [
        "Result",
        "Reason",
        "Account ID",
        "Account page",
        "Corrected",
    ]
    .map(Cell::text);
    let names = header.clone();
    let header = header.into_iter().map(Cell::Unchanged).chain(added);
    let header: Vec<Cell> = header.collect();
    let origin = context.app.settings.public_url.clone();
    let rows = rows.into_iter().map(move |row| {
        let corrected = corrections(&names, &row);
        let mut cells: Vec<Cell> = row.cells.into_iter().map(Cell::Unchanged).collect();
        cells.resize(width, Cell::text(""));
        let page = row.account.as_ref().map(|id| {
            let page = origin.join(&format!("/accounts/{id}"));
            page.map(String::from).unwrap_or_default()
        });
        cells.push(Cell::text(row.state.label()));
        cells.push(Cell::text(row.message));
        cells.push(Cell::optional_text(row.account));
        cells.push(Cell::optional_text(page));
        cells.push(Cell::text(corrected));
        cells
    });
    export::table(name, &header, rows)
}

/// Items that remain to be written.
struct ItemRows {
    app: App,
    job: JobId,
    /// Number of the last item that was read.
    last: i64,
}

impl Rows for ItemRows {
    const COLUMNS: &'static [&'static str] = &[
        "account_id",
        "name",
        "email",
        "decision",
        "state",
        "before",
        "after",
        "message",
        "operation_id",
    ];

    type Row = Vec<Cell>;

    async fn next_batch(&mut self) -> Result<Option<Vec<Vec<Cell>>>, Error> {
        let items = items::after(&self.app.db, self.job, self.last, BATCH.into()).await?;
        let Some(end) = items.last() else {
            return Ok(None);
        };
        self.last = end.number;
        let sent = rows::sent_operations(&self.app, &items).await?;
        let staff = rows::earlier_assignees(&self.app, &items).await?;
        let cells = items.into_iter().map(|item| {
            let (before, after) = rows::values(&item, &staff);
            let operation = Some(item.operation_id).filter(|id| sent.contains(id));
            vec![
                Cell::optional_text(item.account),
                Cell::text(item.name),
                Cell::text(item.email),
                Cell::text(item.decision.as_str()),
                Cell::text(item.state.as_str()),
                Cell::optional_text(before),
                Cell::optional_text(after),
                Cell::text(item.message),
                Cell::optional_text(operation),
            ]
        });
        Ok(Some(cells.collect()))
    }

    fn cells(row: &Vec<Cell>) -> Vec<Cell> {
        row.clone()
    }
}
