//! Forged, replayed, expired and foreign answers, session fixation, and redirects to other sites.

use std::time::Duration;

use super::*;
use crate::support::forger::{self, signed, unsigned};

async fn forging() -> (Portal, Forger) {
    let forger = Forger::start().await;
    let portal = Portal::build().settings(forger.set()).start().await;
    portal.staff(Role::Manager).await;
    (portal, forger)
}

/// Returns the claims of an honest token for the person who left through this page.
fn honest(forger: &Forger, portal: &Portal, page: &Response) -> Value {
    forger.claims(&carried(&onward(page), "nonce"), &portal.clock)
}

const WORTHLESS: &str = "The answer of Acme ID is invalid. Start again.";
const OVER: &str = "/login?said=too-long";

#[tokio::test]
async fn a_forged_expired_or_foreign_token_signs_nobody_in_and_the_audit_says_why() {
    let (portal, forger) = forging().await;
    let now = portal.clock.now().as_millis() / 1_000;
    let lasting = "Trying again does not help.";
    let changes = [
        (
            WORTHLESS,
            "answers another question",
            "nonce",
            json!("another"),
        ),
        (lasting, "for another party", "aud", json!("another")),
        (
            lasting,
            "another provider's",
            "iss",
            json!("https://evil.example"),
        ),
        (lasting, "has expired", "exp", json!(now - 1)),
        (lasting, "in the future", "iat", json!(now + 3_600)),
        (lasting, "name of the person", "sub", json!("")),
    ];
    for (text, why, claim, forged) in changes {
        let browser = portal.browser();
        let page = leave(&browser, "/login").await;
        let mut claims = honest(&forger, &portal, &page);
        claims[claim] = forged;
        forger.gives(&claims);
        let refused = browser.get(&back(&page, "code")).await.expect(403);
        assert!(refused.says(text), "{why}: {}", refused.words());
        assert!(!refused.says("Try again"), "{why}");
        browser.get("/accounts").await.expect(303);
        let told = messages(&portal, EventKind::SignInFailed).await;
        assert!(told[0].contains(why), "{why}: {told:?}");
        portal.advance(Duration::from_mins(2));
    }
    for forged in [
        |claims: &Value| signed(claims, "first", &forger::key()),
        |claims: &Value| format!("{}.", unsigned(&json!({ "alg": "none" }), claims)),
        |_: &Value| "a.b.c".to_owned(),
    ] {
        let browser = portal.browser();
        let page = leave(&browser, "/login").await;
        forger.says().token = forged(&honest(&forger, &portal, &page));
        let refused = browser.get(&back(&page, "code")).await;
        assert_eq!(refused.status, 403);
        browser.get("/accounts").await.expect(303);
    }
    assert!(events(&portal, EventKind::SignIn).await.is_empty());
}

#[tokio::test]
async fn an_answer_counts_once_also_where_it_comes_many_times_at_once() {
    let (portal, forger) = forging().await;
    let browser = portal.browser();
    let page = leave(&browser, "/login").await;
    let token = browser.cookie("portal-sso").unwrap();
    forger.gives(&honest(&forger, &portal, &page));
    let way = back(&page, "code");
    let at_once = (0..5).map(|_| async {
        let thief = portal.browser();
        thief.set_cookie("portal-sso", &token);
        thief.get(&way).await
    });
    let answers = futures::future::join_all(at_once).await;
    let places: Vec<&str> = answers
        .iter()
        .map(|answer| answer.header("location"))
        .collect();
    assert_eq!(
        places.iter().filter(|place| **place == "/").count(),
        1,
        "{places:?}"
    );
    assert_eq!(
        places.iter().filter(|place| **place == OVER).count(),
        4,
        "{places:?}"
    );
    assert_eq!(events(&portal, EventKind::SignIn).await.len(), 1);
    assert_eq!(browser.get(&way).await.expect(303).header("location"), OVER);
}

