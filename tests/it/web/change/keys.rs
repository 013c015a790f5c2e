//! Showing a key: once, by whom it may be, each showing audited, nothing kept.

use super::*;

#[tokio::test]
async fn an_admin_sees_a_key_with_a_reason_and_it_is_audited_and_kept_nowhere() {
    let (portal, _) = stage().await;
    let admin = portal.signed_in(Role::Admin).await;
    let id = enabled(&portal).await;
    let key = portal.sandbox.account(&id).await["api_key"]
        .as_str()
        .map(ToOwned::to_owned);
    let page = admin.get(&format!("/accounts/{id}/show-key")).await.expect(200);
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
    assert_eq!(told(&portal, &id, EventKind::KeyShown, EventOutcome::Done).await, 1);
    for path in [format!("/accounts/{id}"), format!("/accounts/{id}/show-key")] {
        assert!(!admin.get(&path).await.text.contains(&secret), "{path}");
    }
}

#[tokio::test]
async fn in_its_place_on_another_page_a_key_comes_as_that_part() {
    let (portal, _) = stage().await;
    let admin = portal.signed_in(Role::Admin).await;
    let id = enabled(&portal).await;
    let ask = |reason: &'static str| {
        let request = admin
            .request(axum::http::Method::POST, &format!("/accounts/{id}/show-key"))
            .form(&[("reason", reason)])
            .fragment()
            .header("hx-target", "div#api-key");
        request.send()
    };
    let part = ask("lost").await.expect(200);
    assert!(part.has("#api-key .secret"), "{}", part.text);
    assert!(!part.text.contains("<html"));
    let part = ask("").await.expect(422);
    assert!(part.has("#api-key .notice"), "{}", part.text);
}

#[tokio::test]
async fn a_manager_sees_no_key_of_an_account_that_they_did_not_create() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    ann.post(&format!("/accounts/{id}/show-key"), &[("reason", "x")])
        .await
        .expect(403);
    assert_eq!(told(&portal, &id, EventKind::KeyShown, EventOutcome::Done).await, 0);
}

#[tokio::test]
async fn a_key_that_telnyx_does_not_give_is_said_in_a_sentence() {
    for (then, status, says) in [
        (json!({ "status": 503 }), 503, "does not answer as it should"),
        (json!({ "status": 401 }), 422, "does not accept the portal's own key"),
        (json!({ "status": 404 }), 422, "does not know this account"),
        (json!({ "garbage": true }), 503, "does not answer as it should"),
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
        assert_eq!(told(&portal, &id, EventKind::KeyShown, EventOutcome::Refused).await, 1);
    }
}
