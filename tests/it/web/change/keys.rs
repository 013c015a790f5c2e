//! Showing a key: once, only with permission, always audited, and never stored.

use super::*;

#[tokio::test]
async fn an_admin_sees_a_key_with_a_reason_and_it_is_audited_and_kept_nowhere() {
    let (portal, _) = stage().await;
    let admin = portal.signed_in(Role::Admin).await;
    let id = enabled(&portal).await;
    let key = portal.sandbox.account(&id).await["api_key"]
        .as_str()
        .map(ToOwned::to_owned);
    let page = admin
        .get(&format!("/accounts/{id}/show-key"))
        .await
        .expect(200);
    let refused = admin.submit(&page, "form.confirm", &[]).await.expect(422);
    assert!(refused.has("#reason[aria-invalid=true]"));
    let shown = admin
        .submit(&refused, "form.confirm", &[("reason", "customer lost it")])
        .await
        .expect(200);
    assert!(shown.header("cache-control").contains("no-store"));
    let secret = shown.text_of(".secret #the-key");
    assert!(!secret.is_empty());
    if let Some(key) = key {
        assert_eq!(secret, key);
    }
    assert_eq!(
        told(&portal, &id, EventKind::KeyShown, EventOutcome::Done).await,
        1
    );
    for path in [
        format!("/accounts/{id}"),
        format!("/accounts/{id}/show-key"),
    ] {
        assert!(!admin.get(&path).await.text.contains(&secret), "{path}");
    }
}

#[tokio::test]
async fn in_its_place_on_another_page_a_key_comes_as_that_part() {
    let (portal, _) = stage().await;
    let admin = portal.signed_in(Role::Admin).await;
    let id = enabled(&portal).await;
    let path = format!("/accounts/{id}/show-key");
    let part = in_place(&admin, &path, &[("reason", "lost")])
        .await
        .expect(200);
    assert!(part.has("#api-key .secret"), "{}", part.text);
    assert!(!part.text.contains("<html"));
    let part = in_place(&admin, &path, &[("reason", "")]).await.expect(422);
    assert!(part.has("#api-key .notice"), "{}", part.text);
}

#[tokio::test]
async fn a_manager_sees_no_key_of_an_account_that_they_did_not_create() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    ann.post(&format!("/accounts/{id}/show-key"), &[("reason", "x")])
        .await
        .expect(403);
    assert_eq!(
        told(&portal, &id, EventKind::KeyShown, EventOutcome::Done).await,
        0
    );
}

#[tokio::test]
async fn the_creator_who_loads_or_sends_the_page_of_the_key_again_reads_that_it_was_shown_and_who_can_show_it()
 {
    let (portal, ann) = stage().await;
    let id = created(&portal, &ann).await;
    let path = format!("/accounts/{id}/show-key");
    let secret = ann.post(&path, &[]).await.expect(200).text_of("#the-key");
    let part = in_place(&ann, &path, &[]).await;
    for again in [ann.get(&path).await, ann.post(&path, &[]).await, part] {
        let again = again.expect(403);
        assert!(
            again.says("The key was shown to you, ") && again.has("time[datetime]"),
            "{}",
            again.words()
        );
        assert!(again.says("An admin or an owner can show it now, with a reason."));
        assert!(again.has(&format!("a[href='/accounts/{id}']")));
        assert!(!again.text.contains(&secret) && !again.says("Your role"));
    }
    let ben = portal.signed_in(Role::Manager).await;
    let told_ben = ben.get(&path).await.expect(403);
    assert!(
        told_ben.says("The key was shown to Test Account manager, "),
        "{}",
        told_ben.words()
    );
    assert_eq!(
        told(&portal, &id, EventKind::KeyShown, EventOutcome::Done).await,
        1
    );
    // People whose role allows it are still asked for a reason.
    let admin = portal.signed_in(Role::Admin).await;
    assert!(admin.get(&path).await.expect(200).has("#reason"));
}

