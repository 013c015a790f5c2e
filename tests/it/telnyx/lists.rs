//! Paging and tolerant reading.

use futures::{StreamExt, TryStreamExt};
use reseller_portal::domain::account::AccountStatus;
use reseller_portal::telnyx::{
    Account, AccountFilter, Error, ErrorKind, LastSignIn, LookupKey, OrgUserFilter, OrgUserKind,
    OrgUserStatus,
};
use rstest::rstest;
use wiremock::matchers::{method, path, query_param};

use super::*;

fn page(ids: &[&str], meta: &Value) -> ResponseTemplate {
    let items: Vec<Value> = ids
        .iter()
        .map(|id| json!({ "id": id, "email": format!("{id}@example.com") }))
        .collect();
    let mut body = json!({ "data": items });
    if !meta.is_null() {
        body["meta"] = meta.clone();
    }
    ResponseTemplate::new(200).set_body_json(body)
}

async fn ids(client: &Client) -> Result<Vec<String>, Error> {
    client
        .accounts(AccountFilter::default())
        .map_ok(|account: Account| account.id.to_string())
        .try_collect()
        .await
}

#[tokio::test]
async fn all_pages_are_read_in_order_and_no_more() {
    let server = MockServer::start().await;
    let pages: [&[&str]; 3] = [&["a", "b"], &["c", "d"], &["e"]];
    for (number, ids) in (1..).zip(pages) {
        Mock::given(query_param("page[number]", number.to_string()))
            .and(query_param("page[size]", "250"))
            .respond_with(page(
                ids,
                &json!({ "total_pages": 3, "total_results": 5, "page_number": number }),
            ))
            .expect(1)
            .mount(&server)
            .await;
    }
    assert_eq!(
        ids(&client(&server)).await.unwrap(),
        ["a", "b", "c", "d", "e"]
    );
}

#[rstest]
#[case::missing_meta(json!(null))]
#[case::meta_of_another_type(json!("three"))]
#[case::meta_without_a_total(json!({ "page_number": 1 }))]
#[case::one_page(json!({ "total_pages": 1 }))]
#[tokio::test]
async fn without_word_of_a_next_page_paging_stops(#[case] meta: Value) {
    let server = answering(vec![page(&["a", "b"], &meta)]).await;
    assert_eq!(ids(&client(&server)).await.unwrap(), ["a", "b"]);
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn an_empty_page_ends_the_list_whatever_the_meta_says() {
    let more = json!({ "total_pages": 900 });
    let server = answering(vec![page(&["a"], &more), page(&[], &more)]).await;
    assert_eq!(ids(&client(&server)).await.unwrap(), ["a"]);
    assert_eq!(requests(&server).await, 2);
}

#[tokio::test]
async fn a_page_that_fails_ends_the_stream_with_its_error() {
    let server = answering(vec![
        page(&["a"], &json!({ "total_pages": 9 })),
        ResponseTemplate::new(403),
    ])
    .await;
    let seen: Vec<_> = client(&server)
        .accounts(AccountFilter::default())
        .collect()
        .await;
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[1].as_ref().unwrap_err().kind(), ErrorKind::Forbidden);
    assert_eq!(requests(&server).await, 2);
}

#[tokio::test]
async fn a_page_tells_its_totals_and_when_its_request_started() {
    let server = answering(vec![page(
        &["a"],
        &json!({ "total_pages": 4, "total_results": 80 }),
    )])
    .await;
    let client = Client::new(settings(&server.uri()), Clock::fixed(then())).unwrap();
    let page = client
        .list_accounts(&AccountFilter::default(), 2, 9_000)
        .await
        .unwrap();
    assert_eq!(
        (page.number, page.total_pages, page.total_results),
        (2, Some(4), Some(80))
    );
    assert_eq!((page.next(), page.started_at), (Some(3), then()));
    let asked = server.received_requests().await.unwrap();
    assert!(
        asked[0]
            .url
            .query_pairs()
            .any(|(name, value)| name == "page[size]" && value == "250")
    );
}

