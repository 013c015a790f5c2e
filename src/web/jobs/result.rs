//! Result of a job as a CSV file, one row per item.

use axum::response::Response;

use super::{JobContext, rows};
use crate::app::App;
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
    let when = context.may.times().now().to_jiff();
    let name = format!("job-{}", when.strftime("%Y-%m-%dT%H%MZ"));
    let rows = ItemRows {
        app: context.app.clone(),
        job: context.job.id,
        last: 0,
    };
    Ok(export::file(&name, Format::Csv, rows))
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
