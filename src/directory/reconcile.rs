//! What a whole reading makes of each account: as it was, changed, new, or to be asked for singly. Written in batches,
//! so that nobody waits long for the database.

use std::collections::{BTreeMap, HashMap};

use super::lists::{Halt, Sighting};
use super::profile;
use super::single::{self, Body, GRACE, Seen, Single};
use super::sweep::Run;
use crate::db::accounts::{self, Confirmed, Known};
use crate::db::{audit, sweeps};
use crate::domain::account::AccountStatus;
use crate::domain::audit::Event;
use crate::domain::fact::{Fact, Source};
use crate::domain::ids::AccountId;
use crate::domain::text::folded;
use crate::domain::time::Timestamp;
use crate::telnyx::{Error, ErrorKind};

/// How many rows one transaction writes.
const BATCH: usize = 500;
/// How many accounts one sweep asks for singly; the others have their turn at the next.
const ASKED: usize = 100;

/// What came of it.
pub(super) struct Done {
    /// How many accounts had changed or were new.
    pub changed: i64,
    /// What is left for the next sweep, in a sentence; empty where nothing is.
    pub message: String,
}

/// An account that the lists alone do not settle.
struct Ask {
    id: AccountId,
    /// As the directory has it.
    held: Option<(AccountStatus, Option<bool>)>,
    held_at: Timestamp,
    seen: Vec<Sighting>,
}

/// The accounts, sorted by what is to be done about them.
#[derive(Default)]
struct Plan {
    confirmed: BTreeMap<(AccountStatus, Timestamp), Vec<AccountId>>,
    updated: Vec<Sighting>,
    new: Vec<Sighting>,
    asked: Vec<Ask>,
}

fn plan(known: Vec<Known>, mut by_id: HashMap<AccountId, Vec<Sighting>>, started_at: Timestamp) -> Plan {
    let mut plan = Plan::default();
    for held in known {
        let seen = by_id.remove(&held.id).unwrap_or_default();
        plan.place(held, seen, started_at);
    }
    for (id, mut seen) in by_id {
        match seen.pop() {
            Some(last) if seen.iter().all(|other| other.status == last.status) => plan.new.push(last),
            Some(last) => {
                seen.push(last);
                plan.asked.push(Ask {
                    id,
                    held: None,
                    held_at: started_at,
                    seen,
                });
            }
            None => {}
        }
    }
    // What the lists contradict comes before what they leave out; among these, what was not looked at for longest.
    plan.asked.sort_by_key(|ask| (ask.seen.is_empty(), ask.held_at));
    plan
}

impl Plan {
    fn place(&mut self, held: Known, mut seen: Vec<Sighting>, started_at: Timestamp) {
        let ask = |held: Known, seen| Ask {
            held: Some((held.status, held.custom_pricing)),
            held_at: held.status_at,
            id: held.id,
            seen,
        };
        let Some(last) = seen.pop() else {
            // What came into the directory after the lists were asked for need not be in them.
            if !held.gone && held.profile_at < started_at {
                self.asked.push(ask(held, seen));
            }
            return;
        };
        let one_list = seen.iter().all(|other| other.status == last.status);
        let other_status = held.status != AccountStatus::Unknown && held.status != last.status;
        let listed_pricing = last.account.custom_pricing;
        let other_pricing = held
            .custom_pricing
            .zip(listed_pricing)
            .is_some_and(|(held, listed)| held != listed);
        if !one_list || other_status || other_pricing || held.gone || held.missing {
            seen.push(last);
            self.asked.push(ask(held, seen));
        } else if held.status == last.status
            && listed_pricing.is_some()
            && listed_pricing == held.custom_pricing
            && same_profile(&held, &last)
        {
            self.confirmed.entry((last.status, last.at)).or_default().push(held.id);
        } else {
            self.updated.push(last);
        }
    }
}

fn same_profile(held: &Known, seen: &Sighting) -> bool {
    let account = &seen.account;
    let name = account.organization_name.as_deref().unwrap_or_default();
    (name.is_empty() || name == held.organization_name)
        && (account.email.is_empty() || account.email == held.email)
        && (account.rollup_billing.is_none() || account.rollup_billing == held.rollup_billing)
        && (account.updated_at.is_none() || account.updated_at == held.updated_at)
}

/// Takes a whole reading over. `first`: nothing was ever taken over before, so what is new is no news.
pub(super) async fn take_over(
    run: &mut Run<'_>,
    known: Vec<Known>,
    by_id: HashMap<AccountId, Vec<Sighting>>,
    first: bool,
    started_at: Timestamp,
) -> Result<Done, Halt> {
    let plan = plan(known, by_id, started_at);
    let since = started_at - GRACE;
    for ((status, at), ids) in &plan.confirmed {
        for ids in ids.chunks(BATCH) {
            confirm(run, *status, *at, ids, since).await?;
        }
    }
    for seen in plan.updated.chunks(BATCH) {
        update(run, seen, since).await?;
    }
    let mut changed = 0;
    for seen in plan.new.chunks(BATCH) {
        changed += insert(run, seen, first, since).await?;
    }
    let (by_asking, message) = ask_singly(run, &plan.asked).await?;
    Ok(Done {
        changed: changed + by_asking,
        message,
    })
}

