//! Stolen and planted cookies.

use std::time::Duration;

use axum::http::Method;
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::role::Role;

use crate::support::{Browser, PASSWORD, Portal};
use crate::web::factors;
use crate::web::sign_in::sign_in;

const NEW: &str = "a new and longer password";

/// Signs a person in, and gives a thief a working copy of their cookie.
async fn stolen(portal: &Portal, role: Role) -> (Actor, Browser, Browser) {
    let actor = portal.staff(role).await;
    let victim = portal.browser();
    sign_in(&victim, &actor.email, PASSWORD).await.expect(303);
    let thief = copy(portal, &victim).await;
    (actor, victim, thief)
}

/// Copies a browser's cookies to another browser, where they work.
async fn copy(portal: &Portal, victim: &Browser) -> Browser {
    let thief = portal.browser().at("203.0.113.66");
    for (name, value) in victim.cookies() {
        thief.set_cookie(&name, &value);
    }
    thief.get("/profile").await.expect(200);
    thief
}

/// Asserts that the copied cookie no longer opens or changes anything.
async fn worth_nothing(portal: &Portal, thief: &Browser) {
    let before = portal.everything().await;
    thief.get("/accounts").await.expect(303);
    thief
        .post("/profile", &[("name", "Mallory"), ("time_zone", "UTC")])
        .await
        .expect(401);
    assert_eq!(portal.everything().await, before);
}

#[tokio::test]
async fn a_stolen_cookie_is_worth_nothing_once_its_owner_signed_out_here_or_on_all_other_devices() {
    let portal = Portal::start().await;
    let (_, victim, thief) = stolen(&portal, Role::Admin).await;
    victim.post("/logout", &[]).await.expect(303);
    worth_nothing(&portal, &thief).await;

    let (actor, victim, _) = stolen(&portal, Role::Viewer).await;
    let thief = copy(&portal, &victim).await;
    let elsewhere = portal.signed_in_as(&actor).await;
    elsewhere
        .post("/profile/sessions/end-others", &[])
        .await
        .expect(303);
    worth_nothing(&portal, &thief).await;
    worth_nothing(&portal, &victim).await;
    elsewhere.get("/accounts").await.expect(200);
}

#[tokio::test]
async fn a_stolen_cookie_is_worth_nothing_once_the_password_is_another() {
    let portal = Portal::start().await;
    let (actor, _, thief) = stolen(&portal, Role::Manager).await;
    let elsewhere = portal.signed_in_as(&actor).await;
    let fields = [
        ("present_password", PASSWORD),
        ("password", NEW),
        ("password_again", NEW),
    ];
    elsewhere
        .post("/profile/password", &fields)
        .await
        .expect(303);
    worth_nothing(&portal, &thief).await;

    // The same with a password that was set through a link.
    let owner = portal.signed_in(Role::Owner).await;
    let (actor, _, thief) = stolen(&portal, Role::Viewer).await;
    let made = owner
        .post(&format!("/staff/{}/link", actor.staff_id), &[])
        .await
        .expect(200);
    thief.get("/accounts").await.expect(200);
    let link = made.text_of("#link");
    let fields = [("password", NEW), ("password_again", NEW)];
    portal.browser().post(&link, &fields).await.expect(303);
    worth_nothing(&portal, &thief).await;
}

#[tokio::test]
async fn a_stolen_cookie_has_the_role_of_now_and_is_worth_nothing_once_its_owner_is_disabled() {
    let portal = Portal::start().await;
    let owner = portal.signed_in(Role::Owner).await;
    let (actor, _, thief) = stolen(&portal, Role::Admin).await;
    thief.get("/staff/new").await.expect(200);
    let path = format!("/staff/{}", actor.staff_id);
    owner
        .post(&format!("{path}/role"), &[("role", "viewer")])
        .await
        .expect(303);
    thief.get("/staff/new").await.expect(403);
    thief
        .post(
            "/staff",
            &[
                ("name", "Mallory"),
                ("email", "m@example.com"),
                ("role", "owner"),
            ],
        )
        .await
        .expect(403);
    owner
        .post(&format!("{path}/disable"), &[])
        .await
        .expect(303);
    worth_nothing(&portal, &thief).await;
    // Enabling does not bring the session back.
    owner.post(&format!("{path}/enable"), &[]).await.expect(303);
    worth_nothing(&portal, &thief).await;
}

