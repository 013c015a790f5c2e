//! What a demo's portal knows at the start: its staff, the accounts as a sweep finds them, and the channel limits that
//! a portal in use would know by now.

use std::time::Duration;

use anyhow::{Context, bail};
use reseller_portal::app::App;
use reseller_portal::db::sweeps::Outcome;
use reseller_portal::db::{accounts, audit, staff};
use reseller_portal::directory::sweep::{self, Ran};
use reseller_portal::domain::audit::{Event, EventKind, EventOutcome};
use reseller_portal::domain::channels::ChannelLimit;
use reseller_portal::domain::fact::{Fact, Source};
use reseller_portal::domain::ids::StaffId;
use reseller_portal::domain::role::Role;
use reseller_portal::jobs;
use reseller_portal::sandbox::Sandbox;
use reseller_portal::staff::passwords;
use secrecy::SecretString;

/// The password of all four.
pub const PASSWORD: &str = "demo only: not a secret";

/// Whom a demo has, with the e-mail address `<role>@example.com`.
pub const STAFF: [(Role, &str); 4] = [
    (Role::Owner, "Olivia Reyes"),
    (Role::Admin, "Adam Novak"),
    (Role::Manager, "Maya Chen"),
    (Role::Viewer, "Victor Lindgren"),
];

/// Reads everything from the simulated Telnyx once; the first time, makes the staff and records the limits.
///
/// # Errors
/// Where the sweep does not come to a good end, or the database fails.
pub async fn plant(app: &App, sandbox: &Sandbox) -> anyhow::Result<()> {
    match sweep::run(app).await? {
        Ran::Swept(swept) if swept.outcome == Outcome::Done => {}
        Ran::Swept(swept) => bail!("the simulated accounts could not be read: {}", swept.message),
        Ran::Left => bail!("--data names the directory of a demo that runs already; end that one, or name another"),
    }
    jobs::org_users_once(app)
        .await
        .context("the organization's users could not be read")?;
    if staff::any(&app.db).await? {
        return Ok(());
    }
    let hash = passwords::hash(app, &SecretString::from(PASSWORD)).await?;
    let now = app.clock.now();
    // One transaction: a demo that is killed here begins again from nothing.
    let mut tx = app.db.begin().await?;
    let mut manager = None;
    for (role, name) in STAFF {
        let id = StaffId::new(now);
        let email = format!("{}@example.com", role.as_str()).parse()?;
        staff::insert(&mut tx, id, &email, name, role, now).await?;
        staff::set_password(&mut tx, id, &hash, now).await?;
        if role == Role::Manager {
            manager = Some((id, name));
        }
    }
    for (place, (account, limit)) in (0_u32..).zip(sandbox.known_limits()) {
        // Most were set through the portal over the last weeks; a few were only seen in Mission Control.
        let source = if place % 9 == 4 {
            Source::Person
        } else {
            Source::Operation
        };
        let limit = Fact {
            value: ChannelLimit::new(limit.into())?,
            source,
            observed_at: now - Duration::from_mins(u64::from(place) * 257 % 40_000),
        };
        accounts::set_limit(&mut tx, &account.parse()?, limit, manager).await?;
    }
    let mut event = Event::noticed(EventKind::SetUp, EventOutcome::Done, "Demo");
    "Four staff were made, and the channel limits recorded that a portal in use would know."
        .clone_into(&mut event.message);
    audit::append(&mut tx, &app.audit_key, now, &event).await?;
    tx.commit().await?;
    Ok(())
}
