//! The rows that a reading compares its lists with. Those that the last reading of this process knew are not read again,
//! but for the ones that were written since, whoever wrote them.

use super::book::Book;
use crate::app::App;
use crate::db::accounts::{self, Known};
use crate::db::sweeps::stage::Stage;
use crate::db::{self, Db};
use crate::domain::time::Timestamp;

/// All rows, as a reading knows them.
pub(super) struct Rows {
    /// What is known of each.
    pub book: Book,
    /// Rows with this revision or a later one may be other than the book has them.
    pub loaded_at: i64,
}

/// The directory's rows as they are now, for a reading. `shrunk_at`: what was not seen since then is not expected to be
/// shown.
pub(super) async fn load(app: &App, stage: &Stage, shrunk_at: Option<Timestamp>) -> db::Result<Rows> {
    let db = &app.db;
    let horizon = accounts::horizon(db).await?;
    // A reading that is gone on with asks which rows were written since it began, and of these it is not known any more.
    // Where the database is older than what is known of it, it was put back.
    let left = app.sweep.take::<Rows>();
    let left = left.filter(|left| left.loaded_at <= stage.horizon.min(horizon.revision));
    let mut book = match left {
        Some(Rows { book, loaded_at }) => {
            let mut book = book.again(stage.started_at);
            enter_revised(db, &mut book, loaded_at, stage.horizon).await?;
            book
        }
        None => all(db, stage).await?,
    };
    book.entered(horizon.swept_at.map(Timestamp::from_millis), shrunk_at);
    Ok(Rows {
        book,
        loaded_at: horizon.revision,
    })
}

async fn all(db: &Db, stage: &Stage) -> db::Result<Book> {
    let mut book = Book::new(stage.started_at);
    book.make_room(accounts::rows(db).await?);
    let mut after = String::new();
    loop {
        let rows = accounts::known_after(db, &after).await?;
        let Some(last) = rows.last() else { return Ok(book) };
        last.id.as_str().clone_into(&mut after);
        for known in &rows {
            book.enter(known, stage.horizon);
        }
    }
}

async fn enter_revised(db: &Db, book: &mut Book, since: i64, horizon: i64) -> db::Result<()> {
    let mut after: Option<Known> = None;
    loop {
        let place = after.as_ref().map(|known| (known.revision, &known.id));
        let rows = accounts::revised_after(db, since, place).await?;
        for known in &rows {
            book.enter(known, horizon);
        }
        after = rows.into_iter().next_back();
        if after.is_none() {
            return Ok(());
        }
    }
}
