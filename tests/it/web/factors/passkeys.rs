//! Passkeys: added, named, used alone and as second factor, removed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use reseller_portal::db;
use reseller_portal::domain::audit::EventKind;

use super::*;

#[tokio::test]
async fn a_passkey_signs_in_without_a_password() {
    let portal = portal().await;
    let (actor, mut passkey) = with_passkey(&portal, Role::Manager).await;
    let browser = portal.browser();
    let page = browser.get("/login").await.expect(200);
    assert!(page.has("form[data-passkey=get] button[data-passkey-ask][hidden]"));
    let signed_in = sign_in_with(&browser, &mut passkey).await.expect(303);
    assert_eq!(signed_in.header("location"), "/channels");
    assert!(browser.get("/profile").await.expect(200).says(&actor.email));
    let told = events(&portal, EventKind::SignIn).await;
    assert_eq!((told.len(), &*told[0].message), (1, "With a passkey."));

    // Sign in again, with a higher counter.
    sign_in_with(&portal.browser(), &mut passkey)
        .await
        .expect(303);
    let kept = db::passkeys::of_staff(&portal.db, actor.staff_id)
        .await
        .unwrap();
    assert!(
        kept[0].credential.contains(r#""counter":3"#),
        "{}",
        kept[0].credential
    );
    assert!(kept[0].used_at.is_some());
}

#[tokio::test]
async fn the_challenge_of_an_addition_asks_for_a_passkey_that_is_found_and_verifies() {
    let portal = portal().await;
    let (actor, passkey) = with_passkey(&portal, Role::Viewer).await;
    let browser = portal.signed_in_as(&actor).await;
    let challenge = challenge(&browser, "/profile/factors/passkeys/challenge").await;
    let options = &challenge["publicKey"];
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(
        options["authenticatorSelection"]["userVerification"],
        "required"
    );
    assert_eq!(options["rp"]["id"], "localhost");
    assert_eq!(options["user"]["name"], *actor.email);
    assert_eq!(
        options["excludeCredentials"][0]["id"],
        BASE64.encode(&passkey.id)
    );
}

#[tokio::test]
async fn a_passkey_is_a_second_factor_after_the_password() {
    let portal = portal().await;
    let (actor, mut passkey) = with_passkey(&portal, Role::Viewer).await;
    let browser = portal.browser();
    let half_way = sign_in(&browser, &actor.email, PASSWORD).await.expect(303);
    let page = browser.follow(&half_way).await.expect(200);
    assert!(page.has("form[data-passkey=get]"));
    assert_eq!(page.text_of("label[for=code]"), "Recovery code");
    let challenge = challenge(&browser, "/login/second-factor/challenge").await;
    let own = serde_json::json!([{ "type": "public-key", "id": BASE64.encode(&passkey.id) }]);
    assert_eq!(challenge["publicKey"]["allowCredentials"], own);
    let said = passkey.assert(&challenge);
    answer(&browser, "/login/second-factor/passkey", &challenge, &said)
        .await
        .expect(303);
    browser.get("/profile").await.expect(200);
    let told = events(&portal, EventKind::SignIn).await;
    assert_eq!(told[0].message, "With a password and a passkey.");
}

#[tokio::test]
async fn the_first_passkey_brings_recovery_codes_and_more_can_be_added() {
    let portal = portal().await;
    let actor = portal.staff(Role::Viewer).await;
    let browser = portal.signed_in_as(&actor).await;
    let page = add_passkey(&browser, &mut Passkey::new(), "Laptop")
        .await
        .expect(200);
    assert_eq!(codes(&page).len(), 10);
    portal.advance(Duration::from_secs(1));
    add_passkey(&browser, &mut Passkey::new(), "Blue key")
        .await
        .expect(303);
    let page = browser.get("/profile/factors").await.expect(200);
    assert_eq!(
        page.select(".passkey-list .cell-main strong"),
        ["Laptop", "Blue key"]
    );

    let other = portal.browser();
    sign_in(&other, &actor.email, PASSWORD).await.expect(303);
    let code = other.get("/login/second-factor").await.expect(200);
    let code = other
        .submit(&code, "#code-form", &[("code", "abcd")])
        .await
        .expect(422);
    assert!(code.has("#code[aria-invalid=true]"));
}

#[tokio::test]
async fn a_passkey_is_renamed_and_removed_by_its_holder_alone() {
    let portal = portal().await;
    let (actor, mut passkey) = with_passkey(&portal, Role::Viewer).await;
    let browser = portal.signed_in_as(&actor).await;
    let page = browser.get("/profile/factors").await.expect(200);
    let rename = page
        .attr_of(".passkey-list form[action$=rename]", "action")
        .unwrap();
    let remove = page
        .attr_of(".passkey-list a[href$=remove]", "href")
        .unwrap();

    let other = portal.signed_in(Role::Owner).await;
    other.post(&rename, &[("name", "Mine")]).await.expect(404);
    other.get(&remove).await.expect(404);
    other.post(&remove, &[]).await.expect(404);

    let empty = browser.post(&rename, &[("name", " ")]).await.expect(422);
    assert!(empty.has(".passkey-list details[open] [aria-invalid=true]"));
    browser
        .post(&rename, &[("name", "Desk <1>")])
        .await
        .expect(303);
    assert_eq!(
        browser
            .get("/profile/factors")
            .await
            .text_of(".passkey-list strong"),
        "Desk <1>"
    );
    let told = events(&portal, EventKind::FactorRenamed).await;
    assert_eq!(told[0].before.as_deref(), Some("passkey “Blue key”"));

    let page = browser.get(&remove).await.expect(200);
    assert!(page.text_of("#confirm-title").contains("Desk <1>") && page.says("your last one"));
    browser.submit(&page, "#removal", &[]).await.expect(303);
    let refused = sign_in_with(&portal.browser(), &mut passkey)
        .await
        .expect(422);
    assert!(refused.says("not registered here any more"));
    let alone = sign_in(&portal.browser(), &actor.email, PASSWORD)
        .await
        .expect(303);
    assert_eq!(alone.header("location"), "/");
}

#[tokio::test]
async fn where_the_address_is_a_number_the_pages_say_where_passkeys_work() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Viewer).await;
    let page = browser.get("/profile/factors").await.expect(200);
    assert!(page.says("Open http://localhost:8080"));
    assert!(
        portal
            .browser()
            .get("/login")
            .await
            .says("http://localhost:8080")
    );
    let there = browser
        .request(Method::GET, "/profile/factors")
        .header("host", "localhost:8080")
        .send()
        .await
        .expect(200);
    assert!(there.has("a[href='/profile/factors/passkeys/new']"));

    let numbered = Portal::build()
        .settings(|settings| settings.public_url = "https://203.0.113.5".parse().unwrap())
        .start()
        .await;
    let page = numbered.browser().get("/login").await.expect(200);
    assert!(page.says("Passkeys need a host name"));
    let answer = ask(&numbered.browser(), "/login/passkey/challenge")
        .await
        .expect(409);
    assert!(answer.text.contains("Passkeys do not work"));
}

#[tokio::test]
async fn strangers_at_one_address_cannot_fill_the_database_with_challenges() {
    let portal = portal().await;
    let browser = portal.browser();
    for _ in 0..100 {
        ask(&browser, "/login/passkey/challenge").await.expect(200);
    }
    let refused = ask(&browser, "/login/passkey/challenge").await.expect(503);
    assert!(
        refused
            .header("content-type")
            .starts_with("application/json")
    );
    ask(
        &portal.browser().at("192.0.2.7"),
        "/login/passkey/challenge",
    )
    .await
    .expect(200);
    portal.advance(Duration::from_mins(5));
    ask(&browser, "/login/passkey/challenge").await.expect(200);
    assert!(
        reseller_portal::staff::sign_in::delete_expired(&portal)
            .await
            .unwrap()
            >= 101
    );
}
