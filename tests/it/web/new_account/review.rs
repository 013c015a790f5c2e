//! Review page: the input, accounts with the same name, and the way back.

use reseller_portal::db::accounts;
use reseller_portal::domain::fact::FactSource;

use super::*;

#[tokio::test]
async fn the_review_is_read_back_word_for_word_and_the_button_names_the_account() {
    let (portal, ann) = stage().await;
    let review = review_of(&ann, &TYPED).await;
    assert!(review.says(
        "Read these back to the customer. Name, email and rollup billing cannot be changed later, \
         and an account cannot be deleted."
    ));
    let facts = review.text_of(".review-facts");
    for fact in [
        NAME,
        EMAIL,
        "Yes: it uses our shared balance",
        "30",
        "Our rates",
    ] {
        assert!(facts.contains(fact), "{fact} in {facts}");
    }
    assert!(review.select("button").contains(&format!("Create {NAME}")));
    assert_eq!(review.attr_of("[name=password]", "value"), None);
    assert!(review.has("#create [name=password]"));
    assert!(!review.has("#namesakes"));
    assert!(!review.has("[name=another_customer]"));
    assert_eq!(portal.sandbox.changes().await, Vec::<String>::new());
}

#[tokio::test]
async fn back_loses_nothing() {
    let (_portal, ann) = stage().await;
    let typed = but(&[("custom_pricing", "yes"), ("rollup_billing", "no")]);
    let review = review_of(&ann, &typed).await;
    assert!(review.has("button[form=change]"));
    let form = ann.submit(&review, "#change", &[]).await.expect(200);
    let form = form.form("#new-account");
    for (name, value) in typed {
        assert_eq!(form.value(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn blank_fields_are_read_back_as_what_they_mean() {
    let (_portal, ann) = stage().await;
    let review = review_of(&ann, &but(&[("email", ""), ("channel_limit", "")])).await;
    let facts = review.text_of(".review-facts");
    assert!(facts.contains("Telnyx generates one"), "{facts}");
    assert!(facts.contains("Telnyx's default"), "{facts}");
    let zero = review_of(&ann, &but(&[("channel_limit", "0")])).await;
    assert!(zero.says("With 0, the account cannot make outbound calls."));
}

#[tokio::test]
async fn a_limit_that_is_more_than_is_free_is_told_beforehand_and_left_to_telnyx() {
    let (portal, ann) = stage().await;
    let state = portal.sandbox.state().await;
    let allocated = state["pool"]["total_global_channels_allocated"]
        .as_u64()
        .unwrap();
    portal
        .sandbox
        .pool(u32::try_from(allocated + 20).unwrap())
        .await;
    let review = review_of(&ann, &TYPED).await;
    assert!(
        review.says("The pool has 20 free, so Telnyx may refuse the limit."),
        "{}",
        review.words()
    );
}

#[tokio::test]
async fn a_similar_account_is_shown_with_status_and_date_before_going_on() {
    let (portal, ann) = stage().await;
    let known = portal
        .sandbox
        .account(portal.sandbox.id_of("disabled").await)
        .await;
    let name = known["organization_name"].as_str().unwrap();
    let similar = format!("{name} Holding");
    let review = review_of(&ann, &but(&[("organization_name", &similar)])).await;
    let shown = review.text_of("#namesakes");
    assert!(
        shown.contains(name) && shown.contains("Disabled") && shown.contains("created"),
        "{shown}"
    );
    assert!(review.has("#namesakes time"));
    assert!(review.has(&format!(
        "#namesakes a[href='/accounts/{}']",
        known["id"].as_str().unwrap()
    )));
    // A similar name is shown, but does not block.
    assert!(!review.has("[name=another_customer]"));
    created(&ann, &review, &[]).await.expect(200);
}

#[tokio::test]
async fn an_email_that_only_looks_alike_is_not_called_the_same() {
    let (portal, ann) = stage().await;
    let id = portal.sandbox.id_of("disabled").await;
    let mut tx = portal.db.begin().await.unwrap();
    let profile = accounts::Profile {
        id: id.parse().unwrap(),
        organization_name: "Elsewhere".to_owned(),
        email: "info@bücher.example".to_owned(),
        manager_account_id: None,
        rollup_billing: None,
        created_at: None,
        updated_at: None,
    };
    accounts::update_profile(&mut tx, &profile, FactSource::Reading, portal.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let review = review_of(&ann, &but(&[("email", "info@bucher.example")])).await;
    assert!(
        !review.has("#namesakes"),
        "{}",
        review.text_of("#namesakes")
    );
    // The same address in another form already belongs to an account.
    let typed = but(&[("email", "Info@xn--bcher-kva.example")]);
    let form = ann.get("/accounts/new").await.expect(200);
    let taken = ann.submit(&form, "#new-account", &typed).await.expect(422);
    assert!(
        taken.says("An account has this email already"),
        "{}",
        taken.words()
    );
}

#[tokio::test]
async fn the_same_name_asks_whether_it_is_another_customer() {
    let (portal, ann) = stage().await;
    let known = portal
        .sandbox
        .account(portal.sandbox.id_of("enabled").await)
        .await;
    let name = known["organization_name"]
        .as_str()
        .unwrap()
        .to_ascii_uppercase();
    let before = portal.sandbox.accounts().await.len();
    let review = review_of(&ann, &but(&[("organization_name", &name)])).await;
    assert!(review.text_of("#namesakes").contains("same name"));
    assert!(!review.has("[name=another_customer][checked]"));
    let again = ann
        .submit(&review, "#create", &[("password", "hush hush 123")])
        .await
        .expect(422);
    assert!(
        again
            .text_of("#another_customer-help")
            .contains("Select this")
    );
    assert!(again.text_of("#password-help").contains("not stored"));
    assert!(!again.text.contains("hush hush 123"));
    assert_eq!(portal.sandbox.accounts().await.len(), before);
    created(&ann, &again, &[("another_customer", "yes")])
        .await
        .expect(200);
    assert_eq!(portal.sandbox.accounts().await.len(), before + 1);
}

#[tokio::test]
async fn an_e_mail_that_an_account_has_is_refused_at_its_field_with_the_way_to_that_account() {
    let (portal, ann) = stage().await;
    let known = portal
        .sandbox
        .account(portal.sandbox.id_of("disabled").await)
        .await;
    let email = known["email"].as_str().unwrap().to_uppercase();
    let fields = but(&[("email", &email), ("organization_name", "")]);
    let form = ann.get("/accounts/new").await.expect(200);
    let reviewed = ann.submit(&form, "#new-account", &fields).await.expect(422);
    assert!(
        reviewed.text.contains("check 2 fields"),
        "{}",
        reviewed.words()
    );
    let sent = ann
        .post("/accounts", &but(&[("email", &email)]))
        .await
        .expect(422);
    for page in [reviewed, sent] {
        assert!(page.has("#email[aria-invalid=true]"), "{}", page.words());
        assert_eq!(
            page.attr_of("#email", "value").as_deref(),
            Some(email.as_str())
        );
        let link = format!(
            "#email-help .field-error a[href='/accounts/{}']",
            known["id"].as_str().unwrap()
        );
        assert_eq!(
            page.text_of(&link),
            known["organization_name"].as_str().unwrap()
        );
        assert!(!page.has("[name=another_customer]"));
    }
    assert_eq!(portal.sandbox.changes().await, Vec::<String>::new());
}

#[tokio::test]
async fn the_e_mail_of_a_cancelled_account_asks_whether_it_is_another_customer() {
    let (portal, ann) = stage().await;
    let id = portal.sandbox.id_of("disabled").await;
    let email = portal.sandbox.account(&id).await["email"]
        .as_str()
        .unwrap()
        .to_owned();
    portal
        .sandbox
        .change_elsewhere(&id, json!({ "status": "cancelled" }))
        .await;
    portal.advance(Duration::from_mins(5));
    portal.sweep().await;
    let review = review_of(&ann, &but(&[("email", &email)])).await;
    assert!(
        review.text_of("#namesakes").contains("same email"),
        "{}",
        review.words()
    );
    assert!(review.has("[name=another_customer]"));
}

#[tokio::test]
async fn a_wrong_password_is_told_at_its_field_and_never_filled_in() {
    let (portal, ann) = stage().await;
    let review = review_of(&ann, &TYPED).await;
    let long = "p".repeat(257);
    for password in [long.as_str(), "hush\0hush"] {
        let page = ann
            .submit(&review, "#create", &[("password", password)])
            .await
            .expect(422);
        assert!(page.has("#password-help .field-error"));
        assert!(!page.text.contains(password));
        assert_eq!(page.form("#create").value("organization_name"), Some(NAME));
    }
    assert_eq!(portal.sandbox.changes().await, Vec::<String>::new());
}
