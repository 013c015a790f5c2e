//! Recovery codes: ten, shown once, each used once.

use reseller_portal::db::factors;
use reseller_portal::domain::audit::EventKind;

use super::*;

#[tokio::test]
async fn ten_codes_are_shown_once_and_each_signs_in_once() {
    let portal = portal().await;
    let (actor, _, codes) = with_app(&portal, Role::Viewer).await;
    assert_eq!(codes.len(), 10);
    let browser = portal.browser();
    sign_in(&browser, &actor.email, PASSWORD).await.expect(303);
    let sloppy = format!(" {} ", codes[0].to_uppercase().replace('-', " "));
    browser
        .post("/login/second-factor", &[("code", &sloppy)])
        .await
        .expect(303);
    let told = events(&portal, EventKind::SignIn).await;
    assert_eq!(
        told[0].message,
        "With a password and a recovery code, 9 left."
    );
    let page = browser.get("/profile/factors").await.expect(200);
    assert!(page.says("9 of 10 are left"));
    assert!(codes.iter().all(|code| !page.text.contains(code)));
    assert!(
        browser
            .get("/profile")
            .await
            .says("A recovery code was used to sign in; 9 left.")
    );

    let again = portal.browser();
    sign_in(&again, &actor.email, PASSWORD).await.expect(303);
    again
        .post("/login/second-factor", &[("code", &codes[0])])
        .await
        .expect(422);
}

#[tokio::test]
async fn one_code_used_twice_at_the_same_time_signs_in_once() {
    let portal = portal().await;
    let (actor, _, codes) = with_app(&portal, Role::Viewer).await;
    let (one, two) = (portal.browser(), portal.browser().at("192.0.2.7"));
    sign_in(&one, &actor.email, PASSWORD).await.expect(303);
    sign_in(&two, &actor.email, PASSWORD).await.expect(303);
    let typed = [("code", &*codes[3])];
    let (first, second) = tokio::join!(
        one.post("/login/second-factor", &typed),
        two.post("/login/second-factor", &typed)
    );
    let mut answers = [first.status.as_u16(), second.status.as_u16()];
    answers.sort_unstable();
    assert_eq!(answers, [303, 422]);
    assert_eq!(
        factors::codes_left(&portal.db, actor.staff_id)
            .await
            .unwrap(),
        (9, 10)
    );
}

#[tokio::test]
async fn another_persons_code_does_not_do() {
    let portal = portal().await;
    let (ann, _, _) = with_app(&portal, Role::Viewer).await;
    let (_, _, of_bob) = with_app(&portal, Role::Manager).await;
    let browser = portal.browser();
    sign_in(&browser, &ann.email, PASSWORD).await.expect(303);
    browser
        .post("/login/second-factor", &[("code", &of_bob[0])])
        .await
        .expect(422);
}

#[tokio::test]
async fn few_codes_are_warned_of_and_new_ones_end_the_old() {
    let portal = portal().await;
    let (actor, _, codes) = with_app(&portal, Role::Viewer).await;
    for code in &codes[..7] {
        let browser = portal.browser();
        sign_in(&browser, &actor.email, PASSWORD).await.expect(303);
        browser
            .post("/login/second-factor", &[("code", code)])
            .await
            .expect(303);
    }
    let browser = portal.signed_in_as(&actor).await;
    let page = browser.get("/profile/factors").await.expect(200);
    assert!(page.says("Only 3 recovery codes are left"));
    let renewed = browser.submit(&page, "#codes-form", &[]).await.expect(200);
    let new = super::codes(&renewed);
    assert_eq!(new.len(), 10);
    assert!(codes.iter().all(|code| !new.contains(code)));
    assert_eq!(events(&portal, EventKind::RecoveryCodes).await.len(), 1);

    let other = portal.browser();
    sign_in(&other, &actor.email, PASSWORD).await.expect(303);
    other
        .post("/login/second-factor", &[("code", &codes[8])])
        .await
        .expect(422);
    other
        .post("/login/second-factor", &[("code", &new[0])])
        .await
        .expect(303);
}

#[tokio::test]
async fn without_a_factor_there_are_no_codes() {
    let portal = portal().await;
    let browser = portal.signed_in(Role::Viewer).await;
    assert!(!browser.get("/profile/factors").await.has("#h-codes"));
    browser
        .post("/profile/factors/codes", &[])
        .await
        .expect(409);
}
