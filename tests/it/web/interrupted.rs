//! Form sent after the login expired: its fields are kept, its secrets are not, and nothing is done
//! unseen.

use std::time::Duration;

use axum::http::Method;
use reseller_portal::domain::role::Role;

use crate::support::{PASSWORD, Portal};

#[tokio::test]
async fn a_form_comes_back_filled_after_an_expired_login_and_is_not_sent_by_itself() {
    let portal = Portal::start().await;
    let actor = portal.staff(Role::Admin).await;
    let browser = portal.signed_in_as(&actor).await;
    browser.get("/staff/new").await.expect(200);
    portal.advance(Duration::from_hours(9));

    let fields = [
        ("name", "Ann \"A\" <b>"),
        ("email", "ann@example.com"),
        ("role", "viewer"),
        ("password", "secret"),
    ];
    let request = browser.request(Method::POST, "/staff").form(&fields);
    let page = request
        .header("referer", "http://127.0.0.1:8080/staff/new")
        .send()
        .await
        .expect(401);
    assert!(page.says("Nothing was sent. After you sign in"));
    assert!(!page.text.contains("secret"), "a password is not kept");

    let wrong = browser
        .submit(
            &page,
            "form.form",
            &[("email", "admin@example.com"), ("password", "no")],
        )
        .await;
    let wrong = wrong.expect(422);
    let typed = [("email", "admin@example.com"), ("password", PASSWORD)];
    let back = browser
        .submit(&wrong, "form.form", &typed)
        .await
        .expect(303);
    assert_eq!(back.header("location"), "/staff/new");
    let form = browser.follow(&back).await.expect(200);
    let shown = form.form("form.form");
    assert_eq!(shown.value("name"), Some("Ann \"A\" <b>"));
    assert_eq!(shown.value("email"), Some("ann@example.com"));
    assert_eq!(shown.value("role"), Some("viewer"));
    let everybody = reseller_portal::db::staff::all(&portal.db).await.unwrap();
    assert_eq!(everybody.len(), 1, "nothing was done unseen");
    // Only once: the next visit finds an empty form.
    assert_eq!(
        browser
            .get("/staff/new")
            .await
            .form("form.form")
            .value("name"),
        Some("")
    );
}

#[tokio::test]
async fn where_htmx_sent_the_form_the_sign_in_takes_the_place_of_the_page() {
    let portal = Portal::start().await;
    portal.staff(Role::Admin).await;
    let browser = portal.browser();
    let request = browser
        .request(Method::POST, "/staff")
        .form(&[("name", "Ann")])
        .fragment();
    let page = request
        .header("hx-current-url", "http://127.0.0.1:8080/staff/new?x=1")
        .send()
        .await
        .expect(401);
    assert_eq!(page.header("hx-retarget"), "body");
    assert_eq!(
        page.form("form.form").value("kept_page"),
        Some("/staff/new?x=1")
    );
    assert_eq!(page.form("form.form").value("kept"), Some("name=Ann"));
}

#[tokio::test]
async fn a_referrer_from_elsewhere_leads_nowhere_else() {
    let portal = Portal::start().await;
    let browser = portal.browser();
    let request = browser
        .request(Method::POST, "/staff")
        .form(&[("name", "Ann")]);
    let page = request
        .header("referer", "https://evil.example//evil.example/x")
        .send()
        .await
        .expect(401);
    assert_eq!(page.form("form.form").value("kept_page"), Some("/staff"));
}

#[tokio::test]
async fn a_dialog_that_was_sent_comes_back_as_its_own_page() {
    let portal = Portal::start().await;
    let browser = portal.browser();
    for path in [
        "/accounts/abc/block-calls",
        "/accounts/abc/disable",
        "/accounts/abc/show-key",
        "/channels/abc/record",
        "/org-users/0199/remove",
        "/staff/0199/disable",
    ] {
        let request = browser
            .request(Method::POST, path)
            .form(&[("note", "typed")])
            .fragment();
        let request = request.header("hx-current-url", "http://127.0.0.1:8080/accounts?q=x");
        let page = request.send().await.expect(401);
        assert_eq!(page.form("form.form").value("kept_page"), Some(path));
    }
}

#[tokio::test]
async fn the_name_of_a_view_comes_back_in_the_form_that_it_was_typed_into() {
    let portal = Portal::start().await;
    let actor = portal.staff(Role::Viewer).await;
    let browser = portal.signed_in_as(&actor).await;
    let page = browser
        .get("/accounts/views?status=disabled")
        .await
        .expect(200);
    browser
        .submit(&page, "form.inline-form", &[("name", "Off")])
        .await
        .expect(303);
    let page = browser
        .get("/accounts/views?status=disabled")
        .await
        .expect(200);
    portal.advance(Duration::from_hours(9));
    for (form, id) in [
        ("form.inline-form", "#view-name"),
        ("form[action$=rename]", "details[open] input[name=name]"),
    ] {
        let sent = page.form(form);
        let request = browser
            .request(Method::POST, &sent.action)
            .form(&sent.filled(&[("name", "Switched off")]));
        let request = request
            .fragment()
            .header("hx-current-url", "http://127.0.0.1:8080/accounts");
        let interrupted = request.send().await.expect(401);
        let typed = [("email", actor.email.as_str()), ("password", PASSWORD)];
        let back = browser
            .submit(&interrupted, "form.form", &typed)
            .await
            .expect(303);
        let again = browser.follow(&back).await.expect(200);
        assert_eq!(
            again.attr_of(id, "value").as_deref(),
            Some("Switched off"),
            "{form}"
        );
        assert!(
            again
                .attr_of("input[name=list]", "value")
                .unwrap()
                .contains("status=disabled")
        );
        portal.advance(Duration::from_hours(9));
    }
}

#[tokio::test]
async fn a_note_that_was_deleted_meanwhile_comes_back_as_a_new_one() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let id = portal.sandbox.accounts().await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let actor = portal.staff(Role::Manager).await;
    let browser = portal.signed_in_as(&actor).await;
    let gone = format!("/accounts/{id}/notes/0199a000-0000-7000-8000-000000000000");
    browser.get(&gone).await.expect(404);
    portal.advance(Duration::from_hours(9));
    let interrupted = browser
        .post(&gone, &[("note", "Call back on Monday")])
        .await
        .expect(401);
    let typed = [("email", actor.email.as_str()), ("password", PASSWORD)];
    let back = browser
        .submit(&interrupted, "form.form", &typed)
        .await
        .expect(303);
    let page = browser.follow(&back).await.expect(200);
    assert!(page.says("The note was deleted while you were signed out"));
    assert!(page.text_of("textarea").contains("Call back on Monday"));
}
