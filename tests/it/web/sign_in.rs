//! Signing in and out: the cookie, the answer to a wrong password, waits, and the next page.

use std::time::Duration;

use reseller_portal::db::audit::{self, EventFilter};
use reseller_portal::db::staff;
use reseller_portal::domain::audit::EventKind;
use reseller_portal::domain::role::Role;

use crate::support::{Browser, Log, PASSWORD, Portal, Response};

const PUBLIC: &str = "https://portal.example.com/";

pub(super) async fn sign_in(browser: &Browser, email: &str, password: &str) -> Response {
    browser
        .post("/login", &[("email", email), ("password", password)])
        .await
}

pub(super) async fn events(
    portal: &Portal,
    kind: EventKind,
) -> Vec<reseller_portal::domain::audit::Event> {
    let filter = EventFilter {
        kinds: vec![kind],
        ..EventFilter::default()
    };
    let entries = audit::latest(&portal.db, &filter, 100).await.unwrap();
    entries.into_iter().map(|entry| entry.event).collect()
}

#[tokio::test]
async fn whoever_signs_in_lands_where_they_wanted_to_go() {
    let portal = Portal::start().await;
    let manager = portal.staff(Role::Manager).await;
    let browser = portal.browser();

    let sent_away = browser
        .get("/accounts?status=enabled&page=2")
        .await
        .expect(303);
    assert_eq!(
        sent_away.header("location"),
        "/login?next=%2Faccounts%3Fstatus%3Denabled%26page%3D2"
    );
    let page = browser.follow(&sent_away).await.expect(200);
    assert_eq!(
        page.form("form.form").value("next"),
        Some("/accounts?status=enabled&page=2")
    );
    let typed = [("email", " Manager@Example.COM "), ("password", PASSWORD)];
    let signed_in = browser.submit(&page, "form.form", &typed).await.expect(303);
    assert_eq!(
        signed_in.header("location"),
        "/accounts?status=enabled&page=2"
    );
    assert_eq!(
        browser.get("/login").await.expect(303).header("location"),
        "/"
    );

    let at = staff::by_id(&portal.db, manager.staff_id)
        .await
        .unwrap()
        .unwrap()
        .last_sign_in_at;
    assert_eq!(at, Some(portal.clock.now()));
    let told = events(&portal, EventKind::SignIn).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].address.as_deref(), Some("127.0.0.1"));
    assert_eq!(told[0].target, "manager@example.com");
}

#[tokio::test]
async fn an_email_signs_in_with_its_domain_in_either_form_and_no_lookalike_does() {
    let portal = Portal::start().await;
    let owner = portal.signed_in(Role::Owner).await;
    let invite = async |email: &str| {
        let typed = [("name", "Ann"), ("email", email), ("role", "viewer")];
        owner.post("/staff", &typed).await
    };
    invite("ann@bücher.example").await.expect(200);
    for taken in [
        "Ann@BÜCHER.example",
        "ann@xn--bcher-kva.example",
        "ann@bu\u{308}cher.example",
    ] {
        invite(taken).await.expect(422);
    }
    invite("ann@bucher.example").await.expect(200);
    let ann = staff::by_email(&portal.db, "ann@bücher.example")
        .await
        .unwrap()
        .unwrap();
    let mut tx = portal.db.begin().await.unwrap();
    let hash = crate::support::password_hash();
    staff::set_password(&mut tx, ann.id, hash, portal.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for typed in [
        "ann@bücher.example",
        " ANN@xn--bcher-kva.example\u{200b}",
        "ann@bu\u{308}cher.example",
    ] {
        sign_in(&portal.browser(), typed, PASSWORD)
            .await
            .expect(303);
    }
    for typed in ["ann@bucher.example", "änn@bücher.example"] {
        sign_in(&portal.browser(), typed, PASSWORD)
            .await
            .expect(422);
    }
    // For the throttle, every form of the address is the same account.
    for typed in [
        "ann@bücher.example",
        "ann@xn--bcher-kva.example",
        "ANN@BÜCHER.EXAMPLE",
        "ann@bücher.example",
    ] {
        sign_in(&portal.browser().at("203.0.113.9"), typed, "wrong")
            .await
            .expect(422);
    }
    sign_in(
        &portal.browser().at("203.0.113.10"),
        "ann@xn--bcher-kva.example",
        "wrong",
    )
    .await
    .expect(422);
    sign_in(
        &portal.browser().at("203.0.113.11"),
        "ann@bücher.example",
        "wrong",
    )
    .await
    .expect(429);
}

#[tokio::test]
async fn nobody_is_sent_to_another_site_after_signing_in() {
    let portal = Portal::start().await;
    portal.staff(Role::Viewer).await;
    for next in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/..//evil.example",
        "javascript:alert(1)",
    ] {
        let browser = portal.browser();
        let typed = [
            ("email", "viewer@example.com"),
            ("password", PASSWORD),
            ("next", next),
        ];
        assert_eq!(
            browser
                .post("/login", &typed)
                .await
                .expect(303)
                .header("location"),
            "/",
            "{next}"
        );
        let typed = [
            ("email", "viewer@example.com"),
            ("password", PASSWORD),
            ("kept_page", next),
            ("kept", "a=b"),
        ];
        assert_eq!(
            browser
                .post("/login", &typed)
                .await
                .expect(303)
                .header("location"),
            "/",
            "{next}"
        );
        let known = browser
            .request(axum::http::Method::GET, "/login")
            .send()
            .await
            .expect(303);
        assert_eq!(known.header("location"), "/");
    }
}

