//! Taking a whole reading over. Accounts that are as the directory has them are not written: the age of whole readings
//! moves forward for all of them at once, in a transaction that writes no account. Before that, in batches, whatever is
//! not as it was is written, and whatever is not confirmed keeps the age that it has.

use std::collections::BTreeMap;

use super::ask::{Ask, Asks, Glimpse};
use super::book::Flag;
use super::differing;
use super::lists::Reading;
use super::single::GRACE;
use super::skipped;
use super::sweep::{Halt, Run};
use crate::db::accounts::{self, Confirmed, Known};
use crate::db::sweeps::{self, Kind, Sweep, stage};
use crate::db::{Tx, settings};
use crate::domain::account::AccountStatus;
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

/// How many rows one transaction writes.
pub(super) const BATCH: usize = 500;
/// How often rows that others wrote meanwhile are looked at before the last look, which lets nobody write.
const ROUNDS: usize = 20;
/// So many rows are looked at while nobody writes, unless it was tried often enough.
const LOOKED_AT: usize = 2_000;

/// What came of it.
pub(super) struct Done {
    /// How many accounts were new.
    pub inserted: i64,
    /// Those that are to be asked for singly.
    pub asks: Asks,
}

/// Writes what is not as it was. `first`: nothing was ever taken over before, so what is new is no news.
pub(super) async fn write(run: &Run<'_>, reading: &mut Reading<'_>, first: bool) -> Result<Done, Halt> {
    leave_touched(run, reading).await?;
    for entry in reading.book.entries_mut() {
        if entry.is(Flag::Same) && !entry.is(Flag::Other) && !entry.is(Flag::Touched) {
            entry.set(Flag::Confirmed);
        }
    }
    let mut done = Done {
        inserted: 0,
        asks: Asks::default(),
    };
    differing::write(run, reading, first, &mut done).await?;
    mark_rows(run, reading, &mut done.asks).await?;
    Ok(done)
}

/// What an operation has open, or closed after its page was asked for, is left alone.
async fn leave_touched(run: &Run<'_>, reading: &mut Reading<'_>) -> Result<(), Halt> {
    let started_at = reading.stage.started_at;
    let mut tx = run.app.db.begin().await?;
    let touched = sweeps::touched(&mut tx, started_at - GRACE).await?;
    tx.commit().await?;
    for id in touched.accounts() {
        if let Some(entry) = reading.book.entry(&id)
            && touched.has(&id, entry.at(started_at))
        {
            entry.set(Flag::Touched);
        }
    }
    Ok(())
}

/// Rows that this reading confirms and the last did not, the other way round, and those that no list shows. Where there
/// are none, no row is looked at.
async fn mark_rows(run: &Run<'_>, reading: &mut Reading<'_>, asks: &mut Asks) -> Result<(), Halt> {
    let of_interest = |entry: &super::book::Entry| {
        entry.is(Flag::Swept) != entry.is(Flag::Confirmed) || (entry.is(Flag::Standing) && !entry.is(Flag::Seen))
    };
    if !reading.book.entries().any(of_interest) {
        return Ok(());
    }
    let db = &run.app.db;
    let started_at = reading.stage.started_at;
    let mut after = String::new();
    loop {
        let ids = accounts::ids_after(db, &after).await?;
        let Some(last) = ids.last() else { return Ok(()) };
        last.as_str().clone_into(&mut after);
        let mut confirmed: BTreeMap<(AccountStatus, Timestamp), Vec<AccountId>> = BTreeMap::new();
        let mut unconfirmed: Vec<AccountId> = Vec::new();
        let mut missing: Vec<AccountId> = Vec::new();
        for id in ids {
            let Some(entry) = reading.book.entry(&id).filter(|entry| of_interest(entry)) else {
                continue;
            };
            if entry.is(Flag::Standing) && !entry.is(Flag::Seen) {
                missing.push(id.clone());
            }
            match (entry.is(Flag::Swept), entry.is(Flag::Confirmed)) {
                (false, true) => confirmed
                    .entry((entry.status(), entry.at(started_at)))
                    .or_default()
                    .push(id),
                (true, false) => unconfirmed.push(id),
                _ => {}
            }
        }
        for ids in unconfirmed.chunks(BATCH) {
            let mut tx = db.begin().await?;
            accounts::write_many(&mut tx).await?;
            accounts::unconfirm(&mut tx, ids).await?;
            tx.commit().await?;
        }
        for ((status, at), ids) in &confirmed {
            let confirmed = Confirmed {
                ids,
                status: *status,
                at: *at,
                horizon: reading.loaded_at,
            };
            let mut tx = db.begin().await?;
            accounts::write_many(&mut tx).await?;
            accounts::confirm(&mut tx, &confirmed).await?;
            tx.commit().await?;
        }
        for known in accounts::known_among(db, &missing.iter().collect::<Vec<_>>()).await? {
            asks.push(asked(known, Vec::new()));
        }
        run.keep_lease().await?;
    }
}

