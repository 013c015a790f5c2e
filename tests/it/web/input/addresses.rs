//! Addresses with a final slash.

use axum::http::Method;
use reseller_portal::domain::role::Role;

use crate::support::{PASSWORD, Portal};

#[tokio::test]
async fn a_slash_at_the_end_leads_to_the_page_without_it_and_never_elsewhere() {
    let portal = Portal::start().await;
    let ann = portal.signed_in(Role::Viewer).await;
    for (address, to) in [
        ("/accounts/", "/accounts"),
        ("/login/", "/login"),
        ("/accounts/?q=a%20b&tag=x%2F", "/accounts?q=a%20b&tag=x%2F"),
        ("/accounts//", "/accounts"),
        ("/channels/record/", "/channels/record"),
        ("/org-users/groups/", "/org-users/groups"),
        ("/healthz/", "/healthz"),
        ("/static/app.js/", "/static/app.js"),
        ("/static/", "/static"),
        ("/none/", "/none"),
        ("//", "/"),
        ("//evil.example/", "/evil.example"),
        ("///evil.example/?next=/", "/evil.example?next=/"),
    ] {
        for method in [Method::GET, Method::HEAD, Method::POST] {
            let led = ann.request(method.clone(), address).send().await;
            assert_eq!(led.status, 308, "{method} {address}");
            assert_eq!(led.header("location"), to, "{method} {address}");
            assert_eq!(
                portal
                    .browser()
                    .get(address)
                    .await
                    .expect(308)
                    .header("location"),
                to
            );
        }
    }
    ann.get("/none").await.expect(404);
    ann.get("/static").await.expect(404);
    ann.get("/evil.example").await.expect(404);
}

#[tokio::test]
async fn a_form_sent_to_an_address_with_a_slash_keeps_what_it_sends() {
    let portal = Portal::start().await;
    let actor = portal.staff(Role::Viewer).await;
    let browser = portal.browser();
    let fields = [("email", &*actor.email), ("password", PASSWORD)];
    let led = browser.post("/login/", &fields).await.expect(308);
    // With a 308, a browser sends the same form again.
    browser
        .post(led.header("location"), &fields)
        .await
        .expect(303);
    let crossed = browser
        .post_from("https://evil.example", "/login/", &fields)
        .await;
    assert_eq!(crossed.status, 403);
}
