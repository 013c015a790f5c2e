//! `/org-users`, one user, removing one, and the report of groups.

use std::time::Duration;

use reseller_portal::db::audit::{self, Filter};
use reseller_portal::db::org_users;
use reseller_portal::domain::actor::{Actor, Scope};
use reseller_portal::domain::audit::EventKind;
use reseller_portal::domain::ids::StaffId;
use reseller_portal::domain::role::Role;
use serde_json::{Value, json};

use crate::support::{Browser, Portal, Response};

const LISTS: &str = "/v2/organizations/*";

/// An organization user at Telnyx.
struct User {
    id: String,
    email: String,
}

async fn users(portal: &Portal) -> Vec<Value> {
    portal.sandbox.state().await["users"].as_array().unwrap().clone()
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

/// Somebody who can be removed.
async fn somebody(portal: &Portal) -> User {
    let users = users(portal).await;
    user(users.iter().rfind(|user| !is_owner(user)).unwrap())
}

async fn removed(portal: &Portal, id: &str) -> bool {
    !users(portal).await.iter().any(|user| user["id"] == id)
}

fn query(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

async fn send(browser: &Browser, user: &User, typed: &str) -> Response {
    let path = format!("/org-users/{}/remove", user.id);
    let page = browser.get(&path).await.expect(200);
    browser.submit(&page, "form.confirm", &[("confirm_email", typed)]).await
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
        page.select("tbody .tag").iter().filter(|tag| *tag == "Owner").count(),
        1
    );
    // A viewer removes nobody.
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
    let blocked = all.iter().filter(|user| user["user_status"] == "blocked").count();
    let page = browser.get("/org-users?status=blocked").await.expect(200);
    assert_eq!(page.count("tbody tr"), blocked);
    let group = all.iter().find_map(|user| user["groups"][0]["name"].as_str()).unwrap();
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
    assert_eq!(page.attr_of("#group option[selected]", "value").as_deref(), Some(group));

    let page = browser
        .get("/org-users?email=nobody-at-all&group=%3Cb%3E")
        .await
        .expect(200);
    assert!(page.says("Nothing matches") && page.says("Group: <b>"));
    let page = browser
        .get("/org-users?status=x&page=999999&email=%00%FF")
        .await
        .expect(200);
    assert_eq!(page.count(".notice"), 2, "{}", page.words());
    assert_eq!(
        portal.browser().get("/org-users").await.leads_to().as_deref(),
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
    assert!(page.says("Not read yet") && page.says("may not read the organization's users"));
    let page = browser.get("/org-users/groups").await.expect(200);
    assert!(page.says("Not read yet"));
    let nobody = browser.get("/org-users/groups.csv").await.expect(303);
    assert!(browser.follow(&nobody).await.says("There is nothing to download yet"));

    portal.sandbox.clear_faults().await;
    let all = users(&portal).await.len();
    assert_eq!(browser.get("/org-users").await.count("tbody tr"), all.min(50));
    portal.advance(Duration::from_mins(5));
    for then in [
        json!({"status": 503}),
        json!({"garbage": true}),
        json!({"drop": "before"}),
    ] {
        portal.sandbox.faults(json!([{"path": LISTS, "then": then}])).await;
        let page = browser.get("/org-users").await.expect(200);
        assert_eq!(page.count("tbody tr"), all.min(50));
        assert!(
            page.says("Shown is what Telnyx told 5 min ago"),
            "{then}: {}",
            page.words()
        );
        let one = somebody(&portal).await;
        let page = browser.get(&format!("/org-users/{}", one.id)).await.expect(200);
        assert_eq!(page.text_of("h1"), one.email);
        assert!(page.says("Shown is what Telnyx told 5 min ago"));
        let page = browser.get("/org-users/groups").await.expect(200);
        assert!(page.says("Shown is what Telnyx told 5 min ago") && page.has("tbody tr"));
    }
}

#[tokio::test]
async fn one_user_is_read_live_and_whoever_telnyx_does_not_know_is_not_here() {
    let portal = Portal::start().await;
    let admin = portal.staff(Role::Admin).await;
    let browser = portal.signed_in_as(&admin).await;
    let one = somebody(&portal).await;
    let page = browser.get(&format!("/org-users/{}", one.id)).await.expect(200);
    assert_eq!(page.text_of("h1"), one.email);
    assert_eq!(page.attr_of(".copy", "data-copy"), Some(one.id.clone()));
    assert!(page.has(&format!("a[href=\"/org-users/{}/remove\"]", one.id)));
    browser.get("/org-users/no-such-user").await.expect(404);
    browser.get("/org-users/%3Cscript%3E").await.expect(404);
    browser.get("/org-users/no-such-user/remove").await.expect(404);
    let manager = portal.signed_in(Role::Manager).await;
    let page = manager.get(&format!("/org-users/{}", one.id)).await.expect(200);
    assert!(!page.has(".page-actions"));
    manager.get(&format!("/org-users/{}/remove", one.id)).await.expect(403);
}

#[tokio::test]
async fn a_user_is_removed_once_their_address_is_typed() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Admin).await;
    let one = somebody(&portal).await;
    browser.get("/org-users").await.expect(200);
    let path = format!("/org-users/{}/remove", one.id);
    let dialog = browser.get_fragment(&path).await.expect(200);
    assert!(dialog.text.trim_start().starts_with("<div class=\"confirm-wrap\""));
    assert!(dialog.says("There is no undo") && dialog.says("does not say what becomes of API keys"));
    assert_eq!(
        dialog.attr_of("[data-confirm-text]", "data-confirm-text"),
        Some(one.email.clone())
    );

    for typed in ["", "somebody@else.example", "<b>\"x\""] {
        let page = send(&browser, &one, typed).await.expect(422);
        assert!(page.has("#confirm_email-help .field-error"), "{typed:?}");
        assert_eq!(page.attr_of("#confirm_email", "value").as_deref(), Some(typed));
    }
    browser.post(&path, &[("confirm_email", "\0")]).await.expect(422);
    assert!(portal.sandbox.changes().await.is_empty());

    let page = browser.get(&path).await.expect(200);
    let typed = one.email.to_uppercase();
    let fields = [("confirm_email", typed.as_str())];
    let done = browser.submit(&page, "form.confirm", &fields).await.expect(303);
    assert_eq!(done.leads_to().as_deref(), Some("/org-users"));
    assert!(removed(&portal, &one.id).await);
    let list = browser.follow(&done).await;
    assert!(list.text_of(".toast").contains(&one.email));
    assert!(!list.select("td.lead a").contains(&one.email));
    // The same form again is the same removal.
    let again = browser.submit(&page, "form.confirm", &fields).await.expect(303);
    assert_eq!(again.leads_to().as_deref(), Some("/org-users"));
    assert_eq!(portal.sandbox.changes().await.len(), 1);
    let fresh = browser.post(&path, &fields).await.expect(409);
    assert!(fresh.says("does not list this user any more"));
    let page = browser.get("/activity?kind=remove_org_user").await.expect(200);
    assert_eq!(
        page.text_of(".feed-text p"),
        format!("Test Admin removed the organization user {}", one.email)
    );
}

