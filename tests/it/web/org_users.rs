//! `/org-users` and one user. Removal and the report of groups have their own files.

mod groups;
mod listing;
mod removing;
mod reviews;

use std::time::Duration;

use reseller_portal::domain::role::Role;
use serde_json::{Value, json};

use crate::support::Portal;

const LISTS: &str = "/v2/organizations/*";

/// Organization user at Telnyx.
struct User {
    id: String,
    email: String,
}

async fn users(portal: &Portal) -> Vec<Value> {
    portal.sandbox.state().await["users"]
        .as_array()
        .unwrap()
        .clone()
}

fn user(from: &Value) -> User {
    User {
        id: from["id"].as_str().unwrap().to_owned(),
        email: from["email"].as_str().unwrap().to_owned(),
    }
}

fn is_owner(user: &Value) -> bool {
    user["record_type"] == "organization_owner"
}

/// Returns a user who can be removed.
async fn somebody(portal: &Portal) -> User {
    let users = users(portal).await;
    user(users.iter().rfind(|user| !is_owner(user)).unwrap())
}

fn query(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn the_list_is_read_from_telnyx_and_filtered_by_what_stands_in_the_address() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Viewer).await;
    let all = users(&portal).await;
    let page = browser.get("/org-users").await.expect(200);
    assert!(page.says("They sign in to Mission Control for us"));
    assert_eq!(page.count("tbody tr"), all.len().min(50));
    assert!(page.says("read from Telnyx just now"));
    assert!(
        page.select("td[data-label=\"Last sign-in\"]")
            .contains(&"never".to_owned())
    );
    assert_eq!(
        page.select("tbody .tag")
            .iter()
            .filter(|tag| *tag == "Owner")
            .count(),
        1
    );
    // A viewer cannot remove anyone.
    assert!(!page.has("tbody a[href$=\"/remove\"], tbody button"));

    let one = somebody(&portal).await;
    let part = &one.email[..one.email.len() - 3];
    let page = browser
        .get(&format!("/org-users?email={}", query(part)))
        .await
        .expect(200);
    assert_eq!(page.select("td.lead a"), [one.email.as_str()]);
    assert_eq!(
        page.attr_of("td.lead a", "href"),
        Some(format!("/org-users/{}", one.id))
    );
    let blocked = all
        .iter()
        .filter(|user| user["user_status"] == "blocked")
        .count();
    let page = browser.get("/org-users?status=blocked").await.expect(200);
    assert_eq!(page.count("tbody tr"), blocked);
    let group = all
        .iter()
        .find_map(|user| user["groups"][0]["name"].as_str())
        .unwrap();
    let in_group = |user: &&Value| {
        user["groups"]
            .as_array()
            .unwrap()
            .iter()
            .any(|other| other["name"] == group)
    };
    let page = browser
        .get(&format!("/org-users?group={}", query(group)))
        .await
        .expect(200);
    assert_eq!(page.count("tbody tr"), all.iter().filter(in_group).count());
    assert_eq!(
        page.attr_of("#group option[selected]", "value").as_deref(),
        Some(group)
    );

    let page = browser
        .get("/org-users?email=nobody-at-all&group=%3Cb%3E")
        .await
        .expect(200);
    assert!(page.says("Nothing matches") && page.says("Group: <b>"));
    let page = browser
        .get("/org-users?status=x&page=999999&email=%00%FF")
        .await
        .expect(200);
    assert_eq!(page.count(".notice"), 3, "{}", page.words());
    assert_eq!(
        portal
            .browser()
            .get("/org-users")
            .await
            .leads_to()
            .as_deref(),
        Some("/login?next=%2Forg-users")
    );
}

#[tokio::test]
async fn when_telnyx_fails_what_was_read_before_is_shown_with_its_age() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Viewer).await;
    portal
        .sandbox
        .faults(json!([{"path": LISTS, "then": {"status": 403}}]))
        .await;
    let page = browser.get("/org-users").await.expect(200);
    assert!(page.says("Not read yet") && page.has(".banner-danger"));
    let page = browser.get("/org-users/groups").await.expect(200);
    assert!(page.says("Not read yet"));
    let nobody = browser.get("/org-users/groups.csv").await.expect(303);
    assert!(
        browser
            .follow(&nobody)
            .await
            .says("There is nothing to download yet")
    );

    portal.sandbox.clear_faults().await;
    let all = users(&portal).await.len();
    assert_eq!(
        browser.get("/org-users").await.count("tbody tr"),
        all.min(50)
    );
    portal.advance(Duration::from_mins(5));
    for then in [
        json!({"status": 503}),
        json!({"garbage": true}),
        json!({"drop": "before"}),
    ] {
        portal
            .sandbox
            .faults(json!([{"path": LISTS, "then": then}]))
            .await;
        let page = browser.get("/org-users").await.expect(200);
        assert_eq!(page.count("tbody tr"), all.min(50));
        assert!(page.says("5 min ago"), "{then}: {}", page.words());
        let one = somebody(&portal).await;
        let page = browser
            .get(&format!("/org-users/{}", one.id))
            .await
            .expect(200);
        assert_eq!(page.text_of("h1"), one.email);
        assert!(page.says("5 min ago"));
        let page = browser.get("/org-users/groups").await.expect(200);
        assert!(page.says("5 min ago") && page.has("tbody tr"));
    }
}

#[tokio::test]
async fn one_user_is_read_live_and_whoever_telnyx_does_not_know_is_not_here() {
    let portal = Portal::start().await;
    let admin = portal.staff(Role::Admin).await;
    let browser = portal.signed_in_as(&admin).await;
    let one = somebody(&portal).await;
    let page = browser
        .get(&format!("/org-users/{}", one.id))
        .await
        .expect(200);
    assert_eq!(page.text_of("h1"), one.email);
    assert_eq!(page.attr_of(".copy", "data-copy"), Some(one.id.clone()));
    assert!(page.has(&format!("a[href=\"/org-users/{}/remove\"]", one.id)));
    browser.get("/org-users/no-such-user").await.expect(404);
    browser.get("/org-users/%3Cscript%3E").await.expect(404);
    browser
        .get("/org-users/no-such-user/remove")
        .await
        .expect(404);
    let manager = portal.signed_in(Role::Manager).await;
    let page = manager
        .get(&format!("/org-users/{}", one.id))
        .await
        .expect(200);
    assert!(!page.has(".page-actions"));
    manager
        .get(&format!("/org-users/{}/remove", one.id))
        .await
        .expect(403);
}
