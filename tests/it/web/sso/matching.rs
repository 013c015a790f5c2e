//! Matching an identity with a staff member.

use super::*;

const REFUSED: &str = "Your account at Acme ID has no access here. Ask an admin of this portal to \
                       invite its email.";

#[tokio::test]
async fn somebody_invited_takes_the_invitation_by_signing_in() {
    let (portal, provider) = with_ann().await;
    provider
        .knows("kim", person("kim-1", "Kim@Example.com"))
        .await;
    let id = invited(&portal, "kim@example.com", Role::Viewer).await;
    assert_eq!(
        staff::by_id(&portal.db, id)
            .await
            .unwrap()
            .unwrap()
            .joined_at,
        None
    );

    let browser = portal.browser();
    by_sso(&browser, &provider, "kim").await.expect(303);
    browser.get("/accounts").await.expect(200);
    let kim = staff::by_id(&portal.db, id).await.unwrap().unwrap();
    assert_eq!(kim.joined_at, Some(portal.clock.now()));
    assert_eq!(kim.password_changed_at, None);
    let accepted = events(&portal, EventKind::InvitationAccepted).await;
    assert_eq!(accepted[0].target, "kim@example.com");

    let owner = portal.signed_in(Role::Owner).await;
    let page = owner.get(&format!("/staff/{id}")).await.expect(200);
    assert!(page.says("Active") && !page.says("Invited"));
}

#[tokio::test]
async fn an_address_is_matched_exactly_with_its_domain_in_either_form() {
    let (portal, provider) = with_ann().await;
    let id = invited(&portal, "kim@bücher.example", Role::Viewer).await;
    for (login, email) in [
        ("plain", "kim@bucher.example"),
        ("kelvin", "\u{212a}im@bücher.example"),
    ] {
        provider.knows(login, person(login, email)).await;
        by_sso(&portal.browser(), &provider, login)
            .await
            .expect(403);
    }
    provider
        .knows("kim", person("kim-1", "Kim@xn--bcher-kva.example"))
        .await;
    by_sso(&portal.browser(), &provider, "kim")
        .await
        .expect(303);
    let kim = staff::by_id(&portal.db, id).await.unwrap().unwrap();
    assert_eq!(kim.joined_at, Some(portal.clock.now()));
}

#[tokio::test]
async fn an_invitation_that_was_taken_by_signing_in_opens_nothing_more() {
    let (portal, provider) = with_ann().await;
    provider
        .knows("kim", person("kim-1", "kim@example.com"))
        .await;
    let owner = portal.staff(Role::Owner).await;
    let by = reseller_portal::staff::Principal::Actor(&owner);
    let email = "kim@example.com".parse().unwrap();
    let (_, link) =
        reseller_portal::staff::members::invite(&portal, by, &email, "Kim", Role::Viewer)
            .await
            .unwrap();
    by_sso(&portal.browser(), &provider, "kim")
        .await
        .expect(303);
    portal.browser().get(link.url.path()).await.expect(404);
}

#[tokio::test]
async fn strangers_and_disabled_staff_get_the_same_sentence_which_the_audit_explains() {
    let (portal, provider) = with_ann().await;
    provider
        .knows("eve", person("eve-1", "eve@example.com"))
        .await;
    let ann = portal.staff(Role::Manager).await;
    let owner = portal.staff(Role::Owner).await;

    let browser = portal.browser();
    let page = by_sso(&browser, &provider, "eve").await.expect(403);
    assert!(page.says(REFUSED));
    browser.get("/accounts").await.expect(303);

    // Once before anything is linked, and once after.
    let by = reseller_portal::staff::Principal::Actor(&owner);
    for _ in 0..2 {
        reseller_portal::staff::members::disable(&portal, by, ann.staff_id, None)
            .await
            .unwrap();
        assert!(
            by_sso(&portal.browser(), &provider, "ann")
                .await
                .expect(403)
                .says(REFUSED)
        );
        reseller_portal::staff::members::enable(&portal, by, ann.staff_id, None)
            .await
            .unwrap();
        by_sso(&portal.browser(), &provider, "ann")
            .await
            .expect(303);
    }
    let failed = events(&portal, EventKind::SignInFailed).await;
    let targets: Vec<&str> = failed.iter().map(|event| event.target.as_str()).collect();
    assert_eq!(
        targets,
        [
            "manager@example.com",
            "manager@example.com",
            "eve@example.com"
        ]
    );
    assert!(failed.iter().all(|event| {
        event
            .message
            .starts_with("By single sign-on: no staff member")
    }));
}