#[tokio::test]
async fn a_wrong_password_an_unknown_e_mail_and_a_disabled_person_get_the_same_answer() {
    let portal = Portal::start().await;
    portal.staff(Role::Viewer).await;
    let gone = portal.staff(Role::Manager).await;
    let mut tx = portal.db.begin().await.unwrap();
    staff::set_disabled(&mut tx, gone.staff_id, Some(portal.clock.now()))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let tries = [
        ("viewer@example.com", "not the password at all"),
        ("stranger@example.com", PASSWORD),
        ("manager@example.com", PASSWORD),
        ("viewer@example.com", ""),
        ("", ""),
    ];
    for (email, password) in tries {
        let browser = portal.browser();
        let page = sign_in(&browser, email, password).await.expect(422);
        assert_eq!(page.text_of("[role=alert]"), "Email or password is wrong.");
        assert_eq!(
            page.form("form.form").value("email"),
            Some(email),
            "what was typed stays"
        );
        assert_eq!(
            page.form("form.form").value("password"),
            Some(""),
            "but no password"
        );
        assert!(browser.cookies().is_empty());
        portal.advance(Duration::from_secs(61));
    }
    assert_eq!(
        events(&portal, EventKind::SignInFailed).await.len(),
        tries.len()
    );
}

#[tokio::test]
async fn the_cookie_is_for_this_host_alone_over_https_and_plain_on_loopback() {
    let plain = Portal::start().await;
    plain.staff(Role::Viewer).await;
    let cookie = sign_in(&plain.browser(), "viewer@example.com", PASSWORD)
        .await
        .header("set-cookie")
        .to_owned();
    assert!(cookie.starts_with("portal="), "{cookie}");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
        "{cookie}"
    );
    assert!(
        !cookie.contains("Secure") && !cookie.contains("Max-Age") && !cookie.contains("Domain"),
        "{cookie}"
    );

    let public = Portal::build()
        .settings(|settings| settings.public_url = PUBLIC.parse().unwrap())
        .start()
        .await;
    public.staff(Role::Viewer).await;
    let browser = public.browser();
    let cookie = sign_in(&browser, "viewer@example.com", PASSWORD)
        .await
        .expect(303)
        .header("set-cookie")
        .to_owned();
    assert!(cookie.starts_with("__Host-portal="), "{cookie}");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Secure"] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    // Browsers also ignore a removal of such a cookie that is not Secure.
    let removal = browser
        .post("/logout", &[])
        .await
        .expect(303)
        .header("set-cookie")
        .to_owned();
    assert!(
        removal.starts_with("__Host-portal=;")
            && removal.contains("Max-Age=0")
            && removal.contains("Secure"),
        "{removal}"
    );
}

#[tokio::test]
async fn signing_in_begins_a_session_with_a_new_id() {
    let portal = Portal::start().await;
    portal.staff(Role::Viewer).await;
    let browser = portal.browser();
    browser.set_cookie("portal", "AAAAAAAAAAAAAAAAAAAAAA");
    sign_in(&browser, "viewer@example.com", PASSWORD)
        .await
        .expect(303);
    let first = browser.cookie("portal").unwrap();
    assert_ne!(
        first, "AAAAAAAAAAAAAAAAAAAAAA",
        "an ID from before the sign-in is not taken over"
    );

    sign_in(&browser, "viewer@example.com", PASSWORD)
        .await
        .expect(303);
    let second = browser.cookie("portal").unwrap();
    assert_ne!(first, second);
    let thief = portal.browser();
    thief.set_cookie("portal", &first);
    assert_eq!(
        thief.get("/profile").await.expect(303).header("location"),
        "/login?next=%2Fprofile"
    );
    browser.get("/profile").await.expect(200);
}

