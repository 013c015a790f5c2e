//! Guessing codes after the right password: throttled by person and address, and audited.

use reseller_portal::domain::audit::EventKind;

use super::*;

#[tokio::test]
async fn wrong_codes_are_held_back_ever_longer_and_told() {
    let portal = portal().await;
    let (actor, app, _) = with_app(&portal, Role::Viewer).await;
    let thief = portal.browser().at("203.0.113.9");
    sign_in(&thief, &actor.email, PASSWORD).await.expect(303);
    let guess = async || {
        thief
            .post("/login/second-factor", &[("code", "000000")])
            .await
    };
    for _ in 0..5 {
        guess().await.expect(422);
    }
    let held = guess().await.expect(429);
    assert_eq!(held.header("retry-after"), "1");
    assert!(held.says("Too many wrong codes"));
    // Not even the right code is checked.
    let right = [("code", &*app.code(&portal.clock))];
    thief.post("/login/second-factor", &right).await.expect(429);

    let told = events(&portal, EventKind::SignInFailed).await;
    let wrong: Vec<_> = told
        .iter()
        .filter(|event| event.message == "The first proof was right, the code wrong or used.")
        .collect();
    assert_eq!(wrong.len(), 5);
    assert_eq!(wrong[0].target, actor.email);
    assert_eq!(wrong[0].address.as_deref(), Some("203.0.113.9"));
}

#[tokio::test]
async fn guessing_from_many_places_is_held_back_too_and_the_holder_comes_in_from_home() {
    let portal = portal().await;
    let (actor, app, _) = with_app(&portal, Role::Viewer).await;
    let home = portal.browser();
    sign_in(&home, &actor.email, PASSWORD).await.expect(303);
    let typed = [("code", &*app.code(&portal.clock))];
    home.post("/login/second-factor", &typed).await.expect(303);

    let mut held = 0;
    for place in 1..30 {
        let thief = portal.browser().at(&format!("203.0.113.{place}"));
        sign_in(&thief, &actor.email, PASSWORD).await.expect(303);
        let guess = thief
            .post("/login/second-factor", &[("code", "000000")])
            .await;
        held += u32::from(guess.status == 429);
    }
    assert!(held >= 24, "{held}");

    portal.advance(Duration::from_secs(30));
    let home = portal.browser();
    sign_in(&home, &actor.email, PASSWORD).await.expect(303);
    let typed = [("code", &*app.code(&portal.clock))];
    home.post("/login/second-factor", &typed).await.expect(303);
}

#[tokio::test]
async fn the_right_password_alone_neither_forgets_failures_nor_makes_a_home() {
    let portal = portal().await;
    let (actor, _, _) = with_app(&portal, Role::Viewer).await;
    for _ in 0..5 {
        let thief = portal.browser().at("203.0.113.9");
        sign_in(&thief, &actor.email, "wrong wrong wrong").await;
    }
    let thief = portal.browser().at("203.0.113.9");
    sign_in(&thief, &actor.email, PASSWORD).await.expect(429);
    portal.advance(Duration::from_secs(2));
    sign_in(&thief, &actor.email, PASSWORD).await.expect(303);
    sign_in(&thief, &actor.email, "wrong wrong wrong")
        .await
        .expect(422);
    sign_in(&thief, &actor.email, "wrong wrong wrong")
        .await
        .expect(429);
}
