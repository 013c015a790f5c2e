//! Authenticator apps: set up, required after the password, each code accepted once.

use reseller_portal::db::{self, sessions};
use reseller_portal::domain::audit::EventKind;

use super::*;

#[tokio::test]
async fn an_app_is_set_up_with_a_code_of_it_and_asked_for_after_the_password() {
    let portal = portal().await;
    let (actor, app, _) = with_app(&portal, Role::Manager).await;

    let browser = portal.browser();
    let typed = [
        ("email", &*actor.email),
        ("password", PASSWORD),
        ("next", "/accounts?page=2"),
    ];
    let half_way = browser.post("/login", &typed).await.expect(303);
    assert_eq!(half_way.header("location"), "/login/second-factor");
    assert_eq!(
        browser
            .get("/accounts")
            .await
            .expect(303)
            .header("location"),
        "/login?next=%2Faccounts"
    );
    let page = browser.follow(&half_way).await.expect(200);
    assert!(page.says("Signing in as manager@example.com"));
    let signed_in = browser
        .submit(&page, "#code-form", &[("code", &app.code(&portal.clock))])
        .await
        .expect(303);
    assert_eq!(signed_in.header("location"), "/accounts?page=2");
    browser.get("/profile").await.expect(200);
    assert_eq!(
        browser.cookies().len(),
        1,
        "the half-way cookie is taken back"
    );

    let told = events(&portal, EventKind::SignIn).await;
    assert_eq!(told.len(), 1, "half of a sign-in is none");
    assert_eq!(told[0].message, "With a password and an authenticator app.");
    let added = events(&portal, EventKind::FactorAdded).await;
    assert_eq!(added[0].after.as_deref(), Some("authenticator app"));
}

#[tokio::test]
async fn the_page_that_sets_it_up_draws_a_code_without_inline_style_and_shows_the_secret() {
    let portal = portal().await;
    let browser = portal.signed_in(Role::Viewer).await;
    let page = browser.get("/profile/factors/app").await.expect(200);
    assert!(page.has("svg.qr path") && !page.text.contains(" style="));
    let secret = page.text_of("#secret").replace(' ', "");
    assert_eq!(secret.len(), 32, "160 bits in base32");
    let another = browser.get("/profile/factors/app").await.expect(200);
    assert_ne!(another.text_of("#secret").replace(' ', ""), secret);
}

#[tokio::test]
async fn a_wrong_code_sets_nothing_up_and_keeps_the_same_secret() {
    let portal = portal().await;
    let browser = portal.signed_in(Role::Viewer).await;
    let page = browser.get("/profile/factors/app").await.expect(200);
    let again = browser
        .submit(&page, "#app-form", &[("code", "12 34")])
        .await
        .expect(422);
    assert_eq!(again.text_of("#secret"), page.text_of("#secret"));
    assert!(again.has("#code[aria-invalid=true]"));
    assert!(events(&portal, EventKind::FactorAdded).await.is_empty());

    let app = AuthenticatorApp::new(&again.text_of("#secret"));
    portal.advance(Duration::from_mins(11));
    browser
        .post("/step-up", &[("password", PASSWORD)])
        .await
        .expect(303);
    let late = browser
        .submit(&again, "#app-form", &[("code", &app.code(&portal.clock))])
        .await
        .expect(422);
    assert!(late.says("took too long"));
    assert_ne!(late.text_of("#secret"), page.text_of("#secret"));
}

#[tokio::test]
async fn another_persons_setting_up_cannot_be_confirmed() {
    let portal = portal().await;
    let ann = portal.signed_in(Role::Viewer).await;
    let bob = portal.signed_in(Role::Manager).await;
    let page = ann.get("/profile/factors/app").await.expect(200);
    let app = AuthenticatorApp::new(&page.text_of("#secret"));
    let code = app.code(&portal.clock);
    bob.submit(&page, "#app-form", &[("code", &code)])
        .await
        .expect(422);
    ann.submit(&page, "#app-form", &[("code", &code)])
        .await
        .expect(200);
    assert!(bob.get("/profile/factors").await.says("Off"));
}

#[tokio::test]
async fn a_code_is_taken_once_also_by_two_at_the_same_time() {
    let portal = portal().await;
    let (actor, app, _) = with_app(&portal, Role::Viewer).await;
    let (one, two) = (portal.browser(), portal.browser().at("192.0.2.7"));
    sign_in(&one, &actor.email, PASSWORD).await.expect(303);
    sign_in(&two, &actor.email, PASSWORD).await.expect(303);
    let code = app.code(&portal.clock);
    let typed = [("code", &*code)];
    let (first, second) = tokio::join!(
        one.post("/login/second-factor", &typed),
        two.post("/login/second-factor", &typed)
    );
    let mut answers = [first.status.as_u16(), second.status.as_u16()];
    answers.sort_unstable();
    assert_eq!(answers, [303, 422]);

    let late = portal.browser();
    sign_in(&late, &actor.email, PASSWORD).await.expect(303);
    let refused = late.post("/login/second-factor", &typed).await.expect(422);
    assert!(refused.says("wrong, or was used already"));
    portal.advance(Duration::from_secs(30));
    late.post(
        "/login/second-factor",
        &[("code", &app.code(&portal.clock))],
    )
    .await
    .expect(303);
}

