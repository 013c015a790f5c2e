//! Text search in the activity.

use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::audit::{Event, EventKind, EventOutcome};
use reseller_portal::domain::ids::OperationId;
use reseller_portal::domain::role::Role;

use super::record;
use crate::support::Portal;

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn a_text_is_found_anywhere_in_an_entry_without_regard_to_case_and_accents() {
    let portal = Portal::start().await;
    let ann = portal.staff(Role::Manager).await;
    let browser = portal.signed_in_as(&ann).await;
    let event = Event {
        address: Some("192.0.2.77".to_owned()),
        before: Some("12 channels".to_owned()),
        after: Some("99_5% of \\all".to_owned()),
        reason: Some("The Café closed".to_owned()),
        request_id: Some("req-ABC-1".to_owned()),
        telnyx_request_id: Some("telnyx-XYZ-2".to_owned()),
        message: "Telnyx said no".to_owned(),
        ..Event::by_actor(
            &ann,
            EventKind::ChannelLimit,
            EventOutcome::Refused,
            "Müller & Söhne",
        )
    };
    record(&portal, &event).await;
    record(
        &portal,
        &Event::by_system(
            EventKind::SignInFailed,
            EventOutcome::Refused,
            "eve@example.com",
        ),
    )
    .await;
    let count = |query: String| {
        let browser = &browser;
        async move {
            browser
                .get(&format!("/activity?{query}"))
                .await
                .expect(200)
                .count(".feed > li")
        }
    };
    for text in [
        "MULLER",
        "söhne",
        "cafe CLOSED",
        "192.0.2.77",
        "12 chan",
        "99_5%",
        "_5% of \\",
        "\\all",
        "req-abc",
        "TELNYX-xyz-2",
        "said no",
        &ann.email,
        &ann.name,
        "café  closed",
        "closed\u{a0}the",
        "sohne 12 CHANNELS\u{200b}",
    ] {
        assert_eq!(count(format!("q={}", encoded(text))).await, 1, "{text}");
    }
    for text in [
        "9905%",
        "99_5x",
        "café opened",
        "Söhne12",
        "%%",
        "__",
        "\\\\",
    ] {
        assert_eq!(count(format!("q={}", encoded(text))).await, 0, "{text}");
    }
    // Combined with other filters, in the address, and as a chip that can be removed.
    assert_eq!(
        count("q=muller&outcome=refused&kind=channel_limit".to_owned()).await,
        1
    );
    assert_eq!(count("q=muller&outcome=done".to_owned()).await, 0);
    assert_eq!(count(format!("q=muller&person={}", ann.staff_id)).await, 1);
    assert_eq!(count("q=muller&person=portal".to_owned()).await, 0);
    let page = browser
        .get("/activity?q=M%C3%BCller&outcome=refused")
        .await
        .expect(200);
    assert_eq!(page.select(".chip"), ["Search: Müller", "Outcome: Failed"]);
    assert_eq!(
        page.attr_of(".chip", "href").as_deref(),
        Some("/activity?outcome=refused")
    );
    assert_eq!(page.attr_of("#q", "value").as_deref(), Some("Müller"));
    assert!(
        page.has(r#"a[href="/activity.jsonl?q=M%C3%BCller&outcome=refused"]"#),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn a_text_that_cannot_be_searched_for_is_ignored_and_said() {
    let portal = Portal::start().await;
    let browser = portal.signed_in(Role::Manager).await;
    record(
        &portal,
        &Event::by_system(
            EventKind::SignInFailed,
            EventOutcome::Refused,
            "eve@example.com",
        ),
    )
    .await;
    for bad in ["%00", "a%00b", "%FF", &"x".repeat(10_000), "%0A"] {
        browser.get(&format!("/activity?q={bad}")).await.expect(200);
        browser
            .get(&format!("/activity.csv?q={bad}"))
            .await
            .expect(200);
    }
    let page = browser.get("/activity?q=a%00b").await.expect(200);
    assert!(
        page.says("Invisible characters were ignored."),
        "{}",
        page.words()
    );
    assert_eq!(page.text_of(".chip"), "Search: ab");
}

#[tokio::test]
async fn what_an_earlier_event_of_an_operation_told_is_found_and_shown_as_it_stands_now() {
    let portal = Portal::start().await;
    let ann = portal.staff(Role::Manager).await;
    let bea = portal.staff(Role::Admin).await;
    let browser = portal.signed_in_as(&ann).await;
    let operation = Some(OperationId::new(portal.clock.now()));
    let told = |actor: &Actor, outcome, request: &str| Event {
        operation,
        telnyx_request_id: Some(request.to_owned()),
        ..Event::by_actor(actor, EventKind::Disable, outcome, "Acme")
    };
    record(
        &portal,
        &told(&ann, EventOutcome::Checking, "first-request"),
    )
    .await;
    record(&portal, &told(&bea, EventOutcome::Done, "second-request")).await;

    for query in [
        "q=first-request".to_owned(),
        "q=acme".to_owned(),
        format!("person={}", ann.staff_id),
    ] {
        let page = browser
            .get(&format!("/activity?kind=disable&{query}"))
            .await
            .expect(200);
        assert_eq!(page.text_of(".feed-side .status"), "Done", "{query}");
        assert_eq!(page.count(".feed > li"), 1, "{query}");
        let details = page.text_of(".feed details");
        assert!(
            details.contains("first-request") && details.contains("second-request"),
            "{details}"
        );
    }
}
