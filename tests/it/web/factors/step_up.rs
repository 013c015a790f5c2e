//! Proving one's identity again before sensitive actions, by password or passkey, and continuing.

use reseller_portal::domain::audit::EventKind;

use super::*;

const LATE: Duration = Duration::from_mins(10);

#[tokio::test]
async fn after_ten_minutes_a_page_that_matters_asks_for_the_password_and_goes_on() {
    let portal = portal().await;
    let browser = portal.signed_in(Role::Viewer).await;
    browser.get("/profile/factors/app").await.expect(200);
    portal.advance(LATE);
    let led = browser.get("/profile/factors/app").await.expect(303);
    assert_eq!(
        led.header("location"),
        "/step-up?next=%2Fprofile%2Ffactors%2Fapp"
    );
    let page = browser.follow(&led).await.expect(200);
    let wrong = browser
        .submit(&page, "#prove-form", &[("password", "not it at all")])
        .await
        .expect(422);
    assert!(wrong.says("This is not your password."));
    browser.get("/profile/factors/app").await.expect(303);
    let on = browser
        .submit(&wrong, "#prove-form", &[("password", PASSWORD)])
        .await
        .expect(303);
    assert_eq!(on.header("location"), "/profile/factors/app");
    browser.follow(&on).await.expect(200);
    assert_eq!(events(&portal, EventKind::Proved).await.len(), 1);
    assert_eq!(events(&portal, EventKind::SignInFailed).await.len(), 1);
    portal.advance(LATE);
    browser.get("/profile/factors/app").await.expect(303);
}

#[tokio::test]
async fn a_form_that_matters_is_not_done_but_shown_again_filled_in() {
    let portal = portal().await;
    let browser = portal.signed_in(Role::Owner).await;
    let page = browser.get("/settings").await.expect(200);
    portal.advance(LATE);
    let typed = [("required", "viewer")];
    let form = page.form("#second-factor-form");
    let led = browser
        .request(Method::POST, &form.action)
        .form(&form.filled(&typed))
        .header("referer", "http://localhost:8080/settings")
        .send()
        .await
        .expect(303);
    assert_eq!(led.header("location"), "/step-up?next=%2Fsettings");
    assert!(events(&portal, EventKind::SettingsChanged).await.is_empty());
    let page = browser.follow(&led).await.expect(200);
    let on = browser
        .submit(&page, "#prove-form", &[("password", PASSWORD)])
        .await
        .expect(303);
    let again = browser.follow(&on).await.expect(200);
    assert!(
        again.text_of(".toast p").contains("not sent yet"),
        "{}",
        again.words()
    );
    assert_eq!(
        again.attrs_of("input[name=required][checked]", "value"),
        ["viewer"]
    );
    browser
        .submit(&again, "#second-factor-form", &typed)
        .await
        .expect(303);
    assert_eq!(events(&portal, EventKind::SettingsChanged).await.len(), 1);
}

#[tokio::test]
async fn a_button_that_was_not_done_is_told_where_the_proof_leads_back_and_a_page_is_just_opened() {
    let portal = portal().await;
    let actor = portal.staff(Role::Viewer).await;
    let browser = portal.signed_in_as(&actor).await;
    let _other = portal.signed_in_as(&actor).await;
    portal.advance(LATE);
    let led = browser
        .request(Method::POST, "/profile/sessions/end-others")
        .header("referer", "http://localhost:8080/profile")
        .send()
        .await
        .expect(303);
    let page = browser.follow(&led).await.expect(200);
    let typed = [("password", PASSWORD)];
    let on = browser
        .submit(&page, "#prove-form", &typed)
        .await
        .expect(303);
    let back = browser.follow(&on).await.expect(200);
    assert!(
        back.text_of(".toast p").contains("not sent yet"),
        "{}",
        back.words()
    );
    assert_eq!(back.count("#devices tbody tr"), 2);

    portal.advance(LATE);
    let led = browser.get("/profile/factors/app").await.expect(303);
    let page = browser.follow(&led).await.expect(200);
    let on = browser
        .submit(&page, "#prove-form", &typed)
        .await
        .expect(303);
    assert!(!browser.follow(&on).await.expect(200).says("not sent yet"));
}

#[tokio::test]
async fn a_passkey_proves_it_and_another_persons_does_not() {
    let portal = portal().await;
    let (actor, mut passkey) = with_passkey(&portal, Role::Viewer).await;
    let (_, mut foreign) = with_passkey(&portal, Role::Owner).await;
    let browser = portal.signed_in_as(&actor).await;
    portal.advance(LATE);
    assert!(browser.get("/step-up").await.has("form[data-passkey=get]"));

    let asked = challenge(&browser, "/step-up/challenge").await;
    let said = foreign.assert(&asked);
    answer(&browser, "/step-up/passkey", &asked, &said)
        .await
        .expect(422);
    let anybodys = challenge(&portal.browser(), "/login/passkey/challenge").await;
    let said = passkey.assert(&anybodys);
    answer(&browser, "/step-up/passkey", &anybodys, &said)
        .await
        .expect(422);
    browser.get("/profile/factors/app").await.expect(303);

    let asked = challenge(&browser, "/step-up/challenge").await;
    let said = passkey.assert(&asked);
    let on = answer(&browser, "/step-up/passkey", &asked, &said)
        .await
        .expect(303);
    assert_eq!(on.header("location"), "/channels");
    browser.get("/profile/factors/app").await.expect(200);
    assert_eq!(
        events(&portal, EventKind::Proved).await[0].message,
        "With a passkey."
    );
}

#[tokio::test]
async fn without_a_proof_no_factor_is_added_removed_or_reset_and_a_script_is_told_in_words() {
    let portal = portal().await;
    let (actor, _, _) = with_app(&portal, Role::Viewer).await;
    let browser = portal.signed_in_as(&actor).await;
    let owner = portal.signed_in(Role::Owner).await;
    portal.advance(LATE);
    for path in [
        "/profile/factors/app",
        "/profile/factors/app/remove",
        "/profile/factors/codes",
        "/profile/factors/passkeys",
    ] {
        let led = browser.post(path, &[("code", "123456")]).await.expect(303);
        assert!(led.header("location").starts_with("/step-up"), "{path}");
    }
    let path = format!("/staff/{}/reset-factors", actor.staff_id);
    let led = owner.post(&path, &[("reason", "Lost")]).await.expect(303);
    assert!(led.header("location").starts_with("/step-up"));
    let told = ask(&browser, "/profile/factors/passkeys/challenge")
        .await
        .expect(401);
    assert!(told.text.contains("Confirm it's you"));
    assert!(
        browser
            .get("/profile/factors")
            .await
            .has("a[href='/profile/factors/app/remove']")
    );
}

#[tokio::test]
async fn guessing_the_password_in_a_session_is_held_back_and_one_goes_on_within_the_portal_only() {
    let portal = portal().await;
    let browser = portal.signed_in(Role::Viewer).await;
    for _ in 0..5 {
        browser
            .post("/step-up", &[("password", "not it at all")])
            .await
            .expect(422);
    }
    let held = browser
        .post("/step-up", &[("password", PASSWORD)])
        .await
        .expect(429);
    assert!(held.says("Too many failed attempts"));
    portal.advance(Duration::from_secs(2));
    for next in ["https://evil.example/", "//evil.example", "/\\evil.example"] {
        let on = browser
            .post("/step-up", &[("password", PASSWORD), ("next", next)])
            .await
            .expect(303);
        assert_eq!(on.header("location"), "/", "{next}");
    }
}