#[tokio::test]
async fn optional_fields_may_be_missing_null_or_of_another_type() {
    let body = json!({ "data": [
        { "id": "bare" },
        { "id": "nulls", "email": null, "organization_name": null, "created_at": null, "rollup_billing": null },
        { "id": "odd", "email": 7, "created_at": "yesterday", "rollup_billing": "yes", "surprise": { "deep": [1] } },
    ]});
    let server = answering(vec![ResponseTemplate::new(200).set_body_json(body)]).await;
    let page = client(&server)
        .list_accounts(&AccountFilter::default(), 1, 20)
        .await
        .unwrap();
    assert_eq!(page.items.len(), 3);
    for account in page.items {
        assert_eq!(
            (account.email.as_str(), account.organization_name),
            ("", None)
        );
        assert_eq!(
            (
                account.created_at,
                account.rollup_billing,
                account.custom_pricing
            ),
            (None, None, None)
        );
    }
}

#[tokio::test]
async fn a_balance_is_read_exactly_and_is_none_without_amounts() {
    let server = answering(vec![one_account()]).await;
    let balance = client(&server)
        .retrieve_account(&account_id())
        .await
        .unwrap()
        .balance
        .unwrap();
    assert_eq!(balance.available().unwrap().to_text(), "400.00 USD");
    for odd in [
        json!(null),
        json!({}),
        json!({ "balance": "much" }),
        json!("300"),
        json!([]),
    ] {
        let mut body = account_body();
        body["balance"] = odd;
        let server = answering(vec![
            ResponseTemplate::new(200).set_body_json(json!({ "data": body })),
        ])
        .await;
        assert_eq!(
            client(&server)
                .retrieve_account(&account_id())
                .await
                .unwrap()
                .balance,
            None
        );
    }
}

async fn listing(server: &MockServer, status: &str, ids: &[&str]) {
    Mock::given(method("GET"))
        .and(path("/v2/managed_accounts"))
        .and(query_param("filter[status][eq]", status))
        .and(query_param("filter[email][eq]", "acme+1@example.com"))
        .respond_with(page(ids, &json!({ "total_pages": 1 })))
        .mount(server)
        .await;
}

#[rstest]
#[case("enabled", Some(AccountStatus::Enabled))]
#[case("disabled", Some(AccountStatus::Disabled))]
#[case("blocked", Some(AccountStatus::Blocked))]
#[case("cancelled", Some(AccountStatus::Cancelled))]
#[case("none", None)]
#[tokio::test]
async fn a_status_is_the_list_that_holds_the_very_id(
    #[case] holds: &str,
    #[case] expected: Option<AccountStatus>,
) {
    let server = MockServer::start().await;
    for status in ["enabled", "disabled", "blocked", "cancelled"] {
        let found: &[&str] = if status == holds {
            &["another", ID]
        } else {
            &["another"]
        };
        listing(&server, status, found).await;
    }
    let status = client(&server)
        .status_of(
            &account_id(),
            &LookupKey::Email("acme+1@example.com".to_owned()),
        )
        .await
        .unwrap();
    assert_eq!(status, expected);
}

#[tokio::test]
async fn a_status_is_not_concluded_when_one_list_cannot_be_read() {
    let server = MockServer::start().await;
    listing(&server, "enabled", &[]).await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(500))
        .mount(&server)
        .await;
    client(&server)
        .status_of(
            &account_id(),
            &LookupKey::Email("acme+1@example.com".to_owned()),
        )
        .await
        .unwrap_err();
}

#[tokio::test]
async fn an_organization_user_may_lack_anything() {
    let body = json!({ "data": [
        {},
        { "id": "u1", "record_type": "organization_owner", "user_status": "enabled", "last_sign_in_at": null,
          "groups": [{ "id": "g1", "name": "Sales" }], "organization_user_bypasses_sso": true },
        { "id": "u2", "record_type": "organization_sub_user", "user_status": "asleep",
          "last_sign_in_at": "2018-02-02T22:25:27.521Z", "groups": null },
    ]});
    let server = answering(vec![ResponseTemplate::new(200).set_body_json(body)]).await;
    let users = client(&server)
        .org_users(OrgUserFilter::default())
        .await
        .unwrap()
        .items;
    assert_eq!(
        (users[0].id.as_ref(), users[0].kind),
        (None, OrgUserKind::Unknown)
    );
    assert_eq!(
        (users[0].status, users[0].last_sign_in),
        (OrgUserStatus::Unknown, LastSignIn::Unknown)
    );
    assert!(users[1].is_owner());
    assert_eq!(
        (users[1].status, users[1].last_sign_in),
        (OrgUserStatus::Enabled, LastSignIn::Never)
    );
    assert_eq!(users[1].groups.as_ref().unwrap()[0].name, "Sales");
    assert_eq!(
        (users[2].kind, users[2].status),
        (OrgUserKind::SubUser, OrgUserStatus::Unknown)
    );
    let at = Timestamp::parse_iso("2018-02-02T22:25:27.521Z").unwrap();
    assert_eq!(
        (users[2].last_sign_in, users[2].groups.as_ref()),
        (LastSignIn::At(at), None)
    );
}

