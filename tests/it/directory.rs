//! The directory, kept through the real client from a simulated Telnyx whose lists trail, shift, fail and lie.

mod alerts;
mod balances;
mod elsewhere;
mod fewer;
mod gone;
mod operations;
mod org_users;
mod pace;
mod record;
mod refresh;
mod resumed;
mod sweep;

use std::time::Duration;

use reseller_portal::db::accounts::{self, Account};
use reseller_portal::db::audit::{self, Entry, EventFilter};
use reseller_portal::db::sweeps::Sweep;
use reseller_portal::directory::sweep::{SweepResult, run};
use reseller_portal::domain::audit::EventKind;
use reseller_portal::domain::ids::AccountId;

use crate::support::Portal;

/// Sweeps now.
pub async fn sweep(portal: &Portal) -> Sweep {
    match run(&portal.app).await.unwrap() {
        SweepResult::Finished(sweep) => sweep,
        SweepResult::NotRun => panic!("somebody else sweeps"),
    }
}

/// Five minutes later, when nothing of before is recent any more.
pub async fn later_sweep(portal: &Portal) -> Sweep {
    portal.advance(Duration::from_mins(5));
    sweep(portal).await
}

/// The first account with this status, by id.
pub async fn id_of(portal: &Portal, status: &str) -> AccountId {
    portal.sandbox.id_of(status).await.parse().unwrap()
}

/// As the directory has it.
pub async fn held(portal: &Portal, id: &AccountId) -> Account {
    accounts::by_id(&portal.db, id).await.unwrap().unwrap()
}

/// The events of this kind, the newest first.
pub async fn events(portal: &Portal, kind: EventKind) -> Vec<Entry> {
    let filter = EventFilter {
        kinds: vec![kind],
        ..EventFilter::default()
    };
    audit::latest(&portal.db, &filter, 100).await.unwrap()
}

/// How many changes were recorded as made elsewhere.
pub async fn elsewhere(portal: &Portal) -> usize {
    events(portal, EventKind::ChangedElsewhere).await.len()
}
