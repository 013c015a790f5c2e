//! Rows that a reading compares its lists with.
//! Rows known from this process's last reading are not read again, except those that someone has
//! written since.

use std::sync::PoisonError;

use crate::app::App;
use crate::db::accounts::{self, ComparisonRow};
use crate::db::sweeps::checkpoint::Checkpoint;
use crate::db::sweeps::state::{Baseline, SweepState};
use crate::db::{self, Db};
use crate::domain::time::Timestamp;

/// Loads the present rows of the directory for a reading.
/// Accounts that were not seen since `shrunk_at` are not expected in the lists.
pub(super) async fn load(
    app: &App,
    stage: &Checkpoint,
    shrunk_at: Option<Timestamp>,
) -> db::Result<Baseline> {
    let db = &app.db;
    let horizon = accounts::sweep_watermark(db).await?;
    // A resumed reading must know which rows were written since it began. A cache that was loaded
    // later cannot tell. If the cache is newer than the database, the database was restored from a
    // backup.
    let left = app
        .sweep_baseline
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let left =
        left.filter(|left| left.loaded_revision <= stage.high_water_mark.min(horizon.revision));
    let mut book = match left {
        Some(Baseline {
            state: book,
            loaded_revision: loaded_at,
        }) => {
            let mut book = book.reset(stage.started_at);
            insert_revised(db, &mut book, loaded_at, stage.high_water_mark).await?;
            book
        }
        None => load_all(db, stage).await?,
    };
    book.finish_loading(horizon.swept_at.map(Timestamp::from_millis), shrunk_at);
    Ok(Baseline {
        state: book,
        loaded_revision: horizon.revision,
    })
}

async fn load_all(db: &Db, stage: &Checkpoint) -> db::Result<SweepState> {
    let mut book = SweepState::new(stage.started_at);
    book.reserve(accounts::row_count(db).await?);
    let mut after = String::new();
    loop {
        let rows = accounts::comparison_rows_after(db, &after).await?;
        let Some(last) = rows.last() else {
            return Ok(book);
        };
        last.id.as_str().clone_into(&mut after);
        for known in &rows {
            book.insert_row(known, stage.high_water_mark);
        }
    }
}

async fn insert_revised(
    db: &Db,
    book: &mut SweepState,
    since: i64,
    horizon: i64,
) -> db::Result<()> {
    let mut after: Option<ComparisonRow> = None;
    loop {
        let place = after.as_ref().map(|known| (known.revision, &known.id));
        let rows = accounts::revised_after(db, since, place).await?;
        for known in &rows {
            book.insert_row(known, horizon);
        }
        after = rows.into_iter().next_back();
        if after.is_none() {
            return Ok(());
        }
    }
}