#[tokio::test]
async fn a_stolen_cookie_is_worth_nothing_once_a_second_factor_is_set_up_or_reset_and_never_after_a_day()
 {
    let portal = factors::portal().await;
    let (actor, victim, thief) = stolen(&portal, Role::Manager).await;
    let elsewhere = portal.signed_in_as(&actor).await;
    factors::set_up_app(&portal, &elsewhere).await.1.expect(200);
    worth_nothing(&portal, &thief).await;
    worth_nothing(&portal, &victim).await;

    let thief = copy(&portal, &elsewhere).await;
    let owner = portal.signed_in(Role::Owner).await;
    let reset = format!("/staff/{}/reset-factors", actor.staff_id);
    owner
        .post(&reset, &[("reason", "Lost the phone")])
        .await
        .expect(303);
    worth_nothing(&portal, &thief).await;

    let (_, victim, thief) = stolen(&portal, Role::Viewer).await;
    for _ in 0..4 {
        // Both use the session all the time.
        portal.advance(Duration::from_hours(6));
        thief.get("/accounts").await;
        victim.get("/accounts").await;
    }
    worth_nothing(&portal, &thief).await;
}

#[tokio::test]
async fn a_stolen_cookie_alone_changes_no_factor_no_staff_and_no_setting_after_ten_minutes() {
    let portal = factors::portal().await;
    let (actor, _, thief) = stolen(&portal, Role::Owner).await;
    portal.advance(Duration::from_mins(10));
    let unlike = [
        "sessions",
        "throttles",
        "audit_events",
        "audit_words",
        "audit_head",
    ];
    let before = portal.everything().await;
    let reset = format!("/staff/{}/reset-factors", actor.staff_id);
    for (path, fields) in [
        (
            "/staff",
            &[("name", "M"), ("email", "m@example.com"), ("role", "owner")][..],
        ),
        ("/settings", &[("required", "")]),
        ("/profile/factors/codes", &[]),
        ("/profile/factors/passkeys", &[("name", "Mine")]),
        ("/profile/sessions/end-others", &[]),
        (&reset, &[("reason", "Because")]),
    ] {
        let led = thief.post(path, fields).await.expect(303);
        assert!(led.header("location").starts_with("/step-up"), "{path}");
    }
    // The password cannot be changed without the present one.
    let fields = [
        ("present_password", "guess"),
        ("password", NEW),
        ("password_again", NEW),
    ];
    thief.post("/profile/password", &fields).await.expect(422);
    for (table, rows) in portal.everything().await {
        assert!(
            unlike.contains(&table.as_str()) || rows == before[&table],
            "{table}"
        );
    }
}

#[tokio::test]
async fn who_proves_again_who_they_are_goes_on_with_another_cookie_and_a_copy_of_the_one_before_is_worth_nothing()
 {
    let portal = Portal::start().await;
    let (_, victim, thief) = stolen(&portal, Role::Owner).await;
    portal.advance(Duration::from_mins(10));
    let old = victim.cookie("portal");
    victim
        .post("/step-up", &[("password", "wrong")])
        .await
        .expect(422);
    assert_eq!(victim.cookie("portal"), old);
    victim
        .post("/step-up", &[("password", PASSWORD)])
        .await
        .expect(303);
    assert_ne!(victim.cookie("portal"), old);
    victim.get("/staff/new").await.expect(200);
    worth_nothing(&portal, &thief).await;
    assert_eq!(victim.get("/profile").await.count("#devices tbody tr"), 1);
}

/// Plants a cookie in the browser: a made-up one, and that of an attacker's session.
async fn planted(portal: &Portal, browser: &Browser) -> Vec<(Browser, String)> {
    let mallory = portal.signed_in(Role::Viewer).await;
    let own = mallory.cookie("portal").unwrap();
    let made_up = portal.browser();
    made_up.set_cookie("portal", "AAAAAAAAAAAAAAAAAAAAAA");
    let all = vec![
        (made_up, "AAAAAAAAAAAAAAAAAAAAAA".to_owned()),
        (mallory, own.clone()),
    ];
    browser.set_cookie("portal", &own);
    all
}

/// Asserts that the session is new and that the planted cookies lead to no one.
async fn is_new(browser: &Browser, planted: &[(Browser, String)], name: &str) {
    let now = browser.cookie("portal").unwrap();
    assert!(
        browser
            .get("/profile")
            .await
            .expect(200)
            .text
            .contains(name)
    );
    for (mallory, cookie) in planted {
        assert_ne!(&now, cookie);
        mallory.set_cookie("portal", cookie);
        let page = mallory.get("/profile").await;
        assert!(!page.text.contains(name), "{}", page.words());
    }
}

