//! Proving one's identity again, at the provider or without a password.

use std::time::Duration;

use super::*;
use crate::web::factors;

const LATE: Duration = Duration::from_mins(11);
const FRESH: &str = "/profile/factors/app";

/// Signs a person in at the provider, and lets the proof of identity expire.
async fn signed_in_long_ago() -> (Portal, Provider, Browser) {
    let (portal, provider) = with_ann().await;
    invited(&portal, "manager@example.com", Role::Manager).await;
    let browser = portal.browser();
    by_sso(&browser, &provider, "ann").await.expect(303);
    portal.advance(LATE);
    (portal, provider, browser)
}

#[tokio::test]
async fn whoever_has_no_password_proves_it_at_the_provider_which_asks_anew() {
    let (portal, provider) = with_ann().await;
    invited(&portal, "manager@example.com", Role::Manager).await;
    let browser = portal.browser();
    by_sso(&browser, &provider, "ann").await.expect(303);
    browser.get(FRESH).await.expect(200);

    let page = browser
        .post("/step-up/sso", &[("next", "/channels")])
        .await
        .expect(200);
    assert_eq!(carried(&onward(&page), "prompt"), "login");
    assert_eq!(carried(&onward(&page), "max_age"), "0");
    let arrived = browser
        .get(&provider.sign_in(&page, "ann").await)
        .await
        .expect(303);
    assert_eq!(arrived.header("location"), "/channels");
    assert_eq!(
        messages(&portal, EventKind::Proved).await,
        ["By single sign-on."]
    );
}

#[tokio::test]
async fn an_old_proof_another_person_or_another_session_proves_nothing() {
    let forger = Forger::start().await;
    let portal = Portal::build().settings(forger.set()).start().await;
    let manager = portal.staff(Role::Manager).await;
    let browser = portal.signed_in_as(&manager).await;
    portal.advance(LATE);
    let sent = browser.get(FRESH).await.expect(303);
    let page = browser.follow(&sent).await.expect(200);

    for (shown, subject, email, refused) in [
        (Some(-3_600), "7", "manager@example.com", "not_anew"),
        (None, "7", "manager@example.com", "not_anew"),
        (Some(0), "8", "stranger@example.com", "another_person"),
    ] {
        let way = browser.submit(&page, "#sso-form", &[]).await.expect(200);
        let mut claims = forger.claims(&carried(&onward(&way), "nonce"), &portal.clock);
        claims["sub"] = json!(subject);
        claims["email"] = json!(email);
        if let Some(shown) = shown {
            claims["auth_time"] = json!(portal.clock.now().as_millis() / 1_000 + shown);
        }
        forger.gives(&claims);
        let back = browser.get(&back(&way, "code")).await.expect(303);
        assert_eq!(
            carried(&format!("http://x{}", back.header("location")), "refused"),
            refused
        );
        let told = browser.follow(&back).await.expect(200);
        assert!(told.has("[role=alert]"), "{}", told.words());
        browser.get(FRESH).await.expect(303);
    }
    assert!(events(&portal, EventKind::Proved).await.is_empty());

    // Started in one session and brought back in another of the same person.
    let way = browser.submit(&page, "#sso-form", &[]).await.expect(200);
    let mut claims = forger.claims(&carried(&onward(&way), "nonce"), &portal.clock);
    claims["auth_time"] = json!(portal.clock.now().as_millis() / 1_000);
    forger.gives(&claims);
    let other = portal.signed_in_as(&manager).await;
    portal.advance(Duration::from_secs(1));
    other.set_cookie("portal-sso", &browser.cookie("portal-sso").unwrap());
    let back = other.get(&back(&way, "code")).await.expect(303);
    assert_eq!(back.header("location"), "/login?said=too-long");
}

#[tokio::test]
async fn a_proof_at_the_provider_leads_on_and_links_whoever_signed_in_otherwise() {
    let forger = Forger::start().await;
    let portal = Portal::build().settings(forger.set()).start().await;
    let manager = portal.staff(Role::Manager).await;
    let browser = portal.signed_in_as(&manager).await;
    portal.advance(LATE);
    let sent = browser.get(FRESH).await.expect(303);
    let page = browser.follow(&sent).await.expect(200);
    let way = browser.submit(&page, "#sso-form", &[]).await.expect(200);
    let mut claims = forger.claims(&carried(&onward(&way), "nonce"), &portal.clock);
    claims["auth_time"] = json!(portal.clock.now().as_millis() / 1_000);
    forger.gives(&claims);
    let on = browser.get(&back(&way, "code")).await.expect(303);
    assert_eq!(on.header("location"), FRESH);
    browser.follow(&on).await.expect(200);
    assert_eq!(
        subject(&portal, forger.issuer(), &manager).await.as_deref(),
        Some("7")
    );
}

