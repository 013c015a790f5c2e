//! Resetting lost factors: by owners only, with a reason. The person is told and signed out.

use reseller_portal::domain::audit::EventKind;

use super::*;

#[tokio::test]
async fn an_owner_resets_lost_factors_with_a_reason() {
    let portal = portal().await;
    let (actor, _, _) = with_app(&portal, Role::Admin).await;
    let theirs = portal.signed_in_as(&actor).await;
    let owner = portal.signed_in(Role::Owner).await;
    let path = format!("/staff/{}", actor.staff_id);
    let page = owner.get(&path).await.expect(200);
    let href = page.attr_of("a[href$=reset-factors]", "href").unwrap();
    let confirm = owner.get(&href).await.expect(200);
    let refused = owner
        .submit(&confirm, "form.confirm", &[("reason", "  ")])
        .await
        .expect(422);
    assert!(refused.has("#reason[aria-invalid=true]"));
    owner
        .submit(
            &confirm,
            "form.confirm",
            &[("reason", "Lost the phone; called back")],
        )
        .await
        .expect(303);
    theirs.get("/profile").await.expect(303);

    let browser = portal.browser();
    let alone = sign_in(&browser, &actor.email, PASSWORD).await.expect(303);
    assert_eq!(alone.header("location"), "/");
    let profile = browser.get("/profile").await.expect(200);
    assert!(profile.says("Test Owner reset your second factors: Lost the phone; called back"));
    let told = events(&portal, EventKind::FactorsReset).await;
    assert_eq!(
        told[0].reason.as_deref(),
        Some("Lost the phone; called back")
    );
    assert_eq!(told[0].before.as_deref(), Some("authenticator app"));
    assert_eq!(told[0].target, actor.email);

    let again = owner
        .submit(&confirm, "form.confirm", &[("reason", "Again")])
        .await
        .expect(422);
    assert!(again.says("There is no second factor"));
}

#[tokio::test]
async fn nobody_but_an_owner_resets_and_nobody_their_own() {
    let portal = portal().await;
    let (actor, _, _) = with_app(&portal, Role::Viewer).await;
    let path = format!("/staff/{}/reset-factors", actor.staff_id);
    for role in [Role::Admin, Role::Manager, Role::Viewer] {
        let browser = portal.signed_in(role).await;
        browser.get(&path).await.expect(403);
        browser
            .post(&path, &[("reason", "Please")])
            .await
            .expect(403);
        let page = browser
            .get(&format!("/staff/{}", actor.staff_id))
            .await
            .expect(200);
        assert!(!page.has("a[href$=reset-factors]"), "{role:?}");
    }
    let (owner, _, _) = with_app(&portal, Role::Owner).await;
    let browser = portal.signed_in_as(&owner).await;
    let path = format!("/staff/{}/reset-factors", owner.staff_id);
    let refused = browser
        .post(&path, &[("reason", "Please")])
        .await
        .expect(422);
    assert!(refused.says("This is you"));
    assert!(events(&portal, EventKind::FactorsReset).await.is_empty());
}

#[tokio::test]
async fn a_half_way_sign_in_does_not_survive_a_reset() {
    let portal = portal().await;
    let (actor, _, _) = with_app(&portal, Role::Viewer).await;
    let half_way = portal.browser();
    sign_in(&half_way, &actor.email, PASSWORD).await.expect(303);
    let owner = portal.signed_in(Role::Owner).await;
    let path = format!("/staff/{}/reset-factors", actor.staff_id);
    owner.post(&path, &[("reason", "Lost")]).await.expect(303);
    assert_eq!(
        half_way
            .get("/login/second-factor")
            .await
            .expect(303)
            .header("location"),
        "/login"
    );
}
