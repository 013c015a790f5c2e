//! Unclear answers of Telnyx.
//! Staff see "checking" and then the outcome. After several failures, nothing is sent.

use super::*;

#[tokio::test]
async fn an_answer_that_proves_nothing_is_checked_and_then_the_outcome_is_shown() {
    for (fault_then, happened) in [
        (json!({ "status": 500 }), false),
        (json!({ "status": 503 }), false),
        (json!({ "status": 408 }), false),
        (json!({ "garbage": true }), false),
        (json!({ "garbage": true, "act": true }), true),
        (json!({ "status": 502, "act": true }), true),
        (json!({ "drop": "before" }), false),
        (json!({ "drop": "after" }), true),
    ] {
        let (portal, ann) = stage().await;
        let id = enabled(&portal).await;
        fault(&portal, "POST", 1, fault_then.clone()).await;
        let open = ann
            .post(
                &format!("/accounts/{id}/disable"),
                &[("reason_code", "fraud")],
            )
            .await
            .expect(303);
        let asked = operation(&portal, &open).await;
        assert_eq!(asked.state, OperationState::Checking, "{fault_then}");
        let page = ann.follow(&open).await.expect(200);
        assert!(
            page.says("Checking the outcome"),
            "{fault_then}: {}",
            page.words()
        );
        assert!(
            page.attr_of("#operation", "hx-trigger")
                .is_some_and(|every| every == "every 2s")
        );
        assert!(
            page.has("noscript"),
            "a page without script loads itself again"
        );
        recover(&portal, 12, Duration::from_secs(40)).await;
        let page = ann
            .get_fragment(&open.leads_to().unwrap())
            .await
            .expect(200);
        assert!(
            !page.text.contains("hx-trigger"),
            "{fault_then}: it waits no more"
        );
        let (said, status) = if happened {
            ("Done", "disabled")
        } else {
            ("It did not happen", "enabled")
        };
        assert!(page.says(said), "{fault_then}: {}", page.words());
        assert_eq!(
            portal.sandbox.account(&id).await["status"],
            status,
            "{fault_then}"
        );
        assert_eq!(
            account(&portal, &id).await.status.value.as_str(),
            status,
            "{fault_then}"
        );
        let sent = portal.sandbox.changes().await;
        assert_eq!(sent.len(), 1, "sent once, settled by reading: {sent:?}");
    }
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_settled_too() {
    let portal = Portal::build()
        .telnyx_timeout(Duration::from_millis(300))
        .start()
        .await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let id = enabled(&portal).await;
    fault(&portal, "POST", 1, json!({ "delay_ms": 600 })).await;
    let open = ann
        .post(
            &format!("/accounts/{id}/disable"),
            &[("reason_code", "fraud")],
        )
        .await
        .expect(303);
    assert_eq!(
        operation(&portal, &open).await.state,
        OperationState::Checking
    );
    tokio::time::sleep(Duration::from_millis(500)).await;
    recover(&portal, 4, Duration::from_secs(40)).await;
    assert_eq!(operation(&portal, &open).await.state, OperationState::Done);
    assert_eq!(portal.sandbox.account(&id).await["status"], "disabled");
}

#[tokio::test]
async fn an_uncertain_limit_is_sent_again_and_shown_as_done() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    fault(&portal, "PATCH", 3, json!({ "drop": "after" })).await;
    let open = ann
        .post(
            &format!("/accounts/{id}/channel-limit"),
            &[("channel_limit", "6")],
        )
        .await
        .expect(303);
    assert_eq!(
        operation(&portal, &open).await.state,
        OperationState::Checking
    );
    recover(&portal, 2, Duration::from_secs(5)).await;
    let page = ann.follow(&open).await.expect(200);
    assert!(
        page.says("By sending the same value again"),
        "{}",
        page.words()
    );
    assert_eq!(limit_of(&portal, &id).await, Some(6));
}