#[tokio::test]
async fn a_script_needs_nothing_but_the_address() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Owner).await;
    let one = somebody(&portal).await;
    let path = format!("/org-users/{}/remove", one.id);
    browser.post(&path, &[("confirm_email", &one.email)]).await.expect(303);
    assert!(removed(&portal, &one.id).await);
    browser
        .post(&path, &[("confirm_email", "x"), ("op", "no key")])
        .await
        .expect(409);
}

#[tokio::test]
async fn nobody_removes_themselves_the_owner_or_whom_the_portals_key_belongs_to() {
    let portal = Portal::build()
        .settings(|settings| settings.key_owner_email = None)
        .start()
        .await;
    let all = users(&portal).await;
    let owner = user(all.iter().find(|user| is_owner(user)).unwrap());
    let me = user(all.iter().find(|user| !is_owner(user)).unwrap());
    let key = user(all.iter().rfind(|user| !is_owner(user)).unwrap());
    let key_email = key.email.to_uppercase();
    let portal = Portal::build()
        .settings(move |settings| settings.key_owner_email = Some(key_email))
        .start()
        .await;
    let id = StaffId::new(portal.clock.now());
    let mut tx = portal.db.begin().await.unwrap();
    let email = me.email.parse().unwrap();
    reseller_portal::db::staff::insert(&mut tx, id, &email, "Me", Role::Owner, portal.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let actor = Actor {
        staff_id: id,
        email: me.email.clone(),
        name: "Me".to_owned(),
        role: Role::Owner,
        address: None,
        request_id: None,
    };
    let browser = portal.signed_in_as(&actor).await;
    for (one, why) in [(me, "This is you"), (owner, "the owner"), (key, "own API key")] {
        let page = browser.get(&format!("/org-users/{}", one.id)).await.expect(200);
        assert!(page.text_of("#kept").contains(why), "{}", page.words());
        assert!(page.has(".page-actions button[disabled]"));
        let list = browser
            .get(&format!("/org-users?email={}", query(&one.email)))
            .await
            .expect(200);
        assert!(
            list.attr_of("td.actions button[disabled]", "title")
                .unwrap()
                .contains(why)
        );
        let path = format!("/org-users/{}/remove", one.id);
        let page = browser.get(&path).await.expect(200);
        assert!(page.says(why) && !page.has(".confirm button[type=submit]"));
        let page = browser.post(&path, &[("confirm_email", &one.email)]).await.expect(422);
        assert!(page.says(why));
        assert!(!removed(&portal, &one.id).await);
    }
    assert!(portal.sandbox.changes().await.is_empty());
}

#[tokio::test]
async fn a_removal_that_telnyx_refuses_or_does_not_confirm_says_so() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Admin).await;
    let one = somebody(&portal).await;
    let fault = |then: Value| json!([{"method": "POST", "path": LISTS, "then": then}]);
    portal.sandbox.faults(fault(json!({"status": 403}))).await;
    let page = send(&browser, &one, &one.email).await.expect(422);
    assert!(page.says("Telnyx refused it") && page.says("is not allowed to"));
    assert!(!removed(&portal, &one.id).await);

    portal.sandbox.faults(fault(json!({"drop": "after"}))).await;
    let open = send(&browser, &one, &one.email).await.expect(303);
    let to = open.leads_to().unwrap();
    assert!(to.starts_with("/operations/"), "{to}");
    assert!(removed(&portal, &one.id).await);
    portal.sandbox.clear_faults().await;
    portal.advance(Duration::from_mins(1));
    portal.run_jobs().await;
    let page = browser
        .get("/activity?kind=remove_org_user&outcome=done")
        .await
        .expect(200);
    assert_eq!(page.count(".feed > li"), 1);
}

