//! Result page: the limit, the text for the customer, and the key.

use super::*;
use reseller_portal::domain::ids::OperationId;

/// Returns a portal and the result page of an account whose limit was refused.
async fn without_its_limit() -> (Portal, Browser, Response) {
    let (portal, ann) = stage().await;
    let allocated = portal.sandbox.state().await["pool"]["total_global_channels_allocated"]
        .as_u64()
        .unwrap();
    portal
        .sandbox
        .pool(u32::try_from(allocated + 20).unwrap().max(40))
        .await;
    let review = review_of(&ann, &but(&[("channel_limit", "35")])).await;
    let page = created(&ann, &review, &[]).await.expect(200);
    (portal, ann, page)
}

#[tokio::test]
async fn a_refused_limit_leaves_the_account_and_says_not_to_create_it_again() {
    let (portal, _ann, page) = without_its_limit().await;
    let words = page.text_of("#operation");
    assert!(
        words.contains("Account created. Channel limit 35 not set: "),
        "{words}"
    );
    assert!(words.contains("more than the"), "{words}");
    assert!(
        words.contains("Set the limit. Do not create the account again."),
        "{words}"
    );
    let made = acmes(&portal).await;
    assert_eq!(made.len(), 1);
    let id = made[0]["id"].as_str().unwrap();
    let form = page.form("#set-limit");
    assert_eq!(form.action, format!("/accounts/{id}/channel-limit"));
    assert_eq!(form.value("channel_limit"), Some("35"));
    assert!(form.value("op").is_some());
    assert!(
        page.text_of("#customer-block")
            .contains("Channel limit: not set yet")
    );
}

#[tokio::test]
async fn a_limit_that_telnyx_did_not_confirm_does_not_hold_back_the_account() {
    let (portal, ann) = stage().await;
    portal
        .sandbox
        .faults(json!([{ "method": "PATCH", "path": "/v2/managed_accounts/*", "then": { "status": 503 } }]))
        .await;
    let review = review_of(&ann, &TYPED).await;
    let answer = ann.submit(&review, "#create", &[]).await.expect(303);
    // The page may appear before the limit has been tried for the first time.
    let mut page = ann.follow(&answer).await.expect(200);
    while page.says("is being set") {
        tokio::time::sleep(Duration::from_millis(20)).await;
        page = ann.follow(&answer).await.expect(200);
    }
    assert!(
        page.says("Telnyx did not confirm the channel limit 30"),
        "{}",
        page.words()
    );
    assert!(page.has("#customer-block") && page.has("#api-key form"));
    let poll = page.attr_of("#operation", "hx-get").unwrap();
    ann.get_fragment(&poll).await.expect(200);
    portal.sandbox.clear_faults().await;
    recover_over(&portal, Duration::from_mins(1)).await;
    let page = ann.follow(&ann.get_fragment(&poll).await).await.expect(200);
    assert!(
        page.says("Its channel limit is 30, confirmed by Telnyx."),
        "{}",
        page.words()
    );
    assert_eq!(acmes(&portal).await.len(), 1);
}

#[tokio::test]
async fn the_block_for_the_customer_tells_what_they_need_and_no_secret() {
    let (portal, ann) = stage().await;
    let review = review_of(&ann, &TYPED).await;
    let page = created(&ann, &review, &[("password", "hush hush 123")])
        .await
        .expect(200);
    let block = page.text_of("#customer-block");
    let made = portal
        .sandbox
        .account(acmes(&portal).await[0]["id"].as_str().unwrap())
        .await;
    for fact in [
        NAME,
        EMAIL,
        made["id"].as_str().unwrap(),
        "Channel limit: 30",
        "the password that you chose",
    ] {
        assert!(block.contains(fact), "{fact} in {block}");
    }
    assert!(page.has("[data-copy-from=customer-block]"));
    assert!(!page.text.contains("hush hush 123"));
    assert!(!page.text.contains("KEY"), "{}", page.words());
    assert!(page.has("a[href='/accounts/new']"));
}

#[tokio::test]
async fn only_the_creator_is_offered_the_key_there() {
    let (portal, ann) = stage().await;
    let review = review_of(&ann, &TYPED).await;
    let answer = ann.submit(&review, "#create", &[]).await.expect(303);
    let id = acmes(&portal).await[0]["id"].as_str().unwrap().to_owned();
    let show = format!("form[method=post][action='/accounts/{id}/show-key']");
    assert!(ann.follow(&answer).await.expect(200).has(&show));
    for role in [Role::Manager, Role::Viewer, Role::Owner] {
        let other = portal.signed_in(role).await;
        let page = other.follow(&answer).await.expect(200);
        assert!(!page.has(&show), "{role:?}");
        assert_eq!(
            page.has("a[href$='/show-key']"),
            role == Role::Owner,
            "{role:?}"
        );
    }
    portal.advance(Duration::from_hours(25));
    let ann = portal.signed_in(Role::Manager).await;
    assert!(!ann.follow(&answer).await.expect(200).has(&show));
}

#[tokio::test]
async fn what_is_no_creation_has_no_result() {
    let (portal, ann) = stage().await;
    for op in ["x", "01990000-0000-7000-8000-000000000000", "%00", "%27"] {
        ann.get(&format!("/accounts/created/{op}"))
            .await
            .expect(404);
    }
    let viewer = portal.signed_in(Role::Viewer).await;
    fault(&portal, 9, json!({ "status": 403 })).await;
    let op = OperationId::new(portal.clock.now()).to_string();
    ann.post("/accounts", &but(&[("op", &op)]))
        .await
        .expect(422);
    let page = viewer
        .get(&format!("/accounts/created/{op}"))
        .await
        .expect(200);
    assert!(page.says("was not created"), "{}", page.words());
    assert!(!page.has("form[action='/accounts/new/create']"));
    ann.get(&format!("/accounts/created/{op}"))
        .await
        .expect(200);
}