pub(super) fn asked(held: Known, seen: Vec<Glimpse>) -> Ask {
    Ask {
        held: Some((held.status, held.custom_pricing)),
        held_at: held.status_at,
        id: held.id,
        seen,
    }
}

/// Moves the age of whole readings forward. What others wrote since the rows were read is compared first: where it is
/// not what this reading confirms, it keeps its own age.
pub(super) async fn conclude(
    run: &Run<'_>,
    reading: &mut Reading<'_>,
    ended: &Sweep,
    shrunk: bool,
) -> Result<(), Halt> {
    let db = &run.app.db;
    let mut since = reading.loaded_at;
    for round in 0.. {
        let next = accounts::horizon(db).await?.revision;
        let mut after: Option<Known> = None;
        loop {
            let place = after.as_ref().map(|known| (known.revision, &known.id));
            let rows = accounts::revised_after(db, since, place).await?;
            let mut tx = db.begin().await?;
            accounts::write_many(&mut tx).await?;
            accounts::unconfirm(&mut tx, &unlike(reading, &rows)).await?;
            tx.commit().await?;
            after = rows.into_iter().next_back();
            if after.is_none() {
                break;
            }
        }
        since = next;
        run.keep_lease().await?;
        let mut tx = db.begin().await?;
        accounts::advance(&mut tx, reading.stage.started_at).await?;
        let most = if round < ROUNDS { LOOKED_AT } else { usize::MAX };
        if all_alike(reading, &mut tx, since, most).await? {
            if !stage::end(&mut tx, run.holder).await? {
                return Err(Halt::LeaseLost);
            }
            if shrunk {
                let at = reading.stage.started_at.as_millis().to_string();
                settings::set(&mut tx, settings::SHRUNK_AT, &at).await?;
            }
            skipped::keep(&mut tx, &reading.skipped).await?;
            settings::forget(&mut tx, settings::FEWER_SHOWN).await?;
            settings::forget(&mut tx, settings::FEWER_ACCEPTED).await?;
            sweeps::finish(&mut tx, reading.stage.sweep, Kind::Accounts, ended).await?;
            tx.commit().await?;
            break;
        }
    }
    stage::clear(db).await?;
    Ok(())
}

/// Those rows that count as confirmed and say something else than this reading.
fn unlike(reading: &mut Reading<'_>, rows: &[Known]) -> Vec<AccountId> {
    let unlike = rows.iter().filter(|known| {
        let entry = reading.book.entry(&known.id);
        known.swept && !entry.is_some_and(|entry| entry.still(known))
    });
    unlike.map(|known| known.id.clone()).collect()
}

async fn all_alike(reading: &mut Reading<'_>, tx: &mut Tx, since: i64, most: usize) -> Result<bool, Halt> {
    let mut after: Option<Known> = None;
    let mut looked_at = 0;
    loop {
        let place = after.as_ref().map(|known| (known.revision, &known.id));
        let rows = accounts::revised_within(tx, since, place).await?;
        looked_at += rows.len();
        if looked_at >= most || !unlike(reading, &rows).is_empty() {
            return Ok(false);
        }
        after = rows.into_iter().next_back();
        if after.is_none() {
            return Ok(true);
        }
    }
}
