//! Foreign cookies on the same host.

use std::time::Duration;

use reseller_portal::domain::role::Role;
use serde_json::json;

use crate::support::{PASSWORD, Portal, Provider};
use crate::web::factors::{challenge, portal, set_up_app, sign_in_with, with_passkey};
use crate::web::sign_in::sign_in;

/// Returns cookies of other applications, as they appear in a header around the portal's own.
fn foreign() -> Vec<Vec<u8>> {
    vec![
        b"company=M\xfcller".to_vec(),
        "company=Müller; name=日本語".as_bytes().to_vec(),
        b"; ;=;==; a; =b; \x80\xff".to_vec(),
        b"x=\"a;b\"; y=\"unclosed".to_vec(),
        b"portal=; portal=junk; portal-step=; portal-sso=\xff".to_vec(),
        b"__Host-portal=AAAAAAAAAAAAAAAAAAAAAA; xportal=1; portals=2".to_vec(),
        "k=yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; "
            .repeat(140)
            .into_bytes(),
    ]
}

#[tokio::test]
async fn a_sign_in_with_a_second_factor_and_a_later_proof_work_beside_any_foreign_cookies() {
    let portal = portal().await;
    let actor = portal.staff(Role::Manager).await;
    let (app, _) = set_up_app(&portal, &portal.signed_in_as(&actor).await).await;
    for cookies in foreign() {
        let shown = String::from_utf8_lossy(&cookies)
            .chars()
            .take(40)
            .collect::<String>();
        let browser = portal.browser().among(&cookies);
        let half_way = sign_in(&browser, &actor.email, PASSWORD).await.expect(303);
        let page = browser.follow(&half_way).await;
        assert_eq!(page.status, 200, "{shown}");
        let typed = [("code", &*app.code(&portal.clock))];
        let done = browser.submit(&page, "#code-form", &typed).await;
        assert_eq!(done.status, 303, "{shown}");
        browser.get("/profile").await.expect(200);

        portal.advance(Duration::from_mins(11));
        let led = browser.get("/profile/factors/app").await.expect(303);
        let page = browser.follow(&led).await.expect(200);
        let on = browser
            .submit(&page, "#prove-form", &[("password", PASSWORD)])
            .await;
        assert_eq!(on.status, 303, "{shown}");
        browser.follow(&on).await.expect(200);
        browser.post("/logout", &[]).await.expect(303);
        browser.get("/profile").await.expect(303);
    }
}

#[tokio::test]
async fn a_passkey_and_single_sign_on_work_beside_any_foreign_cookies() {
    let portal = portal().await;
    let (_, mut passkey) = with_passkey(&portal, Role::Manager).await;
    for cookies in foreign() {
        let browser = portal.browser().among(&cookies);
        sign_in_with(&browser, &mut passkey).await.expect(303);
        challenge(&browser, "/profile/factors/passkeys/challenge").await;
    }
    let provider = Provider::start();
    let ann = json!({ "sub": "ann-1", "email": "manager@example.com", "email_verified": true });
    provider.knows("ann", ann).await;
    let portal = Portal::build().settings(provider.set()).start().await;
    portal.staff(Role::Manager).await;
    for cookies in foreign() {
        let browser = portal.browser().among(&cookies);
        let page = browser.get("/login").await.expect(200);
        let page = browser.submit(&page, "#sso-form", &[]).await.expect(200);
        let back = provider.sign_in(&page, "ann").await;
        browser.get(&back).await.expect(303);
        browser.get("/accounts").await.expect(200);
    }
}

#[tokio::test]
async fn over_https_cookies_of_the_plain_name_are_someone_elses() {
    let portal = Portal::build()
        .settings(|settings| settings.public_url = "https://portal.example.com/".parse().unwrap())
        .start()
        .await;
    let actor = portal.staff(Role::Viewer).await;
    let browser = portal
        .browser()
        .among(b"portal=AAAAAAAAAAAAAAAAAAAAAA; M\xfcller=1; __Host-portal=short");
    sign_in(&browser, &actor.email, PASSWORD).await.expect(303);
    browser.get("/profile").await.expect(200);
}

#[tokio::test]
async fn a_browser_that_calls_itself_something_beyond_ascii_is_kept_with_that_name() {
    let portal = Portal::start().await;
    let actor = portal.staff(Role::Viewer).await;
    let browser = portal.browser();
    let request = browser.request(axum::http::Method::POST, "/login");
    let request = request.raw_header("user-agent", b"M\xfcller-Browser/1.0 Edg/1");
    let fields = [("email", &*actor.email), ("password", PASSWORD)];
    request.form(&fields).send().await.expect(303);
    let seen = portal.everything().await;
    let kept = |row: &String| row.contains("M\u{fffd}ller-Browser/1.0 Edg/1");
    assert!(seen["sessions"].iter().any(kept), "{:?}", seen["sessions"]);
}
