//! Enabling and disabling: sent once, settled by readings, resumed after a crash.

use super::*;
use reseller_portal::domain::operation::SettledBy;

#[tokio::test]
async fn a_disable_is_recorded_sent_once_and_seen_in_directory_and_audit() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let operation = ask(
        &portal,
        &ann,
        Change::Disable {
            account: id.clone(),
        },
    )
    .await;
    assert_state(&operation, OperationState::Done);
    assert_eq!(portal.sandbox.account(&id).await["status"], "disabled");
    assert_eq!(
        status_of(&account(&portal, &id).await),
        AccountStatus::Disabled
    );
    assert_eq!(told(&portal).await, ["disable started", "disable done"]);
    assert_eq!(portal.sandbox.changes().await.len(), 1);
}

#[tokio::test]
async fn a_disable_that_happened_behind_a_503_is_settled_by_a_reading_and_never_sent_again() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    fault(
        &portal,
        "POST",
        EVERY_ACCOUNT,
        1,
        json!({ "status": 503, "act": true }),
    )
    .await;
    let operation = ask(
        &portal,
        &ann,
        Change::Disable {
            account: id.clone(),
        },
    )
    .await;
    assert_state(&operation, OperationState::Checking);
    recover_over(&portal, Duration::from_secs(1)).await;
    let operation = reload(&portal, &operation).await;
    assert_state(&operation, OperationState::Done);
    assert_eq!(
        operation.outcome.unwrap().settled_by,
        Some(SettledBy::Reading)
    );
    assert_eq!(portal.sandbox.changes().await.len(), 1);
    assert_eq!(
        told(&portal).await,
        ["disable started", "disable checking", "disable done"]
    );
}

#[tokio::test]
async fn a_disable_that_did_not_happen_is_said_to_only_after_a_minute_of_readings() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    fault(
        &portal,
        "POST",
        EVERY_ACCOUNT,
        1,
        json!({ "drop": "before" }),
    )
    .await;
    let operation = ask(
        &portal,
        &ann,
        Change::Disable {
            account: id.clone(),
        },
    )
    .await;
    portal.advance(Duration::from_secs(5));
    settlement::run_once(&portal).await.unwrap();
    assert_state(&reload(&portal, &operation).await, OperationState::Checking);
    recover_over(&portal, Duration::from_secs(90)).await;
    assert_state(&reload(&portal, &operation).await, OperationState::Refused);
    assert_eq!(
        status_of(&account(&portal, &id).await),
        AccountStatus::Enabled
    );
}

#[tokio::test]
async fn an_enable_settled_by_a_reading_says_that_the_fate_of_the_connections_is_not_known() {
    let (portal, ann) = stage().await;
    let id: AccountId = portal.sandbox.id_of("disabled").await.parse().unwrap();
    fault(
        &portal,
        "POST",
        EVERY_ACCOUNT,
        1,
        json!({ "drop": "after" }),
    )
    .await;
    let change = Change::Enable {
        account: id.clone(),
        reenable_all_connections: true,
    };
    let operation = ask(&portal, &ann, change).await;
    recover_over(&portal, Duration::from_secs(1)).await;
    let operation = reload(&portal, &operation).await;
    assert_state(&operation, OperationState::Done);
    assert!(
        operation
            .outcome
            .unwrap()
            .message
            .contains("connections is not known")
    );
    assert_eq!(
        status_of(&account(&portal, &id).await),
        AccountStatus::Enabled
    );
}

#[tokio::test]
async fn after_a_quarter_of_an_hour_without_a_reading_it_is_unknown_until_somebody_looks() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    portal
        .sandbox
        .faults(json!([
            { "method": "POST", "path": EVERY_ACCOUNT, "times": 1, "then": { "drop": "after" } },
            { "method": "GET", "path": "/v2/managed_accounts", "then": { "status": 503 } },
        ]))
        .await;
    let operation = ask(
        &portal,
        &ann,
        Change::Disable {
            account: id.clone(),
        },
    )
    .await;
    recover_over(&portal, Duration::from_mins(16)).await;
    let unknown = reload(&portal, &operation).await;
    assert_state(&unknown, OperationState::Unknown);
    let insisted = Request {
        try_anyway: true,
        ..request(&portal, set_limit(&id, 5))
    };
    let held = submit(&portal, &ann, insisted).await.unwrap();
    assert!(matches!(held, Submission::InProgress(other) if other.id == operation.id));
    portal.sandbox.clear_faults().await;
    let seen =
        reseller_portal::operations::manual_settlement::check_again(&portal, &ann, operation.id)
            .await
            .unwrap();
    assert!(matches!(seen, Submission::Settled(settled) if settled.state == OperationState::Done));
}

#[tokio::test]
async fn an_operation_whose_process_was_killed_is_taken_up_when_its_lease_ends() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let operation = ask(
        &portal,
        &ann,
        Change::Disable {
            account: id.clone(),
        },
    )
    .await;
    // The state that a killed process leaves: sent, running, with a lease that no one renews.
    let now = portal.clock.now();
    let left = Operation {
        id: OperationId::new(now),
        state: OperationState::Running,
        lease_until: Some(now + Duration::from_secs(20)),
        outcome: None,
        finished_at: None,
        unanswered_at: None,
        unattributed_channels: None,
        ..operation
    };
    let mut tx = portal.db.begin().await.unwrap();
    operations::write::insert(&mut tx, &left).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        settlement::run_once(&portal).await.unwrap(),
        0,
        "the lease is alive"
    );
    portal.advance(Duration::from_secs(21));
    assert_eq!(settlement::run_once(&portal).await.unwrap(), 1);
    assert_state(&reload(&portal, &left).await, OperationState::Done);
    assert_eq!(
        portal.sandbox.changes().await.len(),
        1,
        "it was read, not sent again"
    );
}

#[tokio::test]
async fn a_blocked_account_is_not_enabled_and_nothing_is_sent() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let now = portal.clock.now();
    let mut tx = portal.db.begin().await.unwrap();
    accounts::set_status(
        &mut tx,
        &id,
        fact(AccountStatus::Blocked, FactSource::Reading, now),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let change = Change::Enable {
        account: id,
        reenable_all_connections: false,
    };
    let error = submit(&portal, &ann, request(&portal, change))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("only Telnyx"), "{error}");
    assert!(portal.sandbox.changes().await.is_empty());
    assert!(told(&portal).await.is_empty());
}
