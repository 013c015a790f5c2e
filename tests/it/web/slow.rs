//! A slow Telnyx holds up no page: it shows known data, and the rest follows.

use std::time::{Duration, Instant};

use axum::http::Method;
use reseller_portal::directory::org_users;
use reseller_portal::domain::role::Role;
use serde_json::json;

use super::channels::known;
use crate::support::{Browser, Portal, Response};

/// Time that a page waits here, and time that Telnyx takes.
/// The difference leaves room for a slow machine.
const PATIENCE: Duration = Duration::from_millis(150);
const SLOW_MS: u32 = 1_500;

async fn start() -> Portal {
    let portal = Portal::build()
        .settings(|settings| settings.page_time_budget = PATIENCE)
        .start()
        .await;
    portal.sweep().await;
    org_users::refresh(&portal.app).await.unwrap();
    portal.advance(Duration::from_mins(5));
    portal
}

async fn slow(portal: &Portal, method: &str, path: &str) {
    let rule = json!([{ "method": method, "path": path, "then": { "delay_ms": SLOW_MS } }]);
    portal.sandbox.faults(rule).await;
}

/// Sends the page's own follow-up request, as htmx does.
async fn rest(browser: &Browser, page: &Response) -> Response {
    let from = page.attr_of("#stale", "hx-get").unwrap();
    assert_eq!(
        page.attr_of("#stale", "hx-trigger").as_deref(),
        Some("load")
    );
    let request = browser
        .request(Method::GET, &from)
        .header("hx-request", "true");
    let request = request
        .header("hx-request-type", "full")
        .header("hx-target", "div#stale");
    let rest = request.send().await.expect(200);
    for part in page.attr_of("#stale", "hx-select-oob").unwrap().split(',') {
        let id = part.split(':').next().unwrap();
        assert_eq!(
            rest.has(id),
            page.has(id),
            "{id} takes the place of what the page has"
        );
    }
    rest
}

#[tokio::test]
async fn every_page_that_asks_telnyx_comes_in_time_and_what_is_missing_follows_it() {
    let portal = start().await;
    let id = portal.sandbox.id_of("enabled").await;
    let user = portal.sandbox.state().await["users"][1]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let ann = portal.signed_in(Role::Owner).await;
    for path in [
        format!("/accounts/{id}"),
        "/org-users".to_owned(),
        "/org-users?email=a&status=enabled".to_owned(),
        format!("/org-users/{user}"),
        "/org-users/groups".to_owned(),
    ] {
        portal.sandbox.clear_faults().await;
        org_users::refresh(&portal.app).await.unwrap();
        portal.advance(Duration::from_mins(5));
        slow(&portal, "GET", "/v2/*").await;
        let started = Instant::now();
        let page = ann.get(&path).await.expect(200);
        assert!(
            started.elapsed() < Duration::from_millis(u64::from(SLOW_MS)),
            "{path}"
        );
        let notice = page.text_of("#stale");
        assert!(notice.contains("Telnyx is slow"), "{path}: {notice}");
        assert!(page.says(" min ago"), "{path} shows its age");
        let again = page.attr_of("#stale a", "href").unwrap();
        assert_eq!(again, path, "the way without a script");
        let rest = rest(&ann, &page).await;
        assert!(!rest.has("#stale"), "{path}: {}", rest.text_of("#stale"));
        assert!(rest.says("just now"), "{path}");
    }
}

#[tokio::test]
async fn pages_that_need_no_answer_of_telnyx_do_not_wait_for_one() {
    let portal = start().await;
    let ann = portal.signed_in(Role::Owner).await;
    slow(&portal, "GET", "/v2/*").await;
    let asked = portal.sandbox.log().await.len();
    for path in [
        "/",
        "/accounts",
        "/accounts/new",
        "/channels",
        "/activity",
        "/staff",
        "/profile",
    ] {
        ann.get(path).await.expect(200);
    }
    assert_eq!(portal.sandbox.log().await.len(), asked);
}

#[tokio::test]
async fn what_telnyx_never_tells_is_said_in_the_end_and_not_asked_for_again_by_itself() {
    let portal = start().await;
    let id = portal.sandbox.id_of("enabled").await;
    let ann = portal.signed_in(Role::Viewer).await;
    slow(&portal, "GET", "/v2/managed_accounts/*").await;
    let page = ann.get(&format!("/accounts/{id}")).await.expect(200);
    let fails = json!([{ "path": "/v2/*", "then": { "status": 503 } }]);
    portal.sandbox.faults(fails).await;
    let rest = rest(&ann, &page).await;
    assert!(rest.has("#stale:not([hx-get])"), "{}", rest.text);
    assert!(rest.text_of("#stale").contains("could not be read"));
}

#[tokio::test]
async fn while_telnyx_is_down_nothing_is_promised_to_follow() {
    let portal = start().await;
    let id = portal.sandbox.id_of("enabled").await;
    let ann = portal.signed_in(Role::Viewer).await;
    let fails = json!([{ "path": "/v2/*", "then": { "status": 503 } }]);
    portal.sandbox.faults(fails).await;
    for _ in 0..3 {
        portal.telnyx.pool().await.unwrap_err();
    }
    slow(&portal, "GET", "/v2/*").await;
    let page = ann.get(&format!("/accounts/{id}")).await.expect(200);
    assert!(!page.has("#stale[hx-get]"));
    assert!(page.has(".banner-warning"), "{}", page.words());
}

#[tokio::test]
async fn a_pool_that_is_not_told_in_time_leaves_the_decision_to_telnyx() {
    let portal = start().await;
    let id = portal.sandbox.id_of("enabled").await;
    let limit = portal.sandbox.account(&id).await["channel_limit"]
        .as_u64()
        .unwrap();
    known(&portal, &id, u32::try_from(limit).unwrap()).await;
    let ann = portal.signed_in(Role::Manager).await;
    slow(
        &portal,
        "GET",
        "/v2/managed_accounts/allocatable_global_outbound_channels",
    )
    .await;
    let started = Instant::now();
    let wanted = (limit + 1).to_string();
    let left = ann
        .post(
            &format!("/channels/{id}/limit"),
            &[("channel_limit", &wanted)],
        )
        .await;
    assert!(left.status.is_redirection(), "{}", left.words());
    assert!(started.elapsed() < Duration::from_millis(u64::from(SLOW_MS)));
    assert_eq!(
        portal.sandbox.account(&id).await["channel_limit"],
        limit + 1
    );
}

#[tokio::test]
async fn a_user_of_whom_telnyx_tells_nothing_in_time_is_not_removed() {
    let portal = start().await;
    let users = portal.sandbox.state().await["users"]
        .as_array()
        .unwrap()
        .clone();
    let user = users
        .iter()
        .find(|user| user["user_type"] != "owner" && user["user_type"] != "main_user")
        .unwrap();
    let (id, email) = (
        user["id"].as_str().unwrap(),
        user["email"].as_str().unwrap(),
    );
    let ann = portal.signed_in(Role::Owner).await;
    let page = ann
        .get(&format!("/org-users/{id}/remove"))
        .await
        .expect(200);
    slow(&portal, "GET", "/v2/organizations/users/*").await;
    let started = Instant::now();
    let answer = ann
        .submit(
            &page,
            "form[action$=remove]",
            &[("confirm_email", email), ("reason_code", "left_company")],
        )
        .await;
    assert!(started.elapsed() < Duration::from_millis(u64::from(SLOW_MS)));
    assert!(answer.says("Not sent"), "{}", answer.words());
    assert_eq!(portal.sandbox.changes().await, Vec::<String>::new());
}
