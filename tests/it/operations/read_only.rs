//! Read-only mode: uncertain operations are still settled by reading, and nothing is sent.

use super::*;
use reseller_portal::app::App;
use reseller_portal::config::Settings;
use reseller_portal::operations::manual_settlement;

/// Returns the same portal, restarted as read-only.
fn read_only(portal: &Portal) -> App {
    App::new(
        portal.db.clone(),
        (portal.telnyx.clone(), None),
        portal.clock.clone(),
        Settings {
            read_only: true,
            ..portal.settings.clone()
        },
    )
}

async fn recover_read_only(portal: &Portal, app: &App, span: Duration) {
    let step = Duration::from_secs(31);
    let mut passed = Duration::ZERO;
    while passed <= span {
        portal.advance(step);
        passed += step;
        settlement::run_once(app).await.unwrap();
    }
}

#[tokio::test]
async fn read_only_a_disable_and_a_creation_are_settled_by_reading_and_its_limit_waits() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    portal
        .sandbox
        .faults(
            json!([{ "method": "POST", "path": "/v2/*", "times": 2, "then": { "drop": "after" } }]),
        )
        .await;
    let disable = ask(
        &portal,
        &ann,
        Change::Disable {
            account: id.clone(),
        },
    )
    .await;
    let create = Change::Create {
        organization_name: "Acme Überseehandel Ltd".to_owned(),
        email: Some("voice@acme.example".to_owned()),
        custom_pricing: false,
        rollup_billing: true,
        channel_limit: Some(limit(25)),
        with_password: false,
        details: Box::default(),
    };
    let create = ask(&portal, &ann, create).await;
    assert_state(&disable, OperationState::Checking);
    assert_state(&create, OperationState::Checking);
    let sent = portal.sandbox.changes().await.len();

    let app = read_only(&portal);
    recover_read_only(&portal, &app, Duration::from_mins(2)).await;
    assert_state(&reload(&portal, &disable).await, OperationState::Done);
    assert_eq!(
        status_of(&account(&portal, &id).await),
        AccountStatus::Disabled
    );
    let create = reload(&portal, &create).await;
    assert_state(&create, OperationState::Done);
    let follow = operations::follow_up_of(&portal.db, create.id)
        .await
        .unwrap()
        .unwrap();
    assert_state(&follow, OperationState::Queued);
    assert_eq!(
        portal.sandbox.changes().await.len(),
        sent,
        "nothing is sent"
    );

    recover_over(&portal, Duration::from_secs(1)).await;
    assert_state(&reload(&portal, &follow).await, OperationState::Done);
    let made = create.account.unwrap();
    assert_eq!(portal.sandbox.account(&made).await["channel_limit"], 25);
}

#[tokio::test]
async fn read_only_an_uncertain_limit_waits_and_is_not_sent_again() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    fault(&portal, "PATCH", EVERY_ACCOUNT, 3, json!({ "status": 503 })).await;
    let operation = ask(&portal, &ann, set_limit(&id, 7)).await;
    assert_state(&operation, OperationState::Checking);
    let sent = portal.sandbox.changes().await.len();
    let app = read_only(&portal);
    recover_read_only(&portal, &app, Duration::from_mins(2)).await;
    assert_state(&reload(&portal, &operation).await, OperationState::Checking);
    assert_eq!(portal.sandbox.changes().await.len(), sent);
    recover_over(&portal, Duration::from_secs(1)).await;
    assert_state(&reload(&portal, &operation).await, OperationState::Done);

    fault(&portal, "PATCH", EVERY_ACCOUNT, 3, json!({ "status": 503 })).await;
    let pricing = Change::CustomPricing {
        account: id,
        allow: true,
    };
    let operation = ask(&portal, &ann, pricing).await;
    let sent = portal.sandbox.changes().await.len();
    recover_read_only(&portal, &app, Duration::from_mins(11)).await;
    assert_state(&reload(&portal, &operation).await, OperationState::Unknown);
    assert_eq!(portal.sandbox.changes().await.len(), sent);
}

#[tokio::test]
async fn read_only_somebody_may_have_it_checked_again() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    fault(
        &portal,
        "POST",
        EVERY_ACCOUNT,
        1,
        json!({ "drop": "after" }),
    )
    .await;
    let disable = ask(&portal, &ann, Change::Disable { account: id }).await;
    let app = read_only(&portal);
    portal.advance(Duration::from_secs(31));
    let checked = manual_settlement::check_again(&app, &ann, disable.id)
        .await
        .unwrap();
    assert!(
        matches!(checked, Submission::Settled(settled) if settled.state == OperationState::Done)
    );
}
