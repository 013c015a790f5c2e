//! First sign-in of the customer: the rule of the password, and new passwords without a script.

use super::*;

/// Presses "Generate" on the review page, and returns the page and the password.
async fn generated(ann: &Browser, review: &Response, typed: &[(&str, &str)]) -> (Response, String) {
    let form = review.form("#create");
    let mut fields = form.filled(typed);
    fields.push(("generate", "yes"));
    let page = ann.post("/accounts/new/review", &fields).await.expect(200);
    let password = page.attr_of("#password", "value").unwrap();
    (page, password)
}

#[tokio::test]
async fn the_review_says_the_rule_of_the_password_at_its_field() {
    let (_portal, ann) = stage().await;
    let review = review_of(&ann, &TYPED).await;
    assert_eq!(review.text_of("#first-sign-in"), "First sign-in");
    assert!(
        review
            .text_of("#password-help")
            .contains("At most 256 characters")
    );
    assert_eq!(
        review.attr_of("#password", "type").as_deref(),
        Some("password")
    );
    for button in [
        "[data-password-show]",
        "[data-password-make]",
        "[data-copy-from=password]",
    ] {
        assert!(review.has(button), "{button}");
    }
}

#[tokio::test]
async fn without_a_script_the_server_makes_a_password_that_is_stored_nowhere() {
    let (portal, ann) = stage().await;
    let known = portal
        .sandbox
        .account(portal.sandbox.id_of("enabled").await)
        .await;
    let name = known["organization_name"].as_str().unwrap();
    let review = review_of(&ann, &but(&[("organization_name", name)])).await;
    let typed = [("another_customer", "yes"), ("password", "typed before")];
    let (page, password) = generated(&ann, &review, &typed).await;
    assert_eq!(page.attr_of("#password", "type").as_deref(), Some("text"));
    assert_eq!(password.len(), 23, "{password}");
    assert!(!page.text.contains("typed before"));
    assert!(page.says("It is not shown again"));
    // A tick stays.
    assert!(page.has("#another_customer[checked]"));
    assert_eq!(page.header("cache-control"), "no-store");
    let (_, other) = generated(&ann, &page, &[]).await;
    assert_ne!(password, other);

    let answer = ann.submit(&page, "#create", &[]).await.expect(303);
    let to = answer.leads_to().unwrap();
    assert!(!to.contains(&password));
    let result = ann.follow(&answer).await.expect(200);
    assert!(!result.text.contains(&password));
    let made = portal.sandbox.accounts().await;
    let made = made
        .iter()
        .find(|account| account["email"] == EMAIL)
        .unwrap();
    assert_eq!(made["password_set"], true);
    for (table, rows) in portal.everything().await {
        assert!(!format!("{rows:?}").contains(&password), "{table}");
    }
}

#[tokio::test]
async fn enter_in_the_password_creates_the_account_and_makes_no_password() {
    let (_portal, ann) = stage().await;
    let review = review_of(&ann, &TYPED).await;
    // A browser presses the first button of the form.
    let first = review.attrs_of("#create button[type=submit]", "formaction");
    assert_eq!(
        first,
        ["/accounts/new/review"],
        "only Generate leads elsewhere"
    );
    let all = review.select("#create button[type=submit]");
    assert_eq!(all[0], "Create", "{all:?}");
}
