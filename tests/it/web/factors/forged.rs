//! Forged, replayed and expired answers, and those of another site or person.
//! None of them signs anyone in, and the audit records why.

use reseller_portal::domain::audit::EventKind;

use super::*;

/// Change to a passkey that makes its answer wrong.
type Forge = fn(&mut Passkey);

/// Returns why the latest answer was refused.
async fn why(portal: &Portal) -> String {
    let told = events(portal, EventKind::SignInFailed).await;
    let message = told.into_iter().next().unwrap().message;
    message
        .strip_prefix("A passkey's answer was refused: ")
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn an_answer_of_another_site_without_its_holder_or_with_a_wrong_signature_signs_nobody_in() {
    let portal = portal().await;
    let (_, passkey) = with_passkey(&portal, Role::Owner).await;
    let forgeries: [(Forge, &str); 6] = [
        (
            |key| key.origin = "https://evil.example".to_owned(),
            "it was given to another site.",
        ),
        (
            |key| key.origin = "http://localhost:8081".to_owned(),
            "it was given to another site.",
        ),
        (
            |key| key.site = "evil.example".to_owned(),
            "it was made for another site.",
        ),
        (|key| key.verifies = false, "the holder was not verified."),
        (|key| key.id = vec![7; 32], "it is not known."),
        (
            |key| {
                let id = key.id.clone();
                let holder = key.holder.clone();
                *key = Passkey {
                    id,
                    holder,
                    counter: 50,
                    ..Passkey::new()
                };
            },
            "its signature is wrong.",
        ),
    ];
    for (forge, because) in forgeries {
        let mut forged = passkey.clone();
        forge(&mut forged);
        let browser = portal.browser();
        let refused = sign_in_with(&browser, &mut forged).await.expect(422);
        assert!(refused.says("This passkey was not accepted"));
        assert_eq!(why(&portal).await, because);
        browser.get("/accounts").await.expect(303);
    }
    assert!(events(&portal, EventKind::SignIn).await.is_empty());
    sign_in_with(&portal.browser(), &mut passkey.clone())
        .await
        .expect(303);
}

#[tokio::test]
async fn an_answer_is_taken_once_in_five_minutes_and_for_its_challenge_alone() {
    let portal = portal().await;
    let (_, mut passkey) = with_passkey(&portal, Role::Viewer).await;
    let browser = portal.browser();
    let path = "/login/passkey/challenge";
    let first = challenge(&browser, path).await;
    let said = passkey.assert(&first);
    answer(&browser, "/login/passkey", &first, &said)
        .await
        .expect(303);
    answer(&portal.browser(), "/login/passkey", &first, &said)
        .await
        .expect(422);
    assert_eq!(why(&portal).await, "it took too long, or was used already.");

    let (one, other) = (
        challenge(&browser, path).await,
        challenge(&browser, path).await,
    );
    let said = passkey.assert(&one);
    answer(&portal.browser(), "/login/passkey", &other, &said)
        .await
        .expect(422);
    assert_eq!(why(&portal).await, "it answers another challenge.");
    // A wrong answer uses up the challenge.
    let said = passkey.assert(&other);
    answer(&portal.browser(), "/login/passkey", &other, &said)
        .await
        .expect(422);

    let late = challenge(&browser, path).await;
    let said = passkey.assert(&late);
    portal.advance(Duration::from_mins(5));
    answer(&portal.browser(), "/login/passkey", &late, &said)
        .await
        .expect(422);
    assert_eq!(why(&portal).await, "it took too long, or was used already.");
}

#[tokio::test]
async fn a_copied_passkey_whose_counter_goes_back_is_refused() {
    let portal = portal().await;
    let (_, mut passkey) = with_passkey(&portal, Role::Viewer).await;
    let mut copy = passkey.clone();
    sign_in_with(&portal.browser(), &mut passkey)
        .await
        .expect(303);
    sign_in_with(&portal.browser(), &mut copy).await.expect(422);
    assert_eq!(
        why(&portal).await,
        "its counter went back: the passkey may have been copied."
    );
}

#[tokio::test]
async fn a_passkey_says_truly_whose_it_is() {
    let portal = portal().await;
    let (_, mut of_ann) = with_passkey(&portal, Role::Viewer).await;
    let (owner, _) = with_passkey(&portal, Role::Owner).await;
    of_ann.holder = owner.staff_id.as_uuid().as_bytes().to_vec();
    sign_in_with(&portal.browser(), &mut of_ann)
        .await
        .expect(422);
    assert_eq!(why(&portal).await, "the passkey is another person's.");
    of_ann.holder = Vec::new();
    sign_in_with(&portal.browser(), &mut of_ann)
        .await
        .expect(422);
}

#[tokio::test]
async fn another_persons_passkey_is_no_second_factor() {
    let portal = portal().await;
    let (owner, _) = with_passkey(&portal, Role::Owner).await;
    let (thief, mut of_thief) = with_passkey(&portal, Role::Viewer).await;
    let browser = portal.browser();
    sign_in(&browser, &owner.email, PASSWORD).await.expect(303);
    let path = "/login/second-factor/passkey";

    let asked = challenge(&browser, "/login/second-factor/challenge").await;
    let said = of_thief.assert(&asked);
    answer(&browser, path, &asked, &said).await.expect(422);
    assert_eq!(why(&portal).await, "the passkey is another person's.");

    // A challenge that was issued to the thief, or to anyone, does not work either.
    let theirs = portal.browser();
    sign_in(&theirs, &thief.email, PASSWORD).await.expect(303);
    for (asking, from) in [
        (&theirs, "/login/second-factor/challenge"),
        (&browser, "/login/passkey/challenge"),
    ] {
        let asked = challenge(asking, from).await;
        let said = of_thief.assert(&asked);
        answer(&browser, path, &asked, &said).await.expect(422);
    }
    browser.get("/accounts").await.expect(303);
}

#[tokio::test]
async fn a_disabled_person_does_not_come_in_by_passkey() {
    let portal = portal().await;
    let (actor, mut passkey) = with_passkey(&portal, Role::Viewer).await;
    let mut tx = portal.db.begin().await.unwrap();
    reseller_portal::db::staff::set_disabled(&mut tx, actor.staff_id, Some(portal.clock.now()))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    sign_in_with(&portal.browser(), &mut passkey)
        .await
        .expect(422);
    assert_eq!(why(&portal).await, "they are disabled.");
}

#[tokio::test]
async fn what_is_no_answer_at_all_is_refused_in_words() {
    let portal = portal().await;
    with_passkey(&portal, Role::Viewer).await;
    let browser = portal.browser();
    let asked = challenge(&browser, "/login/passkey/challenge").await;
    for nonsense in [
        "",
        "{}",
        "null",
        "[1]",
        r#"{"id":"x","rawId":"!!","response":{},"type":"public-key"}"#,
    ] {
        answer(&browser, "/login/passkey", &asked, nonsense)
            .await
            .expect(422);
    }
    browser.post("/login/passkey", &[]).await.expect(422);
    let made_up = serde_json::json!({"ceremony": "made-up"});
    answer(&browser, "/login/passkey", &made_up, "{}")
        .await
        .expect(422);
    browser
        .post("/login/second-factor/passkey", &[])
        .await
        .expect(303);
    ask(&browser, "/login/second-factor/challenge")
        .await
        .expect(409);
}

#[tokio::test]
async fn an_addition_is_for_whom_it_was_begun_and_a_passkey_is_one_persons() {
    let portal = portal().await;
    let (ann, mut passkey) = with_passkey(&portal, Role::Viewer).await;
    let ann = portal.signed_in_as(&ann).await;
    let bob = portal.signed_in(Role::Manager).await;

    let asked = challenge(&ann, "/profile/factors/passkeys/challenge").await;
    let said = Passkey::new().attest(&asked);
    let ceremony = asked["ceremony"].as_str().unwrap();
    let fields = [("ceremony", ceremony), ("name", "Mine"), ("answer", &*said)];
    let refused = bob
        .post("/profile/factors/passkeys", &fields)
        .await
        .expect(422);
    assert!(refused.says("took too long"));

    // The same passkey again, for another person.
    add_passkey(&bob, &mut passkey, "Mine").await.expect(422);
    let mut foreign = Passkey {
        origin: "https://evil.example".to_owned(),
        ..Passkey::new()
    };
    add_passkey(&bob, &mut foreign, "Mine").await.expect(422);
    let mut unverified = Passkey {
        verifies: false,
        ..Passkey::new()
    };
    add_passkey(&bob, &mut unverified, "Mine").await.expect(422);
    assert!(!bob.get("/profile/factors").await.has(".passkey-list"));
    assert_eq!(events(&portal, EventKind::FactorAdded).await.len(), 1);
}