#[tokio::test]
async fn a_cookie_that_was_stolen_is_worth_nothing_after_the_sign_out() {
    let portal = Portal::start().await;
    portal.staff(Role::Owner).await;
    let browser = portal.browser();
    sign_in(&browser, "owner@example.com", PASSWORD)
        .await
        .expect(303);
    let stolen = browser.cookie("portal").unwrap();
    let out = browser.post("/logout", &[]).await.expect(303);
    assert!(browser.follow(&out).await.says("You are signed out."));
    assert_eq!(browser.cookie("portal"), None);

    let thief = portal.browser();
    thief.set_cookie("portal", &stolen);
    thief.get("/profile").await.expect(303);
    assert_eq!(events(&portal, EventKind::SignOut).await.len(), 1);
    // Signing out twice, or without a login, is not an error.
    browser.post("/logout", &[]).await.expect(303);
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_at_the_latest_after_a_day() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Viewer).await;
    for _ in 0..3 {
        portal.advance(Duration::from_hours(7));
        browser.get("/profile").await.expect(200);
    }
    portal.advance(Duration::from_hours(4));
    browser.get("/profile").await.expect(303);

    let idle = portal.signed_in(Role::Viewer).await;
    portal.advance(Duration::from_hours(8));
    idle.get("/profile").await.expect(303);
    assert!(
        reseller_portal::staff::sign_in::delete_expired(&portal)
            .await
            .unwrap()
            >= 2
    );
}

#[tokio::test]
async fn signing_in_and_out_ends_the_session_before_where_there_is_one_and_none_where_there_is_not()
{
    let portal = Portal::start().await;
    portal.staff(Role::Viewer).await;
    let (log, logging) = Log::keep("warn");
    let browser = portal.browser();
    sign_in(&browser, "viewer@example.com", PASSWORD)
        .await
        .expect(303);
    let first = browser.cookie("portal").unwrap();
    sign_in(&browser, "viewer@example.com", PASSWORD)
        .await
        .expect(303);
    assert_ne!(browser.cookie("portal").unwrap(), first);
    let before = portal.browser();
    before.set_cookie("portal", &first);
    before.get("/profile").await.expect(303);
    // The same with a session that no longer exists.
    before.set_cookie("portal", &first);
    sign_in(&before, "viewer@example.com", PASSWORD)
        .await
        .expect(303);
    assert_ne!(before.cookie("portal").unwrap(), first);
    before.get("/profile").await.expect(200);
    browser.post("/logout", &[]).await.expect(303);
    browser.post("/logout", &[]).await.expect(303);
    browser.set_cookie("portal", &first);
    browser.post("/logout", &[]).await.expect(303);
    assert_eq!(browser.cookies().len(), 0);
    tracing::warn!("the log is read");
    drop(logging);
    let lines = log.lines();
    assert!(
        lines
            .last()
            .is_some_and(|line| line.contains("the log is read")),
        "{lines:#?}"
    );
    let complaint = |line: &&String| line.contains("no session id");
    assert_eq!(lines.iter().find(complaint), None, "{lines:#?}");
}

#[tokio::test]
async fn a_role_and_disabling_act_at_the_next_request() {
    let portal = Portal::start().await;
    let actor = portal.staff(Role::Admin).await;
    let browser = portal.signed_in_as(&actor).await;
    browser.get("/staff/new").await.expect(200);
    let mut tx = portal.db.begin().await.unwrap();
    staff::set_role(&mut tx, actor.staff_id, Role::Viewer)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let page = browser.get("/staff/new").await.expect(403);
    assert!(page.says("Your role cannot manage staff."));

    let mut tx = portal.db.begin().await.unwrap();
    staff::set_disabled(&mut tx, actor.staff_id, Some(portal.clock.now()))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    browser.get("/staff").await.expect(303);
}

#[tokio::test]
async fn hostile_text_in_the_sign_in_form_is_text() {
    let portal = Portal::start().await;
    let hostile = [
        "<script>alert(1)</script>",
        "\"'><img src=x>",
        "a\0b",
        "\u{202e}evil",
        "😀",
        &"x".repeat(10_000),
    ];
    for email in hostile {
        portal.advance(Duration::from_hours(2));
        let page = sign_in(&portal.browser(), email, &"p".repeat(10_000))
            .await
            .expect(422);
        assert_eq!(page.text_of("[role=alert]"), "Email or password is wrong.");
        assert!(!page.has("form script") && !page.has("img"));
    }
    let browser = portal.browser();
    let answer = browser
        .request(axum::http::Method::POST, "/login")
        .form(&[])
        .body("email=%FF%FE")
        .send()
        .await;
    assert!(answer.expect(400).says("not valid UTF-8"));
    browser.post("/login", &[]).await.expect(422);
}
