//! Signing in and out: the cookie, what a wrong password tells, how long one waits, where one lands.

use std::time::Duration;

use reseller_portal::db::audit::{self, Filter};
use reseller_portal::db::staff;
use reseller_portal::domain::actor::Scope;
use reseller_portal::domain::audit::EventKind;
use reseller_portal::domain::role::Role;

use crate::support::{Browser, PASSWORD, Portal, Response};

const PUBLIC: &str = "https://portal.example.com/";

async fn sign_in(browser: &Browser, email: &str, password: &str) -> Response {
    browser
        .post("/login", &[("email", email), ("password", password)])
        .await
}

async fn events(portal: &Portal, kind: EventKind) -> Vec<reseller_portal::domain::audit::Event> {
    let filter = Filter {
        kinds: vec![kind],
        ..Filter::default()
    };
    let entries = audit::latest(&portal.db, Scope::All, &filter, 100).await.unwrap();
    entries.into_iter().map(|entry| entry.event).collect()
}

#[tokio::test]
async fn whoever_signs_in_lands_where_they_wanted_to_go() {
    let portal = Portal::start().await;
    let manager = portal.staff(Role::Manager).await;
    let browser = portal.browser();

    let sent_away = browser.get("/accounts?status=enabled&page=2").await.expect(303);
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
    assert_eq!(signed_in.header("location"), "/accounts?status=enabled&page=2");
    assert_eq!(browser.get("/login").await.expect(303).header("location"), "/");

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
        let typed = [("email", "viewer@example.com"), ("password", PASSWORD), ("next", next)];
        assert_eq!(
            browser.post("/login", &typed).await.expect(303).header("location"),
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
            browser.post("/login", &typed).await.expect(303).header("location"),
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
        assert_eq!(page.text_of("[role=alert]"), "E-mail or password is wrong.");
        assert_eq!(
            page.form("form.form").value("email"),
            Some(email),
            "what was typed stays"
        );
        assert_eq!(page.form("form.form").value("password"), Some(""), "but no password");
        assert!(browser.cookies().is_empty());
        portal.advance(Duration::from_secs(61));
    }
    assert_eq!(events(&portal, EventKind::SignInFailed).await.len(), tries.len());
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
    // Browsers ignore a removal of such a cookie that is not Secure, too.
    let removal = browser
        .post("/logout", &[])
        .await
        .expect(303)
        .header("set-cookie")
        .to_owned();
    assert!(
        removal.starts_with("__Host-portal=;") && removal.contains("Max-Age=0") && removal.contains("Secure"),
        "{removal}"
    );
}

#[tokio::test]
async fn signing_in_begins_a_session_with_a_new_id() {
    let portal = Portal::start().await;
    portal.staff(Role::Viewer).await;
    let browser = portal.browser();
    browser.set_cookie("portal", "AAAAAAAAAAAAAAAAAAAAAA");
    sign_in(&browser, "viewer@example.com", PASSWORD).await.expect(303);
    let first = browser.cookie("portal").unwrap();
    assert_ne!(
        first, "AAAAAAAAAAAAAAAAAAAAAA",
        "an id from before the sign-in is not taken over"
    );

    sign_in(&browser, "viewer@example.com", PASSWORD).await.expect(303);
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
    sign_in(&browser, "owner@example.com", PASSWORD).await.expect(303);
    let stolen = browser.cookie("portal").unwrap();
    let out = browser.post("/logout", &[]).await.expect(303);
    assert!(browser.follow(&out).await.says("You are signed out."));
    assert_eq!(browser.cookie("portal"), None);

    let thief = portal.browser();
    thief.set_cookie("portal", &stolen);
    thief.get("/profile").await.expect(303);
    assert_eq!(events(&portal, EventKind::SignOut).await.len(), 1);
    // Signing out twice, or without having signed in, is no error.
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
    assert!(reseller_portal::staff::sign_in::forget_expired(&portal).await.unwrap() >= 2);
}