#[tokio::test]
async fn what_stays_unknown_is_sent_again_or_settled_by_hand_with_a_reason() {
    let (portal, ann) = stage().await;
    let id = with_limit(&portal, &ann, 30).await;
    fault(&portal, "PATCH", 1_000, json!({ "status": 503 })).await;
    let open = ann
        .post(
            &format!("/accounts/{id}/channel-limit"),
            &[("channel_limit", "45")],
        )
        .await
        .expect(303);
    recover(&portal, 30, Duration::from_secs(35)).await;
    let path = open.leads_to().unwrap();
    let page = ann.get(&path).await.expect(200);
    assert!(
        page.says("The limit at Telnyx may be 30 or 45."),
        "{}",
        page.words()
    );
    assert!(page.says("Send 45 again"));
    // Another change of the account has to wait for it.
    portal.sandbox.clear_faults().await;
    let other = [("channel_limit", "50"), ("try_anyway", "yes")];
    let busy = ann
        .post(&format!("/accounts/{id}/channel-limit"), &other)
        .await
        .expect(409);
    assert_eq!(
        busy.attr_of(".confirm-body > .notice a", "href").unwrap(),
        path
    );
    let viewer = portal.signed_in(Role::Viewer).await;
    let seen = viewer.get(&path).await.expect(200);
    assert!(!seen.has("form[action$=settle]"));
    viewer
        .post(
            &format!("{path}/settle"),
            &[("seen", "happened"), ("reason", "x")],
        )
        .await
        .expect(403);
    let wrong = ann
        .submit(&page, "form[action$=settle]", &[("reason", "kept")])
        .await
        .expect(422);
    assert!(wrong.says("Say what you saw."));
    assert_eq!(wrong.text_of("#reason"), "kept");
    let settled = [
        ("seen", "did_not_happen"),
        ("reason", "Mission Control shows 30"),
    ];
    ann.submit(&wrong, "form[action$=settle]", &settled)
        .await
        .expect(303);
    let page = ann.get(&path).await.expect(200);
    assert!(page.says("Mission Control shows 30"), "{}", page.words());
}

#[tokio::test]
async fn an_unknown_limit_can_be_sent_again() {
    let (portal, ann) = stage().await;
    let id = with_limit(&portal, &ann, 30).await;
    fault(&portal, "PATCH", 1_000, json!({ "status": 503 })).await;
    let open = ann
        .post(
            &format!("/accounts/{id}/channel-limit"),
            &[("channel_limit", "45")],
        )
        .await
        .expect(303);
    recover(&portal, 30, Duration::from_secs(35)).await;
    let path = open.leads_to().unwrap();
    let page = ann.get(&path).await.expect(200);
    let again = ann
        .submit(&page, "form[action$=check-again]", &[])
        .await
        .expect(303);
    assert!(ann.follow(&again).await.says("still not known"));
    portal.sandbox.clear_faults().await;
    ann.submit(&page, "form[action$=send-again]", &[])
        .await
        .expect(303);
    assert_eq!(operation(&portal, &open).await.state, OperationState::Done);
    assert_eq!(limit_of(&portal, &id).await, Some(45));
}

#[tokio::test]
async fn after_several_failures_nothing_is_sent_unless_somebody_tries_anyway() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    portal
        .sandbox
        .faults(json!([{ "path": "/v2/*", "then": { "status": 503 } }]))
        .await;
    for _ in 0..4 {
        let _ = portal.telnyx.pool().await;
    }
    assert!(portal.telnyx.health().is_down());
    let page = ann
        .get(&format!("/accounts/{id}/disable"))
        .await
        .expect(200);
    let before = portal.sandbox.changes().await.len();
    let typed = [("reason_code", "fraud"), ("reason", "leaked")];
    let page = ann.submit(&page, "form.confirm", &typed).await.expect(503);
    assert!(
        page.says("Not sent. Nothing will happen by itself."),
        "{}",
        page.words()
    );
    assert_eq!(page.text_of("#reason"), "leaked");
    assert_eq!(portal.sandbox.changes().await.len(), before, "not sent");
    portal.sandbox.clear_faults().await;
    recover(&portal, 3, Duration::from_mins(1)).await;
    assert_eq!(
        portal.sandbox.account(&id).await["status"],
        "enabled",
        "and not queued"
    );
    let name = page.attr_of(".notice button[name]", "name").unwrap();
    let value = page.attr_of(".notice button[name]", "value").unwrap();
    ann.submit(&page, "form.confirm", &[(&name, &value)])
        .await
        .expect(303);
    assert_eq!(portal.sandbox.account(&id).await["status"], "disabled");
}

#[tokio::test]
async fn where_the_portal_is_read_only_nothing_is_sent_and_nothing_can_be_tried() {
    let portal = Portal::build()
        .settings(|settings| settings.read_only = true)
        .start()
        .await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let id = enabled(&portal).await;
    let page = ann
        .post(
            &format!("/accounts/{id}/channel-limit"),
            &[("channel_limit", "3"), ("try_anyway", "yes")],
        )
        .await
        .expect(503);
    assert!(page.says("read-only"));
    assert!(!page.has("button[name=try_anyway]"));
    assert_eq!(portal.sandbox.changes().await, Vec::<String>::new());
}
