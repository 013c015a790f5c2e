//! Roles that require a second factor: who configures it, who is redirected, what cannot be
//! removed.

use reseller_portal::domain::audit::EventKind;

use super::*;

async fn require(portal: &Portal, roles: &[&str]) {
    let owner = portal.signed_in(Role::Owner).await;
    let page = owner.get("/settings").await.expect(200);
    let typed: Vec<_> = roles.iter().map(|role| ("required", *role)).collect();
    owner
        .submit(&page, "#second-factor-form", &typed)
        .await
        .expect(303);
}

#[tokio::test]
async fn who_lacks_one_is_led_to_set_it_up_before_anything_else_opens() {
    let portal = portal().await;
    let actor = portal.staff(Role::Manager).await;
    let running = portal.browser();
    sign_in(&running, &actor.email, PASSWORD).await.expect(303);
    let viewer = portal.signed_in(Role::Viewer).await;
    require(&portal, &["manager"]).await;

    for path in ["/", "/accounts", "/profile", "/staff", "/channels"] {
        let led = running.get(path).await.expect(303);
        assert_eq!(led.header("location"), "/profile/factors", "{path}");
    }
    let fragment = running.get_fragment("/accounts").await.expect(200);
    assert_eq!(fragment.header("hx-redirect"), "/profile/factors");
    viewer.get("/accounts").await.expect(200);

    let fresh = portal.browser();
    sign_in(&fresh, &actor.email, PASSWORD).await.expect(303);
    let led = fresh.get("/").await.expect(303);
    let page = fresh.follow(&led).await.expect(200);
    assert!(page.says("Set up a second factor to continue"));
    set_up_app(&portal, &fresh).await.1.expect(200);
    fresh.get("/accounts").await.expect(200);
    assert!(
        !fresh
            .get("/profile/factors")
            .await
            .says("Set up a second factor to continue")
    );
    running.get("/accounts").await.expect(303);
}

#[tokio::test]
async fn a_form_that_is_sent_meanwhile_is_not_done_but_kept() {
    let portal = portal().await;
    let owner = portal.staff(Role::Owner).await;
    let browser = portal.signed_in_as(&owner).await;
    let page = browser.get("/staff/new").await.expect(200);
    require(&portal, &["owner"]).await;
    let typed = [
        ("name", "Zoe"),
        ("email", "zoe@example.com"),
        ("role", "viewer"),
    ];
    let form = page.form("form.form");
    let sent = browser
        .request(Method::POST, &form.action)
        .form(&form.filled(&typed))
        .header("referer", "http://localhost:8080/staff/new")
        .send()
        .await
        .expect(303);
    assert_eq!(sent.header("location"), "/profile/factors");
    set_up_app(&portal, &browser).await.1.expect(200);
    assert!(!browser.get("/staff").await.says("zoe@example.com"));
    let again = browser.get("/staff/new").await.expect(200);
    assert_eq!(again.form("form.form").value("name"), Some("Zoe"));
}

#[tokio::test]
async fn the_last_factor_stays_while_the_role_needs_one() {
    let portal = portal().await;
    let (actor, _) = with_passkey(&portal, Role::Manager).await;
    require(&portal, &["manager"]).await;
    let browser = portal.signed_in_as(&actor).await;
    let page = browser.get("/profile/factors").await.expect(200);
    let action = page
        .attrs_of(".passkey-list a[href$=remove]", "href")
        .remove(0);
    let asked = browser.get(&action).await.expect(200);
    assert!(asked.says("this is your last one") && !asked.has("#removal button"));
    let refused = browser.post(&action, &[]).await.expect(422);
    assert!(refused.says("this is your last one"));

    set_up_app(&portal, &browser).await.1.expect(303);
    let asked = browser.get(&action).await.expect(200);
    assert!(!asked.says("your last one"));
    browser.submit(&asked, "#removal", &[]).await.expect(303);
    let refused = browser
        .post("/profile/factors/app/remove", &[])
        .await
        .expect(422);
    assert!(refused.says("this is your last one"));
    assert_eq!(events(&portal, EventKind::FactorRemoved).await.len(), 1);
}

#[tokio::test]
async fn only_owners_see_and_change_settings_and_each_change_is_told() {
    let portal = portal().await;
    for role in [Role::Admin, Role::Manager, Role::Viewer] {
        let browser = portal.signed_in(role).await;
        browser.get("/settings").await.expect(403);
        browser
            .post("/settings", &[("required", "viewer")])
            .await
            .expect(403);
        assert!(
            !browser.get("/profile").await.has("a[href='/settings']"),
            "{role:?}"
        );
    }
    let owner = portal.signed_in(Role::Owner).await;
    let page = owner.get("/settings").await.expect(200);
    assert!(page.has("nav a[href='/settings']"));
    assert!(page.says("1 person without one"));
    let typed = [("required", "admin"), ("required", "viewer")];
    owner
        .submit(&page, "#second-factor-form", &typed)
        .await
        .expect(303);
    let told = events(&portal, EventKind::SettingsChanged).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].before.as_deref(), Some("None"));
    assert_eq!(told[0].after.as_deref(), Some("Admin, Viewer"));

    // The page from before shows an outdated state.
    let conflict = owner
        .submit(&page, "#second-factor-form", &[("required", "manager")])
        .await
        .expect(409);
    assert!(conflict.says("Admin, Viewer"));
    assert_eq!(
        conflict.attrs_of("input[name=required][checked]", "value"),
        ["manager"]
    );
    owner
        .submit(&conflict, "#second-factor-form", &[("required", "manager")])
        .await
        .expect(303);
    let page = owner.get("/settings").await.expect(200);
    assert_eq!(
        page.attrs_of("input[name=required][checked]", "value"),
        ["manager"]
    );
}
