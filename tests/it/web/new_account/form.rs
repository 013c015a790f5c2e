//! The form itself: its texts, the errors at its fields, and the input that it keeps.

use super::*;

#[tokio::test]
async fn the_form_says_what_blank_fields_mean_and_preselects_no_billing() {
    let (_portal, ann) = stage().await;
    let page = ann.get("/accounts/new").await.expect(200);
    assert!(page.says("Leave blank to let Telnyx generate one."));
    assert!(page.says("the customer sets it with “Forgot password”."));
    assert!(page.says("Leave blank for Telnyx’s default."));
    assert!(page.says("It cannot be changed later"));
    assert!(page.says(
        "This account stops using our rates and has none until Telnyx sets its own. Takes effect \
         with a delay; Telnyx does not say how long."
    ));
    assert_eq!(page.count("[name=rollup_billing]"), 2);
    assert!(!page.has("[name=rollup_billing][checked]"));
    assert_eq!(
        page.attr_of("[name=custom_pricing][checked]", "value")
            .unwrap(),
        "no"
    );
    assert!(!page.has("[type=password]"));
}

#[tokio::test]
async fn the_pool_is_shown_with_its_age_and_zero_of_zero_is_not_called_free() {
    let (portal, ann) = stage().await;
    let page = ann.get("/accounts/new").await.expect(200);
    let pool = page.text_of("#pool");
    assert!(pool.contains("of 2,000 channels free"), "{pool}");
    assert!(page.has("#pool time"));
    drop(portal);

    let off = Portal::build().channels(0).start().await;
    off.sweep().await;
    let bob = off.signed_in(Role::Manager).await;
    let page = bob.get("/accounts/new").await.expect(200);
    assert!(page.text_of("#pool").contains("not enabled"));
    assert!(!page.text_of("#pool").contains('0'));

    let unread = Portal::start().await;
    let eve = unread.signed_in(Role::Manager).await;
    assert!(
        eve.get("/accounts/new")
            .await
            .expect(200)
            .text_of("#pool")
            .contains("not been read")
    );
}

#[tokio::test]
async fn a_link_fills_in_name_and_e_mail_and_nothing_else() {
    let (_portal, ann) = stage().await;
    let page = ann
        .get("/accounts/new?organization_name=A%20%26%20%3Cb%3E&email=a%40b.example&rollup_billing=yes&x=1&email=z")
        .await
        .expect(200);
    let form = page.form("#new-account");
    assert_eq!(form.value("organization_name"), Some("A & <b>"));
    assert_eq!(form.value("email"), Some("a@b.example"));
    assert_eq!(form.value("rollup_billing"), None);
}

#[tokio::test]
async fn every_wrong_field_is_told_at_once_what_was_typed_stays_and_nothing_is_sent() {
    let (portal, ann) = stage().await;
    let form = ann.get("/accounts/new").await.expect(200);
    let long = "é".repeat(256);
    let typed = [
        ("organization_name", long.as_str()),
        ("email", "voice@acme"),
        ("channel_limit", "-3"),
        ("custom_pricing", "yes"),
    ];
    let page = ann.submit(&form, "#new-account", &typed).await.expect(422);
    assert_eq!(page.count(".field-error"), 4, "{}", page.words());
    assert!(
        page.text_of("#organization_name-help")
            .contains("at most 255 characters")
    );
    assert!(page.text_of("#email-help").contains("name@example.com"));
    assert!(page.text_of("#channel_limit-help").contains("whole number"));
    assert!(
        page.text_of("#rollup_billing-help")
            .contains("Choose yes or no")
    );
    assert!(page.says("Not created: check 4 fields"));
    let again = page.form("#new-account");
    for (name, value) in typed {
        assert_eq!(again.value(name), Some(value));
    }
    assert_eq!(portal.sandbox.changes().await, Vec::<String>::new());
}

