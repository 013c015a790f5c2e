//! The directory, filled by the real client from a simulated Telnyx.
//! Its lists lag, shift, fail and contradict each other.

mod accept_shrink;
mod balances;
mod external_changes;
mod gone;
mod implausible_lists;
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

/// Runs a sweep now.
pub async fn sweep(portal: &Portal) -> Sweep {
    match run(&portal.app).await.unwrap() {
        SweepResult::Finished(sweep) => sweep,
        SweepResult::NotRun => panic!("someone else sweeps"),
    }
}

/// Runs a sweep five minutes later, when nothing from before counts as recent.
pub async fn later_sweep(portal: &Portal) -> Sweep {
    portal.advance(Duration::from_mins(5));
    sweep(portal).await
}

/// Returns the first account with this status, by ID.
pub async fn id_of(portal: &Portal, status: &str) -> AccountId {
    portal.sandbox.id_of(status).await.parse().unwrap()
}

/// Returns the account as the directory has it.
pub async fn held(portal: &Portal, id: &AccountId) -> Account {
    accounts::by_id(&portal.db, id).await.unwrap().unwrap()
}

/// Returns the events of this kind, newest first.
pub async fn events(portal: &Portal, kind: EventKind) -> Vec<Entry> {
    let filter = EventFilter {
        kinds: vec![kind],
        ..EventFilter::default()
    };
    audit::latest(&portal.db, &filter, 100).await.unwrap()
}

/// Returns the number of changes recorded as made elsewhere.
pub async fn elsewhere(portal: &Portal) -> usize {
    events(portal, EventKind::ChangedElsewhere).await.len()
}
