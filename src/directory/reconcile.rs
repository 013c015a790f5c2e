//! Writes a complete reading to the directory.
//!
//! Accounts that are unchanged are not written. Instead, one transaction without any account
//! advances the age of all of them. Before that, batches write whatever changed, and accounts that
//! are not confirmed keep their age.

use std::collections::BTreeMap;

use super::account_read::GRACE_PERIOD;
use super::diff::{self, BATCH_SIZE, ReconcileResult};
use super::lists::ListReader;
use super::recheck::{RecheckQueue, new_recheck};
use super::skipped_accounts;
use super::sweep_run::{SweepAborted, SweepRun};
use crate::db::accounts::{self, ComparisonRow, PageConfirmation};
use crate::db::sweeps::state::{AccountState, Flag};
use crate::db::sweeps::{self, Sweep, SweepKind, checkpoint};
use crate::db::{Tx, settings};
use crate::domain::account::AccountStatus;
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

/// Number of rounds with a limited number of locked rows.
/// Later rounds compare all remaining rows while writers are blocked.
const MAX_ROUNDS: usize = 20;
/// Maximum number of rows compared while writers are blocked, in those rounds.
const MAX_ROWS_WHILE_LOCKED: usize = 2_000;

/// Writes the changes of a reading.
/// `first` is `true` if no reading was ever written before. New accounts are then no event.
pub(super) async fn write_changes(
    run: &SweepRun<'_>,
    reading: &mut ListReader<'_>,
    first: bool,
) -> Result<ReconcileResult, SweepAborted> {
    flag_held_accounts(run, reading).await?;
    for entry in reading.state.entries_mut() {
        if entry.is(Flag::Unchanged) && !entry.is(Flag::Differs) && !entry.is(Flag::HeldByOperation)
        {
            entry.set(Flag::Confirmed);
        }
    }
    let mut done = ReconcileResult {
        inserted: 0,
        rechecks: RecheckQueue::default(),
    };
    diff::write_differences(run, reading, first, &mut done).await?;
    update_confirmations(run, reading, &mut done.rechecks).await?;
    Ok(done)
}

/// Flags accounts that an operation holds, so that they stay unchanged.
/// The operation is open, or ended after the account's page was requested.
async fn flag_held_accounts(
    run: &SweepRun<'_>,
    reading: &mut ListReader<'_>,
) -> Result<(), SweepAborted> {
    let started_at = reading.checkpoint.started_at;
    let mut tx = run.app.db.begin().await?;
    let touched = sweeps::pending_changes(&mut tx, started_at - GRACE_PERIOD).await?;
    tx.commit().await?;
    for id in touched.accounts() {
        if let Some(entry) = reading.state.entry(&id)
            && touched.affects(&id, entry.first_listed_at(started_at))
        {
            entry.set(Flag::HeldByOperation);
        }
    }
    Ok(())
}

/// Updates rows whose confirmation changes with this reading, and queues unlisted ones.
/// If there are none, no row is read.
async fn update_confirmations(
    run: &SweepRun<'_>,
    reading: &mut ListReader<'_>,
    asks: &mut RecheckQueue,
) -> Result<(), SweepAborted> {
    let of_interest = |entry: &AccountState| {
        entry.is(Flag::ConfirmedBefore) != entry.is(Flag::Confirmed)
            || (entry.is(Flag::Known) && !entry.is(Flag::Listed))
    };
    if !reading.state.entries().any(of_interest) {
        return Ok(());
    }
    let db = &run.app.db;
    let started_at = reading.checkpoint.started_at;
    let mut after = String::new();
    loop {
        let ids = accounts::ids_after(db, &after).await?;
        let Some(last) = ids.last() else {
            return Ok(());
        };
        last.as_str().clone_into(&mut after);
        let mut confirmed: BTreeMap<(AccountStatus, Timestamp), Vec<AccountId>> = BTreeMap::new();
        let mut unconfirmed: Vec<AccountId> = Vec::new();
        let mut missing: Vec<AccountId> = Vec::new();
        for id in ids {
            let Some(entry) = reading.state.entry(&id).filter(|entry| of_interest(entry)) else {
                continue;
            };
            if entry.is(Flag::Known) && !entry.is(Flag::Listed) {
                missing.push(id.clone());
            }
            match (entry.is(Flag::ConfirmedBefore), entry.is(Flag::Confirmed)) {
                (false, true) => confirmed
                    .entry((entry.status(), entry.first_listed_at(started_at)))
                    .or_default()
                    .push(id),
                (true, false) => unconfirmed.push(id),
                _ => {}
            }
        }
        for ids in unconfirmed.chunks(BATCH_SIZE) {
            let mut tx = db.begin().await?;
            accounts::lock_bulk_writes(&mut tx).await?;
            accounts::unconfirm(&mut tx, ids).await?;
            tx.commit().await?;
        }
        for ((status, at), ids) in &confirmed {
            let confirmed = PageConfirmation {
                ids,
                status: *status,
                at: *at,
                before_revision: reading.loaded_revision,
            };
            let mut tx = db.begin().await?;
            accounts::lock_bulk_writes(&mut tx).await?;
            accounts::confirm_page(&mut tx, &confirmed).await?;
            tx.commit().await?;
        }
        for known in
            accounts::comparison_rows_by_ids(db, &missing.iter().collect::<Vec<_>>()).await?
        {
            asks.push(new_recheck(known, Vec::new()));
        }
        run.renew_lease().await?;
    }
}