#[tokio::test]
async fn the_focus_is_on_the_first_field_and_after_a_refusal_on_the_first_wrong_one() {
    let (_portal, ann) = stage().await;
    let form = ann.get("/accounts/new").await.expect(200);
    assert_eq!(
        form.attrs_of("main [autofocus]", "name"),
        ["organization_name"]
    );
    for (typed, first) in [
        (vec![("email", "no")], "organization_name"),
        (
            vec![("organization_name", "Acme"), ("email", "no")],
            "email",
        ),
        (vec![("organization_name", "Acme")], "rollup_billing"),
        (
            vec![
                ("organization_name", "Acme"),
                ("rollup_billing", "no"),
                ("channel_limit", "many"),
            ],
            "channel_limit",
        ),
    ] {
        let page = ann.submit(&form, "#new-account", &typed).await.expect(422);
        assert_eq!(page.attrs_of("main [autofocus]", "name"), [first]);
    }
}

#[tokio::test]
async fn hostile_text_is_refused_at_the_field_or_stored_and_shown_as_text() {
    let (portal, ann) = stage().await;
    let huge = "x".repeat(10_000);
    for name in ["a\0b", "a\nb", "\u{1b}[31m", "ab\u{202e}dc", huge.as_str()] {
        let page = ann
            .post("/accounts", &but(&[("organization_name", name)]))
            .await
            .expect(422);
        assert!(page.has("#organization_name-help .field-error"), "{name:?}");
        // No page can contain a NUL. Browsers and parsers read U+FFFD instead.
        let shown = name.replace('\0', "\u{fffd}");
        assert_eq!(
            page.form("#new-account").value("organization_name"),
            Some(shown.as_str())
        );
    }
    let name = "<script>alert(1)</script> \"Ünïc'ode\" שלום \u{1F600} &amp;";
    let answer = ann
        .post("/accounts", &but(&[("organization_name", name)]))
        .await
        .expect(303);
    let page = ann.follow(&answer).await.expect(200);
    assert_eq!(page.text_of("h1"), name);
    assert!(!page.text.contains("<script>alert"));
    let made = portal
        .sandbox
        .accounts()
        .await
        .into_iter()
        .find(|made| made["email"] == EMAIL);
    assert_eq!(made.unwrap()["organization_name"], name);
}

#[tokio::test]
async fn a_limit_above_the_whole_pool_is_refused_at_the_field_with_the_figures() {
    let (portal, ann) = stage().await;
    let form = ann.get("/accounts/new").await.expect(200);
    portal.sandbox.pool(1_900).await;
    let page = ann
        .submit(&form, "#new-account", &but(&[("channel_limit", "1,901")]))
        .await
        .expect(422);
    let words = page.text_of("#channel_limit-help .field-error");
    assert!(words.contains("The pool has 1,900 channels"), "{words}");
    assert_eq!(
        page.form("#new-account").value("channel_limit"),
        Some("1,901")
    );
    // Together with the other errors.
    let page = ann
        .submit(
            &form,
            "#new-account",
            &but(&[("channel_limit", "1901"), ("organization_name", "")]),
        )
        .await
        .expect(422);
    assert_eq!(page.count(".field-error"), 2);
    let direct = ann
        .post("/accounts", &but(&[("channel_limit", "1901")]))
        .await
        .expect(422);
    assert!(direct.has("#channel_limit-help .field-error"));
    assert_eq!(portal.sandbox.changes().await, Vec::<String>::new());
}

#[tokio::test]
async fn who_may_not_create_sees_no_form_and_creates_nothing() {
    let (portal, _) = stage().await;
    let viewer = portal.signed_in(Role::Viewer).await;
    for path in [
        "/accounts/new",
        "/accounts/new/review",
        "/accounts/new/create",
    ] {
        viewer.get(path).await.expect(403);
    }
    for path in [
        "/accounts",
        "/accounts/new",
        "/accounts/new/review",
        "/accounts/new/create",
    ] {
        viewer.post(path, &TYPED).await.expect(403);
    }
    portal.browser().post("/accounts", &TYPED).await.expect(401);
    assert_eq!(portal.sandbox.changes().await, Vec::<String>::new());
}
