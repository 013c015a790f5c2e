//! Confirmations as pages and as dialogs, and the page after them.

use super::*;

#[tokio::test]
async fn a_confirmation_names_the_account_and_every_consequence_and_begins_on_cancel() {
    let (portal, ann) = stage().await;
    let id = with_limit(&portal, &ann, 30).await;
    let known = account(&portal, &id).await;
    let name = known.organization_name.clone();
    let page = ann
        .get(&format!("/accounts/{id}/disable"))
        .await
        .expect(200);
    for words in [
        name.as_str(),
        &known.email,
        &id[..8],
        "All new calls and messages stop immediately.",
        "Calls in progress are not cut off.",
        "can no longer sign in",
        "Telnyx does not document if its API key keeps working",
        "30",
    ] {
        assert!(page.says(words), "{words}: {}", page.words());
    }
    assert_eq!(
        page.text_of("form.confirm button[data-variant=danger]"),
        format!("Disable {name}")
    );
    assert_eq!(page.text_of("[data-autofocus][data-close]"), "Cancel");
    let page = ann
        .get(&format!("/accounts/{id}/custom-pricing"))
        .await
        .expect(200);
    assert!(
        page.says("This account stops using our rates and has none until Telnyx sets its own.")
    );
    assert!(page.says("Takes effect with a delay; Telnyx does not say how long."));
    assert_eq!(
        portal.sandbox.changes().await.len(),
        1,
        "looking changes nothing"
    );
}

#[tokio::test]
async fn htmx_gets_the_dialog_alone_with_its_errors_and_a_redirect_in_its_own_words() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let path = format!("/accounts/{id}/disable");
    let part = ann.get_fragment(&path).await.expect(200);
    assert!(
        part.text
            .trim_start()
            .starts_with("<div class=\"confirm-wrap\""),
        "{}",
        part.text
    );
    assert!(!part.text.contains("<html"));
    let part = ann
        .post_fragment(&path, &[("reason_code", "")])
        .await
        .expect(422);
    assert!(
        part.text
            .trim_start()
            .starts_with("<div class=\"confirm-wrap\"")
    );
    let done = ann
        .post_fragment(&path, &[("reason_code", "fraud")])
        .await
        .expect(200);
    assert_eq!(done.header("hx-redirect"), format!("/accounts/{id}"));
}

#[tokio::test]
async fn where_to_go_afterwards_is_the_account_or_where_the_form_says_within_the_portal() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let own = format!("/accounts/{id}");
    for (number, (return_to, leads_to)) in [
        ("account", own.as_str()),
        ("accounts", "/accounts"),
        ("channels", "/channels"),
        (
            "/accounts?status=enabled&page=2",
            &format!("/accounts?status=enabled&page=2#account-{id}"),
        ),
        ("//evil.example", &own),
        ("https://evil.example/accounts", &own),
        ("/logout", &own),
        ("\u{0}", &own),
    ]
    .into_iter()
    .enumerate()
    {
        let limit = (number + 1).to_string();
        let fields = [("channel_limit", limit.as_str()), ("return_to", return_to)];
        let done = ann
            .post(&format!("/accounts/{id}/channel-limit"), &fields)
            .await
            .expect(303);
        assert_eq!(done.leads_to().unwrap(), leads_to, "{return_to:?}");
    }
}

#[tokio::test]
async fn a_form_opens_from_the_directory_where_telnyx_does_not_answer() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    portal
        .sandbox
        .faults(json!([{ "path": "/v2/*", "then": { "status": 503 } }]))
        .await;
    for verb in ["disable", "block-calls", "channel-limit", "custom-pricing"] {
        ann.get(&format!("/accounts/{id}/{verb}")).await.expect(200);
    }
    let disabled = portal.sandbox.id_of("disabled").await;
    ann.get(&format!("/accounts/{disabled}/enable"))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_change_that_is_not_there_is_a_page_that_is_not_there() {
    let (_portal, ann) = stage().await;
    for id in ["x", "0199d1f0-0000-7000-8000-000000000000", "%00"] {
        ann.get(&format!("/operations/{id}")).await.expect(404);
        for verb in ["undo", "check-again", "send-again", "settle"] {
            ann.post(&format!("/operations/{id}/{verb}"), &[])
                .await
                .expect(404);
        }
    }
}
