//! Sign-in at imitations of common providers, with the settings that the documentation names.

use super::*;

/// Starts a portal with single sign-on at this provider.
/// `trust_email` trusts the provider's addresses.
async fn portal_at(provider: &Provider, trust_email: bool) -> Portal {
    Portal::build()
        .settings(provider.set())
        .settings(move |settings| settings.sso.as_mut().unwrap().trust_email = trust_email)
        .start()
        .await
}

#[tokio::test]
async fn someone_invited_signs_in_at_each_of_the_usual_providers_and_again_by_its_own_name_for_them()
 {
    let mut provider = Provider::start();
    provider
        .knows("ann", person("ann-1", "manager@example.com"))
        .await;
    for (name, trust_email) in [
        ("entra", true),
        ("google", false),
        ("okta", false),
        ("auth0", false),
        ("keycloak", false),
        ("zitadel", false),
        ("authentik", false),
    ] {
        provider.is_like(name).await;
        let portal = portal_at(&provider, trust_email).await;
        let ann = portal.staff(Role::Manager).await;
        let arrived = by_sso(&portal.browser(), &provider, "ann").await;
        assert_eq!(arrived.status, 303, "{name}: {}", arrived.words());
        let linked = subject(&portal, provider.issuer(), &ann).await;
        assert_eq!(linked.as_deref(), Some("ann-1"), "{name}");
        by_sso(&portal.browser(), &provider, "ann")
            .await
            .expect(303);
        let told = messages(&portal, EventKind::SignIn).await;
        let several = ["okta", "zitadel", "authentik"].contains(&name);
        assert_eq!(
            told[0].contains("several factors"),
            several,
            "{name}: {told:?}"
        );
    }
}

#[tokio::test]
async fn an_email_that_nothing_vouches_for_is_refused_with_advice_that_can_be_followed() {
    let mut provider = Provider::start();
    provider.is_like("entra").await;
    provider
        .knows("ann", person("ann-1", "manager@example.com"))
        .await;
    let portal = portal_at(&provider, false).await;
    let ann = portal.staff(Role::Manager).await;
    let page = by_sso(&portal.browser(), &provider, "ann")
        .await
        .expect(403);
    assert!(page.says("PORTAL_SSO_TRUST_EMAIL=true"), "{}", page.words());
    assert_eq!(subject(&portal, provider.issuer(), &ann).await, None);

    // The provider says that the email is not verified. Trust in its emails has no effect.
    provider.is_like("authentik").await;
    for verified in [json!(false), json!("false")] {
        provider
            .knows(
                "ann",
                json!({ "sub": "ann-1", "email": "manager@example.com", "email_verified": verified }),
            )
            .await;
        let portal = portal_at(&provider, true).await;
        portal.staff(Role::Manager).await;
        let page = by_sso(&portal.browser(), &provider, "ann")
            .await
            .expect(403);
        assert!(
            page.says("Acme ID says that your email is not verified."),
            "{}",
            page.words()
        );
    }
}

#[tokio::test]
async fn someone_who_is_linked_needs_neither_an_email_nor_user_info() {
    let forger = Forger::start().await;
    forger.says().user_info = Some(("application/json", "<html>".to_owned()));
    let portal = Portal::build().settings(forger.set()).start().await;
    let manager = portal.staff(Role::Manager).await;
    for (email, status) in [
        (json!(null), 403),
        (json!("manager@example.com"), 303),
        (json!(null), 303),
    ] {
        let browser = portal.browser();
        let page = leave(&browser, "/login").await;
        let mut claims = forger.claims(&carried(&onward(&page), "nonce"), &portal.clock);
        claims["email"] = email.clone();
        forger.gives(&claims);
        let arrived = browser.get(&back(&page, "code")).await;
        assert_eq!(arrived.status, status, "{email}: {}", arrived.words());
    }
    assert_eq!(
        subject(&portal, forger.issuer(), &manager).await.as_deref(),
        Some("7")
    );
}
