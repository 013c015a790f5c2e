//! Creating: as reviewed, by a script, twice, by two people, and refused by Telnyx.

use super::*;

#[tokio::test]
async fn an_account_is_created_as_it_was_read_back() {
    let (portal, ann) = stage().await;
    let review = review_of(&ann, &TYPED).await;
    let page = created(&ann, &review, &[("password", "hush hush 123")])
        .await
        .expect(200);
    assert!(page.says("Account created."), "{}", page.words());
    assert!(page.says("Its channel limit is 30, confirmed by Telnyx."));
    let made = acmes(&portal).await;
    assert_eq!(made.len(), 1);
    assert_eq!(made[0]["email"], EMAIL);
    assert_eq!(made[0]["rollup_billing"], true);
    assert_eq!(made[0]["managed_account_allow_custom_pricing"], false);
    assert_eq!(made[0]["channel_limit"], 30);
    assert_eq!(made[0]["password_set"], true);
    let id = made[0]["id"].as_str().unwrap();
    assert!(page.has(&format!("a[href='/accounts/{id}']")));
    ann.get(&format!("/accounts/{id}")).await.expect(200);
}

#[tokio::test]
async fn a_script_posts_the_meaningful_fields_alone() {
    let (portal, ann) = stage().await;
    let answer = ann
        .post(
            "/accounts",
            &[("organization_name", NAME), ("rollup_billing", "no")],
        )
        .await
        .expect(303);
    let page = ann.follow(&answer).await.expect(200);
    assert!(page.says("Its channel limit is Telnyx's default"));
    let made = acmes(&portal).await;
    assert_eq!(made.len(), 1);
    assert_eq!(made[0]["rollup_billing"], false);
    assert_eq!(made[0]["password_set"], false);
    let email = made[0]["email"].as_str().unwrap();
    assert!(email.contains('@') && page.says(email), "{email}");

    let page = ann
        .post("/accounts", &[("organization_name", "Other Ltd")])
        .await
        .expect(422);
    assert!(page.has("#rollup_billing-help .field-error"));
    ann.post(
        "/accounts",
        &but(&[("organization_name", "Other Ltd"), ("op", "x")]),
    )
    .await
    .expect(422);
    assert_eq!(
        portal
            .sandbox
            .changes()
            .await
            .iter()
            .filter(|change| change.ends_with(CREATE))
            .count(),
        1
    );
}

#[tokio::test]
async fn a_form_that_is_checked_while_its_twin_is_carried_out_gets_the_twins_result() {
    let (portal, ann) = stage().await;
    let review = review_of(&ann, &TYPED).await;
    let pool = "/v2/managed_accounts/allocatable_global_outbound_channels";
    portal
        .sandbox
        .faults(json!([{"method": "GET", "path": pool, "times": 1, "then": {"delay_ms": 400}}]))
        .await;
    let before = portal.sandbox.log().await.len();
    let twin = async {
        while portal.sandbox.log().await.len() == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        ann.submit(&review, "#create", &[]).await
    };
    let (slow, quick) = tokio::join!(ann.submit(&review, "#create", &[]), twin);
    assert_eq!(slow.expect(303).leads_to(), quick.expect(303).leads_to());
    assert_eq!(acmes(&portal).await.len(), 1);
}

#[tokio::test]
async fn the_same_form_sent_twice_makes_one_account() {
    let (portal, ann) = stage().await;
    let review = review_of(&ann, &TYPED).await;
    let (one, two) = tokio::join!(
        ann.submit(&review, "#create", &[("password", "hush hush 123")]),
        ann.submit(&review, "#create", &[("password", "hush hush 123")]),
    );
    let three = ann
        .submit(&review, "#create", &[("password", "another 12345")])
        .await
        .expect(303);
    assert_eq!(one.leads_to(), two.leads_to());
    assert_eq!(one.leads_to(), three.leads_to());
    assert_eq!(acmes(&portal).await.len(), 1);

    // The same key with other input: an error, and a link to the first result.
    let page = ann
        .submit(&review, "#create", &[("organization_name", "Other Ltd")])
        .await
        .expect(409);
    assert!(
        page.has(&format!("a[href='{}']", one.leads_to().unwrap())),
        "{}",
        page.words()
    );
    assert_ne!(
        page.form("#create").value("op"),
        review.form("#create").value("op")
    );
    assert_eq!(
        portal
            .sandbox
            .changes()
            .await
            .iter()
            .filter(|change| change.ends_with(CREATE))
            .count(),
        1
    );
}

#[tokio::test]
async fn two_people_who_create_the_same_at_once_make_one_account() {
    let (portal, ann) = stage().await;
    let bob = portal.signed_in(Role::Admin).await;
    fault(&portal, 1, json!({ "status": 503, "act": true })).await;
    let first = ann.post("/accounts", &TYPED).await.expect(303);
    let page = bob.post("/accounts", &TYPED).await.expect(409);
    assert!(page.says("is changing this account"), "{}", page.words());
    assert_eq!(page.form("#create").value("organization_name"), Some(NAME));
    recover_over(&portal, Duration::from_mins(1)).await;
    let page = ann.follow(&first).await.expect(200);
    assert!(page.says("Account created."));
    assert_eq!(acmes(&portal).await.len(), 1);
}

#[tokio::test]
async fn what_telnyx_refuses_comes_back_at_its_field_with_the_form_filled() {
    let (portal, ann) = stage().await;
    // The address is taken at Telnyx, but the directory does not know it yet.
    let taken = "taken@acme.example";
    portal
        .telnyx
        .create_account(&reseller_portal::telnyx::NewAccount {
            business_name: "First Ltd",
            email: Some(taken),
            password: None,
            custom_pricing: false,
            rollup_billing: false,
        })
        .await
        .unwrap();
    let answer = ann
        .post(
            "/accounts",
            &but(&[("email", taken), ("password", "hush hush 123")]),
        )
        .await;
    let page = answer.expect(422);
    let words = page.text_of("#email-help .field-error");
    assert!(words.contains("already been taken"), "{words}");
    let form = page.form("#new-account");
    assert_eq!(form.value("organization_name"), Some(NAME));
    assert_eq!(form.value("email"), Some(taken));
    assert!(page.says("Enter the password again. It is not stored."));
    assert!(!page.text.contains("hush hush 123"));
    assert_eq!(acmes(&portal).await.len(), 0);
}
