//! The list of managed accounts: pages, filters, order.

use serde_json::json;

use super::{Upstream, texts};

const ACCOUNTS: &str = "/v2/managed_accounts";

#[tokio::test]
async fn a_list_has_pages_of_twenty_newest_first_without_status_limit_or_secret() {
    let telnyx = Upstream::start().await;
    let body = telnyx.get(ACCOUNTS).await.json();
    let created = texts(&body, "created_at");
    assert_eq!(created.len(), 20);
    assert!(created.is_sorted_by(|a, b| a >= b));
    for absent in ["status", "channel_limit", "api_key", "api_token", "balance"] {
        assert!(
            body["data"][0].get(absent).is_none(),
            "{absent} is in the list"
        );
    }
    let standing = 250 - telnyx.listed("filter[status][eq]=cancelled").await.len();
    assert_eq!(
        body["meta"],
        json!({ "total_pages": standing.div_ceil(20), "total_results": standing, "page_number": 1, "page_size": 20 })
    );
}

#[tokio::test]
async fn all_pages_together_hold_each_account_once_and_a_page_behind_them_none() {
    let telnyx = Upstream::with(1000, 2000).await;
    let mut seen = std::collections::HashSet::new();
    for page in 1..=4 {
        let path = format!(
            "{ACCOUNTS}?include_cancelled_accounts=true&sort=email&page%5Bsize%5D=250&page%5Bnumber%5D={page}"
        );
        seen.extend(texts(&telnyx.get(&path).await.json(), "id"));
    }
    assert_eq!(seen.len(), 1000);
    let beyond = telnyx
        .get(&format!("{ACCOUNTS}?page[number]=99999999999"))
        .await
        .json();
    assert_eq!(beyond["data"], json!([]));
}

#[tokio::test]
async fn sort_orders_by_email_or_creation_either_way() {
    let telnyx = Upstream::start().await;
    for field in ["email", "created_at"] {
        let up = texts(
            &telnyx
                .get(&format!("{ACCOUNTS}?page[size]=250&sort={field}"))
                .await
                .json(),
            field,
        );
        let mut down = texts(
            &telnyx
                .get(&format!("{ACCOUNTS}?page[size]=250&sort=-{field}"))
                .await
                .json(),
            field,
        );
        assert!(up.is_sorted());
        down.reverse();
        assert_eq!(up, down);
    }
}

#[tokio::test]
async fn the_status_filters_are_the_only_place_that_tells_a_status() {
    let telnyx = Upstream::start().await;
    let state = telnyx.state().await;
    for status in ["enabled", "disabled", "blocked", "cancelled"] {
        let mut truth: Vec<&str> = state["accounts"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|account| account["status"] == status)
            .map(|account| account["id"].as_str().unwrap())
            .collect();
        let mut listed = telnyx
            .listed(&format!("filter%5Bstatus%5D%5Beq%5D={status}"))
            .await;
        truth.sort_unstable();
        listed.sort_unstable();
        assert!(!truth.is_empty());
        assert_eq!(listed, truth, "{status}");
    }
    assert_eq!(telnyx.listed("filter[status][eq]=all").await.len(), 250);
}

#[tokio::test]
async fn text_filters_match_parts_without_case_and_wholes_exactly() {
    let telnyx = Upstream::start().await;
    let acme = telnyx
        .get(&format!(
            "{ACCOUNTS}?filter[organization_name][contains]=aCmE l"
        ))
        .await
        .json();
    let mut names = texts(&acme, "organization_name");
    names.sort();
    assert_eq!(names, ["Acme Limited", "Acme Ltd"]);
    let email = acme["data"][0]["email"].as_str().unwrap();
    let by_email = telnyx.listed(&format!("filter[email][eq]={email}")).await;
    assert_eq!(by_email, [acme["data"][0]["id"].as_str().unwrap()]);
    assert!(
        telnyx
            .listed(&format!("filter[email][eq]=x{email}"))
            .await
            .is_empty()
    );
    assert!(
        telnyx
            .listed(&format!(
                "filter[email][eq]={email}&filter[status][eq]=blocked"
            ))
            .await
            .is_empty()
    );
    assert_eq!(
        telnyx
            .listed("filter[organization_name][eq]=Acme Ltd")
            .await
            .len(),
        1
    );
}

#[tokio::test]
async fn a_list_that_cannot_be_is_refused_at_its_parameter() {
    let telnyx = Upstream::start().await;
    for (query, parameter) in [
        ("page[size]=251", "page[size]"),
        ("page[size]=0", "page[size]"),
        ("page[number]=0", "page[number]"),
        ("page[number]=two", "page[number]"),
        ("sort=name", "sort"),
        ("filter[email][contains]=ab", "filter[email][contains]"),
        ("filter[status][eq]=suspended", "filter[status][eq]"),
        ("filter[phone][eq]=1", "filter[phone][eq]"),
        (
            "include_cancelled_accounts=yes",
            "include_cancelled_accounts",
        ),
    ] {
        let answer = telnyx.get(&format!("{ACCOUNTS}?{query}")).await;
        assert_eq!(answer.refusal(), format!("400 10015 {parameter}"));
    }
}
