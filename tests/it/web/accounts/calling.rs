//! "Can they call?" on the page. Its rules have unit tests.

use reseller_portal::domain::role::Role;
use serde_json::Value;

use super::{swept, text};
use crate::support::Portal;

/// Returns the first account at Telnyx that satisfies `that`.
async fn account(portal: &Portal, that: impl Fn(&Value) -> bool) -> String {
    let accounts = portal.sandbox.accounts().await;
    text(accounts.iter().find(|account| that(account)).unwrap(), "id").to_owned()
}

#[tokio::test]
async fn a_disabled_account_cannot_call_and_the_remedy_is_at_hand() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = portal.sandbox.id_of("disabled").await;
    let page = ann.get(&format!("/accounts/{id}")).await.expect(200);
    assert!(
        page.text_of("#h-call")
            .ends_with("They cannot call: the account is disabled")
    );
    assert_eq!(
        page.attr_of(".call-status", "data-kind").as_deref(),
        Some("bad")
    );
    let first = ".call-status li:first-child";
    assert!(
        page.text_of(first).starts_with("Disabled"),
        "{}",
        page.text_of(first)
    );
    assert!(
        page.text_of(first).contains("seen just now"),
        "{}",
        page.text_of(first)
    );
    assert!(page.has(&format!(
        "{first} a[data-dialog][href=\"/accounts/{id}/enable\"]"
    )));
}

#[tokio::test]
async fn where_nothing_stops_calls_the_page_says_what_it_cannot_see() {
    let (portal, ann) = swept(Role::Manager).await;
    let fine =
        |account: &Value| account["status"] == "enabled" && account["rollup_billing"] == true;
    let id = account(&portal, fine).await;
    super::show::limit(&portal, &id, 5).await;
    let page = ann.get(&format!("/accounts/{id}")).await.expect(200);
    for said in [
        "Nothing that the portal can see stops calls. checked just now",
        "The portal does not see connections, numbers, outbound profiles or channels in use.",
    ] {
        assert!(page.says(said), "{}", page.words());
    }
    assert!(!page.has("#call-status ol"));
    assert_eq!(page.count("#call-status > ul > li"), 3);
    assert_eq!(
        page.attr_of(".call-status", "data-kind").as_deref(),
        Some("good")
    );
    assert!(page.says("Rollup billing: uses our shared balance"));
}

#[tokio::test]
async fn a_limit_of_0_stops_calls_whatever_else_is_fine() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = account(&portal, |account| {
        account["status"] == "enabled" && account["rollup_billing"] == true
    })
    .await;
    super::show::limit(&portal, &id, 0).await;
    let page = ann.get(&format!("/accounts/{id}")).await.expect(200);
    assert!(
        page.text_of("#h-call")
            .contains("They cannot call: outbound calls are blocked by a channel limit of 0")
    );
    assert!(
        page.text_of(".call-status li:first-child")
            .contains("confirmed by Telnyx just now")
    );
    assert!(page.has(".call-status li:first-child a[href=\"#channels\"]"));
    assert!(
        !page.has("a[href$=\"/block-calls\"]"),
        "they are blocked already"
    );
}

#[tokio::test]
async fn a_limit_that_is_not_known_is_a_question_and_not_an_obstacle() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = account(&portal, |account| {
        account["status"] == "enabled" && account["rollup_billing"] == true
    })
    .await;
    let page = ann.get(&format!("/accounts/{id}")).await.expect(200);
    assert_eq!(
        page.attr_of(".call-status", "data-kind").as_deref(),
        Some("unknown")
    );
    assert!(
        page.text_of(".call-status li:first-child")
            .starts_with("Channel limit not known")
    );
    assert!(page.has(&format!(
        ".call-status li:first-child a[href=\"/channels/{id}/record\"]"
    )));
}
