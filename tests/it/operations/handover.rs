//! A portal that stops releases what it has not sent, and keeps what may have been sent.

use std::time::Instant;

use reseller_portal::db::leases::held::{Lease, ShutdownStep};
use reseller_portal::db::webhook_deliveries;
use reseller_portal::db::welcome_emails::{self, WelcomeEmail};
use reseller_portal::directory::sweep::{self, SweepResult};
use reseller_portal::domain::ids::WelcomeEmailId;
use reseller_portal::domain::welcome_email::WelcomeEmailState;
use reseller_portal::{audit_verification, daily_figures, welcome_email};

use super::*;

#[tokio::test]
async fn a_change_that_may_have_reached_telnyx_stays_claimed_until_its_answer() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let (other, _) = portal.replica(&portal.browser()).await;
    fault(
        &portal,
        "PATCH",
        EVERY_ACCOUNT,
        1,
        json!({ "delay_ms": 1_500 }),
    )
    .await;
    let request = request(&portal, set_limit(&id, 7));
    let (app, key) = (portal.app.clone(), request.id);
    let asked = tokio::spawn(async move { submit(&app, &ann, request).await.unwrap() });
    tokio::time::sleep(Duration::from_millis(500)).await;
    portal.leases.end();
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(settlement::run_once(&other).await.unwrap(), 0);
    }
    asked.await.unwrap();
    let operation = operations::by_id(&other.db, key).await.unwrap().unwrap();
    assert_state(&operation, OperationState::Done);
    assert_eq!(portal.sandbox.changes().await.len(), 1);
}

#[tokio::test]
async fn a_check_is_interrupted_and_another_portal_goes_on_at_once() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let (other, _) = portal.replica(&portal.browser()).await;
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
    fault(&portal, "GET", "/v2/*", 2, json!({ "delay_ms": 5_000 })).await;
    portal.advance(Duration::from_secs(2));
    let app = portal.app.clone();
    let checking = tokio::spawn(async move { settlement::run_once(&app).await.unwrap() });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(settlement::run_once(&other).await.unwrap(), 0, "claimed");
    portal.shutdown.cancel();
    let stopped = Instant::now();
    checking.await.unwrap();
    portal.sandbox.clear_faults().await;
    assert_eq!(settlement::run_once(&other).await.unwrap(), 1);
    assert!(stopped.elapsed() < Duration::from_secs(2));
    assert_state(&reload(&portal, &operation).await, OperationState::Done);
    assert_eq!(portal.sandbox.changes().await.len(), 1);
}

#[tokio::test]
async fn a_sweep_is_interrupted_and_another_portal_begins_at_once() {
    let (portal, _) = stage().await;
    let (other, _) = portal.replica(&portal.browser()).await;
    fault(&portal, "GET", "/v2/*", 1, json!({ "delay_ms": 500 })).await;
    let app = portal.app.clone();
    let sweeping = tokio::spawn(async move { sweep::run(&app).await.unwrap() });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(sweep::run(&other).await.unwrap(), SweepResult::NotRun);
    portal.shutdown.cancel();
    assert_eq!(sweeping.await.unwrap(), SweepResult::NotRun);
    let swept = sweep::run(&other).await.unwrap();
    assert!(matches!(swept, SweepResult::Finished(_)), "{swept:?}");
}

/// Holds a lease until the end of the first portal.
async fn hold_to_the_end(portal: &Portal, lease: Lease<'_>) {
    portal.leases.end();
    let work = std::future::pending::<()>();
    let held = portal.leases.hold(lease, ShutdownStep::is_end, work).await;
    assert!(held.is_none());
}

#[tokio::test]
async fn claims_of_emails_and_events_end_with_the_process_that_sends_them() {
    let (portal, ann) = stage().await;
    let now = portal.clock.now();
    let until = now + Duration::from_mins(1);
    let mut tx = portal.db.begin().await.unwrap();
    let id = WelcomeEmailId::new(now);
    let email = WelcomeEmail::new(id, enabled(&portal).await, (&ann).into(), now);
    assert!(welcome_emails::insert(&mut tx, &email).await.unwrap());
    let event = webhook_deliveries::insert_test(&mut tx, "Ann", now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let delivery = webhook_deliveries::by_id(&portal.db, event)
        .await
        .unwrap()
        .unwrap();
    assert!(
        welcome_emails::claim(&portal.db, &email, until)
            .await
            .unwrap()
    );
    let claimed = webhook_deliveries::claim(&portal.db, &delivery, now, until).await;
    assert!(claimed.unwrap());

    let (other, _) = portal.replica(&portal.browser()).await;
    assert_eq!(
        welcome_emails::due(&other.db, now, 9).await.unwrap().len(),
        0
    );
    assert_eq!(
        webhook_deliveries::due(&other.db, now, 9)
            .await
            .unwrap()
            .len(),
        0
    );
    hold_to_the_end(&portal, Lease::WelcomeEmail(id, 1)).await;
    hold_to_the_end(&portal, Lease::WebhookDelivery(event, 1)).await;
    assert_eq!(
        webhook_deliveries::due(&other.db, now, 9)
            .await
            .unwrap()
            .len(),
        1
    );
    welcome_email::send_due(&other).await.unwrap();
    let email = welcome_emails::by_id(&other.db, id).await.unwrap().unwrap();
    assert_eq!(
        email.state,
        WelcomeEmailState::Uncertain,
        "never sent again"
    );
}

#[tokio::test]
async fn loops_release_their_leases() {
    let (portal, _) = stage().await;
    let (other, _) = portal.replica(&portal.browser()).await;
    assert!(audit_verification::verify(&portal).await.unwrap().is_some());
    assert!(audit_verification::verify(&other).await.unwrap().is_some());
    assert!(daily_figures::record(&portal).await.unwrap());
    portal.advance(Duration::from_mins(11));
    assert!(daily_figures::record(&other).await.unwrap());
}