/// Advances the age of all confirmed rows and ends the sweep.
/// First compares the rows that others have written since they were loaded. Rows that this reading
/// does not confirm keep their own age.
pub(super) async fn finish(
    run: &SweepRun<'_>,
    reading: &mut ListReader<'_>,
    ended: &Sweep,
    shrunk: bool,
) -> Result<(), SweepAborted> {
    let db = &run.app.db;
    let mut since = reading.loaded_revision;
    for round in 0.. {
        let next = accounts::sweep_watermark(db).await?.revision;
        let mut after: Option<ComparisonRow> = None;
        loop {
            let place = after.as_ref().map(|known| (known.revision, &known.id));
            let rows = accounts::revised_after(db, since, place).await?;
            let mut tx = db.begin().await?;
            accounts::lock_bulk_writes(&mut tx).await?;
            accounts::unconfirm(&mut tx, &unconfirmed_rows(reading, &rows)).await?;
            tx.commit().await?;
            after = rows.into_iter().next_back();
            if after.is_none() {
                break;
            }
        }
        since = next;
        run.renew_lease().await?;
        let mut tx = db.begin().await?;
        accounts::advance_watermark(&mut tx, reading.checkpoint.started_at).await?;
        let most = if round < MAX_ROUNDS {
            MAX_ROWS_WHILE_LOCKED
        } else {
            usize::MAX
        };
        if all_rows_match(reading, &mut tx, since, most).await? {
            if !checkpoint::end(&mut tx, run.holder).await? {
                return Err(SweepAborted::LeaseLost);
            }
            if shrunk {
                let at = reading.checkpoint.started_at.as_millis().to_string();
                settings::set(&mut tx, settings::SHRINK_APPLIED_AT, &at).await?;
            }
            skipped_accounts::save(&mut tx, &reading.skipped).await?;
            settings::remove(&mut tx, settings::SHRINK_DETECTED).await?;
            settings::remove(&mut tx, settings::SHRINK_ACCEPTED).await?;
            sweeps::finish(
                &mut tx,
                reading.checkpoint.sweep,
                SweepKind::Accounts,
                ended,
            )
            .await?;
            tx.commit().await?;
            break;
        }
    }
    checkpoint::delete_orphaned_pages(db).await?;
    Ok(())
}

/// Returns the rows that count as confirmed but differ from this reading.
fn unconfirmed_rows(reading: &mut ListReader<'_>, rows: &[ComparisonRow]) -> Vec<AccountId> {
    let unlike = rows.iter().filter(|known| {
        let entry = reading.state.entry(&known.id);
        known.swept && !entry.is_some_and(|entry| entry.matches_row(known))
    });
    unlike.map(|known| known.id.clone()).collect()
}

async fn all_rows_match(
    reading: &mut ListReader<'_>,
    tx: &mut Tx,
    since: i64,
    most: usize,
) -> Result<bool, SweepAborted> {
    let mut after: Option<ComparisonRow> = None;
    let mut looked_at = 0;
    loop {
        let place = after.as_ref().map(|known| (known.revision, &known.id));
        let rows = accounts::revised_after_in_tx(tx, since, place).await?;
        looked_at += rows.len();
        if looked_at >= most || !unconfirmed_rows(reading, &rows).is_empty() {
            return Ok(false);
        }
        after = rows.into_iter().next_back();
        if after.is_none() {
            return Ok(true);
        }
    }
}
