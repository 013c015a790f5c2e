//! HTTP requests of each of the twelve operations.

use reseller_portal::domain::account::AccountStatus;
use reseller_portal::telnyx::{AccountFilter, Match, OrgUserFilter, OrgUserStatus, Sort};
use secrecy::SecretString;
use wiremock::Request;

use super::*;

/// Returns the requests that arrived, as "METHOD path?query" with decoded query.
async fn lines(server: &MockServer) -> Vec<String> {
    let line = |request: &Request| {
        let query: Vec<String> = request
            .url
            .query_pairs()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mark = if query.is_empty() { "" } else { "?" };
        format!(
            "{} {}{mark}{}",
            request.method,
            request.url.path(),
            query.join("&")
        )
    };
    server
        .received_requests()
        .await
        .unwrap()
        .iter()
        .map(line)
        .collect()
}

async fn bodies(server: &MockServer) -> Vec<Value> {
    let requests = server.received_requests().await.unwrap();
    requests
        .iter()
        .map(|request| serde_json::from_slice(&request.body).unwrap_or(Value::Null))
        .collect()
}

#[tokio::test]
async fn changes_of_accounts_are_sent_as_telnyx_wants_them() {
    let server = answering(vec![one_account()]).await;
    let client = client(&server);
    let id = account_id();
    let password = SecretString::from("correct horse battery");
    let full = NewAccount {
        business_name: "Larry's Cat Food \"Inc\"",
        email: Some("larry@example.com"),
        password: Some(&password),
        custom_pricing: true,
        rollup_billing: true,
    };
    client.create_account(&full).await.unwrap();
    client.create_account(&new_account()).await.unwrap();
    client.set_custom_pricing(&id, true).await.unwrap();
    client.disable_account(&id).await.unwrap();
    client.enable_account(&id, true).await.unwrap();
    client.enable_account(&id, false).await.unwrap();
    assert_eq!(
        lines(&server).await,
        [
            "POST /v2/managed_accounts".to_owned(),
            "POST /v2/managed_accounts".to_owned(),
            format!("PATCH /v2/managed_accounts/{ID}"),
            format!("POST /v2/managed_accounts/{ID}/actions/disable"),
            format!("POST /v2/managed_accounts/{ID}/actions/enable"),
            format!("POST /v2/managed_accounts/{ID}/actions/enable"),
        ]
    );
    assert_eq!(
        bodies(&server).await,
        [
            json!({ "business_name": "Larry's Cat Food \"Inc\"", "email": "larry@example.com",
                    "password": "correct horse battery",
                    "managed_account_allow_custom_pricing": true, "rollup_billing": true }),
            json!({ "business_name": "Acme Ltd",
                    "managed_account_allow_custom_pricing": false, "rollup_billing": false }),
            json!({ "managed_account_allow_custom_pricing": true }),
            Value::Null,
            json!({ "reenable_all_connections": true }),
            json!({ "reenable_all_connections": false }),
        ]
    );
}

#[tokio::test]
async fn a_change_keeps_the_request_id_the_status_and_the_start() {
    let server = answering(vec![
        limit_answer(44).insert_header("x-request-id", "req-9"),
    ])
    .await;
    let client = Client::new(settings(&server.uri()), Clock::fixed(then())).unwrap();
    let answer = client
        .set_channel_limit(&account_id(), limit(45))
        .await
        .unwrap();
    assert_eq!(
        answer.value,
        limit(44),
        "what Telnyx answered, not what was asked"
    );
    assert_eq!(
        (answer.request_id.as_deref(), answer.status),
        (Some("req-9"), 200)
    );
    assert_eq!(answer.started_at, then());
    assert_eq!(
        lines(&server).await,
        [format!(
            "PATCH /v2/managed_accounts/{ID}/update_global_channel_limit"
        )]
    );
    assert_eq!(bodies(&server).await, [json!({ "channel_limit": 45 })]);
}

#[tokio::test]
async fn the_pool_is_read_from_its_own_path() {
    let data = json!({ "allocatable_global_outbound_channels": 500, "total_global_channels_allocated": 135 });
    let server = answering(vec![
        ResponseTemplate::new(200).set_body_json(json!({ "data": data })),
    ])
    .await;
    let pool = client(&server).pool().await.unwrap();
    assert_eq!((pool.total, pool.allocated), (500, 135));
    assert_eq!(
        lines(&server).await,
        ["GET /v2/managed_accounts/allocatable_global_outbound_channels"]
    );
}

