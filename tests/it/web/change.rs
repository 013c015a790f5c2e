//! Forms that change something at Telnyx, against the sandbox with faults.
//! They test what people see, what is sent and what is recorded. Settling below the pages is tested
//! in `operations`.

use std::time::Duration;

use reseller_portal::db::{accounts, audit, operations};
use reseller_portal::domain::audit::{EventKind, EventOutcome};
use reseller_portal::domain::channels::ChannelLimit;
use reseller_portal::domain::operation::OperationState;
use reseller_portal::domain::role::Role;
use serde_json::{Value, json};

use crate::support::{Browser, PASSWORD, Portal, Response};

mod conflicts;
mod failures;
mod forms;
mod in_card;
mod keys;
mod limits;
mod pages;
mod refusals;
mod undo;

/// Starts a portal that has read everything, and signs in an account manager.
async fn stage() -> (Portal, Browser) {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    (portal, ann)
}

/// Returns the ID of an enabled account.
async fn enabled(portal: &Portal) -> String {
    portal.sandbox.id_of("enabled").await
}

/// Returns an enabled account with this known limit.
async fn with_limit(portal: &Portal, ann: &Browser, limit: u32) -> String {
    let id = enabled(portal).await;
    let limit = limit.to_string();
    ann.post(
        &format!("/accounts/{id}/channel-limit"),
        &[("channel_limit", &limit)],
    )
    .await
    .expect(303);
    id
}

/// Makes the next `times` changes with this method fail as in `then`.
async fn fault(portal: &Portal, method: &str, times: u32, then: Value) {
    let rule =
        json!({ "method": method, "path": "/v2/managed_accounts/*", "times": times, "then": then });
    portal.sandbox.faults(json!([rule])).await;
}

/// Returns the account as the directory has it.
async fn account(portal: &Portal, id: &str) -> accounts::Account {
    let id = id.parse().unwrap();
    accounts::by_id(&portal.db, &id).await.unwrap().unwrap()
}

/// Returns the limit in the directory.
async fn limit_of(portal: &Portal, id: &str) -> Option<u32> {
    let known = account(portal, id).await.channel_limit;
    known.map(|fact| ChannelLimit::get(fact.value))
}

/// Returns the operation to whose page a redirect leads.
async fn operation(portal: &Portal, response: &Response) -> operations::Operation {
    let to = response.leads_to().unwrap();
    let id = to
        .strip_prefix("/operations/")
        .unwrap_or_else(|| panic!("leads to {to}"));
    let id = id.parse().unwrap();
    operations::by_id(&portal.db, id).await.unwrap().unwrap()
}

/// Returns the number of such audit events about an account.
async fn told(portal: &Portal, id: &str, kind: EventKind, outcome: EventOutcome) -> usize {
    let filter = audit::EventFilter {
        account: Some(id.parse().unwrap()),
        kinds: vec![kind],
        outcome: Some(outcome),
        ..audit::EventFilter::default()
    };
    audit::latest(&portal.db, &filter, 50).await.unwrap().len()
}

/// Runs several rounds of recovery, this far apart.
async fn recover(portal: &Portal, rounds: u32, apart: Duration) {
    for _ in 0..rounds {
        portal.advance(apart);
        portal.run_jobs().await;
    }
}