async fn confirm(
    run: &Run<'_>,
    status: AccountStatus,
    at: Timestamp,
    ids: &[AccountId],
    since: Timestamp,
) -> Result<(), Halt> {
    let mut tx = run.app.db.begin().await?;
    let touched = sweeps::touched(&mut tx, since).await?;
    let ids: Vec<&AccountId> = ids.iter().filter(|id| !touched.has(id, at)).collect();
    let confirmed = Confirmed { ids: &ids, status, at };
    accounts::confirm(&mut tx, &confirmed).await?;
    tx.commit().await?;
    Ok(())
}

/// Profiles that changed, and what was not known so far; nothing here contradicts the directory.
async fn update(run: &Run<'_>, seen: &[Sighting], since: Timestamp) -> Result<(), Halt> {
    let mut tx = run.app.db.begin().await?;
    let touched = sweeps::touched(&mut tx, since).await?;
    for sighting in seen {
        let id = &sighting.account.id;
        if touched.has(id, sighting.at) {
            continue;
        }
        accounts::update_profile(&mut tx, &profile(&sighting.account), Source::Sweep, sighting.at).await?;
        accounts::set_status(&mut tx, id, sighting.fact(sighting.status)).await?;
        if let Some(on) = sighting.account.custom_pricing {
            accounts::set_pricing(&mut tx, id, sighting.fact(on)).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

async fn insert(run: &Run<'_>, seen: &[Sighting], first: bool, since: Timestamp) -> Result<i64, Halt> {
    let app = run.app;
    let mut tx = app.db.begin().await?;
    let touched = sweeps::touched(&mut tx, since).await?;
    let mut inserted = 0;
    let mut events: Vec<Event> = Vec::new();
    for sighting in seen {
        let profile = profile(&sighting.account);
        let pricing = sighting.account.custom_pricing.map(|on| sighting.fact(on));
        let status = sighting.fact(sighting.status);
        if !accounts::insert(&mut tx, &profile, Source::Sweep, sighting.at, status, pricing).await? {
            continue;
        }
        inserted += 1;
        if !first && !touched.creates(&folded(&profile.organization_name), &profile.email) {
            events.push(single::appeared(&profile, sighting.status));
        }
    }
    let now = app.clock.now();
    for event in &events {
        audit::append(&mut tx, &app.audit_key, now, event).await?;
    }
    tx.commit().await?;
    Ok(inserted)
}

impl Sighting {
    fn fact<T>(&self, value: T) -> Fact<T> {
        Fact {
            value,
            source: Source::Sweep,
            observed_at: self.at,
        }
    }
}

async fn ask_singly(run: &mut Run<'_>, asks: &[Ask]) -> Result<(i64, String), Halt> {
    let mut changed = 0;
    let mut done = 0;
    let mut trouble = None;
    for ask in asks.iter().take(ASKED) {
        match ask_one(run, ask).await? {
            Ok(single) => changed += i64::from(single::settle(run.app, &ask.id, &single).await?),
            Err(error) => {
                trouble = Some(error);
                break;
            }
        }
        done += 1;
    }
    let left = asks.len() - done;
    let message = match (left, trouble) {
        (0, _) => String::new(),
        (_, Some(error)) => format!("{left} accounts could not be asked for singly: {error}."),
        (_, None) => format!("{left} accounts are asked for singly at the next sweep."),
    };
    Ok((changed, message))
}

async fn ask_one(run: &mut Run<'_>, ask: &Ask) -> Result<Result<Single, Error>, Halt> {
    let at = run.app.clock.now();
    let detail = match run.client.retrieve_account(&ask.id).await {
        Ok(detail) => detail,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let gone = Single {
                body: Some((Body::NotFound, at)),
                ..Single::default()
            };
            return Ok(Ok(gone));
        }
        Err(error) => return Ok(Err(error)),
    };
    run.breathe().await?;
    let pricing = detail.account.custom_pricing.map(|on| {
        let mut pricing = Seen::once(on, at);
        if let Some(earlier) = ask.seen.iter().find(|seen| seen.account.custom_pricing == Some(on)) {
            pricing.before(earlier.at);
        }
        pricing
    });
    let email = detail.account.email.clone();
    let mut single = Single {
        body: Some((Body::Found(Box::new(detail)), at)),
        status: None,
        pricing,
    };
    if email.is_empty() {
        // Lists cannot be asked for an account without an address.
        return Ok(Ok(single));
    }
    let mut status = match status_of(run, &ask.id, &email).await? {
        Ok(status) => status,
        Err(error) => return Ok(Err(error)),
    };
    let earlier = ask.seen.iter().find(|seen| seen.status == status.value);
    if let Some(earlier) = earlier {
        status.before(earlier.at);
    } else if ask.held.is_none_or(|(held, _)| held != status.value) {
        // Neither the lists nor the directory say so: it takes another reading.
        match status_of(run, &ask.id, &email).await? {
            Ok(again) => status.again(&again.value, again.at),
            Err(error) => return Ok(Err(error)),
        }
    }
    single.status = Some(status);
    Ok(Ok(single))
}

async fn status_of(run: &mut Run<'_>, id: &AccountId, email: &str) -> Result<Result<Seen<AccountStatus>, Error>, Halt> {
    let at = run.app.clock.now();
    let read = run.client.status_of(id, email).await;
    // One request for each list, until one has it.
    for _ in AccountStatus::LISTED {
        run.breathe().await?;
    }
    Ok(read.map(|status| Seen::once(status.unwrap_or(AccountStatus::Unknown), at)))
}
