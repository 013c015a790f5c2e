//! Creating while something fails between the portal and Telnyx.

use super::*;

#[tokio::test]
async fn an_answer_that_is_lost_after_telnyx_acted_is_checked_and_found() {
    for then in [
        json!({ "drop": "after" }),
        json!({ "status": 503, "act": true }),
        json!({ "status": 408, "act": true }),
        json!({ "garbage": true, "act": true }),
    ] {
        let (portal, ann) = stage().await;
        fault(&portal, 1, then.clone()).await;
        let review = review_of(&ann, &TYPED).await;
        let page = created(&ann, &review, &[]).await.expect(200);
        assert!(
            page.says(
                "Telnyx did not confirm it. We are checking if the account exists. Do not \
                       create it again."
            ),
            "{then}: {}",
            page.words()
        );
        // With scripts it updates by itself. Without, people refresh it, so that nothing moves
        // while they read.
        let poll = page.attr_of("#operation", "hx-get").unwrap();
        assert_eq!(
            page.attr_of("#operation", "hx-trigger").unwrap(),
            "every 2s"
        );
        let address = poll.split('?').next().unwrap();
        assert!(
            page.text
                .contains(&format!("<a href=\"{address}\">Refresh</a>")),
            "{}",
            page.text
        );
        assert!(
            !page.text.contains("http-equiv"),
            "a reload cannot be stopped"
        );
        let part = ann.get_fragment(&poll).await.expect(200);
        assert!(part.has("#operation") && !part.has("main"), "{}", part.text);
        recover_over(&portal, Duration::from_mins(1)).await;
        let done = ann.get_fragment(&poll).await;
        let page = ann.follow(&done).await.expect(200);
        assert!(page.says("Account created."), "{then}: {}", page.words());
        assert!(page.says("Its channel limit is 30, confirmed by Telnyx."));
        assert!(!page.has("#operation[hx-get]"));
        let made = acmes(&portal).await;
        assert_eq!(made.len(), 1, "{then}");
        assert_eq!(made[0]["channel_limit"], 30);
    }
}

#[tokio::test]
async fn a_request_that_never_reached_telnyx_ends_as_not_created_with_the_form_filled() {
    let (portal, ann) = stage().await;
    fault(&portal, 1, json!({ "drop": "before" })).await;
    let review = review_of(&ann, &TYPED).await;
    let page = created(&ann, &review, &[("password", "hush hush 123")])
        .await
        .expect(200);
    assert!(page.says("Do not create it again."));
    let poll = page.attr_of("#operation", "hx-get").unwrap();
    recover_over(&portal, Duration::from_mins(6)).await;
    let page = ann.follow(&ann.get_fragment(&poll).await).await.expect(200);
    assert!(page.says("No account was created"), "{}", page.words());
    assert!(page.says("Enter the password again. It is not stored."));
    let form = page.form("#create");
    for (name, value) in TYPED {
        assert_eq!(form.value(name), Some(value));
    }
    assert_eq!(acmes(&portal).await.len(), 0);
    // Now it may be created again, which happens once.
    created(&ann, &page, &[]).await.expect(200);
    assert_eq!(acmes(&portal).await.len(), 1);
}

#[tokio::test]
async fn a_refusal_that_names_no_field_is_said_above_what_was_read_back() {
    for (status, words) in [
        (401, "does not accept the portal's API key"),
        (403, "not allowed to"),
        (429, "accepts no more requests at the moment"),
    ] {
        let (portal, ann) = stage().await;
        fault(&portal, 9, json!({ "status": status })).await;
        let page = ann.post("/accounts", &TYPED).await.expect(422);
        assert!(page.says(words), "{status}: {}", page.words());
        assert_eq!(page.form("#create").value("organization_name"), Some(NAME));
        portal.sandbox.clear_faults().await;
        assert_eq!(acmes(&portal).await.len(), 0);
    }
}

#[tokio::test]
async fn while_telnyx_is_down_nothing_is_sent_unless_it_is_tried_anyway() {
    let (portal, ann) = stage().await;
    let review = review_of(&ann, &TYPED).await;
    portal
        .sandbox
        .faults(json!([{ "path": "/v2/*", "then": { "status": 503 } }]))
        .await;
    while portal.telnyx.health().down_since.is_none() {
        portal.telnyx.pool().await.unwrap_err();
        portal.advance(Duration::from_secs(5));
    }
    let page = ann
        .submit(&review, "#create", &[("password", "hush hush 123")])
        .await
        .expect(503);
    assert!(
        page.says("Not sent. Nothing will happen by itself."),
        "{}",
        page.words()
    );
    assert!(page.says("It is not stored"));
    assert!(page.has("#create button[name=try_anyway]"));
    portal.sandbox.clear_faults().await;
    assert_eq!(acmes(&portal).await.len(), 0);
    created(&ann, &page, &[("try_anyway", "yes")])
        .await
        .expect(200);
    assert_eq!(acmes(&portal).await.len(), 1);
}

#[tokio::test]
async fn several_candidates_are_listed_with_the_way_to_settle_it() {
    let (portal, ann) = stage().await;
    fault(&portal, 1, json!({ "status": 503, "act": true })).await;
    let fields = but(&[("email", "")]);
    let answer = ann.post("/accounts", &fields).await.expect(303);
    // Meanwhile, someone creates another account with this name outside the portal.
    portal
        .telnyx
        .create_account(&reseller_portal::telnyx::NewAccount {
            business_name: NAME,
            email: None,
            password: None,
            custom_pricing: false,
            rollup_billing: false,
        })
        .await
        .unwrap();
    recover_over(&portal, Duration::from_mins(1)).await;
    let page = ann.follow(&answer).await.expect(200);
    assert!(page.says("Do not create it again."), "{}", page.words());
    for made in acmes(&portal).await {
        assert!(page.has(&format!(
            "a[href='/accounts/{}']",
            made["id"].as_str().unwrap()
        )));
    }
    let op = answer
        .leads_to()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    assert!(page.has(&format!("a[href='/operations/{op}']")));
    assert!(!page.has("#operation[hx-get]"));
}
