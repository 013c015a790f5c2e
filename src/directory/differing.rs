//! The accounts of which a list says something else than the directory, and those that it does not have: compared in
//! full, page by page, and written.

use std::collections::HashMap;

use super::ask::{Ask, Glimpse};
use super::book::{Flag, mark};
use super::late;
use super::lists::Reading;
use super::reconcile::{BATCH, Done, asked};
use super::single::{self, GRACE};
use super::sweep::{Halt, Run};
use crate::db::accounts::{self, Known};
use crate::db::sweeps::stage::{self, Listed, Mark, Staged};
use crate::db::{audit, sweeps};
use crate::domain::account::AccountStatus;
use crate::domain::audit::Event;
use crate::domain::fact::{Fact, Source};
use crate::domain::ids::AccountId;
use crate::domain::text::folded;
use crate::domain::time::Timestamp;

/// An account in one of the lists.
struct Sighting {
    listed: Listed,
    status: AccountStatus,
    at: Timestamp,
}

impl Sighting {
    fn id(&self) -> &AccountId {
        &self.listed.profile.id
    }

    fn glimpse(&self) -> Glimpse {
        Glimpse {
            status: self.status,
            custom_pricing: self.listed.custom_pricing,
            at: self.at,
        }
    }

    fn fact<T>(&self, value: T) -> Fact<T> {
        Fact {
            value,
            source: Source::Sweep,
            observed_at: self.at,
        }
    }
}

/// What is done about one page.
#[derive(Default)]
struct Part {
    new: Vec<Sighting>,
    once: Vec<Sighting>,
}

/// Writes what the kept pages say of other and new accounts.
pub(super) async fn write(run: &Run<'_>, reading: &mut Reading<'_>, first: bool, done: &mut Done) -> Result<(), Halt> {
    let db = &run.app.db;
    let mut often: HashMap<Mark, Vec<Sighting>> = HashMap::new();
    let mut part = Part::default();
    let mut after = None;
    loop {
        let pages = stage::other_after(db, after).await?;
        let Some(last) = pages.last() else { break };
        after = Some((last.status, last.number));
        for page in pages {
            sort(reading, page, &mut part, &mut often);
            if part.new.len() + part.once.len() >= BATCH {
                settle(run, reading, first, done, std::mem::take(&mut part)).await?;
            }
        }
        run.keep_lease().await?;
        if run.stopped() {
            return Err(Halt::Stopped);
        }
    }
    settle(run, reading, first, done, part).await?;
    settle_often(run, reading, done, often).await
}

/// Most accounts stand in one place; for the others all places are looked at together.
fn sort(reading: &mut Reading<'_>, page: Staged, part: &mut Part, often: &mut HashMap<Mark, Vec<Sighting>>) {
    for listed in page.other {
        let Some(entry) = reading.book.entry(&listed.profile.id) else {
            continue;
        };
        let several = if entry.is(Flag::New) {
            entry.is(Flag::Torn)
        } else {
            entry.is(Flag::Same) || entry.is(Flag::Others)
        };
        let (new, sighting) = (
            entry.is(Flag::New),
            Sighting {
                listed,
                status: page.status,
                at: page.at,
            },
        );
        if several {
            often.entry(mark(sighting.id())).or_default().push(sighting);
        } else if new {
            part.new.push(sighting);
        } else {
            part.once.push(sighting);
        }
    }
}

async fn settle(
    run: &Run<'_>,
    reading: &mut Reading<'_>,
    first: bool,
    done: &mut Done,
    part: Part,
) -> Result<(), Halt> {
    for new in part.new.chunks(BATCH) {
        done.inserted += insert(run, reading, new, first).await?;
    }
    let ids: Vec<&AccountId> = part.once.iter().map(Sighting::id).collect();
    let mut held: HashMap<AccountId, Known> = accounts::known_among(&run.app.db, &ids)
        .await?
        .into_iter()
        .map(|known| (known.id.clone(), known))
        .collect();
    let mut updates = Vec::new();
    for sighting in part.once {
        if let Some(known) = held.remove(sighting.id()) {
            place(reading, done, known, vec![sighting], Vec::new(), &mut updates);
        }
    }
    update(run, reading, updates).await
}

async fn settle_often(
    run: &Run<'_>,
    reading: &mut Reading<'_>,
    done: &mut Done,
    mut often: HashMap<Mark, Vec<Sighting>>,
) -> Result<(), Halt> {
    let ids: Vec<AccountId> = often
        .values()
        .filter_map(|seen| seen.first().map(|sighting| sighting.id().clone()))
        .collect();
    let started_at = reading.stage.started_at;
    let mut updates = Vec::new();
    for known in accounts::known_among(&run.app.db, &ids.iter().collect::<Vec<_>>()).await? {
        let seen = often.remove(&mark(&known.id)).unwrap_or_default();
        // Where one page says what the directory has, only its mark was kept.
        let same = reading.book.entry(&known.id).filter(|entry| entry.is(Flag::Same));
        let same = same.map(|entry| Glimpse {
            status: entry.status(),
            custom_pricing: entry.custom_pricing(),
            at: entry.at(started_at),
        });
        place(reading, done, known, seen, same.into_iter().collect(), &mut updates);
    }
    update(run, reading, updates).await?;
    for seen in often.into_values() {
        if let Some(id) = seen.first().map(|sighting| sighting.id().clone()) {
            done.asks.push(Ask {
                id,
                held: None,
                held_at: started_at,
                seen: seen.iter().map(Sighting::glimpse).collect(),
            });
        }
    }
    Ok(())
}

