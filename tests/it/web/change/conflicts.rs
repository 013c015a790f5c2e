//! Forms sent twice, by two people at once, or after a change.

use super::*;

#[tokio::test]
async fn the_same_form_sent_twice_is_one_operation() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let page = ann
        .get(&format!("/accounts/{id}/channel-limit"))
        .await
        .expect(200);
    let typed = [("channel_limit", "8")];
    let (one, two) = tokio::join!(
        ann.submit(&page, "form.confirm", &typed),
        ann.submit(&page, "form.confirm", &typed)
    );
    one.expect(303);
    two.expect(303);
    let three = ann.submit(&page, "form.confirm", &typed).await.expect(303);
    assert_eq!(
        three.leads_to().unwrap(),
        format!("/accounts/{id}"),
        "the first one's result"
    );
    assert_eq!(portal.sandbox.changes().await.len(), 1);
}

#[tokio::test]
async fn a_used_form_with_other_contents_is_refused_and_shown_anew() {
    let (portal, ann) = stage().await;
    let bea = portal.signed_in(Role::Admin).await;
    let id = enabled(&portal).await;
    let page = ann
        .get(&format!("/accounts/{id}/channel-limit"))
        .await
        .expect(200);
    ann.submit(&page, "form.confirm", &[("channel_limit", "8")])
        .await
        .expect(303);
    let again = ann
        .submit(&page, "form.confirm", &[("channel_limit", "9")])
        .await
        .expect(409);
    assert!(again.says("used before"), "{}", again.words());
    bea.submit(&page, "form.confirm", &[("channel_limit", "8")])
        .await
        .expect(409);
    assert_eq!(portal.sandbox.changes().await.len(), 1);
    ann.submit(&again, "form.confirm", &[]).await.expect(303);
    assert_eq!(limit_of(&portal, &id).await, Some(9));
}

#[tokio::test]
async fn what_somebody_changed_meanwhile_is_said_and_saving_again_goes_on() {
    let (portal, ann) = stage().await;
    let id = with_limit(&portal, &ann, 30).await;
    let bea = portal.signed_in(Role::Admin).await;
    let page = ann
        .get(&format!("/accounts/{id}/channel-limit"))
        .await
        .expect(200);
    bea.post(
        &format!("/accounts/{id}/channel-limit"),
        &[("channel_limit", "45")],
    )
    .await
    .expect(303);
    portal.advance(Duration::from_mins(2));
    let sent = portal.sandbox.changes().await.len();
    let page = ann
        .submit(&page, "form.confirm", &[("channel_limit", "50")])
        .await
        .expect(409);
    let bar = page.text_of(".confirm-body > .notice");
    assert!(
        bar.contains(
            "Test Admin set the channel limit to 45 (it was 30) 2 min ago. Nothing was \
                      sent. Save again to replace the new value."
        ),
        "{bar}"
    );
    assert_eq!(portal.sandbox.changes().await.len(), sent);
    assert_eq!(
        page.attr_of("#channel_limit", "value").unwrap(),
        "50",
        "kept"
    );
    ann.submit(&page, "form.confirm", &[]).await.expect(303);
    assert_eq!(limit_of(&portal, &id).await, Some(50));
}

#[tokio::test]
async fn a_status_that_changed_outside_the_portal_is_said_so_and_a_sweep_alone_is_no_conflict() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let page = ann
        .get(&format!("/accounts/{id}/disable"))
        .await
        .expect(200);
    portal.advance(Duration::from_secs(61));
    portal.sweep().await;
    portal
        .sandbox
        .change_elsewhere(&id, json!({ "status": "disabled" }))
        .await;
    portal.advance(Duration::from_secs(61));
    portal.sweep().await;
    let typed = [("reason_code", "fraud")];
    let conflict = ann.submit(&page, "form.confirm", &typed).await.expect(409);
    assert!(conflict.says("outside the portal"), "{}", conflict.words());
    portal
        .sandbox
        .change_elsewhere(&id, json!({ "status": "enabled" }))
        .await;
    portal.advance(Duration::from_secs(61));
    portal.sweep().await;
    ann.submit(&page, "form.confirm", &typed).await.expect(303);
}

#[tokio::test]
async fn of_two_people_at_once_the_second_is_told_who_is_at_it_since_when() {
    let portal = Portal::build()
        .telnyx_timeout(Duration::from_secs(2))
        .start()
        .await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let bea = portal.signed_in(Role::Admin).await;
    let id = enabled(&portal).await;
    fault(&portal, "PATCH", 1, json!({ "delay_ms": 700 })).await;
    let path = format!("/accounts/{id}/channel-limit");
    let fields = [("channel_limit", "4")];
    let first = ann.post(&path, &fields);
    let second = async {
        tokio::time::sleep(Duration::from_millis(250)).await;
        bea.post(&path, &[("channel_limit", "5")]).await
    };
    let (first, second) = tokio::join!(first, second);
    first.expect(303);
    let page = second.expect(409);
    let bar = page.text_of(".confirm-body > .notice");
    assert!(
        bar.contains("Test Account manager is changing this account"),
        "{bar}"
    );
    assert_eq!(portal.sandbox.account(&id).await["channel_limit"], 4);
}