#[tokio::test]
async fn a_role_and_disabling_act_at_the_next_request() {
    let portal = Portal::start().await;
    let actor = portal.staff(Role::Admin).await;
    let browser = portal.signed_in_as(&actor).await;
    browser.get("/staff/new").await.expect(200);
    let mut tx = portal.db.begin().await.unwrap();
    staff::set_role(&mut tx, actor.staff_id, Role::Viewer).await.unwrap();
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
async fn who_guesses_for_an_account_waits_longer_each_time_but_never_longer_than_a_minute() {
    let portal = Portal::start().await;
    portal.staff(Role::Owner).await;
    let mut waits = Vec::new();
    for number in 0..14 {
        let guesser = portal.browser().at(&format!("198.51.100.{number}"));
        let answer = sign_in(&guesser, "owner@example.com", "guess").await;
        assert_eq!(answer.status, 422, "{}", answer.words());
        let other = portal.browser().at("192.0.2.99");
        let held = sign_in(&other, "owner@example.com", "guess").await;
        if held.status == 429 {
            let wait: u64 = held.header("retry-after").parse().unwrap();
            assert!(
                held.says(&format!("Too many failed tries. Try again in {wait} second")),
                "{}",
                held.words()
            );
            waits.push(wait);
            portal.advance(Duration::from_secs(wait));
        }
    }
    assert_eq!(waits.first(), Some(&1));
    assert!(waits.is_sorted() && waits.iter().max() == Some(&60), "{waits:?}");
    // The right password does not wait longer than that either.
    portal.advance(Duration::from_mins(1));
    sign_in(&portal.browser().at("192.0.2.50"), "owner@example.com", PASSWORD)
        .await
        .expect(303);
}

#[tokio::test]
async fn guesses_from_elsewhere_do_not_keep_an_owner_out_where_they_are_at_home() {
    let portal = Portal::start().await;
    portal.staff(Role::Owner).await;
    let home = || portal.browser().at("203.0.113.5");
    sign_in(&home(), "owner@example.com", PASSWORD).await.expect(303);
    for number in 0..30 {
        sign_in(
            &portal.browser().at(&format!("198.51.100.{number}")),
            "owner@example.com",
            "guess",
        )
        .await;
    }
    assert_eq!(
        sign_in(&portal.browser().at("192.0.2.1"), "owner@example.com", PASSWORD)
            .await
            .status,
        429
    );
    sign_in(&home(), "owner@example.com", PASSWORD).await.expect(303);
}

#[tokio::test]
async fn an_address_that_guesses_waits_for_every_account_and_forwarded_addresses_count_from_trusted_proxies_only() {
    let portal = Portal::start().await;
    portal.staff(Role::Viewer).await;
    let attacker = portal.browser().at("198.51.100.7");
    for number in 0..11 {
        let answer = attacker
            .request(axum::http::Method::POST, "/login")
            .header("x-forwarded-for", &format!("10.1.1.{number}"))
            .form(&[("email", &format!("who{number}@example.com")), ("password", "guess")])
            .send()
            .await;
        assert_eq!(answer.status, 422);
    }
    assert_eq!(sign_in(&attacker, "viewer@example.com", PASSWORD).await.status, 429);
    sign_in(&portal.browser(), "viewer@example.com", PASSWORD)
        .await
        .expect(303);

    let behind = Portal::build()
        .settings(|settings| settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()])
        .start()
        .await;
    behind.staff(Role::Viewer).await;
    let through = async |address: &str, password: &str| {
        let browser = behind.browser();
        let request = browser
            .request(axum::http::Method::POST, "/login")
            .header("x-forwarded-for", address);
        request
            .form(&[("email", "viewer@example.com"), ("password", password)])
            .send()
            .await
            .status
    };
    for _ in 0..11 {
        behind.advance(Duration::from_secs(61));
        assert_eq!(through("198.51.100.7", "guess").await, 422);
    }
    behind.advance(Duration::from_millis(500));
    assert_eq!(through("198.51.100.7", PASSWORD).await, 429);
    behind.advance(Duration::from_secs(61));
    assert_eq!(through("203.0.113.1", PASSWORD).await, 303);
}

#[tokio::test]
async fn tries_that_are_held_back_are_counted_in_one_event_a_minute() {
    let portal = Portal::start().await;
    portal.staff(Role::Viewer).await;
    let fail = async || {
        let browser = portal.browser().at("198.51.100.7");
        sign_in(&browser, "viewer@example.com", "guess").await.status
    };
    for number in 0..11 {
        portal.advance(Duration::from_secs(61));
        assert_eq!(fail().await, 422, "{number}");
    }
    let before = events(&portal, EventKind::SignInFailed).await.len();
    for _ in 0..20 {
        assert_eq!(fail().await, 429);
    }
    let told = events(&portal, EventKind::SignInFailed).await;
    assert_eq!(told.len(), before + 1);
    assert!(told[0].message.contains("Held back"), "{}", told[0].message);
    portal.advance(Duration::from_secs(61));
    assert_eq!(fail().await, 422);
    assert_eq!(fail().await, 429);
    let told = events(&portal, EventKind::SignInFailed).await;
    assert!(told[0].message.starts_with("20 tries held back"), "{}", told[0].message);
}

#[tokio::test]
async fn many_guesses_at_once_are_no_more_than_one_after_the_other() {
    let portal = Portal::start().await;
    portal.staff(Role::Viewer).await;
    let mut at_once = tokio::task::JoinSet::new();
    for number in 0..20 {
        let browser = portal.browser().at(&format!("198.51.100.{number}"));
        at_once.spawn(async move { sign_in(&browser, "viewer@example.com", "guess").await.status.as_u16() });
    }
    let answers = at_once.join_all().await;
    assert_eq!(
        answers.iter().filter(|status| **status == 422).count(),
        5,
        "{answers:?}"
    );
    assert_eq!(answers.iter().filter(|status| **status == 429).count(), 15);
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
        let page = sign_in(&portal.browser(), email, &"p".repeat(10_000)).await.expect(422);
        assert_eq!(page.text_of("[role=alert]"), "E-mail or password is wrong.");
        assert!(!page.has("form script") && !page.has("img"));
    }
    let browser = portal.browser();
    let answer = browser
        .request(axum::http::Method::POST, "/login")
        .form(&[])
        .body("email=%FF%FE")
        .send()
        .await;
    assert!(answer.expect(400).says("not text in UTF-8"));
    browser.post("/login", &[]).await.expect(422);
}
