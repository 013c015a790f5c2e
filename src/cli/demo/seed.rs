//! Initial data of a demo's portal: the staff, the accounts, a history, and older figures.
//! The accounts come from a sweep.

use std::collections::HashMap;
use std::time::Duration;

use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::db::sweeps::SweepOutcome;
use crate::db::{Tx, notifications, org_users, staff};
use crate::directory::sweep::{self, SweepResult};
use crate::domain::channels::ChannelLimit;
use crate::domain::email::Email;
use crate::domain::fact::{Fact, FactSource};
use crate::domain::ids::{AccountId, StaffId};
use crate::domain::role::Role;
use crate::domain::time::Timestamp;
use crate::jobs;
use crate::sandbox::Sandbox;
use crate::staff::passwords;
use anyhow::{Context, bail};
use secrecy::SecretString;

use super::figures;
use super::history::{self, AccountWithLimit, DAYS, History, Person, Staff};

/// Maximum number of accounts with a history. The others only get a known limit.
const MAX_ACCOUNTS_WITH_HISTORY: usize = 400;

/// Age of the notifications that the staff have read.
const READ_AFTER: Duration = Duration::from_hours(24 * 21);

/// Password of all four staff members.
pub const PASSWORD: &str = "demo only: not a secret";

/// Staff of a demo, with the email address `<role>@example.com`.
pub const STAFF: [(Role, &str); 4] = [
    (Role::Owner, "Olivia Reyes"),
    (Role::Admin, "Adam Novak"),
    (Role::Manager, "Maya Chen"),
    (Role::Viewer, "Victor Lindgren"),
];

/// Reads everything from the simulated Telnyx once.
/// The first time, also creates the staff and their history.
///
/// # Errors
/// Fails if the sweep does not succeed, or if the database fails.
pub async fn populate(app: &App, sandbox: &Sandbox) -> anyhow::Result<()> {
    match sweep::run(app).await? {
        SweepResult::Finished(swept) if swept.outcome == SweepOutcome::Done => {}
        SweepResult::Finished(swept) => bail!(
            "the simulated accounts could not be read: {}",
            swept.message
        ),
        SweepResult::NotRun => {
            bail!(
                "--data names the directory of a demo that runs already; end that one, or name another"
            )
        }
    }
    jobs::org_users_once(app)
        .await
        .context("the organization's users could not be read")?;
    if staff::any(&app.db).await? {
        return figures::populate(app).await;
    }
    let hash = passwords::hash(app, &SecretString::from(PASSWORD)).await?;
    let mut history = History::new(app.clock.now());
    let (start, set_up) = (history.start(), history.set_up_at());
    // One transaction holds everything. A demo that is killed here starts over.
    let mut tx = app.db.begin().await?;
    let people = Staff {
        owner: create_person(&mut tx, &hash, set_up, 0).await?,
        admin: create_person(&mut tx, &hash, set_up + Duration::from_mins(4), 1).await?,
        manager: create_person(&mut tx, &hash, set_up + Duration::from_mins(7), 2).await?,
        viewer: create_person(&mut tx, &hash, set_up + Duration::from_mins(10), 3).await?,
    };
    let (known, rest) = accounts_with_limits(app, sandbox).await?;
    history::people(&mut history, &people);
    history::changes(&mut history, &people, &known)?;
    history::notifications(&mut history, &people);
    history::reviews(&mut history, &people, org_users::all(&app.db).await?)?;
    for one in rest {
        let created = one.account.created_at.unwrap_or(start);
        let at = history
            .business_time(1 + one.index % (DAYS - 1), one.index % 500)
            .max(created);
        let limit = Fact {
            value: one.limit,
            source: FactSource::Operation,
            observed_at: at,
        };
        let by = Some((people.manager.id, people.manager.name));
        accounts::set_limit(&mut tx, &one.account.id, limit, by).await?;
    }
    history.write(app, &mut tx).await?;
    tx.commit().await?;
    let now = app.clock.now();
    for person in [
        &people.owner,
        &people.admin,
        &people.manager,
        &people.viewer,
    ] {
        notifications::mark_all_read(&app.db, person.id, None, now - READ_AFTER, now).await?;
    }
    figures::populate(app).await
}

/// Creates one staff member.
async fn create_person(
    tx: &mut Tx,
    hash: &str,
    at: Timestamp,
    place: usize,
) -> anyhow::Result<Person> {
    const ADDRESSES: [&str; 4] = ["192.0.2.10", "192.0.2.17", "192.0.2.23", "192.0.2.44"];
    let (Some((role, name)), Some(address)) = (STAFF.get(place), ADDRESSES.get(place)) else {
        bail!("the demo has no staff number {place}");
    };
    let id = StaffId::new(at);
    let email: Email = format!("{}@example.com", role.as_str()).parse()?;
    staff::insert(tx, id, &email, name, *role, at).await?;
    staff::set_password(tx, id, hash, at).await?;
    Ok(Person {
        id,
        name,
        email: email.as_str().to_owned(),
        address,
    })
}

/// Returns the accounts whose limits a portal in use would know.
/// The first list gets a history; the second holds the rest of a large demo.
async fn accounts_with_limits(
    app: &App,
    sandbox: &Sandbox,
) -> anyhow::Result<(Vec<AccountWithLimit>, Vec<AccountWithLimit>)> {
    let limits: Vec<(AccountId, u32)> = sandbox
        .known_limits()
        .into_iter()
        .map(|(id, limit)| Ok((id.parse()?, limit)))
        .collect::<anyhow::Result<_>>()?;
    let ids: Vec<AccountId> = limits.iter().map(|(id, _)| id.clone()).collect();
    let found = accounts::by_ids(&app.db, &ids).await?;
    let mut found: HashMap<AccountId, Account> = found
        .into_iter()
        .map(|found| (found.id.clone(), found))
        .collect();
    let mut known = Vec::with_capacity(limits.len());
    for (place, (id, limit)) in (0_i64..).zip(limits) {
        if let Some(account) = found.remove(&id) {
            let limit = ChannelLimit::new(limit.into())?;
            known.push(AccountWithLimit {
                account,
                limit,
                index: place,
            });
        }
    }
    let rest = known.split_off(known.len().min(MAX_ACCOUNTS_WITH_HISTORY));
    Ok((known, rest))
}
