//! The way to the provider and back: requests, stored data, and the final page.

use super::*;
use crate::support::PASSWORD;
use crate::web::factors;

#[tokio::test]
async fn whoever_signs_in_at_the_provider_lands_where_they_wanted_to_go() {
    let (portal, provider) = with_ann().await;
    let ann = portal.staff(Role::Manager).await;
    let browser = portal.browser();
    let page = browser
        .get("/login?next=/channels%3Fpage%3D2")
        .await
        .expect(200);
    assert_eq!(page.text_of("#sso-form button"), "Sign in with Acme ID");
    let page = browser.submit(&page, "#sso-form", &[]).await.expect(200);
    let address = onward(&page);
    assert!(
        address.starts_with(&format!("{}/auth?", provider.issuer())),
        "{address}"
    );
    assert_eq!(
        carried(&address, "redirect_uri"),
        "http://127.0.0.1:8080/login/sso/callback"
    );
    assert_eq!(carried(&address, "code_challenge_method"), "S256");
    assert_eq!(carried(&address, "response_type"), "code");
    assert!(
        page.header("content-security-policy")
            .contains("form-action 'self';")
    );

    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("portal-sso="), "{cookie}");
    assert!(
        cookie.contains("; HttpOnly; SameSite=Lax; Max-Age=600"),
        "{cookie}"
    );
    let token = browser.cookie("portal-sso").unwrap();
    for secret in ["state", "nonce", "code_challenge"] {
        assert!(
            !carried(&address, secret).is_empty() && !carried(&address, secret).contains(&token)
        );
    }

    let arrived = browser
        .get(&provider.sign_in(&page, "ann").await)
        .await
        .expect(303);
    assert_eq!(arrived.header("location"), "/channels?page=2");
    assert_eq!(browser.cookie("portal-sso"), None);
    browser.follow(&arrived).await.expect(200);

    assert_eq!(
        messages(&portal, EventKind::SignIn).await,
        ["With single sign-on."]
    );
    assert_eq!(
        subject(&portal, provider.issuer(), &ann).await.as_deref(),
        Some("ann-1")
    );
    let linked = events(&portal, EventKind::IdentityLinked).await;
    assert_eq!(linked.len(), 1);
    assert_eq!(linked[0].target, "manager@example.com");
    assert!(
        browser
            .get("/profile")
            .await
            .says("Your account was linked to single sign-on")
    );

    let out = browser.post("/logout", &[]).await.expect(303);
    assert!(
        browser
            .follow(&out)
            .await
            .says("You may still be signed in at Acme ID")
    );
}

#[tokio::test]
async fn over_https_the_cookie_of_the_way_is_for_this_host_alone() {
    let provider = Provider::start();
    let portal = Portal::build()
        .settings(provider.set())
        .settings(|settings| settings.public_url = "https://portal.example.com".parse().unwrap())
        .start()
        .await;
    let browser = portal.browser();
    let page = leave(&browser, "/login").await;
    let cookie = page.header("set-cookie");
    assert!(
        cookie.starts_with("__Host-portal-sso=") && cookie.contains("; Secure"),
        "{cookie}"
    );
    assert_eq!(
        carried(&onward(&page), "redirect_uri"),
        "https://portal.example.com/login/sso/callback"
    );
}

#[tokio::test]
async fn a_form_that_an_expired_login_interrupted_comes_back_filled_in() {
    let (portal, provider) = with_ann().await;
    portal.staff(Role::Manager).await;
    let browser = portal.browser();
    let sent = browser
        .post(
            "/accounts/new/review",
            &[("organization_name", "Acme kept")],
        )
        .await
        .expect(401);
    let page = browser.submit(&sent, "#sso-form", &[]).await.expect(200);
    let arrived = browser
        .get(&provider.sign_in(&page, "ann").await)
        .await
        .expect(303);
    let form = browser.follow(&arrived).await.expect(200);
    assert!(form.text.contains("Acme kept"), "{}", form.words());
}

#[tokio::test]
async fn without_a_provider_there_is_no_single_sign_on() {
    let portal = Portal::start().await;
    let browser = portal.browser();
    assert!(!browser.get("/login").await.has("#sso-form"));
    browser.post("/login/sso", &[]).await.expect(404);
    browser
        .get("/login/sso/callback?code=1&state=2")
        .await
        .expect(404);
}

#[tokio::test]
async fn the_portals_own_second_factor_is_asked_for_unless_several_were_shown_at_the_provider() {
    let (portal, provider) = with_ann().await;
    let (_, app, _) = factors::with_app(&portal, Role::Manager).await;

    let browser = portal.browser();
    let half = by_sso(&browser, &provider, "ann").await.expect(303);
    assert_eq!(half.header("location"), "/login/second-factor");
    assert!(
        browser
            .get("/channels")
            .await
            .header("location")
            .starts_with("/login")
    );
    portal.advance(std::time::Duration::from_mins(1));
    let code = app.code(&portal.clock);
    let page = browser.follow(&half).await.expect(200);
    browser
        .submit(&page, "#code-form", &[("code", &code)])
        .await
        .expect(303);
    browser.get("/channels").await.expect(200);
    let told = messages(&portal, EventKind::SignIn).await;
    assert_eq!(told[0], "With single sign-on and an authenticator app.");

    let mut claims = person("ann-1", "manager@example.com");
    claims["amr"] = json!(["pwd", "mfa"]);
    provider.knows("ann", claims).await;
    let browser = portal.browser();
    let arrived = by_sso(&browser, &provider, "ann").await.expect(303);
    assert_eq!(arrived.header("location"), "/");
    browser.get("/channels").await.expect(200);
    let told = messages(&portal, EventKind::SignIn).await;
    assert_eq!(told[0], "With single sign-on, with several factors.");
}

#[tokio::test]
async fn a_role_that_needs_a_second_factor_is_content_with_several_at_the_provider() {
    let (portal, provider) = with_ann().await;
    portal.staff(Role::Manager).await;
    let owner = portal.staff(Role::Owner).await;
    let chosen = reseller_portal::staff::factors::required_roles::set_roles(
        &portal,
        &owner,
        &[],
        &[Role::Manager],
    )
    .await;
    chosen.unwrap();

    let browser = portal.browser();
    by_sso(&browser, &provider, "ann").await.expect(303);
    assert_eq!(
        browser
            .get("/channels")
            .await
            .expect(303)
            .header("location"),
        "/profile/factors"
    );

    let mut claims = person("ann-1", "manager@example.com");
    claims["amr"] = json!(["mfa"]);
    provider.knows("ann", claims).await;
    let browser = portal.browser();
    by_sso(&browser, &provider, "ann").await.expect(303);
    browser.get("/channels").await.expect(200);
    assert!(
        !browser
            .get("/profile/factors")
            .await
            .expect(200)
            .says("Set up a second factor to continue")
    );
}

#[tokio::test]
async fn whoever_turns_back_at_the_provider_is_told_so_and_can_sign_in_otherwise() {
    let (portal, provider) = with_ann().await;
    portal.staff(Role::Manager).await;
    let browser = portal.browser();
    let page = leave(&browser, "/login?next=/channels").await;
    let page = browser
        .get(&provider.turn_back(&page).await)
        .await
        .expect(403);
    assert!(page.says("You cancelled at Acme ID, or it does not let you use this portal."));
    let typed = [("email", "manager@example.com"), ("password", PASSWORD)];
    let arrived = browser
        .submit(&page, "#password-form", &typed)
        .await
        .expect(303);
    assert_eq!(arrived.header("location"), "/channels");
    assert!(events(&portal, EventKind::SignInFailed).await.is_empty());
}
