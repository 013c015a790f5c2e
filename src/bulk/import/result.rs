//! Result of an import's job, with the columns of its file.

use super::{ImportError, decisions, table};
use crate::app::App;
use crate::db::jobs::items::JobItem;
use crate::db::jobs::{Job, items};
use crate::db::{self, imports};
use crate::domain::ids::AccountId;
use crate::domain::job::{Decision, ItemState};

/// Number of items that are read at a time.
const BATCH_SIZE: i64 = 1_000;

/// Row of the file, with its result.
#[derive(Clone, Debug)]
pub struct FileRow {
    /// Cells as in the file.
    pub cells: Vec<String>,
    /// Cells as a person edited them, if they did.
    pub edited: Option<Vec<String>>,
    /// State of its item.
    pub state: ItemState,
    /// Result or reason in a sentence; may be empty.
    pub message: String,
    /// Account that was created.
    pub account: Option<AccountId>,
    /// True if the row can be corrected and uploaded again, because no account came of it.
    pub can_be_repeated: bool,
}

/// Returns the header of the file, and its rows with their results.
/// Returns `None` if the file is deleted by now.
///
/// # Errors
/// Fails if the database fails.
pub async fn result_rows(
    app: &App,
    job: &Job,
) -> Result<Option<(Vec<String>, Vec<FileRow>)>, ImportError> {
    let Some(import) = imports::by_job(&app.db, job.id).await? else {
        return Ok(None);
    };
    let mut decisions = decisions(&import)?;
    let mut table = table(app, &import, &decisions.options).await?;
    let mut rows = Vec::with_capacity(table.rows.len());
    let mut last = 0;
    loop {
        let items = items::after(&app.db, job.id, last, BATCH_SIZE).await?;
        let Some(end) = items.last() else { break };
        last = end.number;
        for item in items {
            let at = usize::try_from(item.number - 1).map_err(db::Error::stored)?;
            let cells = table
                .rows
                .get_mut(at)
                .map(|row| std::mem::take(&mut row.cells));
            rows.push(FileRow {
                cells: cells.unwrap_or_default(),
                edited: decisions.edits.remove(&(at + 1)),
                can_be_repeated: can_be_repeated(&item),
                state: item.state,
                message: item.message,
                account: item.account,
            });
        }
    }
    Ok(Some((table.header, rows)))
}

fn can_be_repeated(item: &JobItem) -> bool {
    match item.state {
        ItemState::Refused | ItemState::NotStarted => true,
        ItemState::LeftOut => matches!(
            item.decision,
            Decision::Invalid | Decision::Similar | Decision::Pool
        ),
        _ => false,
    }
}
