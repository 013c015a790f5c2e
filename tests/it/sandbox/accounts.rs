//! Managed accounts: create, retrieve, update, disable, enable.

use serde_json::json;

use super::Upstream;

const ACCOUNTS: &str = "/v2/managed_accounts";

#[tokio::test]
async fn a_created_account_is_enabled_with_default_channels_and_comes_with_its_secrets() {
    let telnyx = Upstream::with(10, 2000).await;
    let before = telnyx.state().await["pool"]["total_global_channels_allocated"]
        .as_u64()
        .unwrap();
    let new = json!({ "business_name": "Larry's Cat Food Inc", "email": "larry@customer.example", "password": "3jVjLq!tMuWKyWx4NN", "rollup_billing": true });
    let answer = telnyx.post(ACCOUNTS, new).await;
    assert_eq!(answer.status, 200);
    let account = &answer.json()["data"];
    assert_eq!(account["record_type"], "managed_account");
    assert_eq!(account["email"], "larry@customer.example");
    assert_eq!(account["rollup_billing"], true);
    assert!(
        account.get("balance").is_none(),
        "a rollup account has no balance of its own"
    );
    let id = account["id"].as_str().unwrap();
    let again = telnyx.get(&format!("{ACCOUNTS}/{id}")).await.json();
    assert!(account["api_key"].as_str().unwrap().starts_with("KEY"));
    assert_eq!(again["data"]["api_key"], account["api_key"]);
    assert_eq!(again["data"]["api_token"], account["api_token"]);
    let truth = telnyx.truth(id).await;
    assert_eq!(
        (&truth["status"], &truth["channel_limit"]),
        (&json!("enabled"), &json!(10))
    );
    assert_eq!(
        telnyx.state().await["pool"]["total_global_channels_allocated"],
        before + 10
    );
    assert!(
        !telnyx.state().await.to_string().contains("3jVjLq"),
        "the password was kept"
    );
}

#[tokio::test]
async fn a_create_without_an_email_gets_one_made_from_the_managers() {
    let telnyx = Upstream::with(10, 2000).await;
    let account = telnyx
        .post(ACCOUNTS, json!({ "business_name": "Quiet Ltd" }))
        .await
        .json()["data"]
        .clone();
    let (name, domain) = account["api_user"]
        .as_str()
        .unwrap()
        .split_once('@')
        .unwrap();
    let email = account["email"].as_str().unwrap();
    assert!(
        email.starts_with(&format!("{name}+")) && email.ends_with(domain),
        "{email}"
    );
    assert_eq!(account["balance"]["available_credit"], "0.00");
}

#[tokio::test]
async fn a_create_with_a_bad_field_is_refused_at_it_and_makes_nothing() {
    let telnyx = Upstream::with(10, 2000).await;
    let taken = telnyx.state().await["accounts"][0]["email"]
        .as_str()
        .unwrap()
        .to_uppercase();
    for (body, refusal) in [
        (json!({}), "422 10027 /business_name"),
        (json!({ "business_name": "  " }), "422 10027 /business_name"),
        (json!({ "business_name": 7 }), "422 10027 /business_name"),
        (
            json!({ "business_name": "A", "email": taken }),
            "422 10027 /email",
        ),
        (
            json!({ "business_name": "A", "email": "telecom@example.com" }),
            "422 10027 /email",
        ),
        (
            json!({ "business_name": "A", "email": "nobody" }),
            "422 10027 /email",
        ),
        (
            json!({ "business_name": "A", "rollup_billing": "yes" }),
            "422 10027 /rollup_billing",
        ),
        (
            json!({ "business_name": "A", "password": 12_345 }),
            "422 10027 /password",
        ),
        (json!(["business_name"]), "400 10015"),
    ] {
        assert_eq!(
            telnyx.post(ACCOUNTS, body.clone()).await.refusal(),
            refusal,
            "{body}"
        );
    }
    let broken = telnyx
        .request(reqwest::Method::POST, ACCOUNTS)
        .body("{\"business_name\": ");
    assert_eq!(telnyx.send(broken).await.refusal(), "400 10015");
    assert_eq!(
        telnyx.state().await["accounts"].as_array().unwrap().len(),
        10
    );
}

