//! Changes at Telnyx: recorded, sent once, settled in every case, undone, and settled by hand.

mod concurrency;
mod creating;
mod handover;
mod keys;
mod late_effects;
mod limits;
mod read_only;
mod recording;
mod status;
mod undoing;

use std::time::Duration;

use reseller_portal::db::operations::{self, Operation};
use reseller_portal::db::{accounts, audit};
use reseller_portal::domain::account::AccountStatus;
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::channels::ChannelLimit;
use reseller_portal::domain::fact::{Fact, FactSource};
use reseller_portal::domain::ids::{AccountId, OperationId};
use reseller_portal::domain::operation::{Change, OperationState, Reason, ReasonCode};
use reseller_portal::domain::role::Role;
use reseller_portal::operations::{ExpectedValues, Request, Submission, settlement, submit};
use serde_json::{Value, json};

use crate::support::Portal;

/// Starts a portal whose directory knows every account's status and limit.
/// Also returns an account manager.
async fn stage() -> (Portal, Actor) {
    let portal = Portal::start().await;
    let at = portal.clock.now();
    let mut tx = portal.db.begin().await.unwrap();
    for account in portal.sandbox.accounts().await {
        let text = |name: &str| account[name].as_str().unwrap_or_default().to_owned();
        let id: AccountId = text("id").parse().unwrap();
        let profile = accounts::Profile {
            id: id.clone(),
            organization_name: text("organization_name"),
            email: text("email"),
            manager_account_id: None,
            rollup_billing: account["rollup_billing"].as_bool(),
            created_at: None,
            updated_at: None,
        };
        let status = fact(text("status").parse().unwrap(), FactSource::Sweep, at);
        let pricing = account["managed_account_allow_custom_pricing"].as_bool();
        let pricing = pricing.map(|on| fact(on, FactSource::Sweep, at));
        accounts::insert(&mut tx, &profile, FactSource::Sweep, at, status, pricing)
            .await
            .unwrap();
        let limit = ChannelLimit::new(account["channel_limit"].as_u64().unwrap()).unwrap();
        accounts::set_limit(&mut tx, &id, fact(limit, FactSource::Operation, at), None)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    portal.advance(Duration::from_secs(1));
    let actor = portal.actor(Role::Manager);
    (portal, actor)
}

fn fact<T>(
    value: T,
    source: FactSource,
    observed_at: reseller_portal::domain::time::Timestamp,
) -> Fact<T> {
    Fact {
        value,
        source,
        observed_at,
    }
}

/// Returns an enabled account.
async fn enabled(portal: &Portal) -> AccountId {
    portal.sandbox.id_of("enabled").await.parse().unwrap()
}

fn limit(channels: u64) -> ChannelLimit {
    ChannelLimit::new(channels).unwrap()
}

fn request(portal: &Portal, change: Change) -> Request {
    let reason = match &change {
        Change::Disable { .. } => Reason {
            code: Some(ReasonCode::NonPayment),
            text: String::new(),
        },
        Change::RemoveOrgUser { .. } => Reason {
            code: Some(ReasonCode::LeftCompany),
            text: String::new(),
        },
        _ => Reason {
            code: None,
            text: "because".to_owned(),
        },
    };
    Request {
        id: OperationId::new(portal.clock.now()),
        change,
        reason,
        undoes: None,
        expected: ExpectedValues::default(),
        try_anyway: false,
        password: None,
    }
}

fn set_limit(account: &AccountId, channels: u64) -> Change {
    Change::ChannelLimit {
        account: account.clone(),
        limit: limit(channels),
    }
}

/// Submits a change and returns its operation.
async fn ask(portal: &Portal, actor: &Actor, change: Change) -> Operation {
    match submit(portal, actor, request(portal, change))
        .await
        .unwrap()
    {
        Submission::Settled(operation) | Submission::Open(operation) => operation,
        Submission::InProgress(other) => panic!("busy with {other:?}"),
    }
}

async fn reload(portal: &Portal, operation: &Operation) -> Operation {
    operations::by_id(&portal.db, operation.id)
        .await
        .unwrap()
        .unwrap()
}

/// Advances the clock in steps and runs recovery after each, for `span`.
async fn recover_over(portal: &Portal, span: Duration) {
    let step = Duration::from_secs(31);
    let mut passed = Duration::ZERO;
    while passed <= span {
        portal.advance(step);
        passed += step;
        settlement::run_once(portal).await.unwrap();
    }
}

async fn account(portal: &Portal, id: &AccountId) -> accounts::Account {
    accounts::by_id(&portal.db, id).await.unwrap().unwrap()
}

/// Returns the audit's events as `kind outcome`, oldest first.
async fn told(portal: &Portal) -> Vec<String> {
    let entries = audit::oldest(&portal.db, &audit::EventFilter::default(), 100)
        .await
        .unwrap();
    assert!(matches!(
        audit::verify::verify(&portal.db, &portal.audit_key)
            .await
            .unwrap(),
        audit::verification_log::Verdict::Holds { .. }
    ));
    entries
        .into_iter()
        .map(|entry| {
            format!(
                "{} {}",
                entry.event.kind.as_str(),
                entry.event.outcome.as_str()
            )
        })
        .collect()
}

/// Makes the next `times` requests with this method under `path` fail as in `then`.
async fn fault(portal: &Portal, method: &str, path: &str, times: u32, then: Value) {
    portal
        .sandbox
        .faults(json!([{ "method": method, "path": path, "times": times, "then": then }]))
        .await;
}

fn assert_state(operation: &Operation, state: OperationState) {
    assert_eq!(operation.state, state, "{:?}", operation.outcome);
}

const EVERY_ACCOUNT: &str = "/v2/managed_accounts/*";

fn status_of(account: &accounts::Account) -> AccountStatus {
    account.status.value
}
