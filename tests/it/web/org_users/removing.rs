//! `/org-users/{id}/remove`: the typed address, protected users, and answers of Telnyx.

use std::time::Duration;

use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::ids::StaffId;
use reseller_portal::domain::role::Role;
use serde_json::{Value, json};

use super::{LISTS, User, is_owner, query, somebody, user, users};
use crate::support::{Browser, Portal, Response};

async fn removed(portal: &Portal, id: &str) -> bool {
    !users(portal).await.iter().any(|user| user["id"] == id)
}

const REASON: (&str, &str) = ("reason_code", "left_company");

async fn send(browser: &Browser, user: &User, typed: &str) -> Response {
    let path = format!("/org-users/{}/remove", user.id);
    let page = browser.get(&path).await.expect(200);
    let typed = [("confirm_email", typed), REASON];
    browser.submit(&page, "form.confirm", &typed).await
}

#[tokio::test]
async fn a_user_is_removed_once_their_address_is_typed() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Admin).await;
    let one = somebody(&portal).await;
    browser.get("/org-users").await.expect(200);
    let path = format!("/org-users/{}/remove", one.id);
    let dialog = browser.get_fragment(&path).await.expect(200);
    assert!(
        dialog
            .text
            .trim_start()
            .starts_with("<div class=\"confirm-wrap\"")
    );
    assert!(
        dialog.says("This cannot be undone")
            && dialog.says("does not say what happens to API keys")
    );
    assert_eq!(
        dialog.attr_of("[data-confirm-text]", "data-confirm-text"),
        Some(one.email.clone())
    );

    for typed in ["", "someone@else.example", "<b>\"x\""] {
        let page = send(&browser, &one, typed).await.expect(422);
        assert!(page.has("#confirm_email-help .field-error"), "{typed:?}");
        assert_eq!(
            page.attr_of("#confirm_email", "value").as_deref(),
            Some(typed)
        );
    }
    browser
        .post(&path, &[("confirm_email", "\0")])
        .await
        .expect(422);
    assert!(portal.sandbox.changes().await.is_empty());

    let page = browser.get(&path).await.expect(200);
    let typed = one.email.to_uppercase();
    let fields = [
        ("confirm_email", typed.as_str()),
        REASON,
        ("reason", "Last day was Friday"),
    ];
    let done = browser
        .submit(&page, "form.confirm", &fields)
        .await
        .expect(303);
    assert_eq!(done.leads_to().as_deref(), Some("/org-users"));
    assert!(removed(&portal, &one.id).await);
    let list = browser.follow(&done).await;
    assert!(list.text_of(".toast").contains(&one.email));
    assert!(!list.select("td.lead a").contains(&one.email));
    // The same form again is the same removal.
    let again = browser
        .submit(&page, "form.confirm", &fields)
        .await
        .expect(303);
    assert_eq!(again.leads_to().as_deref(), Some("/org-users"));
    assert_eq!(portal.sandbox.changes().await.len(), 1);
    let fresh = browser.post(&path, &fields).await.expect(409);
    assert!(fresh.says("does not list this user any more"));
    let page = browser
        .get("/activity?kind=remove_org_user")
        .await
        .expect(200);
    assert_eq!(
        page.text_of(".feed-text p"),
        format!("Test Admin removed the organization user {}", one.email)
    );
    assert_eq!(
        page.text_of(".feed blockquote"),
        "Left the company: Last day was Friday"
    );
}

#[tokio::test]
async fn a_removal_needs_a_reason_that_fits_and_says_so_at_each_field() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Admin).await;
    let one = somebody(&portal).await;
    let path = format!("/org-users/{}/remove", one.id);
    let page = browser.get(&path).await.expect(200);
    let wrong = browser
        .submit(&page, "form.confirm", &[("confirm_email", "")])
        .await
        .expect(422);
    assert!(wrong.has("#reason_code-help .field-error"));
    assert!(wrong.has("#confirm_email-help .field-error"));
    for (code, field) in [
        ("", "reason_code"),
        ("fraud", "reason_code"),
        ("nonsense", "reason_code"),
        ("other", "reason"),
    ] {
        let typed = [
            ("confirm_email", one.email.as_str()),
            ("reason_code", code),
            ("reason", " "),
        ];
        let page = browser.get(&path).await.expect(200);
        let wrong = browser
            .submit(&page, "form.confirm", &typed)
            .await
            .expect(422);
        assert!(wrong.has(&format!("#{field}-help .field-error")), "{code}");
        assert_eq!(
            wrong.attr_of("#confirm_email", "value"),
            Some(one.email.clone())
        );
    }
    assert!(portal.sandbox.changes().await.is_empty());
}

