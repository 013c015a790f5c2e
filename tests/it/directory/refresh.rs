//! Live reading of one account.

use std::time::{Duration, Instant};

use reseller_portal::directory::refresh_account;
use reseller_portal::domain::account::AccountStatus;
use reseller_portal::domain::fact::FactSource;
use reseller_portal::telnyx::ErrorKind;
use serde_json::json;

use super::{elsewhere, held, id_of, sweep};
use crate::support::Portal;

#[tokio::test]
async fn a_live_reading_brings_status_pricing_and_balance_with_their_time() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    portal.advance(Duration::from_secs(30));
    let accounts = portal.sandbox.accounts().await;
    let paying = accounts
        .iter()
        .find(|account| account["balance"].is_string())
        .unwrap();
    let id = paying["id"].as_str().unwrap().parse().unwrap();
    let read = refresh_account(&portal.app, &id).await.unwrap();
    assert!(read.profile_read && read.status_read);
    assert_eq!(read.error, None);
    let account = read.account.unwrap();
    assert_eq!(
        (account.status.source, account.status.observed_at),
        (FactSource::Reading, portal.clock.now())
    );
    let (balance, at) = account.balance.unwrap();
    assert_eq!(
        balance.balance.unwrap().to_string(),
        paying["balance"].as_str().unwrap()
    );
    assert_eq!(at, portal.clock.now());
    assert_eq!(elsewhere(&portal).await, 0);
}

#[tokio::test]
async fn what_it_finds_changed_it_reads_twice_and_records() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    portal.advance(Duration::from_mins(1));
    let id = id_of(&portal, "enabled").await;
    portal
        .sandbox
        .change_elsewhere(&id, json!({"status": "blocked"}))
        .await;
    let read = refresh_account(&portal.app, &id).await.unwrap();
    assert_eq!(read.account.unwrap().status.value, AccountStatus::Blocked);
    assert_eq!(elsewhere(&portal).await, 1);
    sweep(&portal).await;
    assert_eq!(elsewhere(&portal).await, 1);
}

#[tokio::test]
async fn when_telnyx_fails_the_directory_answers() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let id = id_of(&portal, "enabled").await;
    let before = held(&portal, &id).await;
    for then in [
        json!({"status": 503}),
        json!({"garbage": true}),
        json!({"drop": "before"}),
    ] {
        portal
            .sandbox
            .faults(json!([{"path": "/v2/*", "then": then}]))
            .await;
        let read = refresh_account(&portal.app, &id).await.unwrap();
        assert!(read.error.is_some());
        assert!(!read.profile_read && !read.status_read && !read.not_found);
        assert_eq!(read.account.as_ref(), Some(&before));
    }
}

#[tokio::test]
async fn a_slow_telnyx_is_not_waited_for_longer_than_a_page_has_and_the_fast_half_counts() {
    let portal = Portal::build()
        .settings(|settings| settings.page_time_budget = Duration::from_millis(300))
        .start()
        .await;
    sweep(&portal).await;
    portal.advance(Duration::from_secs(30));
    let id = id_of(&portal, "enabled").await;
    portal
        .sandbox
        .faults(json!([{"path": "/v2/managed_accounts", "then": {"delay_ms": 8_000}}]))
        .await;
    let started = Instant::now();
    let read = refresh_account(&portal.app, &id).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(3));
    assert_eq!(
        read.error.map(reseller_portal::telnyx::ErrorSummary::kind),
        Some(ErrorKind::Unavailable)
    );
    assert!(read.can_follow_up);
    assert!(read.profile_read && !read.status_read);
    let account = read.account.unwrap();
    assert_eq!(account.profile_at, portal.clock.now());
    assert_ne!(account.status.observed_at, portal.clock.now());
}

#[tokio::test]
async fn an_account_that_nobody_knows_is_none() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let id = "no-such-account".parse().unwrap();
    let read = refresh_account(&portal.app, &id).await.unwrap();
    assert_eq!(read.account, None);
    assert!(read.not_found);
}

#[tokio::test]
async fn an_account_that_only_telnyx_knows_comes_into_the_directory() {
    let portal = Portal::start().await;
    let id = id_of(&portal, "disabled").await;
    let read = refresh_account(&portal.app, &id).await.unwrap();
    assert_eq!(read.account.unwrap().status.value, AccountStatus::Disabled);
    assert_eq!(elsewhere(&portal).await, 0);
}
