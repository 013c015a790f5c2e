//! Refresh button of the list: runs a sweep early.

use std::time::Duration;

use reseller_portal::domain::role::Role;
use serde_json::json;

use super::swept;
use crate::support::Portal;

#[tokio::test]
async fn refresh_reads_all_accounts_says_so_and_comes_back_to_the_same_list() {
    let portal = Portal::start().await;
    let vic = portal.signed_in(Role::Viewer).await;
    let page = vic.get("/accounts?sort=-email&per=25").await;
    let answer = vic.submit(&page, ".page-head form", &[]).await;
    assert_eq!(
        answer.leads_to().as_deref(),
        Some("/accounts?sort=-email&per=25")
    );
    let page = vic.follow(&answer).await.expect(200);
    assert!(
        page.says("Refreshed: 20 accounts, 20 changed or new."),
        "{}",
        page.words()
    );
    assert_eq!(page.count("#rows tbody tr"), 20);
    assert!(portal.sandbox.changes().await.is_empty());
}

#[tokio::test]
async fn asking_twice_within_a_moment_asks_telnyx_once() {
    let (portal, ann) = swept(Role::Manager).await;
    let before = portal.sandbox.log().await.len();
    let answer = ann.post("/accounts/refresh", &[]).await;
    assert!(ann.follow(&answer).await.says("Refreshed: 20 accounts"));
    assert_eq!(portal.sandbox.log().await.len(), before);
    portal.advance(Duration::from_secs(30));
    ann.post("/accounts/refresh", &[]).await;
    assert!(portal.sandbox.log().await.len() > before);
}

#[tokio::test]
async fn a_reading_that_fails_leaves_the_list_as_old_as_it_was_and_says_so() {
    let (portal, ann) = swept(Role::Manager).await;
    portal.advance(Duration::from_mins(4));
    portal
        .sandbox
        .faults(json!([{"path": "/v2/*", "then": {"status": 503}}]))
        .await;
    for _ in 0..3 {
        portal.telnyx.pool().await.unwrap_err();
    }
    let answer = ann
        .post("/accounts/refresh", &[("list", "/accounts?q=e")])
        .await;
    assert_eq!(answer.leads_to().as_deref(), Some("/accounts?q=e"));
    let page = ann.follow(&answer).await.expect(200);
    assert!(
        page.says("The list could not be refreshed"),
        "{}",
        page.words()
    );
    assert!(page.says("As of 4 min ago"), "{}", page.words());
    assert_eq!(page.select(".toast")[0], "The list could not be refreshed.");
    assert!(
        page.text_of(".banner-warning")
            .starts_with("Telnyx has not answered since")
    );
    assert!(!page.has("main .notice"), "the bar says why, once");
    assert!(page.has("#rows tbody tr"));
}

#[tokio::test]
async fn the_way_back_leads_nowhere_but_to_the_list() {
    let (_portal, ann) = swept(Role::Manager).await;
    for list in [
        "https://evil.example/?q=a",
        "//evil.example",
        "/staff?q=a",
        "javascript:alert(1)",
        "?",
    ] {
        let to = ann
            .post("/accounts/refresh", &[("list", list)])
            .await
            .leads_to()
            .unwrap();
        assert!(
            to == "/accounts" || to == "/accounts?q=a",
            "{list} leads to {to}"
        );
    }
}