#[tokio::test]
async fn a_real_providers_answer_counts_once() {
    let (portal, provider) = with_ann().await;
    portal.staff(Role::Manager).await;
    let browser = portal.browser();
    let page = leave(&browser, "/login").await;
    let way = provider.sign_in(&page, "ann").await;
    let token = browser.cookie("portal-sso").unwrap();
    browser.get(&way).await.expect(303);
    let thief = portal.browser();
    thief.set_cookie("portal-sso", &token);
    assert_eq!(thief.get(&way).await.expect(303).header("location"), OVER);

    // The same code in a sign-in that the thief has started.
    let page = leave(&thief, "/login").await;
    let code = carried(&way, "code");
    assert!(
        thief
            .get(&back(&page, &code))
            .await
            .expect(403)
            .says(WORTHLESS)
    );
    thief.get("/accounts").await.expect(303);
}

#[tokio::test]
async fn an_answer_to_another_browser_or_to_nobody_is_none() {
    let (portal, forger) = forging().await;
    let (victim, attacker) = (portal.browser(), portal.browser());
    let attackers = leave(&attacker, "/login").await;
    forger.gives(&honest(&forger, &portal, &attackers));
    let way = back(&attackers, "code");

    // No victim is signed in as the attacker, even while they sign in themselves.
    assert_eq!(victim.get(&way).await.expect(303).header("location"), OVER);
    let victims = leave(&victim, "/login").await;
    assert_eq!(victim.get(&way).await.expect(303).header("location"), OVER);
    victim.get("/accounts").await.expect(303);
    for state in ["", "garbage", "AAAA"] {
        let way = format!("/login/sso/callback?code=code&state={state}");
        assert_eq!(victim.get(&way).await.expect(303).header("location"), OVER);
    }
    assert_eq!(
        victim
            .get("/login/sso/callback")
            .await
            .expect(303)
            .header("location"),
        OVER
    );
    assert_eq!(forger.asked("/token"), 0);

    // The victim's own sign-in still works.
    forger.gives(&honest(&forger, &portal, &victims));
    assert_eq!(
        victim
            .get(&back(&victims, "code"))
            .await
            .expect(303)
            .header("location"),
        "/"
    );
}

#[tokio::test]
async fn an_answer_that_took_too_long_is_none() {
    let (portal, forger) = forging().await;
    let browser = portal.browser();
    let page = leave(&browser, "/login").await;
    portal.advance(Duration::from_secs(601));
    forger.gives(&honest(&forger, &portal, &page));
    assert_eq!(
        browser
            .get(&back(&page, "code"))
            .await
            .expect(303)
            .header("location"),
        OVER
    );
}

#[tokio::test]
async fn an_answer_in_another_providers_name_is_refused_before_its_code_is_shown_to_anybody() {
    let (portal, forger) = forging().await;
    let browser = portal.browser();
    let page = leave(&browser, "/login").await;
    let way = format!("{}&iss=https%3A%2F%2Fevil.example", back(&page, "code"));
    assert!(browser.get(&way).await.expect(403).says(WORTHLESS));
    assert_eq!(forger.asked("/token"), 0);
}

#[tokio::test]
async fn a_session_fixed_before_signing_in_is_not_the_one_signed_in() {
    let (portal, provider) = with_ann().await;
    portal.staff(Role::Manager).await;
    let fixed = portal.signed_in(Role::Viewer).await;
    let before = fixed.cookie("portal").unwrap();
    let browser = portal.browser();
    browser.set_cookie("portal", &before);
    // Already signed in as someone else, so post directly to the form's address.
    let page = browser.post("/login/sso", &[]).await.expect(200);
    browser
        .get(&provider.sign_in(&page, "ann").await)
        .await
        .expect(303);
    let after = browser.cookie("portal").unwrap();
    assert_ne!(after, before);
    assert!(
        browser
            .get("/profile")
            .await
            .expect(200)
            .says("manager@example.com")
    );
    // The attacker who fixed the session has neither the new one nor the old one.
    fixed.get("/profile").await.expect(303);

    let made_up = portal.browser();
    made_up.set_cookie("portal", "AAAAAAAAAAAAAAAAAAAAAA");
    let page = leave(&made_up, "/login").await;
    made_up
        .get(&provider.sign_in(&page, "ann").await)
        .await
        .expect(303);
    assert_ne!(made_up.cookie("portal").unwrap(), "AAAAAAAAAAAAAAAAAAAAAA");
}

