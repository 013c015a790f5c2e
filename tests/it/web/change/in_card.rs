//! A limit refused on the account's page gets its message there, also without a script.

use super::*;

const FORM: &str = "#channels form.limit-editor";

/// Sends the card's form without a script, and as htmx does.
async fn both(portal: &Portal, ann: &Browser, id: &str, typed: &str) -> Vec<Response> {
    let page = ann.get(&format!("/accounts/{id}")).await.expect(200);
    let plain = ann.submit(&page, FORM, &[("channel_limit", typed)]).await;
    let form = page.form(FORM);
    let typed = [("channel_limit", typed)];
    let fields = form.filled(&typed);
    let part = ann.post_fragment(&form.action, &fields).await;
    let _ = portal;
    vec![plain, part]
}

#[track_caller]
fn is_in_card(page: &Response, typed: &str) {
    assert_eq!(
        page.attr_of("#channel_limit", "value").as_deref(),
        Some(typed),
        "{}",
        page.words()
    );
    assert!(page.has(&format!("{FORM} .notice")), "{}", page.words());
    assert!(
        page.has("#channels #channel_limit[aria-invalid], #channels .notice"),
        "{}",
        page.words()
    );
}

#[tokio::test]
async fn a_bad_number_and_a_pool_that_is_too_small_are_told_in_the_card_with_what_was_typed() {
    let (portal, ann) = stage().await;
    let id = with_limit(&portal, &ann, 7).await;
    for typed in ["x", "-1", "99999"] {
        for page in both(&portal, &ann, &id, typed).await {
            assert_eq!(page.status.as_u16(), 422, "{typed}");
            is_in_card(&page, typed);
            assert!(page.has("#channel_limit[aria-invalid=true]"), "{typed}");
        }
    }
    // Without a script, the answer contains the rest of the account's page.
    let page = &both(&portal, &ann, &id, "x").await[0];
    assert!(
        page.has("#call-status") && page.has("#overview"),
        "{}",
        page.words()
    );
    assert!(!both(&portal, &ann, &id, "x").await[1].has("#call-status"));
}

#[tokio::test]
async fn zero_names_its_own_action_in_the_card() {
    let (portal, ann) = stage().await;
    let id = with_limit(&portal, &ann, 7).await;
    for page in both(&portal, &ann, &id, "0").await {
        is_in_card(&page, "0");
        assert!(page.has(&format!(
            "{FORM} .notice a[href='/accounts/{id}/block-calls']"
        )));
    }
}

#[tokio::test]
async fn what_telnyx_refuses_or_does_not_take_is_told_in_the_card() {
    for (then, says) in [
        (json!({ "status": 422 }), "Telnyx refused it"),
        (json!({ "status": 403 }), "not allowed to do this"),
    ] {
        let (portal, ann) = stage().await;
        let id = with_limit(&portal, &ann, 7).await;
        fault(&portal, "PATCH", 9, then).await;
        let page = ann.get(&format!("/accounts/{id}")).await.expect(200);
        let page = ann.submit(&page, FORM, &[("channel_limit", "9")]).await;
        is_in_card(&page, "9");
        assert!(page.says(says), "{}", page.words());
    }
    let (portal, ann) = stage().await;
    let id = with_limit(&portal, &ann, 7).await;
    portal
        .sandbox
        .faults(json!([{"path": "/v2/*", "then": {"status": 503}}]))
        .await;
    for _ in 0..3 {
        portal.telnyx.pool().await.unwrap_err();
    }
    for page in both(&portal, &ann, &id, "9").await {
        is_in_card(&page, "9");
        assert!(
            page.has(&format!("{FORM} button[name=try_anyway]")),
            "{}",
            page.words()
        );
    }
}