#[tokio::test]
async fn a_removal_returns_to_the_list_that_it_was_started_in_and_nowhere_else() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Admin).await;
    for (from, to) in [
        ("/org-users?signed-in=never", "/org-users?signed-in=never"),
        (
            "/org-users/reviews/1?only=never#user3",
            "/org-users/reviews/1?only=never#user3",
        ),
        ("//evil.example/org-users", "/org-users"),
        ("/staff", "/org-users"),
    ] {
        let one = somebody(&portal).await;
        let path = format!("/org-users/{}/remove?return_to={}", one.id, query(from));
        let page = browser.get(&path).await.expect(200);
        let typed = [("confirm_email", one.email.as_str()), REASON];
        let done = browser
            .submit(&page, "form.confirm", &typed)
            .await
            .expect(303);
        let there = done.leads_to().unwrap();
        assert!(to.starts_with(&there) || there == to, "{there}");
    }
}

#[tokio::test]
async fn a_script_needs_nothing_but_the_address_and_a_reason() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Owner).await;
    let one = somebody(&portal).await;
    let path = format!("/org-users/{}/remove", one.id);
    browser
        .post(&path, &[("confirm_email", &one.email), REASON])
        .await
        .expect(303);
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
        job: None,
    };
    let browser = portal.signed_in_as(&actor).await;
    for (one, why) in [
        (me, "You cannot remove yourself"),
        (owner, "the owner"),
        (key, "own API key"),
    ] {
        let page = browser
            .get(&format!("/org-users/{}", one.id))
            .await
            .expect(200);
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
        let page = browser
            .post(&path, &[("confirm_email", &one.email), REASON])
            .await
            .expect(422);
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
async fn a_removal_that_was_lost_on_its_way_did_not_happen_and_can_be_asked_for_again() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Admin).await;
    let one = somebody(&portal).await;
    let lost = json!([{"method": "POST", "path": LISTS, "then": {"drop": "before"}}]);
    portal.sandbox.faults(lost).await;
    let to = send(&browser, &one, &one.email)
        .await
        .expect(303)
        .leads_to()
        .unwrap();
    portal.sandbox.clear_faults().await;
    portal.advance(Duration::from_secs(30));
    portal.run_jobs().await;
    let user = format!("/org-users/{}", one.id);
    assert!(
        browser
            .get(&user)
            .await
            .expect(200)
            .says("A removal is not finished")
    );
    portal.advance(Duration::from_mins(1));
    portal.run_jobs().await;
    assert!(browser.get(&to).await.expect(200).says("It did not happen"));
    assert!(!removed(&portal, &one.id).await);
    send(&browser, &one, &one.email).await.expect(303);
    assert!(removed(&portal, &one.id).await);
}

#[tokio::test]
async fn a_removal_under_way_is_shown_and_not_asked_for_twice() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Admin).await;
    let one = somebody(&portal).await;
    let lost = json!([{"method": "POST", "path": LISTS, "then": {"drop": "before"}}]);
    portal.sandbox.faults(lost).await;
    send(&browser, &one, &one.email).await.expect(303);
    let page = browser
        .get(&format!("/org-users/{}", one.id))
        .await
        .expect(200);
    assert!(page.says("A removal is not finished") && !page.has(".page-actions"));
    let path = format!("/org-users/{}/remove", one.id);
    let page = browser.get(&path).await.expect(200);
    assert!(
        !page.has(".confirm button[type=submit]") && page.has(".confirm a[href^=\"/operations/\"]")
    );
    browser
        .post(&path, &[("confirm_email", &one.email), REASON])
        .await
        .expect(409);
    assert_eq!(portal.sandbox.changes().await.len(), 1);
}