#[tokio::test]
async fn disable_and_enable_move_an_account_between_the_lists_and_repeat_without_harm() {
    let telnyx = Upstream::start().await;
    let id = telnyx.id_of("enabled").await;
    let disabled = telnyx
        .post(&format!("{ACCOUNTS}/{id}/actions/disable"), json!({}))
        .await;
    assert_eq!(disabled.status, 200);
    assert!(disabled.json()["data"]["api_key"].is_string());
    assert!(
        telnyx
            .listed("filter[status][eq]=disabled")
            .await
            .contains(&id)
    );
    assert!(
        !telnyx
            .listed("filter[status][eq]=enabled")
            .await
            .contains(&id)
    );
    let again = telnyx
        .post(&format!("{ACCOUNTS}/{id}/actions/disable"), json!({}))
        .await;
    assert_eq!(again.json(), disabled.json());

    let without_body = telnyx.request(
        reqwest::Method::POST,
        &format!("{ACCOUNTS}/{id}/actions/enable"),
    );
    assert_eq!(telnyx.send(without_body).await.status, 200);
    assert_eq!(telnyx.truth(&id).await["reenable_all_connections"], false);
    let with = telnyx
        .post(
            &format!("{ACCOUNTS}/{id}/actions/enable"),
            json!({ "reenable_all_connections": true }),
        )
        .await;
    assert_eq!(with.status, 200);
    assert_eq!(telnyx.truth(&id).await["reenable_all_connections"], true);
    let bad = telnyx
        .post(
            &format!("{ACCOUNTS}/{id}/actions/enable"),
            json!({ "reenable_all_connections": 1 }),
        )
        .await;
    assert_eq!(bad.refusal(), "422 10027 /reenable_all_connections");
}

#[tokio::test]
async fn what_telnyx_stopped_can_be_neither_enabled_nor_disabled() {
    let telnyx = Upstream::start().await;
    for status in ["blocked", "cancelled"] {
        let id = telnyx.id_of(status).await;
        for action in ["enable", "disable"] {
            let answer = telnyx
                .post(&format!("{ACCOUNTS}/{id}/actions/{action}"), json!({}))
                .await;
            assert_eq!(answer.refusal(), "422 10027", "{action} {status}");
        }
        assert_eq!(telnyx.truth(&id).await["status"], status);
    }
}

#[tokio::test]
async fn an_update_takes_custom_pricing_alone() {
    let telnyx = Upstream::start().await;
    let id = telnyx.id_of("enabled").await;
    let before = telnyx.truth(&id).await;
    let wanted = !before["managed_account_allow_custom_pricing"]
        .as_bool()
        .unwrap();
    let body = json!({ "managed_account_allow_custom_pricing": wanted, "organization_name": "Renamed", "rollup_billing": true });
    let answer = telnyx.patch(&format!("{ACCOUNTS}/{id}"), body).await.json();
    assert_eq!(
        answer["data"]["managed_account_allow_custom_pricing"],
        wanted
    );
    assert_eq!(
        answer["data"]["organization_name"],
        before["organization_name"]
    );
    assert_eq!(answer["data"]["rollup_billing"], before["rollup_billing"]);
    let bad = telnyx
        .patch(
            &format!("{ACCOUNTS}/{id}"),
            json!({ "managed_account_allow_custom_pricing": "true" }),
        )
        .await;
    assert_eq!(
        bad.refusal(),
        "422 10027 /managed_account_allow_custom_pricing"
    );
}

#[tokio::test]
async fn an_unknown_account_is_not_found_by_any_operation() {
    let telnyx = Upstream::with(10, 2000).await;
    for id in ["no-such-account", "%FF", "a%2Fb"] {
        let path = format!("{ACCOUNTS}/{id}");
        assert_eq!(telnyx.get(&path).await.refusal(), "404 10005", "{id}");
        assert_eq!(telnyx.patch(&path, json!({})).await.refusal(), "404 10005");
        assert_eq!(
            telnyx
                .post(&format!("{path}/actions/disable"), json!({}))
                .await
                .refusal(),
            "404 10005"
        );
        assert_eq!(
            telnyx
                .post(&format!("{path}/actions/enable"), json!({}))
                .await
                .refusal(),
            "404 10005"
        );
        let limit = telnyx
            .patch(
                &format!("{path}/update_global_channel_limit"),
                json!({ "channel_limit": 1 }),
            )
            .await;
        assert_eq!(limit.refusal(), "404 10005");
    }
}
