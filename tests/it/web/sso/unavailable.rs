//! Provider that is down, slow or faulty: a page says so, and passwords still work.

use std::time::Duration;

use super::*;
use crate::support::PASSWORD;

const SORRY: &str = "Acme ID does not answer correctly at the moment. Try again later.";

const DESCRIPTION: &str = "/.well-known/openid-configuration";

const LASTING: &str =
    "Single sign-on with Acme ID does not work as it is set up. Trying again does not help.";

async fn password_works(browser: &Browser, page: &Response) {
    let typed = [("email", "owner@example.com"), ("password", PASSWORD)];
    let arrived = browser
        .submit(page, "#password-form", &typed)
        .await
        .expect(303);
    assert_eq!(arrived.header("location"), "/channels");
}

#[tokio::test]
async fn a_provider_that_is_down_slow_or_talks_nonsense_is_said_so_and_passwords_work() {
    let forger = Forger::start().await;
    let portal = Portal::build()
        .settings(forger.set())
        .settings(|settings| settings.sso.as_mut().unwrap().timeout = Duration::from_millis(300))
        .start()
        .await;
    portal.staff(Role::Owner).await;
    forger.says().instead = Some((DESCRIPTION, 500, "{}".to_owned()));
    let browser = portal.browser();
    let page = browser
        .post("/login/sso", &[("next", "/channels")])
        .await
        .expect(503);
    assert!(page.says(SORRY) && !page.header("retry-after").is_empty());
    password_works(&browser, &page).await;
    for (status, body) in [(200, "<html>"), (302, ""), (404, "")] {
        forger.says().instead = Some((DESCRIPTION, status, body.to_owned()));
        let browser = portal.browser();
        let page = browser
            .post("/login/sso", &[("next", "/channels")])
            .await
            .expect(403);
        assert!(page.says(LASTING) && page.says("PORTAL_SSO_ISSUER") && !page.says("Try again"));
        password_works(&browser, &page).await;
    }
    forger.says().instead = None;
    forger.says().delay = Duration::from_secs(10);
    let browser = portal.browser();
    let page = browser
        .post("/login/sso", &[("next", "/channels")])
        .await
        .expect(503);
    password_works(&browser, &page).await;
    forger.says().delay = Duration::ZERO;

    for (status, body, lasts) in [
        (500, "{}", false),
        (200, "garbage", true),
        (302, "", true),
        (401, r#"{"error":"invalid_client"}"#, true),
    ] {
        let browser = portal.browser();
        let page = leave(&browser, "/login?next=/channels").await;
        forger.says().instead = Some(("/token", status, body.to_owned()));
        let way = back(&page, "code");
        let page = browser
            .get(&way)
            .await
            .expect(if lasts { 403 } else { 503 });
        assert!(page.says(if lasts { LASTING } else { SORRY }), "{body}");
        password_works(&browser, &page).await;
        forger.says().instead = None;
    }
    let browser = portal.browser();
    let page = leave(&browser, "/login?next=/channels").await;
    let state = carried(&onward(&page), "state");
    let way = format!("/login/sso/callback?error=temporarily_unavailable&state={state}");
    password_works(&browser, &browser.get(&way).await.expect(503)).await;
}

#[tokio::test]
async fn a_refusal_in_the_address_says_what_it_is_and_whether_it_passes() {
    let forger = Forger::start().await;
    let portal = Portal::build().settings(forger.set()).start().await;
    for (query, status, text) in [
        ("error=server_error", 503, SORRY),
        ("error=unauthorized_client", 403, "unauthorized_client"),
        (
            "error=invalid_request&error_description=AADSTS50011%3A+The+redirect+URI+does+not+match.",
            403,
            "AADSTS50011: The redirect URI does not match.",
        ),
        ("error=consent_required", 403, LASTING),
        (
            "error=access_denied",
            403,
            "An administrator of Acme ID can give you access.",
        ),
    ] {
        let browser = portal.browser();
        let page = leave(&browser, "/login").await;
        let state = carried(&onward(&page), "state");
        let way = format!("/login/sso/callback?{query}&state={state}");
        let page = browser.get(&way).await.expect(status);
        assert!(page.says(text), "{query}: {}", page.words());
    }
}