#[tokio::test]
async fn a_cookie_from_before_the_sign_in_is_never_the_session_after_it() {
    let portal = factors::portal().await;
    // By password.
    let actor = portal.staff(Role::Owner).await;
    let browser = portal.browser();
    let before = planted(&portal, &browser).await;
    sign_in(&browser, &actor.email, PASSWORD).await.expect(303);
    is_new(&browser, &before, &actor.email).await;

    // By password and code. The cookies do not work after the first step either.
    let (actor, app, _) = factors::with_app(&portal, Role::Manager).await;
    let browser = portal.browser();
    let before = planted(&portal, &browser).await;
    sign_in(&browser, &actor.email, PASSWORD).await.expect(303);
    for (mallory, cookie) in &before {
        mallory.set_cookie("portal", cookie);
        mallory.get("/login/second-factor").await.expect(303);
    }
    let code = [("code", &*app.code(&portal.clock))];
    browser
        .post("/login/second-factor", &code)
        .await
        .expect(303);
    is_new(&browser, &before, &actor.email).await;

    // By passkey.
    let (actor, mut passkey) = factors::with_passkey(&portal, Role::Admin).await;
    let browser = portal.browser();
    let before = planted(&portal, &browser).await;
    factors::sign_in_with(&browser, &mut passkey)
        .await
        .expect(303);
    is_new(&browser, &before, &actor.email).await;
}

#[tokio::test]
async fn an_id_that_nobody_gave_out_begins_no_session() {
    let portal = Portal::start().await;
    let before = portal.everything().await;
    for id in [
        "AAAAAAAAAAAAAAAAAAAAAA",
        "",
        "x",
        "../../etc/passwd",
        "%00",
        "\"quoted\"",
        &"A".repeat(4_000),
    ] {
        let browser = portal.browser();
        browser.set_cookie("portal", id);
        browser.get("/accounts").await.expect(303);
        browser.set_cookie("portal", id);
        browser.get("/login").await.expect(200);
        browser.set_cookie("portal", id);
        browser.post("/logout", &[]).await.expect(303);
        browser.set_cookie("portal-step", id);
        browser.get("/login/second-factor").await.expect(303);
    }
    assert_eq!(portal.everything().await, before);
}

#[tokio::test]
async fn every_cookie_is_for_the_server_alone_and_over_https_for_this_host_alone() {
    for (url, prefix) in [
        ("https://portal.example.com/", "__Host-"),
        ("http://localhost:8080/", ""),
    ] {
        let portal = Portal::build()
            .settings(move |settings| settings.public_url = url.parse().unwrap())
            .start()
            .await;
        let (actor, app, _) = factors::with_app(&portal, Role::Owner).await;
        let browser = portal.browser();
        let first = sign_in(&browser, &actor.email, PASSWORD).await.expect(303);
        let code = [("code", &*app.code(&portal.clock))];
        let second = browser
            .post("/login/second-factor", &code)
            .await
            .expect(303);
        let out = browser.post("/logout", &[]).await.expect(303);
        let mut seen = 0;
        for answer in [first, second, out] {
            for cookie in answer.headers.get_all("set-cookie") {
                let cookie = cookie.to_str().unwrap();
                assert!(cookie.starts_with(&format!("{prefix}portal")), "{cookie}");
                // A removed cookie has no content that a script could read.
                let is_taken_back = cookie.contains("portal=;") || cookie.contains("portal-step=;");
                for part in ["; HttpOnly", "; SameSite=Lax", "; Path=/"] {
                    assert!(is_taken_back || cookie.contains(part), "{part}: {cookie}");
                }
                assert_eq!(cookie.contains("; Secure"), !prefix.is_empty(), "{cookie}");
                assert!(!cookie.to_lowercase().contains("domain"), "{cookie}");
                seen += 1;
            }
        }
        assert_eq!(
            seen, 4,
            "the half-way cookie, the session's, and both taken back"
        );
        // The scheme that an untrusted proxy states has no effect.
        let answer = portal.browser();
        let answer = answer
            .request(Method::POST, "/login")
            .header("x-forwarded-proto", "gopher");
        let answer = answer
            .form(&[("email", &actor.email), ("password", PASSWORD)])
            .send()
            .await;
        assert_eq!(
            answer.expect(303).header("set-cookie").contains("; Secure"),
            !prefix.is_empty()
        );
    }
}
