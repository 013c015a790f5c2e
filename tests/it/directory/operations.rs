//! Sweeps during operations: a change of the portal never counts as made elsewhere.

use std::time::Duration;

use reseller_portal::domain::account::AccountStatus;
use reseller_portal::domain::fact::FactSource;
use reseller_portal::domain::ids::{AccountId, OperationId};
use reseller_portal::domain::operation::{Change, OperationState, Reason, ReasonCode};
use reseller_portal::domain::role::Role;
use reseller_portal::operations::{ExpectedValues, Request, Submission, submit};
use serde_json::json;

use super::{elsewhere, held, id_of, later_sweep, sweep};
use crate::support::Portal;

pub async fn disable(portal: &Portal, account: &AccountId) -> Submission {
    let request = Request {
        id: OperationId::new(portal.clock.now()),
        change: Change::Disable {
            account: account.clone(),
        },
        reason: Reason {
            code: Some(ReasonCode::NonPayment),
            text: "three invoices".to_owned(),
        },
        undoes: None,
        expected: ExpectedValues::default(),
        try_anyway: false,
        password: None,
    };
    submit(&portal.app, &portal.actor(Role::Owner), request)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_change_of_ours_is_not_recorded_as_made_elsewhere() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let id = id_of(&portal, "enabled").await;
    assert!(
        matches!(disable(&portal, &id).await, Submission::Settled(op) if op.state == OperationState::Done)
    );
    assert_eq!(
        held(&portal, &id).await.status.source,
        FactSource::Operation
    );
    later_sweep(&portal).await;
    let after = held(&portal, &id).await.status;
    assert_eq!(
        (after.value, after.source),
        (AccountStatus::Disabled, FactSource::Sweep)
    );
    assert_eq!(elsewhere(&portal).await, 0);
}

#[tokio::test]
async fn lists_that_trail_behind_a_change_of_ours_do_not_undo_it() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let id = id_of(&portal, "enabled").await;
    portal.sandbox.lag(60_000).await;
    disable(&portal, &id).await;
    portal.advance(Duration::from_mins(1));
    sweep(&portal).await;
    assert_eq!(
        held(&portal, &id).await.status.value,
        AccountStatus::Disabled
    );
    assert_eq!(elsewhere(&portal).await, 0);
    portal.sandbox.lag(0).await;
    later_sweep(&portal).await;
    assert_eq!(
        held(&portal, &id).await.status.value,
        AccountStatus::Disabled
    );
    assert_eq!(elsewhere(&portal).await, 0);
}

#[tokio::test]
async fn a_sweep_leaves_alone_what_an_operation_has_open() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let id = id_of(&portal, "enabled").await;
    let before = held(&portal, &id).await;
    // Telnyx makes the change, but the answer is lost. Reads fail too, so it stays open.
    let own = format!("/v2/managed_accounts/{id}/actions/disable");
    portal
        .sandbox
        .faults(json!([
            {"method": "POST", "path": own, "then": {"drop": "after"}},
            {"method": "GET", "path": "/v2/managed_accounts", "then": {"status": 503}},
        ]))
        .await;
    assert!(matches!(disable(&portal, &id).await, Submission::Open(_)));
    portal.sandbox.clear_faults().await;
    assert_eq!(portal.sandbox.account(&id).await["status"], "disabled");
    later_sweep(&portal).await;
    assert_eq!(held(&portal, &id).await.status, before.status);
    assert_eq!(elsewhere(&portal).await, 0);

    reseller_portal::operations::settlement::run_once(&portal.app)
        .await
        .unwrap();
    assert_eq!(
        held(&portal, &id).await.status.value,
        AccountStatus::Disabled
    );
    later_sweep(&portal).await;
    assert_eq!(elsewhere(&portal).await, 0);
}

#[tokio::test]
async fn a_real_change_elsewhere_after_one_of_ours_is_still_noticed() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let id = id_of(&portal, "enabled").await;
    disable(&portal, &id).await;
    portal
        .sandbox
        .change_elsewhere(&id, json!({"status": "blocked"}))
        .await;
    later_sweep(&portal).await;
    assert_eq!(
        held(&portal, &id).await.status.value,
        AccountStatus::Blocked
    );
    assert_eq!(elsewhere(&portal).await, 1);
}
