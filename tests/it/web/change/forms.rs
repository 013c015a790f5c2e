//! Invalid input: 422, with the message at its field, the input kept, and nothing sent.

use super::*;

#[tokio::test]
async fn a_limit_that_is_none_is_refused_at_the_field_with_what_was_typed() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let path = format!("/accounts/{id}/channel-limit");
    for typed in [
        "",
        " ",
        "-1",
        "1.5",
        "many",
        "1000001",
        "99999999999999999999999",
        "<b>1</b>",
        "1\u{0}",
        "４５",
    ] {
        let page = ann
            .post(&path, &[("channel_limit", typed)])
            .await
            .expect(422);
        assert!(
            page.has("#channel_limit[aria-invalid=true]"),
            "{typed:?}: {}",
            page.words()
        );
        assert!(
            !page.text_of("#channel_limit-help .field-error").is_empty(),
            "{typed:?}"
        );
        // HTML has no NUL. Parsers replace it with U+FFFD.
        let kept = typed.replace('\0', "\u{fffd}");
        assert_eq!(
            page.attr_of("#channel_limit", "value").unwrap(),
            kept,
            "kept"
        );
    }
    assert_eq!(portal.sandbox.changes().await, Vec::<String>::new());
}

#[tokio::test]
async fn disabling_asks_for_a_reason_from_the_list_and_for_other_in_words() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let path = format!("/accounts/{id}/disable");
    for code in ["", "because", "\u{0}"] {
        let page = ann
            .post(&path, &[("reason_code", code), ("reason", "kept words")])
            .await
            .expect(422);
        assert!(page.has("#reason_code[aria-invalid=true]"), "{code:?}");
        assert_eq!(page.text_of("#reason"), "kept words");
    }
    let page = ann
        .post(&path, &[("reason_code", "other")])
        .await
        .expect(422);
    assert!(page.has("#reason[aria-invalid=true]"));
    assert!(
        page.has("#reason_code option[value=other][selected]"),
        "kept"
    );
    let long = "x".repeat(1_001);
    let page = ann
        .post(&path, &[("reason_code", "error"), ("reason", &long)])
        .await
        .expect(422);
    assert!(
        page.text_of("#reason-help .field-error")
            .contains("at most")
    );
    assert_eq!(portal.sandbox.changes().await, Vec::<String>::new());
}

#[tokio::test]
async fn enabling_asks_about_the_connections_with_no_answer_chosen_beforehand() {
    let (portal, ann) = stage().await;
    let id = portal.sandbox.id_of("disabled").await;
    let path = format!("/accounts/{id}/enable");
    let page = ann.get(&path).await.expect(200);
    assert!(!page.has("input[name=reenable_all_connections][checked]"));
    assert!(page.says("Yes, all of them, also those that were off before."));
    assert!(page.says("No, leave them off. Calls may fail until someone turns them on."));
    let page = ann
        .submit(&page, "form.confirm", &[("reason", "paid")])
        .await
        .expect(422);
    assert!(page.has("fieldset[data-invalid]"), "{}", page.words());
    assert_eq!(page.text_of("#reason"), "paid");
    assert_eq!(portal.sandbox.changes().await, Vec::<String>::new());
}

#[tokio::test]
async fn enabling_what_somebody_else_disabled_asks_for_a_reason() {
    let (portal, ann) = stage().await;
    let bea = portal.signed_in(Role::Admin).await;
    let id = enabled(&portal).await;
    bea.post(
        &format!("/accounts/{id}/disable"),
        &[("reason_code", "non_payment"), ("reason", "invoice 2291")],
    )
    .await
    .expect(303);
    let path = format!("/accounts/{id}/enable");
    let page = ann.get(&path).await.expect(200);
    assert!(page.says("Someone else disabled it"), "{}", page.words());
    assert!(page.says("invoice 2291"));
    let answer = [("reenable_all_connections", "no")];
    let page = ann.submit(&page, "form.confirm", &answer).await.expect(422);
    assert!(page.has("#reason[aria-invalid=true]"));
    let answer = [("reenable_all_connections", "no"), ("reason", "paid today")];
    ann.submit(&page, "form.confirm", &answer).await.expect(303);
    assert_eq!(portal.sandbox.account(&id).await["status"], "enabled");
}

#[tokio::test]
async fn whoever_disabled_it_enables_it_without_a_reason() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    ann.post(
        &format!("/accounts/{id}/disable"),
        &[("reason_code", "error")],
    )
    .await
    .expect(303);
    let done = ann
        .post(
            &format!("/accounts/{id}/enable"),
            &[("reenable_all_connections", "yes")],
        )
        .await
        .expect(303);
    let page = ann.follow(&done).await;
    assert!(
        page.text_of("#result")
            .contains("Ask the customer to make a test call.")
    );
}

#[tokio::test]
async fn custom_pricing_and_blocking_ask_for_a_reason() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    for (verb, fields) in [
        ("custom-pricing", vec![("custom_pricing", "yes")]),
        ("block-calls", vec![]),
    ] {
        let page = ann
            .post(&format!("/accounts/{id}/{verb}"), &fields)
            .await
            .expect(422);
        assert!(page.has("#reason[aria-invalid=true]"), "{verb}");
    }
    let page = ann
        .post(
            &format!("/accounts/{id}/custom-pricing"),
            &[("reason", "x")],
        )
        .await
        .expect(422);
    assert!(page.says("Choose our rates"), "{}", page.words());
    assert_eq!(portal.sandbox.changes().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_form_whose_hidden_fields_are_not_ours_is_refused() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    for (name, value) in [
        ("op", "1"),
        ("op", "\u{0}"),
        ("shown_status", "suspended"),
        ("shown_limit", "-1"),
        ("undoes", "nothing"),
        ("undoes", "0199d1f0-0000-7000-8000-000000000000"),
    ] {
        let fields = [("channel_limit", "3"), (name, value)];
        let page = ann
            .post(&format!("/accounts/{id}/channel-limit"), &fields)
            .await
            .expect(422);
        assert!(page.says("was damaged"), "{name}={value}: {}", page.words());
        assert_eq!(
            page.attr_of("#channel_limit", "value").unwrap(),
            "3",
            "kept"
        );
    }
    assert_eq!(portal.sandbox.changes().await, Vec::<String>::new());
}

