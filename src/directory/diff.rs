//! Accounts that a list shows differently from the directory, or that the directory lacks.
//! Compares them in full, page by page, and writes them.

use std::collections::HashMap;

use super::account_read::{self, GRACE_PERIOD};
use super::alerts;
use super::late_effects;
use super::lists::ListReader;
use super::recheck::{ListObservation, Recheck, RecheckQueue, new_recheck};
use super::sweep_run::{SweepAborted, SweepRun};
use crate::db::accounts::{self, ComparisonRow};
use crate::db::sweeps::checkpoint::{self, CheckpointAccount, CheckpointPage, IdDigest};
use crate::db::sweeps::state::{Flag, id_digest};
use crate::db::{audit, sweeps};
use crate::domain::account::AccountStatus;
use crate::domain::audit::Event;
use crate::domain::fact::{Fact, FactSource};
use crate::domain::ids::AccountId;
use crate::domain::text::folded;
use crate::domain::time::Timestamp;
use crate::notifications;

/// Maximum number of rows that one transaction writes.
pub(super) const BATCH_SIZE: usize = 500;

/// Result of reconciling.
pub(super) struct ReconcileResult {
    /// Number of new accounts.
    pub inserted: i64,
    /// Accounts to be requested singly.
    pub rechecks: RecheckQueue,
}

/// Account in one of the lists.
struct ListedAccount {
    listed: CheckpointAccount,
    status: AccountStatus,
    at: Timestamp,
}

impl ListedAccount {
    fn id(&self) -> &AccountId {
        &self.listed.profile.id
    }

    fn observation(&self) -> ListObservation {
        ListObservation {
            status: self.status,
            custom_pricing: self.listed.custom_pricing,
            at: self.at,
        }
    }

    fn fact<T>(&self, value: T) -> Fact<T> {
        Fact {
            value,
            source: FactSource::Sweep,
            observed_at: self.at,
        }
    }
}

/// Accounts of one batch of pages that have to be written.
#[derive(Default)]
struct PageBatch {
    new: Vec<ListedAccount>,
    differing: Vec<ListedAccount>,
}

/// Writes the differing and new accounts of the saved pages.
pub(super) async fn write_differences(
    run: &SweepRun<'_>,
    reading: &mut ListReader<'_>,
    first: bool,
    done: &mut ReconcileResult,
) -> Result<(), SweepAborted> {
    let db = &run.app.db;
    let mut often: HashMap<IdDigest, Vec<ListedAccount>> = HashMap::new();
    let mut part = PageBatch::default();
    let mut after = None;
    loop {
        let pages = checkpoint::differing_pages_after(db, after).await?;
        let Some(last) = pages.last() else { break };
        after = Some((last.status, last.number));
        for page in pages {
            classify(reading, page, &mut part, &mut often);
            if part.new.len() + part.differing.len() >= BATCH_SIZE {
                write_batch(run, reading, first, done, std::mem::take(&mut part)).await?;
            }
        }
        run.renew_lease().await?;
        if run.is_shutting_down() {
            return Err(SweepAborted::Stopped);
        }
    }
    write_batch(run, reading, first, done, part).await?;
    write_multiply_listed(run, reading, done, often).await
}

/// Sorts the accounts of a page by what has to be done.
/// Most accounts are listed once. For the others, all listings are examined together.
fn classify(
    reading: &mut ListReader<'_>,
    page: CheckpointPage,
    part: &mut PageBatch,
    often: &mut HashMap<IdDigest, Vec<ListedAccount>>,
) {
    for listed in page.differing {
        let Some(entry) = reading.state.entry(&listed.profile.id) else {
            continue;
        };
        let several = if entry.is(Flag::New) {
            entry.is(Flag::Contradictory)
        } else {
            entry.is(Flag::Unchanged) || entry.is(Flag::DiffersTwice)
        };
        let (new, sighting) = (
            entry.is(Flag::New),
            ListedAccount {
                listed,
                status: page.status,
                at: page.at,
            },
        );
        if several {
            often
                .entry(id_digest(sighting.id()))
                .or_default()
                .push(sighting);
        } else if new {
            part.new.push(sighting);
        } else {
            part.differing.push(sighting);
        }
    }
}

