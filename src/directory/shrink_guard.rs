//! Guard against readings that show far fewer accounts than before.
//! Such a reading is discarded unless a person accepts it. An acceptance holds once, for the next
//! reading with about as many accounts.

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::db::sweeps::state::{Flag, SweepState};
use crate::db::{self, Db, Tx, audit, settings};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::role::Permission;
use crate::domain::text::group_thousands;
use crate::domain::time::Timestamp;

/// Number of accounts that may always be missing. They are rechecked one by one.
const TOLERATED_MISSING: i64 = 5;

/// Number of previously shown accounts that Telnyx still shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shrinkage {
    /// Number of accounts still shown.
    pub shown: i64,
    /// Number of accounts shown before.
    pub before: i64,
}

/// Reason why nothing was accepted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The role does not allow it.
    #[error("this role cannot accept a shorter list")]
    Forbidden,
    /// The last reading showed a different number of accounts, or no shrinkage.
    /// Contains the last reading's shrinkage.
    #[error("the last refresh listed another number")]
    Outdated(Option<Shrinkage>),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Shrinkage {
    /// Counts the expected accounts, and those of them that the lists show.
    pub(super) fn of(book: &SweepState) -> Self {
        let mut counted = Self {
            shown: 0,
            before: 0,
        };
        for entry in book.entries().filter(|entry| entry.is(Flag::Expected)) {
            counted.before += 1;
            counted.shown += i64::from(entry.is(Flag::Listed));
        }
        counted
    }

    /// Returns `true` if so many accounts are missing that the reading must be wrong.
    pub(super) fn is_suspicious(self) -> bool {
        self.before - self.shown > TOLERATED_MISSING && self.shown * 5 < self.before * 4
    }

    /// Returns `true` if this is close to `other`, which a person has accepted.
    fn is_close_to(self, other: Self) -> bool {
        self.shown.abs_diff(other.shown) <= TOLERATED_MISSING.max(other.shown / 20).unsigned_abs()
    }

    /// Returns the number of accounts shown, formatted for pages.
    #[must_use]
    pub fn shown_count(self) -> String {
        group_thousands(self.shown)
    }

    /// Returns the shrinkage as a sentence.
    #[must_use]
    pub fn sentence(self) -> String {
        format!(
            "Telnyx lists {} of the {} accounts that it listed before.",
            group_thousands(self.shown),
            group_thousands(self.before)
        )
    }
}

/// Returns the last reading's shrinkage if it showed far fewer accounts than before.
/// The flag is `true` if the shrinkage was accepted for the next reading.
pub async fn detected(db: &Db) -> db::Result<Option<(Shrinkage, bool)>> {
    let Some(fewer) = read(db, settings::SHRINK_DETECTED).await? else {
        return Ok(None);
    };
    let accepted = read(db, settings::SHRINK_ACCEPTED).await?.is_some();
    Ok(Some((fewer, accepted)))
}

/// Accepts the shrinkage, so that the next reading with about as many accounts is used.
///
/// # Errors
/// Fails as described in [`Error`].
pub async fn accept(app: &App, actor: &Actor, shown: i64) -> Result<Shrinkage, Error> {
    if !actor.role.may(Permission::AcceptFewer) {
        return Err(Error::Forbidden);
    }
    let fewer = read(&app.db, settings::SHRINK_DETECTED).await?;
    let Some(fewer) = fewer.filter(|fewer| fewer.shown == shown) else {
        return Err(Error::Outdated(fewer));
    };
    let mut event = Event::by_actor(
        actor,
        EventKind::DirectoryAlert,
        EventOutcome::Done,
        "Directory of accounts",
    );
    event.before = Some(format!("{} accounts", group_thousands(fewer.before)));
    event.after = Some(format!("{} accounts", group_thousands(fewer.shown)));
    event.message = format!(
        "{} Accepted: the next refresh with about as many accounts is used.",
        fewer.sentence()
    );
    let mut tx = app.db.begin().await?;
    write(&mut tx, settings::SHRINK_ACCEPTED, fewer).await?;
    audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    tx.commit().await?;
    Ok(fewer)
}

/// Returns `true` if about this number of accounts was accepted.
pub(super) async fn is_accepted(db: &Db, fewer: Shrinkage) -> db::Result<bool> {
    let accepted = read(db, settings::SHRINK_ACCEPTED).await?;
    Ok(accepted.is_some_and(|accepted| fewer.is_close_to(accepted)))
}

/// Stores a shrinkage that was not accepted.
/// Removes an earlier acceptance, because it was for a different number.
pub(super) async fn save_detected(tx: &mut Tx, fewer: Shrinkage) -> db::Result<()> {
    settings::remove(tx, settings::SHRINK_ACCEPTED).await?;
    write(tx, settings::SHRINK_DETECTED, fewer).await
}

/// Returns the start of the last reading with an accepted shrinkage.
/// Accounts not seen since then are not expected.
pub(super) async fn shrunk_at(db: &Db) -> db::Result<Option<Timestamp>> {
    let text = settings::value(db, settings::SHRINK_APPLIED_AT).await?;
    Ok(text
        .and_then(|text| text.parse().ok())
        .map(Timestamp::from_millis))
}

async fn read(db: &Db, name: &str) -> db::Result<Option<Shrinkage>> {
    let text = settings::value(db, name).await?;
    text.map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(db::Error::stored)
}

async fn write(tx: &mut Tx, name: &str, fewer: Shrinkage) -> db::Result<()> {
    let text = serde_json::to_string(&fewer).map_err(db::Error::stored)?;
    settings::set(tx, name, &text).await
}
