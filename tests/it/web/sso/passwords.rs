//! Passwords switched off: only owners sign in without the provider.

use super::*;
use crate::support::PASSWORD;
use crate::web::factors;
use crate::web::sign_in::sign_in;

async fn without_passwords() -> (Portal, Forger) {
    let forger = Forger::start().await;
    let portal = Portal::build()
        .settings(forger.set())
        .settings(|settings| {
            settings.sso.as_mut().unwrap().password_sign_in = false;
            settings.public_url = "http://localhost:8080".parse().unwrap();
        })
        .start()
        .await;
    (portal, forger)
}

#[tokio::test]
async fn a_right_password_is_as_good_as_a_wrong_one_for_all_but_owners() {
    let (portal, _forger) = without_passwords().await;
    portal.staff(Role::Owner).await;
    for role in [Role::Admin, Role::Manager, Role::Viewer] {
        let actor = portal.staff(role).await;
        let browser = portal.browser();
        let right = sign_in(&browser, &actor.email, PASSWORD).await.expect(422);
        let wrong = sign_in(&browser, &actor.email, "not the password")
            .await
            .expect(422);
        assert_eq!(right.text, wrong.text);
        browser.get("/accounts").await.expect(303);
    }
    let failed = messages(&portal, EventKind::SignInFailed).await;
    assert_eq!(failed, vec!["Wrong email address or password."; 6]);
    sign_in(&portal.browser(), "owner@example.com", PASSWORD)
        .await
        .expect(303);
}

#[tokio::test]
async fn the_sign_in_page_leads_to_the_provider_and_keeps_a_place_for_owners() {
    let (portal, _forger) = without_passwords().await;
    let page = portal.browser().get("/login").await.expect(200);
    assert_eq!(page.text_of("#sso-form button"), "Sign in with Acme ID");
    assert!(page.has("details:not([open]) #password-form"));
    assert_eq!(
        page.text_of("details summary"),
        "Sign in as an owner, without Acme ID"
    );
    let refused = sign_in(&portal.browser(), "x@example.com", "no")
        .await
        .expect(422);
    assert!(refused.has("details[open] #password-form"));
}

#[tokio::test]
async fn a_passkey_signs_in_owners_alone() {
    let (portal, _forger) = without_passwords().await;
    let (_, mut owners) = factors::with_passkey(&portal, Role::Owner).await;
    let browser = portal.browser();
    factors::sign_in_with(&browser, &mut owners)
        .await
        .expect(303);

    let (_, mut managers) = factors::with_passkey(&portal, Role::Manager).await;
    let browser = portal.browser();
    factors::sign_in_with(&browser, &mut managers)
        .await
        .expect(422);
    browser.get("/accounts").await.expect(303);
    let told = messages(&portal, EventKind::SignInFailed).await;
    assert!(
        told[0].contains("their role signs in by single sign-on alone"),
        "{told:?}"
    );
}

#[tokio::test]
async fn an_invitation_leads_to_the_provider_and_takes_no_password() {
    let (portal, _forger) = without_passwords().await;
    let owner = portal.staff(Role::Owner).await;
    let by = reseller_portal::staff::Principal::Actor(&owner);
    let email = "kim@example.com".parse().unwrap();
    let invite = reseller_portal::staff::members::invite(&portal, by, &email, "Kim", Role::Viewer);
    let (id, link) = invite.await.unwrap();
    let browser = portal.browser();
    let page = browser.get(link.url.path()).await.expect(200);
    assert!(page.says("You sign in to the portal at Acme ID, with the account that has the address kim@example.com."));
    assert!(page.has("#sso-form") && !page.has("input[type=password]"));
    let new = "lamp teapot orbit";
    let fields = [("name", "Kim"), ("password", new), ("password_again", new)];
    browser.post(link.url.path(), &fields).await.expect(422);
    let kim = staff::by_id(&portal.db, id).await.unwrap().unwrap();
    assert_eq!((kim.joined_at, kim.password_changed_at), (None, None));

    let manager = portal.staff(Role::Manager).await;
    let refused = reseller_portal::staff::members::create_link(&portal, by, manager.staff_id).await;
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("Only owners sign in with a password")
    );
    let browser = portal.signed_in_as(&owner).await;
    let page = browser
        .get(&format!("/staff/{}", manager.staff_id))
        .await
        .expect(200);
    assert!(page.says("Only owners sign in with a password here.") && !page.has("#link-form"));
}

#[tokio::test]
async fn nobody_but_owners_changes_or_shows_a_password() {
    let (portal, _forger) = without_passwords().await;
    let manager = portal.signed_in(Role::Manager).await;
    let page = manager.get("/profile").await.expect(200);
    assert!(
        page.says("You sign in with Acme ID; passwords are for owners here.")
            && !page.has("#password-form")
    );
    let new = "lamp teapot orbit";
    let fields = [
        ("present_password", PASSWORD),
        ("password", new),
        ("password_again", new),
    ];
    manager.post("/profile/password", &fields).await.expect(422);

    let page = manager.get("/step-up").await.expect(200);
    assert!(page.has("#sso-form") && !page.has("#prove-form"));
    manager
        .post("/step-up", &[("password", PASSWORD)])
        .await
        .expect(422);

    let owner = portal.signed_in(Role::Owner).await;
    assert!(
        owner
            .get("/profile")
            .await
            .expect(200)
            .has("#password-form")
    );
    assert!(owner.get("/step-up").await.expect(200).has("#prove-form"));
}