#[tokio::test]
async fn a_sign_in_by_a_session_that_is_old_at_the_provider_is_no_fresh_proof() {
    let forger = Forger::start().await;
    let portal = Portal::build().settings(forger.set()).start().await;
    portal.staff(Role::Manager).await;
    for (shown, status) in [(-3_600, 303), (0, 200)] {
        let browser = portal.browser();
        let page = leave(&browser, "/login").await;
        let mut claims = forger.claims(&carried(&onward(&page), "nonce"), &portal.clock);
        claims["auth_time"] = json!(portal.clock.now().as_millis() / 1_000 + shown);
        forger.gives(&claims);
        browser.get(&back(&page, "code")).await.expect(303);
        browser.get(FRESH).await.expect(status);
    }
}

#[tokio::test]
async fn whoever_has_no_password_proves_it_by_a_code_of_their_app() {
    let (portal, _provider, browser) = signed_in_long_ago().await;
    let id = staff::by_email(&portal.db, "manager@example.com")
        .await
        .unwrap()
        .unwrap()
        .id;
    let fresh = portal
        .signed_in_as(&Actor {
            staff_id: id,
            ..portal.actor(Role::Manager)
        })
        .await;
    assert!(!browser.get("/step-up").await.expect(200).has("#code-form"));
    let (app, _) = factors::set_up_app(&portal, &fresh).await;
    portal.advance(LATE);
    let page = fresh.get("/step-up?next=/channels").await.expect(200);
    let wrong = fresh
        .submit(&page, "#code-form", &[("code", "000000")])
        .await
        .expect(422);
    assert!(wrong.says("This code is wrong"));
    let code = app.code(&portal.clock);
    let on = fresh
        .submit(&page, "#code-form", &[("code", &code)])
        .await
        .expect(303);
    assert_eq!(on.header("location"), "/channels");
    fresh
        .submit(&page, "#code-form", &[("code", &code)])
        .await
        .expect(422);
    fresh.get(FRESH).await.expect(200);
}

#[tokio::test]
async fn whoever_has_another_account_at_the_provider_is_unlinked_and_matched_anew() {
    let (portal, provider) = with_ann().await;
    let ann = portal.staff(Role::Manager).await;
    let anns = portal.browser();
    by_sso(&anns, &provider, "ann").await.expect(303);
    provider
        .knows("new", person("ann-2", "manager@example.com"))
        .await;
    by_sso(&portal.browser(), &provider, "new")
        .await
        .expect(403);

    let address = format!("/staff/{}/forget-identity", ann.staff_id);
    let owner = portal.signed_in(Role::Owner).await;
    let page = owner
        .get(&format!("/staff/{}", ann.staff_id))
        .await
        .expect(200);
    owner.submit(&page, "#forget-form", &[]).await.expect(303);
    assert_eq!(events(&portal, EventKind::IdentityForgotten).await.len(), 1);
    anns.get("/accounts").await.expect(303);
    owner.post(&address, &[]).await.expect(409);
    by_sso(&portal.browser(), &provider, "new")
        .await
        .expect(303);
    let told = reseller_portal::db::notices::of_staff(&portal.db, ann.staff_id)
        .await
        .unwrap();
    let is_it = |words: &str| words.ends_with(" unlinked your account from single sign-on.");
    assert!(told.iter().any(|notice| is_it(&notice.message)), "{told:?}");
    assert_eq!(
        subject(&portal, provider.issuer(), &ann).await.as_deref(),
        Some("ann-2")
    );

    // Not one's own link, and not an owner's by an admin.
    let admin = portal.staff(Role::Admin).await;
    let admins = portal.signed_in_as(&admin).await;
    admins
        .post(&format!("/staff/{}/forget-identity", admin.staff_id), &[])
        .await
        .expect(403);
    let other = portal.staff(Role::Owner).await;
    admins
        .post(&format!("/staff/{}/forget-identity", other.staff_id), &[])
        .await
        .expect(403);
    portal
        .signed_in(Role::Manager)
        .await
        .post(&address, &[])
        .await
        .expect(403);
}