/// One account that the directory has, with all that the lists say of it; `same`: where that is what it has.
fn place(
    reading: &mut Reading<'_>,
    done: &mut Done,
    held: Known,
    seen: Vec<Sighting>,
    same: Vec<Glimpse>,
    updates: &mut Vec<(Known, Sighting)>,
) {
    let mut glimpses = same;
    glimpses.extend(seen.iter().map(Sighting::glimpse));
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
        done.asks.push(asked(held, glimpses));
    } else if held.status == last.status
        && listed_pricing.is_some()
        && listed_pricing == held.custom_pricing
        && same_profile(&held, &last.listed)
    {
        if let Some(entry) = reading.book.entry(&held.id)
            && !entry.is(Flag::Touched)
        {
            entry.confirmed_as(&held);
        }
    } else {
        updates.push((held, last));
    }
}

fn same_profile(held: &Known, listed: &Listed) -> bool {
    let profile = &listed.profile;
    (profile.organization_name.is_empty() || profile.organization_name == held.organization_name)
        && (profile.email.is_empty() || profile.email == held.email)
        && (profile.rollup_billing.is_none() || profile.rollup_billing == held.rollup_billing)
        && (profile.updated_at.is_none() || profile.updated_at == held.updated_at)
}

/// Profiles that changed, and what was not known so far; nothing here contradicts the directory.
async fn update(run: &Run<'_>, reading: &mut Reading<'_>, updates: Vec<(Known, Sighting)>) -> Result<(), Halt> {
    let since = reading.stage.started_at - GRACE;
    let mut updates = updates.into_iter().peekable();
    while updates.peek().is_some() {
        let mut tx = run.app.db.begin().await?;
        accounts::write_many(&mut tx).await?;
        let touched = sweeps::touched(&mut tx, since).await?;
        let mut written = Vec::new();
        for (held, sighting) in updates.by_ref().take(BATCH) {
            if touched.has(&held.id, sighting.at) {
                continue;
            }
            let profile = &sighting.listed.profile;
            let status = sighting.fact(sighting.status);
            let mut all = accounts::update_profile(&mut tx, profile, Source::Sweep, sighting.at).await?;
            all &= accounts::set_status(&mut tx, &held.id, status).await?;
            all &= match sighting.listed.custom_pricing {
                Some(on) => accounts::set_pricing(&mut tx, &held.id, sighting.fact(on)).await?,
                None => false,
            };
            if all {
                accounts::mark_swept(&mut tx, &held.id).await?;
                written.push(merged(held, sighting));
            }
        }
        tx.commit().await?;
        for known in written {
            if let Some(entry) = reading.book.entry(&known.id) {
                entry.confirmed_as(&known);
                entry.set(Flag::Swept);
            }
        }
    }
    Ok(())
}

/// The row as it is after a sighting was written to it.
fn merged(held: Known, sighting: Sighting) -> Known {
    let or_kept = |new: String, kept: String| if new.is_empty() { kept } else { new };
    let profile = sighting.listed.profile;
    Known {
        organization_name: or_kept(profile.organization_name, held.organization_name),
        email: or_kept(profile.email, held.email),
        rollup_billing: profile.rollup_billing.or(held.rollup_billing),
        updated_at: profile.updated_at.or(held.updated_at),
        status: sighting.status,
        custom_pricing: sighting.listed.custom_pricing.or(held.custom_pricing),
        ..held
    }
}

async fn insert(run: &Run<'_>, reading: &mut Reading<'_>, new: &[Sighting], first: bool) -> Result<i64, Halt> {
    let app = run.app;
    let mut tx = app.db.begin().await?;
    accounts::write_many(&mut tx).await?;
    let touched = sweeps::touched(&mut tx, reading.stage.started_at - GRACE).await?;
    let mut inserted: Vec<&Sighting> = Vec::with_capacity(new.len());
    let mut events: Vec<Event> = Vec::new();
    let now = app.clock.now();
    let unanswered = if first {
        Vec::new()
    } else {
        late::creations(&mut tx, now).await?
    };
    for sighting in new {
        let profile = &sighting.listed.profile;
        let pricing = sighting.listed.custom_pricing;
        if !accounts::insert_swept(&mut tx, profile, sighting.at, sighting.status, pricing).await? {
            continue;
        }
        inserted.push(sighting);
        if let Some(event) = late::creation(&mut tx, &unanswered, profile, now).await? {
            events.push(event);
        } else if !first && !touched.creates(&folded(&profile.organization_name), &profile.email) {
            events.push(single::appeared(profile, sighting.status));
        }
    }
    for event in &events {
        audit::append(&mut tx, &app.audit_key, now, event).await?;
    }
    tx.commit().await?;
    for sighting in &inserted {
        if let Some(entry) = reading.book.entry(sighting.id())
            && sighting.listed.custom_pricing.is_some()
        {
            entry.set(Flag::Confirmed);
            entry.set(Flag::Swept);
        }
    }
    Ok(i64::try_from(inserted.len()).unwrap_or(i64::MAX))
}
