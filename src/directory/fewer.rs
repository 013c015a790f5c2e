//! A reading that shows far fewer accounts than before is not believed, unless somebody says that it is right: for the
//! next reading that shows about as many, once.

use serde::{Deserialize, Serialize};

use super::book::{Book, Flag};
use crate::app::App;
use crate::db::{self, Db, Tx, audit, settings};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::role::Permission;
use crate::domain::text::grouped;
use crate::domain::time::Timestamp;

/// So many may be missing in any case; they are looked into one by one.
const FEW: i64 = 5;

/// How many of the accounts that Telnyx showed before it shows still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fewer {
    /// So many.
    pub shown: i64,
    /// Of so many.
    pub before: i64,
}

/// Why nothing was accepted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The role does not allow it.
    #[error("this role cannot take over a shorter list")]
    Forbidden,
    /// The last reading did not show so many, or not fewer than before; with what it did show.
    #[error("the last reading showed something else")]
    Other(Option<Fewer>),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Fewer {
    /// What the lists show of what the directory expects.
    pub(super) fn of(book: &Book) -> Self {
        let mut counted = Self { shown: 0, before: 0 };
        for entry in book.entries().filter(|entry| entry.is(Flag::Expected)) {
            counted.before += 1;
            counted.shown += i64::from(entry.is(Flag::Seen));
        }
        counted
    }

    /// Whether something must be wrong with what was read.
    pub(super) fn is_far(self) -> bool {
        self.before - self.shown > FEW && self.shown * 5 < self.before * 4
    }

    /// Whether this is what somebody had before them who accepted `other`.
    fn about(self, other: Self) -> bool {
        self.shown.abs_diff(other.shown) <= FEW.max(other.shown / 20).unsigned_abs()
    }

    /// How many are shown, as pages write it.
    #[must_use]
    pub fn number(self) -> String {
        grouped(self.shown)
    }

    /// In a sentence.
    #[must_use]
    pub fn words(self) -> String {
        format!(
            "Telnyx shows {} of the {} accounts that it showed before.",
            grouped(self.shown),
            grouped(self.before)
        )
    }
}

/// What the last reading showed, where it was far fewer than before, and whether that was accepted for the next one.
pub async fn shown(db: &Db) -> db::Result<Option<(Fewer, bool)>> {
    let Some(fewer) = read(db, settings::FEWER_SHOWN).await? else {
        return Ok(None);
    };
    let accepted = read(db, settings::FEWER_ACCEPTED).await?.is_some();
    Ok(Some((fewer, accepted)))
}

/// Accepts that Telnyx really shows so few: the next reading that shows about as many is taken over.
///
/// # Errors
/// See [`Error`].
pub async fn accept(app: &App, actor: &Actor, shown: i64) -> Result<Fewer, Error> {
    if !actor.role.may(Permission::AcceptFewer) {
        return Err(Error::Forbidden);
    }
    let fewer = read(&app.db, settings::FEWER_SHOWN).await?;
    let Some(fewer) = fewer.filter(|fewer| fewer.shown == shown) else {
        return Err(Error::Other(fewer));
    };
    let mut event = Event::by(
        actor,
        EventKind::DirectoryAlert,
        EventOutcome::Done,
        "Directory of accounts",
    );
    event.before = Some(format!("{} accounts", grouped(fewer.before)));
    event.after = Some(format!("{} accounts", grouped(fewer.shown)));
    event.message = format!(
        "{} Accepted: the next reading that shows about as many is taken over.",
        fewer.words()
    );
    let mut tx = app.db.begin().await?;
    write(&mut tx, settings::FEWER_ACCEPTED, fewer).await?;
    audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    tx.commit().await?;
    Ok(fewer)
}

/// Whether so few were accepted.
pub(super) async fn accepted(db: &Db, fewer: Fewer) -> db::Result<bool> {
    let accepted = read(db, settings::FEWER_ACCEPTED).await?;
    Ok(accepted.is_some_and(|accepted| fewer.about(accepted)))
}

/// Keeps what was shown and not believed. What was accepted was something else.
pub(super) async fn keep(tx: &mut Tx, fewer: Fewer) -> db::Result<()> {
    settings::forget(tx, settings::FEWER_ACCEPTED).await?;
    write(tx, settings::FEWER_SHOWN, fewer).await
}

/// When the last reading began that was accepted so: what was not seen since is not expected.
pub(super) async fn shrunk_at(db: &Db) -> db::Result<Option<Timestamp>> {
    let text = settings::value(db, settings::SHRUNK_AT).await?;
    Ok(text.and_then(|text| text.parse().ok()).map(Timestamp::from_millis))
}

async fn read(db: &Db, name: &str) -> db::Result<Option<Fewer>> {
    let text = settings::value(db, name).await?;
    text.map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(db::Error::stored)
}

async fn write(tx: &mut Tx, name: &str, fewer: Fewer) -> db::Result<()> {
    let text = serde_json::to_string(&fewer).map_err(db::Error::stored)?;
    settings::set(tx, name, &text).await
}
