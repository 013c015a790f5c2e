//! Organization users, of the manager and of an account.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Upstream, texts};

const USERS: &str = "/v2/organizations/users";

#[tokio::test]
async fn the_list_filters_by_status_and_part_of_the_email_and_brings_groups_on_request() {
    let telnyx = Upstream::with(5, 100).await;
    let all = telnyx.get(USERS).await.json();
    assert_eq!(
        all["meta"],
        json!({ "total_pages": 1, "total_results": 40, "page_number": 1, "page_size": 250 })
    );
    assert!(all["data"][0].get("groups").is_none());
    let blocked = telnyx
        .get(&format!(
            "{USERS}?filter[user_status]=blocked&include_groups=true"
        ))
        .await
        .json();
    assert_eq!(texts(&blocked, "user_status"), ["blocked"]);
    assert!(blocked["data"][0]["groups"].is_array());
    let owner = telnyx
        .get(&format!("{USERS}?filter%5Bemail%5D=TELECOM@"))
        .await
        .json();
    assert_eq!(texts(&owner, "record_type"), ["organization_owner"]);
    let second = telnyx
        .get(&format!("{USERS}?page[size]=15&page[number]=3"))
        .await
        .json();
    assert_eq!(second["data"].as_array().unwrap().len(), 10);
    let bad = telnyx
        .get(&format!("{USERS}?filter[user_status]=gone"))
        .await;
    assert_eq!(bad.refusal(), "400 10015 filter[user_status]");
}

#[tokio::test]
async fn some_users_never_signed_in_and_say_so_with_null() {
    let telnyx = Upstream::with(5, 100).await;
    let all = telnyx.get(USERS).await.json();
    let users = all["data"].as_array().unwrap();
    let never = users
        .iter()
        .filter(|user| user.get("last_sign_in_at") == Some(&Value::Null))
        .count();
    assert!((3..=10).contains(&never), "{never} never signed in");
}

#[tokio::test]
async fn the_groups_report_comes_as_json_or_as_csv() {
    let telnyx = Upstream::with(5, 100).await;
    let path = format!("{USERS}/users_groups_report");
    let report = telnyx.get(&path).await.json();
    assert_eq!(report["data"].as_array().unwrap().len(), 40);
    let csv = telnyx
        .send(
            telnyx
                .request(Method::GET, &path)
                .header("accept", "text/csv"),
        )
        .await;
    assert!(csv.header("content-type").starts_with("text/csv"));
    let mut lines = csv.text.lines();
    assert_eq!(
        lines.next(),
        Some("id,email,user_status,created_at,last_sign_in_at,groups")
    );
    assert_eq!(lines.count(), 40);
    let users = report["data"].as_array().unwrap();
    let member = users
        .iter()
        .find(|user| user["groups"].as_array().unwrap().len() == 2)
        .unwrap();
    let groups = format!(
        "\"{}, {}\"",
        member["groups"][0]["name"].as_str().unwrap(),
        member["groups"][1]["name"].as_str().unwrap()
    );
    assert!(csv.text.contains(&groups), "{groups} is not in the report");
}

#[tokio::test]
async fn a_removed_user_is_gone_and_the_owner_stays() {
    let telnyx = Upstream::with(5, 100).await;
    let all = telnyx.get(USERS).await.json();
    let id_of = |kind: &str| {
        let users = all["data"].as_array().unwrap();
        let user = users
            .iter()
            .find(|user| user["record_type"] == kind)
            .unwrap();
        user["id"].as_str().unwrap().to_owned()
    };
    let id = id_of("organization_sub_user");
    let removed = telnyx
        .post(&format!("{USERS}/{id}/actions/remove"), json!({}))
        .await;
    assert_eq!(removed.json()["data"]["id"], id);
    assert_eq!(
        telnyx.get(&format!("{USERS}/{id}")).await.refusal(),
        "404 10005"
    );
    assert_eq!(
        telnyx
            .post(&format!("{USERS}/{id}/actions/remove"), json!({}))
            .await
            .refusal(),
        "404 10005"
    );
    assert_eq!(telnyx.get(USERS).await.json()["meta"]["total_results"], 39);
    let owner = id_of("organization_owner");
    assert_eq!(
        telnyx
            .post(&format!("{USERS}/{owner}/actions/remove"), json!({}))
            .await
            .refusal(),
        "403 10010"
    );
    let one = telnyx
        .get(&format!("{USERS}/{owner}?include_groups=true"))
        .await
        .json();
    assert!(one["data"]["groups"].is_array());
}

#[tokio::test]
async fn the_managers_key_acts_inside_an_account_named_by_the_header() {
    let telnyx = Upstream::start().await;
    let id = telnyx.id_of("enabled").await;
    let inside = |method: Method, path: &str, id: &str| {
        telnyx
            .request(method, path)
            .header("X-Managed-Account-Id", id)
    };
    let own = telnyx.send(inside(Method::GET, USERS, &id)).await.json();
    let emails = texts(&own, "email");
    assert!((1..=4).contains(&emails.len()));
    assert_eq!(
        emails[0],
        telnyx.truth(&id).await["email"].as_str().unwrap()
    );
    let user = own["data"][0]["id"].as_str().unwrap();
    assert_eq!(
        telnyx
            .send(inside(Method::GET, &format!("{USERS}/{user}"), &id))
            .await
            .status,
        200
    );
    assert_eq!(
        telnyx.get(&format!("{USERS}/{user}")).await.refusal(),
        "404 10005"
    );
    assert_eq!(
        telnyx
            .send(inside(Method::GET, USERS, "another"))
            .await
            .refusal(),
        "403 10010"
    );
    assert_eq!(
        telnyx
            .send(inside(Method::GET, "/v2/managed_accounts", &id))
            .await
            .refusal(),
        "403 10010"
    );
}

#[tokio::test]
async fn nobody_signed_in_after_today() {
    let telnyx = Upstream::with(0, 100).await;
    let new = telnyx
        .post(
            "/v2/managed_accounts",
            json!({ "business_name": "New Ltd" }),
        )
        .await
        .json();
    let id = new["data"]["id"].as_str().unwrap();
    let request = telnyx.request(Method::GET, USERS);
    let own = telnyx
        .send(request.header("X-Managed-Account-Id", id))
        .await
        .json();
    let created = new["data"]["created_at"].as_str().unwrap();
    for user in own["data"].as_array().unwrap() {
        assert!(user["last_sign_in_at"].is_null(), "{user}");
        assert!(user["created_at"].as_str().unwrap() >= created);
    }
}
