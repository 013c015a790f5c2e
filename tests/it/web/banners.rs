//! The bar while Telnyx does not answer: it is on every page and disappears by itself.

use std::time::Duration;

use reseller_portal::domain::role::Role;
use reseller_portal::jobs;
use serde_json::json;

use crate::support::Portal;

const BARS: &str = "/banners";

async fn silence(portal: &Portal) {
    let faults = json!([{"path": "/v2/*", "then": {"status": 503}}]);
    portal.sandbox.faults(faults).await;
    for _ in 0..3 {
        assert!(portal.telnyx.pool().await.is_err());
    }
}

#[tokio::test]
async fn while_telnyx_is_down_every_page_says_so_once_and_errors_too() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Owner).await;
    silence(&portal).await;
    let id = portal.sandbox.id_of("enabled").await;
    let account = format!("/accounts/{id}");
    for path in [
        "/",
        "/accounts",
        &account,
        "/accounts/new",
        "/channels",
        "/activity",
        "/org-users",
        "/staff",
        "/nothing/here",
    ] {
        let page = ann.get(path).await;
        assert_eq!(
            page.select("#banners .banner-warning").len(),
            1,
            "{path}: {}",
            page.words()
        );
        let bar = page.text_of("#banners .banner-warning");
        assert!(
            bar.contains("since")
                && bar.contains("You see the last known data")
                && bar.contains("changes are not sent"),
            "{bar}"
        );
    }
}

#[tokio::test]
async fn the_bar_asks_whether_it_still_holds_and_ends_by_itself() {
    let portal = Portal::start().await;
    let ann = portal.signed_in(Role::Viewer).await;
    let well = ann.get("/profile").await.expect(200);
    assert!(
        !well.has("#banners[hx-get]"),
        "nothing is asked while all is well"
    );
    silence(&portal).await;
    let page = ann.get("/profile").await.expect(200);
    assert_eq!(page.attr_of("#banners", "hx-get").as_deref(), Some(BARS));
    assert!(
        ann.get_fragment(BARS)
            .await
            .expect(200)
            .has("#banners[hx-get] .banner-warning")
    );
    jobs::probe_once(&portal.app).await.unwrap();
    assert!(
        ann.get_fragment(BARS).await.has(".banner-warning"),
        "still down"
    );
    portal.sandbox.clear_faults().await;
    portal.advance(Duration::from_secs(5));
    jobs::probe_once(&portal.app).await.unwrap();
    let after = ann.get_fragment(BARS).await.expect(200);
    assert!(
        !after.has(".banner-warning") && after.has("#banners:not([hx-get]) .banner-practice"),
        "{}",
        after.text
    );
}

#[tokio::test]
async fn nothing_is_asked_of_a_telnyx_that_answers() {
    let portal = Portal::start().await;
    jobs::probe_once(&portal.app).await.unwrap();
    assert!(portal.sandbox.log().await.is_empty());
}

#[tokio::test]
async fn asking_for_the_bar_keeps_no_session_alive_and_takes_nobody_away_from_their_page() {
    let portal = Portal::start().await;
    let ann = portal.signed_in(Role::Viewer).await;
    silence(&portal).await;
    for _ in 0..7 {
        portal.advance(Duration::from_hours(1));
        ann.get_fragment(BARS).await.expect(200);
    }
    portal.advance(Duration::from_mins(61));
    let left = ann.get_fragment(BARS).await.expect(204);
    assert_eq!(left.leads_to(), None);
    assert!(
        ann.get("/")
            .await
            .leads_to()
            .is_some_and(|to| to.starts_with("/login"))
    );
}

#[tokio::test]
async fn the_address_of_the_bar_alone_leads_to_the_dashboard() {
    let portal = Portal::start().await;
    let ann = portal.signed_in(Role::Viewer).await;
    assert_eq!(ann.get(BARS).await.leads_to().as_deref(), Some("/"));
}
