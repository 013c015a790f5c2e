//! A provider that is down, slow or answers nonsense: a page that says so, and a password that still works.

use std::time::Duration;

use super::*;
use crate::support::PASSWORD;

const SORRY: &str = "Acme ID does not answer as it should right now. Try again in a moment.";

const DESCRIPTION: &str = "/.well-known/openid-configuration";

async fn password_works(browser: &Browser, page: &Response) {
    let typed = [("email", "owner@example.com"), ("password", PASSWORD)];
    let arrived = browser.submit(page, "#password-form", &typed).await.expect(303);
    assert_eq!(arrived.header("location"), "/channels");
}

#[tokio::test]
async fn a_provider_that_is_down_slow_or_talks_nonsense_is_said_so_and_passwords_work() {
    let forger = Forger::start().await;
    let portal = Portal::build()
        .settings(forger.set())
        .settings(|settings| settings.sso.as_mut().unwrap().patience = Duration::from_millis(300))
        .start()
        .await;
    portal.staff(Role::Owner).await;
    for (status, body) in [(500, "{}"), (200, "<html>"), (302, "")] {
        forger.says().instead = Some((DESCRIPTION, status, body.to_owned()));
        let browser = portal.browser();
        let page = browser.post("/login/sso", &[("next", "/channels")]).await.expect(503);
        assert!(page.says(SORRY) && !page.header("retry-after").is_empty());
        password_works(&browser, &page).await;
    }
    forger.says().instead = None;
    forger.says().delay = Duration::from_secs(10);
    let browser = portal.browser();
    let page = browser.post("/login/sso", &[("next", "/channels")]).await.expect(503);
    password_works(&browser, &page).await;
    forger.says().delay = Duration::ZERO;

    for (status, body) in [
        (500, "{}"),
        (200, "garbage"),
        (302, ""),
        (401, r#"{"error":"invalid_client"}"#),
    ] {
        let browser = portal.browser();
        let page = leave(&browser, "/login?next=/channels").await;
        forger.says().instead = Some(("/token", status, body.to_owned()));
        let page = browser.get(&back(&page, "code")).await.expect(503);
        assert!(page.says(SORRY), "{body}");
        password_works(&browser, &page).await;
        forger.says().instead = None;
    }
    let browser = portal.browser();
    let page = leave(&browser, "/login?next=/channels").await;
    let state = carried(&onward(&page), "state");
    let way = format!("/login/sso/callback?error=temporarily_unavailable&state={state}");
    password_works(&browser, &browser.get(&way).await.expect(503)).await;
}