#[tokio::test]
async fn a_removal_under_way_is_shown_and_not_asked_for_twice() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Admin).await;
    let one = somebody(&portal).await;
    let lost = json!([{"method": "POST", "path": LISTS, "then": {"drop": "before"}}]);
    portal.sandbox.faults(lost).await;
    send(&browser, &one, &one.email).await.expect(303);
    let page = browser.get(&format!("/org-users/{}", one.id)).await.expect(200);
    assert!(page.says("A removal is not settled") && !page.has(".page-actions"));
    let path = format!("/org-users/{}/remove", one.id);
    let page = browser.get(&path).await.expect(200);
    assert!(!page.has(".confirm button[type=submit]") && page.has(".confirm a[href^=\"/operations/\"]"));
    browser.post(&path, &[("confirm_email", &one.email)]).await.expect(409);
    assert_eq!(portal.sandbox.changes().await.len(), 1);
}

#[tokio::test]
async fn the_groups_report_has_everybody_on_the_page_and_in_the_file() {
    let portal = Portal::start().await;
    let viewer = portal.staff(Role::Viewer).await;
    let browser = portal.signed_in_as(&viewer).await;
    let all = users(&portal).await;
    let page = browser.get("/org-users/groups").await.expect(200);
    let one = all.iter().find(|user| user["groups"][0]["name"].is_string()).unwrap();
    let group = one["groups"][0]["name"].as_str().unwrap();
    assert!(page.select("td.lead").contains(&group.to_owned()));
    for one in &all {
        let link = format!("td a[href=\"/org-users/{}\"]", one["id"].as_str().unwrap());
        assert!(page.has(&link), "{one}");
    }

    let live = browser.get("/org-users/groups.csv").await.expect(200);
    assert!(live.header("content-disposition").contains("telnyx-users-groups-20"));
    assert_eq!(live.text.lines().count(), all.len() + 1);
    assert!(
        live.text
            .starts_with("id,email,user_status,created_at,last_sign_in_at,groups\n")
    );
    browser.get("/org-users").await.expect(200);
    portal
        .sandbox
        .faults(json!([{"path": LISTS, "then": {"status": 500}}]))
        .await;
    let kept = browser.get("/org-users/groups.csv").await.expect(200);
    assert!(
        kept.header("content-disposition").contains("as-of-20"),
        "{}",
        kept.header("content-disposition")
    );
    let sorted = |file: &Response| {
        let mut lines: Vec<String> = file.text.lines().map(ToOwned::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&kept), sorted(&live));
    let exports = Filter {
        kinds: vec![EventKind::Exported],
        ..Filter::default()
    };
    let exports = audit::latest(&portal.db, Scope::All, &exports, 10).await.unwrap();
    assert_eq!(exports.len(), 2);
    assert!(exports[0].event.message.contains("As read at"));
    assert_eq!(exports[0].event.who.as_ref().unwrap().email, viewer.email);
}

#[tokio::test]
async fn hostile_text_of_telnyxs_is_text_on_the_pages_and_no_formula_in_the_file() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Admin).await;
    browser.get("/org-users").await.expect(200);
    let listed = org_users::list(&portal.db, &org_users::Filter::default())
        .await
        .unwrap();
    let mut hostile = listed.rows[0].clone();
    hostile.email = Some("=HYPERLINK(\"x\")<script>alert(1)</script>\u{202e}\0".to_owned());
    let mut nameless = listed.rows[1].clone();
    (nameless.email, nameless.id, nameless.groups) = (None, None, None);
    let mut tx = portal.db.begin().await.unwrap();
    org_users::replace(&mut tx, &[hostile, nameless], portal.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    portal
        .sandbox
        .faults(json!([{"path": LISTS, "then": {"status": 500}}]))
        .await;
    for path in ["/org-users", "/org-users/groups"] {
        let page = browser.get(path).await.expect(200);
        assert!(
            page.says("<script>alert(1)</script>") && page.says("No e-mail address told"),
            "{path}"
        );
        assert!(!page.has("main script"));
    }
    let file = browser.get("/org-users/groups.csv").await.expect(200);
    assert!(file.text.contains("\"'=HYPERLINK(\"\"x\"\")<script>"), "{}", file.text);
}