#[tokio::test]
async fn nobody_is_sent_to_another_site_after_the_provider() {
    let (portal, forger) = forging().await;
    for next in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/..//evil.example",
        "javascript:alert(1)",
    ] {
        let browser = portal.browser();
        let page = browser
            .post("/login/sso", &[("next", next)])
            .await
            .expect(200);
        forger.gives(&honest(&forger, &portal, &page));
        let arrived = browser.get(&back(&page, "code")).await.expect(303);
        assert_eq!(arrived.header("location"), "/", "{next}");
    }
    let browser = portal.browser();
    let fields = [("kept_page", "//evil.example"), ("kept", "a=b")];
    let page = browser.post("/login/sso", &fields).await.expect(200);
    forger.gives(&honest(&forger, &portal, &page));
    assert_eq!(
        browser
            .get(&back(&page, "code"))
            .await
            .expect(303)
            .header("location"),
        "/"
    );
}

#[tokio::test]
async fn another_site_cannot_make_a_browser_set_out() {
    let (portal, _forger) = forging().await;
    let browser = portal.browser();
    browser
        .post_from("https://evil.example", "/login/sso", &[])
        .await
        .expect(403);
    assert_eq!(browser.cookie("portal-sso"), None);
}

#[tokio::test]
async fn one_address_cannot_fill_the_database_with_sign_ins() {
    let (portal, _forger) = forging().await;
    let browser = portal.browser();
    for _ in 0..100 {
        browser.post("/login/sso", &[]).await.expect(200);
    }
    let busy = browser.post("/login/sso", &[]).await.expect(503);
    assert!(busy.has("#password-form") && !busy.header("retry-after").is_empty());
    let elsewhere = portal.browser().at("198.51.100.7");
    elsewhere.post("/login/sso", &[]).await.expect(200);
}

#[tokio::test]
async fn a_form_that_a_stranger_makes_up_is_kept_on_the_way_up_to_a_bound() {
    let (portal, forger) = forging().await;
    for (length, kept) in [(60_000, true), (70_000, false)] {
        let browser = portal.browser();
        let encoded = format!("organization_name={}", "a".repeat(length));
        let fields = [("kept_page", "/accounts/new"), ("kept", &encoded)];
        let page = browser.post("/login/sso", &fields).await.expect(200);
        forger.gives(&honest(&forger, &portal, &page));
        let arrived = browser.get(&back(&page, "code")).await.expect(303);
        assert_eq!(arrived.header("location"), "/accounts/new");
        assert_eq!(browser.follow(&arrived).await.text.contains("aaaa"), kept);
    }
}

#[tokio::test]
async fn many_failures_in_a_row_are_counted_for_the_audit_and_not_written_out() {
    let (portal, forger) = forging().await;
    for _ in 0..30 {
        let browser = portal.browser();
        let page = leave(&browser, "/login").await;
        let mut claims = honest(&forger, &portal, &page);
        claims["email"] = json!("stranger@example.com");
        forger.gives(&claims);
        browser.get(&back(&page, "code")).await.expect(403);
    }
    let told = events(&portal, EventKind::SignInFailed).await;
    assert!(told.len() < 15, "{}", told.len());

    // People who are already linked can still sign in.
    let browser = portal.browser();
    let page = leave(&browser, "/login").await;
    forger.gives(&honest(&forger, &portal, &page));
    assert_eq!(
        browser
            .get(&back(&page, "code"))
            .await
            .expect(303)
            .header("location"),
        "/"
    );
}