/// Returns users with these numbers as IDs.
fn users(numbers: impl IntoIterator<Item = u32>, total: Option<u64>) -> ResponseTemplate {
    let items: Vec<Value> = numbers
        .into_iter()
        .map(|number| json!({ "id": format!("u{number}") }))
        .collect();
    let mut body = json!({ "data": items });
    if let Some(total) = total {
        body["meta"] = json!({ "total_pages": total.div_ceil(250), "total_results": total });
    }
    ResponseTemplate::new(200).set_body_json(body)
}

#[tokio::test]
async fn a_list_that_loses_a_user_while_it_is_paged_is_read_again() {
    // After the first page, user 5 is removed and another is added. The totals agree, but 251 is on
    // no page.
    let after = || (1..=250).filter(|number| *number != 5).chain([251]);
    let server = answering(vec![
        users(1..=250, Some(260)),
        users(252..=261, Some(260)),
        users(after(), Some(260)),
        users(252..=261, Some(260)),
        users(after(), Some(260)),
        users(252..=261, Some(260)),
    ])
    .await;
    let read = client(&server)
        .org_users(OrgUserFilter::default())
        .await
        .unwrap();
    assert!(read.is_complete);
    assert_eq!(read.items.len(), 260);
    let has = |id: &str| {
        read.items
            .iter()
            .any(|user| user.id.as_ref().is_some_and(|own| own.as_str() == id))
    };
    assert!(has("u251") && !has("u5"));
}

#[tokio::test]
async fn without_meta_a_list_goes_on_until_a_page_is_not_full() {
    let readings = || {
        [
            users(1..=250, None),
            users(251..=500, None),
            users([], None),
        ]
    };
    let server = answering(readings().into_iter().chain(readings()).collect()).await;
    let read = client(&server)
        .org_users(OrgUserFilter::default())
        .await
        .unwrap();
    assert!(read.is_complete);
    assert_eq!(read.items.len(), 500);
    let server = answering(vec![users(1..=3, None)]).await;
    let read = client(&server)
        .org_users(OrgUserFilter::default())
        .await
        .unwrap();
    assert_eq!((read.is_complete, read.items.len()), (true, 3));
}

#[tokio::test]
async fn a_list_that_never_agrees_with_its_totals_is_not_whole_and_what_came_is_known() {
    let server = answering(vec![
        users(1..=3, Some(9)),
        users(2..=4, Some(9)),
        users(1..=3, Some(9)),
    ])
    .await;
    let read = client(&server)
        .org_users(OrgUserFilter::default())
        .await
        .unwrap();
    assert!(!read.is_complete);
    assert_eq!(read.items.len(), 4);
}

#[tokio::test]
async fn one_item_that_cannot_be_read_is_named_and_the_others_are_read() {
    let bad = [
        json!({ "email": "no-id@example.com" }),
        json!({ "id": null, "organization_name": "No ID Ltd" }),
        json!({ "id": 5 }),
        json!({ "id": "" }),
        json!({ "id": "x".repeat(65) }),
        json!({ "id": "a\u{0}b" }),
        json!("text"),
        json!(null),
    ];
    let items: Vec<Value> = std::iter::once(json!({ "id": "good" }))
        .chain(bad)
        .collect();
    let body = json!({ "data": items, "meta": { "total_pages": 1, "total_results": 9 } });
    let server = answering(vec![ResponseTemplate::new(200).set_body_json(body)]).await;
    let page = client(&server)
        .list_accounts(&AccountFilter::default(), 1, 250)
        .await
        .unwrap();
    assert_eq!((page.items.len(), page.count()), (1, 9));
    let labels: Vec<Option<&str>> = page
        .unreadable
        .iter()
        .map(|item| item.label.as_deref())
        .collect();
    assert_eq!(
        labels[..3],
        [Some("no-id@example.com"), Some("No ID Ltd"), None]
    );
    assert_eq!(page.unreadable[0].position, 2);
}