#[tokio::test]
async fn hostile_text_is_shown_as_text_or_refused_at_its_field() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let path = format!("/accounts/{id}/disable");
    let ten_kilobytes = "a".repeat(10_000);
    for refused in [
        "nul\u{0}",
        "bell\u{7}",
        "\u{202e}turned",
        ten_kilobytes.as_str(),
    ] {
        let page = ann
            .post(&path, &[("reason_code", "other"), ("reason", refused)])
            .await
            .expect(422);
        assert!(page.has("#reason[aria-invalid=true]"), "{}", page.words());
    }
    let taken = "<script>alert(1)</script> \"quotes\" & 'שלום right to left\u{1F4A9}";
    ann.post(&path, &[("reason_code", "other"), ("reason", taken)])
        .await
        .expect(303);
    let page = ann.get(&format!("/accounts/{id}/enable")).await.expect(200);
    assert!(page.words().contains(taken), "{}", page.words());
    assert!(!page.text.contains("<script>alert"), "it is text");
}

#[tokio::test]
async fn a_script_that_sends_only_what_matters_is_served() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    for (verb, fields) in [
        ("channel-limit", vec![("channel_limit", "4")]),
        (
            "channel-limit",
            vec![("channel_limit", "0"), ("reason", "from a script")],
        ),
        ("disable", vec![("reason_code", "customer_request")]),
        ("enable", vec![("reenable_all_connections", "no")]),
        (
            "custom-pricing",
            vec![("custom_pricing", "yes"), ("reason", "agreed")],
        ),
    ] {
        let done = ann
            .post(&format!("/accounts/{id}/{verb}"), &fields)
            .await
            .expect(303);
        assert_eq!(
            done.leads_to().unwrap(),
            format!("/accounts/{id}"),
            "{verb}"
        );
    }
    assert_eq!(portal.sandbox.changes().await.len(), 5);
}

#[tokio::test]
async fn after_an_expired_login_the_form_comes_back_with_what_was_typed_and_nothing_is_sent() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let path = format!("/accounts/{id}/disable");
    let page = ann.get(&path).await.expect(200);
    portal.advance(portal.settings.session_idle + Duration::from_secs(1));
    let typed = [("reason_code", "fraud"), ("reason", "key on a forum")];
    // As a dialog over the account's page, so that the referrer is not the form's address.
    let form = page.form("form.confirm");
    let fields = form.filled(&typed);
    let page = ann.post_fragment(&form.action, &fields).await.expect(401);
    assert_eq!(portal.sandbox.changes().await, Vec::<String>::new());
    let signed = [("email", "manager@example.com"), ("password", PASSWORD)];
    let signed_in = ann.submit(&page, "form.form", &signed).await.expect(303);
    let page = ann.follow(&signed_in).await.expect(200);
    assert!(page.says("Nothing was sent yet"), "{}", page.words());
    assert_eq!(page.text_of("#reason"), "key on a forum");
    assert!(page.has("#reason_code option[value=fraud][selected]"));
    ann.submit(&page, "form.confirm", &[]).await.expect(303);
    assert_eq!(portal.sandbox.account(&id).await["status"], "disabled");
}

#[tokio::test]
async fn who_enables_what_was_last_disabled_outside_the_portal_says_why_whoever_disabled_it_before()
{
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let path = format!("/accounts/{id}/enable");
    ann.post(
        &format!("/accounts/{id}/disable"),
        &[("reason_code", "error")],
    )
    .await
    .expect(303);
    let own = ann.get(&path).await.expect(200);
    assert!(own.says("Disabled by you"), "{}", own.words());
    let answer = [("reenable_all_connections", "yes")];
    ann.submit(&own, "form.confirm", &answer).await.expect(303);
    portal.advance(Duration::from_mins(5));
    portal.sweep().await;
    portal
        .sandbox
        .change_elsewhere(&id, json!({ "status": "disabled" }))
        .await;
    portal.advance(Duration::from_mins(1));
    portal.sweep().await;

    let page = ann.get(&path).await.expect(200);
    assert!(
        page.says("Disabled outside the portal just now"),
        "{}",
        page.words()
    );
    assert!(!page.says("Disabled by you"), "{}", page.words());
    let refused = ann.submit(&page, "form.confirm", &answer).await.expect(422);
    assert!(
        refused.has("#reason[aria-invalid=true]"),
        "{}",
        refused.words()
    );
    for page in ["/", "/activity", &format!("/accounts/{id}")] {
        let page = ann.get(page).await.expect(200);
        let words = page.words();
        assert!(page.says("Status changed, between"), "{words}");
        assert!(page.says(", outside the portal."), "{words}");
        assert!(!page.says("(seen"), "{words}");
    }
    let reason = [
        ("reenable_all_connections", "yes"),
        ("reason", "the customer paid"),
    ];
    ann.submit(&refused, "form.confirm", &reason)
        .await
        .expect(303);
}