async fn write_batch(
    run: &SweepRun<'_>,
    reading: &mut ListReader<'_>,
    first: bool,
    done: &mut ReconcileResult,
    part: PageBatch,
) -> Result<(), SweepAborted> {
    for new in part.new.chunks(BATCH_SIZE) {
        done.inserted += insert(run, reading, new, first).await?;
    }
    let ids: Vec<&AccountId> = part.differing.iter().map(ListedAccount::id).collect();
    let mut held: HashMap<AccountId, ComparisonRow> =
        accounts::comparison_rows_by_ids(&run.app.db, &ids)
            .await?
            .into_iter()
            .map(|known| (known.id.clone(), known))
            .collect();
    let mut updates = Vec::new();
    for sighting in part.differing {
        if let Some(known) = held.remove(sighting.id()) {
            plan_update(
                reading,
                done,
                known,
                vec![sighting],
                Vec::new(),
                &mut updates,
            );
        }
    }
    update(run, reading, updates).await
}

async fn write_multiply_listed(
    run: &SweepRun<'_>,
    reading: &mut ListReader<'_>,
    done: &mut ReconcileResult,
    mut often: HashMap<IdDigest, Vec<ListedAccount>>,
) -> Result<(), SweepAborted> {
    let ids: Vec<AccountId> = often
        .values()
        .filter_map(|seen| seen.first().map(|sighting| sighting.id().clone()))
        .collect();
    let started_at = reading.checkpoint.started_at;
    let mut updates = Vec::new();
    for known in
        accounts::comparison_rows_by_ids(&run.app.db, &ids.iter().collect::<Vec<_>>()).await?
    {
        let seen = often.remove(&id_digest(&known.id)).unwrap_or_default();
        // A page that agrees with the directory only stored the account's digest.
        let same = reading
            .state
            .entry(&known.id)
            .filter(|entry| entry.is(Flag::Unchanged));
        let same = same.map(|entry| ListObservation {
            status: entry.status(),
            custom_pricing: entry.custom_pricing(),
            at: entry.first_listed_at(started_at),
        });
        plan_update(
            reading,
            done,
            known,
            seen,
            same.into_iter().collect(),
            &mut updates,
        );
    }
    update(run, reading, updates).await?;
    for seen in often.into_values() {
        if let Some(id) = seen.first().map(|sighting| sighting.id().clone()) {
            done.rechecks.push(Recheck {
                id,
                known: None,
                known_at: started_at,
                observations: seen.iter().map(ListedAccount::observation).collect(),
            });
        }
    }
    Ok(())
}

/// Plans the update of one known account from all its listings.
/// `same` holds the listings that agree with the directory.
fn plan_update(
    reading: &mut ListReader<'_>,
    done: &mut ReconcileResult,
    held: ComparisonRow,
    seen: Vec<ListedAccount>,
    same: Vec<ListObservation>,
    updates: &mut Vec<(ComparisonRow, ListedAccount)>,
) {
    let mut glimpses = same;
    glimpses.extend(seen.iter().map(ListedAccount::observation));
    let Some(last) = seen.into_iter().next_back() else {
        return;
    };
    let one_list = glimpses.iter().all(|other| other.status == last.status);
    let other_status = held.status != AccountStatus::Unknown && held.status != last.status;
    let listed_pricing = last.listed.custom_pricing;
    let other_pricing = held
        .custom_pricing
        .zip(listed_pricing)
        .is_some_and(|(held, listed)| held != listed);
    if !one_list || other_status || other_pricing || held.gone || held.missing {
        done.rechecks.push(new_recheck(held, glimpses));
    } else if held.status == last.status
        && listed_pricing.is_some()
        && listed_pricing == held.custom_pricing
        && same_profile(&held, &last.listed)
    {
        if let Some(entry) = reading.state.entry(&held.id)
            && !entry.is(Flag::HeldByOperation)
        {
            entry.confirm_as(&held);
        }
    } else {
        updates.push((held, last));
    }
}

fn same_profile(held: &ComparisonRow, listed: &CheckpointAccount) -> bool {
    let profile = &listed.profile;
    (profile.organization_name.is_empty() || profile.organization_name == held.organization_name)
        && (profile.email.is_empty() || profile.email == held.email)
        && (profile.rollup_billing.is_none() || profile.rollup_billing == held.rollup_billing)
        && (profile.updated_at.is_none() || profile.updated_at == held.updated_at)
}