#[tokio::test]
async fn filters_and_orders_of_accounts_are_told_in_telnyx_words() {
    let server = answering(vec![
        ResponseTemplate::new(200).set_body_json(json!({ "data": [] })),
    ])
    .await;
    let client = client(&server);
    let full = AccountFilter {
        status: Some(AccountStatus::Cancelled),
        email: Some(Match::Contains("a&b=c+d".to_owned())),
        organization_name: Some(Match::Eq("Größe/?#".to_owned())),
        sort: Some(Sort::CreatedDescending),
        include_cancelled: true,
    };
    client.list_accounts(&full, 3, 50).await.unwrap();
    let unknown = AccountFilter {
        status: Some(AccountStatus::Unknown),
        ..AccountFilter::default()
    };
    client.list_accounts(&unknown, 1, 0).await.unwrap();
    assert_eq!(
        lines(&server).await,
        [
            "GET /v2/managed_accounts?page[number]=3&page[size]=50&filter[status][eq]=cancelled\
             &filter[email][contains]=a&b=c+d&filter[organization_name][eq]=Größe/?#\
             &sort=-created_at&include_cancelled_accounts=true",
            "GET /v2/managed_accounts?page[number]=1&page[size]=1",
        ]
    );
}

#[tokio::test]
async fn organization_users_are_asked_for_by_email_status_and_group() {
    let user = json!({ "id": "u1", "email": "u1@example.com" });
    let list = ResponseTemplate::new(200).set_body_json(json!({ "data": [user] }));
    let one = ResponseTemplate::new(200).set_body_json(json!({ "data": user }));
    let server = answering(vec![list.clone(), list, one]).await;
    let client = client(&server);
    let filter = OrgUserFilter {
        email: Some("@example.com".to_owned()),
        status: Some(OrgUserStatus::Blocked),
        include_groups: true,
    };
    client.list_org_users(&filter, 1, 250).await.unwrap();
    assert_eq!(client.groups_report().await.unwrap().items.len(), 1);
    let id = "u1".parse().unwrap();
    assert_eq!(client.org_user(&id).await.unwrap().id.as_ref(), Some(&id));
    assert_eq!(
        client
            .remove_org_user(&id)
            .await
            .unwrap()
            .value
            .email
            .as_deref(),
        Some("u1@example.com")
    );
    assert_eq!(
        lines(&server).await,
        [
            "GET /v2/organizations/users?page[number]=1&page[size]=250&filter[email]=@example.com\
             &filter[user_status]=blocked&include_groups=true",
            "GET /v2/organizations/users/users_groups_report",
            "GET /v2/organizations/users/u1?include_groups=true",
            "POST /v2/organizations/users/u1/actions/remove",
        ]
    );
}

#[tokio::test]
async fn an_accounts_own_users_are_read_inside_the_account() {
    let page = |number: u32| {
        let user = json!({ "id": format!("u{number}") });
        ResponseTemplate::new(200)
            .set_body_json(json!({ "data": [user], "meta": { "total_pages": 2 } }))
    };
    let server = answering(vec![page(1), page(2), page(1), page(2)]).await;
    let users = client(&server).account_users(&account_id()).await.unwrap();
    assert!(users.is_complete);
    assert_eq!(users.items.len(), 2);
    let asked = server.received_requests().await.unwrap();
    assert_eq!(asked.len(), 4, "several pages are read a second time");
    assert!(
        asked
            .iter()
            .all(|request| request.headers["x-managed-account-id"] == ID)
    );
}

#[tokio::test]
async fn every_request_carries_the_key_and_says_who_asks() {
    let server = answering(vec![one_account()]).await;
    client(&server)
        .retrieve_account(&account_id())
        .await
        .unwrap();
    let asked = server.received_requests().await.unwrap();
    let headers = &asked[0].headers;
    assert_eq!(headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(
        headers["user-agent"],
        format!("reseller-portal/{}", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(headers["accept-encoding"], "gzip");
    assert!(!headers.contains_key("x-managed-account-id"));
}