#[tokio::test]
async fn an_address_that_the_provider_did_not_verify_matches_nobody() {
    let (portal, provider) = with_ann().await;
    let ann = portal.staff(Role::Manager).await;
    let unverified = "Acme ID says that your email is not verified.";
    let unsaid = "the operator of this portal can set PORTAL_SSO_TRUST_EMAIL=true";
    let no_email = "Acme ID does not send your email to this portal.";
    for (claims, text) in [
        (
            json!({ "sub": "1", "email": "manager@example.com", "email_verified": false }),
            unverified,
        ),
        (
            json!({ "sub": "1", "email": "manager@example.com" }),
            unsaid,
        ),
        (json!({ "sub": "1", "email_verified": true }), no_email),
        (json!({ "sub": "1" }), no_email),
    ] {
        provider.knows("ann", claims.clone()).await;
        let page = by_sso(&portal.browser(), &provider, "ann")
            .await
            .expect(403);
        assert!(page.says(text), "{claims}: {}", page.words());
    }
    assert_eq!(subject(&portal, provider.issuer(), &ann).await, None);
}

#[tokio::test]
async fn from_the_first_time_on_the_providers_own_name_counts_and_no_address() {
    let (portal, provider) = with_ann().await;
    let ann = portal.staff(Role::Manager).await;
    by_sso(&portal.browser(), &provider, "ann")
        .await
        .expect(303);

    // Ann marries, or her address is no longer verified: she is still the same person.
    for claims in [
        person("ann-1", "ann.new@example.com"),
        json!({ "sub": "ann-1", "email": "x@example.com", "email_verified": false }),
        json!({ "sub": "ann-1" }),
    ] {
        provider.knows("ann", claims).await;
        by_sso(&portal.browser(), &provider, "ann")
            .await
            .expect(303);
    }

    // At the provider, her old address now belongs to another person.
    provider
        .knows("bob", person("bob-2", "manager@example.com"))
        .await;
    let browser = portal.browser();
    let page = by_sso(&browser, &provider, "bob").await.expect(403);
    assert!(page.says("is not the one that signed in here with this email address before"));
    browser.get("/accounts").await.expect(303);
    assert_eq!(
        subject(&portal, provider.issuer(), &ann).await.as_deref(),
        Some("ann-1")
    );
    let failed = messages(&portal, EventKind::SignInFailed).await;
    assert_eq!(
        failed,
        ["By single sign-on: the person with this email is linked to another account there."]
    );
}

#[tokio::test]
async fn a_letter_that_only_looks_like_another_is_another_address() {
    let (portal, provider) = with_ann().await;
    invited(&portal, "kim@example.com", Role::Admin).await;
    // The kelvin sign, whose lower case is a k.
    provider
        .knows("eve", person("eve-1", "\u{212a}im@example.com"))
        .await;
    assert!(
        by_sso(&portal.browser(), &provider, "eve")
            .await
            .expect(403)
            .says(REFUSED)
    );
}

#[tokio::test]
async fn two_first_sign_ins_at_once_link_one_account() {
    let forger = Forger::start().await;
    let portal = Portal::build().settings(forger.set()).start().await;
    let ann = portal.staff(Role::Manager).await;
    let (one, other) = (portal.browser(), portal.browser());
    let mut ways = Vec::new();
    for (browser, subject) in [(&one, "1"), (&other, "2")] {
        let page = leave(browser, "/login").await;
        let mut claims = forger.claims(&carried(&onward(&page), "nonce"), &portal.clock);
        claims["sub"] = json!(subject);
        match subject {
            "1" => forger.gives_for(subject, &claims),
            _ => forger.gives(&claims),
        }
        ways.push(back(&page, subject));
    }
    let (first, second) = tokio::join!(one.get(&ways[0]), other.get(&ways[1]));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 403]);
    assert!(subject(&portal, forger.issuer(), &ann).await.is_some());
    assert_eq!(events(&portal, EventKind::IdentityLinked).await.len(), 1);
}
