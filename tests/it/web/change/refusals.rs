//! Telnyx refuses a change.
//! Its words and request ID are shown, the directory is unchanged, and the audit records it.

use super::*;

#[tokio::test]
async fn what_telnyx_refuses_is_said_with_its_words_and_leaves_the_record_as_it_was() {
    for (status, says) in [
        (401, "API key"),
        (403, "not allowed to"),
        (404, "no longer has this"),
        (422, "Telnyx did not disable the account"),
    ] {
        let (portal, ann) = stage().await;
        let id = enabled(&portal).await;
        fault(&portal, "POST", 1, json!({ "status": status })).await;
        let page = ann
            .post(
                &format!("/accounts/{id}/disable"),
                &[("reason_code", "fraud"), ("reason", "typed")],
            )
            .await
            .expect(422);
        let notice = page.text_of(".confirm-body > .notice");
        assert!(notice.contains(says), "{status}: {notice}");
        assert!(notice.contains("request ID"), "{status}: {notice}");
        assert_eq!(page.text_of("#reason"), "typed");
        assert!(page.has("#reason_code option[value=fraud][selected]"));
        assert_eq!(account(&portal, &id).await.status.value.as_str(), "enabled");
        assert_eq!(
            told(&portal, &id, EventKind::Disable, EventOutcome::Refused).await,
            1
        );
    }
}

#[tokio::test]
async fn a_refused_form_can_be_sent_again() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    fault(&portal, "POST", 1, json!({ "status": 422 })).await;
    let page = ann
        .get(&format!("/accounts/{id}/disable"))
        .await
        .expect(200);
    let typed = [("reason_code", "fraud")];
    let page = ann.submit(&page, "form.confirm", &typed).await.expect(422);
    ann.submit(&page, "form.confirm", &[]).await.expect(303);
    assert_eq!(portal.sandbox.account(&id).await["status"], "disabled");
}

#[tokio::test]
async fn too_many_requests_also_after_waiting_are_a_refusal() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    fault(
        &portal,
        "PATCH",
        20,
        json!({ "status": 429, "retry_after": 0 }),
    )
    .await;
    let page = ann
        .post(
            &format!("/accounts/{id}/channel-limit"),
            &[("channel_limit", "3")],
        )
        .await
        .expect(422);
    assert!(
        page.says("accepts no more requests at the moment"),
        "{}",
        page.words()
    );
    assert_eq!(limit_of(&portal, &id).await, None);
}

#[tokio::test]
async fn where_nothing_can_be_asked_for_no_button_is_there() {
    let (portal, ann) = stage().await;
    for (status, verb) in [
        ("blocked", "enable"),
        ("cancelled", "enable"),
        ("enabled", "enable"),
        ("disabled", "disable"),
        ("cancelled", "disable"),
    ] {
        let id = portal.sandbox.id_of(status).await;
        let page = ann.get(&format!("/accounts/{id}/{verb}")).await.expect(200);
        assert!(page.says("This cannot be done"), "{verb} {status}");
        assert!(
            !page.has("form.confirm button[type=submit]"),
            "{verb} {status}"
        );
        let fields = [
            ("reason_code", "fraud"),
            ("reason", "x"),
            ("reenable_all_connections", "no"),
        ];
        ann.post(&format!("/accounts/{id}/{verb}"), &fields)
            .await
            .expect(422);
    }
    assert_eq!(portal.sandbox.changes().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_viewer_changes_nothing_and_nobody_changes_what_is_not_there() {
    let (portal, ann) = stage().await;
    let viewer = portal.signed_in(Role::Viewer).await;
    let id = enabled(&portal).await;
    for verb in [
        "enable",
        "disable",
        "block-calls",
        "channel-limit",
        "custom-pricing",
        "show-key",
    ] {
        viewer
            .get(&format!("/accounts/{id}/{verb}"))
            .await
            .expect(403);
        viewer
            .post(&format!("/accounts/{id}/{verb}"), &[("reason", "x")])
            .await
            .expect(403);
        if verb != "show-key" {
            ann.post(&format!("/accounts/nobody-here/{verb}"), &[])
                .await
                .expect(404);
            ann.get("/accounts/..%2Fx/enable").await.expect(404);
        }
    }
    assert_eq!(portal.sandbox.changes().await, Vec::<String>::new());
}