#[tokio::test]
async fn the_code_that_confirmed_an_app_signs_nobody_in() {
    let portal = portal().await;
    let actor = portal.staff(Role::Viewer).await;
    let browser = portal.signed_in_as(&actor).await;
    let page = browser.get("/profile/factors/app").await.expect(200);
    let code = AuthenticatorApp::new(&page.text_of("#secret")).code(&portal.clock);
    browser
        .submit(&page, "#app-form", &[("code", &code)])
        .await
        .expect(200);
    let thief = portal.browser();
    sign_in(&thief, &actor.email, PASSWORD).await.expect(303);
    thief
        .post("/login/second-factor", &[("code", &code)])
        .await
        .expect(422);
}

#[tokio::test]
async fn a_half_way_sign_in_is_no_session_and_is_over_after_ten_minutes_or_a_new_password() {
    let portal = portal().await;
    let (actor, app, _) = with_app(&portal, Role::Viewer).await;
    let browser = portal.browser();
    sign_in(&browser, &actor.email, PASSWORD).await.expect(303);
    let token = browser.cookie("portal-step").unwrap();
    assert_eq!(browser.cookie("portal"), None);
    let copy = portal.browser();
    copy.set_cookie("portal", &token);
    copy.get("/accounts").await.expect(303);

    portal.advance(Duration::from_mins(10));
    let code = [("code", &*app.code(&portal.clock))];
    let over = browser
        .post("/login/second-factor", &code)
        .await
        .expect(303);
    assert_eq!(over.header("location"), "/login?said=too-long");

    sign_in(&browser, &actor.email, PASSWORD).await.expect(303);
    let mut tx = portal.db.begin().await.unwrap();
    let now = portal.clock.now() + Duration::from_secs(1);
    db::staff::set_password(&mut tx, actor.staff_id, "another", now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    browser
        .post("/login/second-factor", &code)
        .await
        .expect(303);
    assert!(
        browser
            .get("/")
            .await
            .expect(303)
            .header("location")
            .starts_with("/login")
    );
}

#[tokio::test]
async fn a_finished_sign_in_cannot_be_finished_again() {
    let portal = portal().await;
    let (actor, app, _) = with_app(&portal, Role::Viewer).await;
    let browser = portal.browser();
    sign_in(&browser, &actor.email, PASSWORD).await.expect(303);
    let token = browser.cookie("portal-step").unwrap();
    browser
        .post(
            "/login/second-factor",
            &[("code", &app.code(&portal.clock))],
        )
        .await
        .expect(303);
    portal.advance(Duration::from_secs(30));
    let thief = portal.browser();
    thief.set_cookie("portal-step", &token);
    let over = thief
        .post(
            "/login/second-factor",
            &[("code", &app.code(&portal.clock))],
        )
        .await
        .expect(303);
    assert_eq!(over.header("location"), "/login?said=too-long");
}

#[tokio::test]
async fn the_first_factor_ends_sessions_that_a_password_alone_began() {
    let portal = portal().await;
    let actor = portal.staff(Role::Viewer).await;
    let (here, elsewhere) = (portal.browser(), portal.browser());
    sign_in(&here, &actor.email, PASSWORD).await.expect(303);
    sign_in(&elsewhere, &actor.email, PASSWORD)
        .await
        .expect(303);
    set_up_app(&portal, &here).await.1.expect(200);
    here.get("/profile").await.expect(200);
    elsewhere.get("/profile").await.expect(303);
    let left = sessions::of_staff(&portal.db, actor.staff_id, portal.clock.now())
        .await
        .unwrap();
    assert_eq!(left.len(), 1);
}

#[tokio::test]
async fn a_seed_is_in_the_database_encrypted_and_for_its_holder_alone() {
    let portal = portal().await;
    let (ann, app, _) = with_app(&portal, Role::Viewer).await;
    let (bob, _, _) = with_app(&portal, Role::Manager).await;
    let kept = db::factors::authenticator_app(&portal.db, ann.staff_id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.seed.len(), 24 + 20 + 16, "nonce, seed, tag");
    let mut tx = portal.db.begin().await.unwrap();
    db::factors::set_app(&mut tx, bob.staff_id, &kept.seed, 0, portal.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let browser = portal.browser();
    sign_in(&browser, &bob.email, PASSWORD).await.expect(303);
    browser
        .post(
            "/login/second-factor",
            &[("code", &app.code(&portal.clock))],
        )
        .await
        .expect(422);
}

#[tokio::test]
async fn an_app_is_replaced_and_removed() {
    let portal = portal().await;
    let (actor, old, codes) = with_app(&portal, Role::Viewer).await;
    let browser = portal.signed_in_as(&actor).await;
    let (new, replaced) = set_up_app(&portal, &browser).await;
    replaced.expect(303);
    let other = portal.browser();
    sign_in(&other, &actor.email, PASSWORD).await.expect(303);
    let typed = [("code", &*old.code(&portal.clock))];
    other.post("/login/second-factor", &typed).await.expect(422);
    let typed = [("code", &*new.code(&portal.clock))];
    other.post("/login/second-factor", &typed).await.expect(303);

    let page = other.get("/profile/factors/app/remove").await.expect(200);
    assert!(page.says("your last one") && page.says("password alone"));
    other.submit(&page, "#removal", &[]).await.expect(303);
    other.get("/profile/factors/app/remove").await.expect(303);
    let last = portal.browser();
    let alone = sign_in(&last, &actor.email, PASSWORD).await.expect(303);
    assert_eq!(alone.header("location"), "/");
    assert_eq!(
        db::factors::codes_left(&portal.db, actor.staff_id)
            .await
            .unwrap(),
        (0, 0)
    );
    assert_eq!(codes.len(), 10);
    assert_eq!(events(&portal, EventKind::FactorRemoved).await.len(), 1);
}