/// Requests the key from a page that has a place for it.
async fn in_place(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Response {
    browser
        .request(axum::http::Method::POST, path)
        .form(fields)
        .fragment()
        .header("hx-target", "div#api-key")
        .send()
        .await
}

/// Creates an account in this browser and returns its ID.
async fn created(portal: &Portal, browser: &Browser) -> String {
    let form = browser.get("/accounts/new").await.expect(200);
    let fields = [
        ("organization_name", "Keyed Ltd"),
        ("email", "it@keyed.example"),
        ("channel_limit", "12"),
        ("custom_pricing", "no"),
        ("rollup_billing", "no"),
    ];
    let review = browser
        .submit(&form, "#new-account", &fields)
        .await
        .expect(200);
    browser.submit(&review, "#create", &[]).await.expect(303);
    let made = portal.sandbox.accounts().await;
    let made = made
        .iter()
        .find(|account| account["organization_name"] == "Keyed Ltd");
    made.unwrap()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_key_that_telnyx_does_not_give_is_said_in_a_sentence() {
    for (then, status, says) in [
        (
            json!({ "status": 503 }),
            503,
            "answered with an error (503)",
        ),
        (
            json!({ "status": 401 }),
            422,
            "does not accept the portal's API key",
        ),
        (json!({ "status": 404 }), 422, "no longer has this"),
        (
            json!({ "garbage": true }),
            503,
            "its answer could not be read",
        ),
    ] {
        let (portal, _) = stage().await;
        let admin = portal.signed_in(Role::Admin).await;
        let id = enabled(&portal).await;
        fault(&portal, "GET", 20, then).await;
        let page = admin
            .post(&format!("/accounts/{id}/show-key"), &[("reason", "kept")])
            .await
            .expect(status);
        assert!(page.says(says), "{}", page.words());
        assert_eq!(page.text_of("#reason"), "kept");
        assert_eq!(
            told(&portal, &id, EventKind::KeyShown, EventOutcome::Refused).await,
            1
        );
    }
}

#[tokio::test]
async fn who_proved_long_ago_who_they_are_does_so_again_before_a_key_is_shown_and_loses_no_reason()
{
    let (portal, _) = stage().await;
    let admin = portal.signed_in(Role::Admin).await;
    let id = enabled(&portal).await;
    let path = format!("/accounts/{id}/show-key");
    let page = admin.get(&path).await.expect(200);
    portal.advance(Duration::from_mins(10));
    let prove = format!("/step-up?next=%2Faccounts%2F{id}%2Fshow-key");
    assert_eq!(admin.get(&path).await.expect(303).header("location"), prove);
    let led = admin
        .submit(&page, "form.confirm", &[("reason", "customer lost it")])
        .await
        .expect(303);
    assert_eq!(led.header("location"), prove);
    assert_eq!(
        told(&portal, &id, EventKind::KeyShown, EventOutcome::Done).await,
        0
    );
    let asked = admin.follow(&led).await.expect(200);
    let on = admin
        .submit(&asked, "#prove-form", &[("password", PASSWORD)])
        .await
        .expect(303);
    let again = admin.follow(&on).await.expect(200);
    assert_eq!(
        told(&portal, &id, EventKind::KeyShown, EventOutcome::Done).await,
        0
    );
    assert!(again.text.contains("customer lost it"));
    let shown = admin.submit(&again, "form.confirm", &[]).await.expect(200);
    assert!(!shown.text_of("#the-key").is_empty());
    assert_eq!(
        told(&portal, &id, EventKind::KeyShown, EventOutcome::Done).await,
        1
    );
}

#[tokio::test]
async fn the_creator_is_not_asked_who_they_are_before_the_first_showing() {
    let (portal, ann) = stage().await;
    let id = created(&portal, &ann).await;
    portal.advance(Duration::from_mins(10));
    let shown = ann
        .post(&format!("/accounts/{id}/show-key"), &[])
        .await
        .expect(200);
    assert!(!shown.text_of("#the-key").is_empty());
}

#[tokio::test]
async fn a_key_leaves_the_screen_after_a_minute() {
    let (portal, _) = stage().await;
    let admin = portal.signed_in(Role::Admin).await;
    let id = enabled(&portal).await;
    let path = format!("/accounts/{id}/show-key");
    let page = admin.post(&path, &[("reason", "lost")]).await.expect(200);
    assert_eq!(page.header("refresh"), format!("60; url=/accounts/{id}"));
    let part = in_place(&admin, &path, &[("reason", "lost")])
        .await
        .expect(200);
    for shown in [page, part] {
        assert!(
            shown.has("[data-hide-after='60'] [data-hides] #the-key"),
            "{}",
            shown.text
        );
    }
}