/// Writes changed profiles and facts that were unknown so far.
/// None of them contradicts the directory.
async fn update(
    run: &SweepRun<'_>,
    reading: &mut ListReader<'_>,
    updates: Vec<(ComparisonRow, ListedAccount)>,
) -> Result<(), SweepAborted> {
    let since = reading.checkpoint.started_at - GRACE_PERIOD;
    let mut updates = updates.into_iter().peekable();
    while updates.peek().is_some() {
        let mut tx = run.app.db.begin().await?;
        accounts::lock_bulk_writes(&mut tx).await?;
        let touched = sweeps::pending_changes(&mut tx, since).await?;
        let mut written = Vec::new();
        for (held, sighting) in updates.by_ref().take(BATCH_SIZE) {
            if touched.affects(&held.id, sighting.at) {
                continue;
            }
            let profile = &sighting.listed.profile;
            let status = sighting.fact(sighting.status);
            let mut all =
                accounts::update_profile(&mut tx, profile, FactSource::Sweep, sighting.at).await?;
            all &= accounts::set_status(&mut tx, &held.id, status).await?;
            all &= match sighting.listed.custom_pricing {
                Some(on) => accounts::set_pricing(&mut tx, &held.id, sighting.fact(on)).await?,
                None => false,
            };
            if all {
                accounts::mark_swept(&mut tx, &held.id).await?;
                written.push(merge(held, sighting));
            }
        }
        tx.commit().await?;
        for known in written {
            if let Some(entry) = reading.state.entry(&known.id) {
                entry.confirm_as(&known);
                entry.set(Flag::ConfirmedBefore);
            }
        }
    }
    Ok(())
}

/// Returns the row as it is after a listing was written to it.
fn merge(held: ComparisonRow, sighting: ListedAccount) -> ComparisonRow {
    let or_kept = |new: String, kept: String| if new.is_empty() { kept } else { new };
    let profile = sighting.listed.profile;
    ComparisonRow {
        organization_name: or_kept(profile.organization_name, held.organization_name),
        email: or_kept(profile.email, held.email),
        rollup_billing: profile.rollup_billing.or(held.rollup_billing),
        updated_at: profile.updated_at.or(held.updated_at),
        status: sighting.status,
        custom_pricing: sighting.listed.custom_pricing.or(held.custom_pricing),
        ..held
    }
}

async fn insert(
    run: &SweepRun<'_>,
    reading: &mut ListReader<'_>,
    new: &[ListedAccount],
    first: bool,
) -> Result<i64, SweepAborted> {
    let app = run.app;
    let mut tx = app.db.begin().await?;
    accounts::lock_bulk_writes(&mut tx).await?;
    let touched =
        sweeps::pending_changes(&mut tx, reading.checkpoint.started_at - GRACE_PERIOD).await?;
    let mut inserted: Vec<&ListedAccount> = Vec::with_capacity(new.len());
    let mut events: Vec<Event> = Vec::new();
    let now = app.clock.now();
    let unanswered = if first {
        Vec::new()
    } else {
        late_effects::find_unanswered(&mut tx, now).await?
    };
    for sighting in new {
        let profile = &sighting.listed.profile;
        let pricing = sighting.listed.custom_pricing;
        if !accounts::insert_swept(&mut tx, profile, sighting.at, sighting.status, pricing).await? {
            continue;
        }
        inserted.push(sighting);
        if let Some(event) =
            late_effects::explain_new_account(&mut tx, &unanswered, profile, now).await?
        {
            events.push(event);
        } else if !first
            && !touched.has_creation(&folded(&profile.organization_name), &profile.email)
        {
            events.push(account_read::new_account_event(profile, sighting.status));
        }
    }
    for event in &events {
        audit::append(&mut tx, &app.audit_key, now, event).await?;
    }
    for fact in alerts::facts(&events, Some(reading.checkpoint.sweep)) {
        notifications::publish(app, &mut tx, &fact, None).await?;
    }
    tx.commit().await?;
    for sighting in &inserted {
        if let Some(entry) = reading.state.entry(sighting.id())
            && sighting.listed.custom_pricing.is_some()
        {
            entry.set(Flag::Confirmed);
            entry.set(Flag::ConfirmedBefore);
        }
    }
    Ok(i64::try_from(inserted.len()).unwrap_or(i64::MAX))
}
