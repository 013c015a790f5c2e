//! Sweeps whose result must not be used. They change nothing and raise one alert.

use reseller_portal::db::settings;
use reseller_portal::db::settings::other_manager;
use reseller_portal::db::sweeps::SweepOutcome;
use reseller_portal::domain::audit::{EventKind, EventOutcome};
use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{elsewhere, events, held, id_of, later_sweep, sweep};
use crate::support::Portal;

async fn alerts(portal: &Portal) -> usize {
    events(portal, EventKind::DirectoryAlert).await.len()
}

#[tokio::test]
async fn a_failed_sweep_changes_nothing_and_alerts_once() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let id = id_of(&portal, "enabled").await;
    let before = held(&portal, &id).await;
    portal
        .sandbox
        .change_elsewhere(&id, json!({"status": "disabled"}))
        .await;
    portal
        .sandbox
        .faults(json!([{"method": "GET", "path": "/v2/managed_accounts", "then": {"status": 503}}]))
        .await;
    let swept = later_sweep(&portal).await;
    assert_eq!(swept.outcome, SweepOutcome::Failed);
    assert!(swept.message.contains("503"), "{}", swept.message);
    later_sweep(&portal).await;
    assert_eq!(held(&portal, &id).await, before);
    assert_eq!(alerts(&portal).await, 1);
    portal.sandbox.clear_faults().await;
    assert_eq!(later_sweep(&portal).await.outcome, SweepOutcome::Done);
    assert_eq!(elsewhere(&portal).await, 1);
}

#[tokio::test]
async fn garbage_in_the_last_list_alone_leaves_all_as_it_was() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let id = id_of(&portal, "enabled").await;
    let before = held(&portal, &id).await;
    // The first three lists arrive. Everything after them is garbage.
    portal
        .sandbox
        .faults(json!([
            {"method": "GET", "path": "/v2/managed_accounts", "times": 3, "then": {"delay_ms": 1}},
            {"method": "GET", "path": "/v2/managed_accounts", "then": {"garbage": true}},
        ]))
        .await;
    assert_eq!(later_sweep(&portal).await.outcome, SweepOutcome::Failed);
    assert_eq!(held(&portal, &id).await, before);
}

#[tokio::test]
async fn far_fewer_accounts_than_before_change_nothing() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let accounts = portal.sandbox.accounts().await;
    for account in accounts.iter().take(8) {
        portal.sandbox.forget(account["id"].as_str().unwrap()).await;
    }
    for _ in 0..3 {
        let swept = later_sweep(&portal).await;
        assert_eq!(swept.outcome, SweepOutcome::TooFew);
        assert!(swept.message.contains("12 of the 20"), "{}", swept.message);
    }
    let forgotten = accounts[0]["id"].as_str().unwrap().parse().unwrap();
    let held = held(&portal, &forgotten).await;
    assert_eq!((held.gone_at, held.missing_since), (None, None));
    assert_eq!(alerts(&portal).await, 1);
}

#[tokio::test]
async fn totals_that_contradict_the_pages_change_nothing() {
    let upstream = MockServer::start().await;
    let item = json!({"id": "a-1", "email": "a@example.com", "organization_name": "A", "manager_account_id": "m"});
    let body = json!({"data": [item], "meta": {"total_pages": 1, "total_results": 900, "page_number": 1, "page_size": 250}});
    Mock::given(method("GET"))
        .and(path("/v2/managed_accounts"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&upstream)
        .await;
    let base = format!("{}/v2", upstream.uri()).parse().unwrap();
    let portal = Portal::build()
        .settings(move |settings| settings.telnyx_base = base)
        .start()
        .await;
    let swept = sweep(&portal).await;
    assert_eq!(swept.outcome, SweepOutcome::Partial);
    assert!(
        swept.message.contains("should hold 900"),
        "{}",
        swept.message
    );
    assert_eq!(alerts(&portal).await, 1);
    let bound = settings::value(&portal.db, settings::MANAGER_ACCOUNT_ID)
        .await
        .unwrap();
    assert_eq!(bound, None, "what cannot be believed binds nothing");
}

#[tokio::test]
async fn another_managers_accounts_stop_sweeps_until_the_right_ones_are_back() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let id = id_of(&portal, "enabled").await;
    let before = held(&portal, &id).await;
    let right = settings::value(&portal.db, settings::MANAGER_ACCOUNT_ID)
        .await
        .unwrap()
        .unwrap();
    bind(&portal, "someone-else").await;
    for _ in 0..3 {
        assert_eq!(
            later_sweep(&portal).await.outcome,
            SweepOutcome::OtherManager
        );
    }
    assert_eq!(
        other_manager(&portal.db).await.unwrap().as_ref(),
        Some(&right)
    );
    assert_eq!(held(&portal, &id).await, before);
    assert_eq!(alerts(&portal).await, 1);

    bind(&portal, &right).await;
    assert_eq!(later_sweep(&portal).await.outcome, SweepOutcome::Done);
    assert_eq!(other_manager(&portal.db).await.unwrap(), None);
    let alerts = events(&portal, EventKind::DirectoryAlert).await;
    assert_eq!(alerts.len(), 2);
    assert_eq!(alerts[0].event.outcome, EventOutcome::Done);
}

async fn bind(portal: &Portal, manager: &str) {
    let mut tx = portal.db.begin().await.unwrap();
    settings::set(&mut tx, settings::MANAGER_ACCOUNT_ID, manager)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}
