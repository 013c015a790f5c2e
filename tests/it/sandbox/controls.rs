//! Log, lag, changes made elsewhere, and invalid bodies of controls.

use reqwest::Method;
use serde_json::json;

use super::Upstream;

#[tokio::test]
async fn the_log_tells_every_api_request_and_no_control() {
    let telnyx = Upstream::with(5, 100).await;
    telnyx.get("/v2/managed_accounts?sort=email").await;
    telnyx.state().await;
    telnyx.get("/v2/nothing").await;
    let log = telnyx.get("/_sandbox/log").await.json();
    let requests = log["requests"].as_array().unwrap();
    assert_eq!(requests.len(), 2);
    assert!(requests[0]["time"].as_str().unwrap().ends_with('Z'));
    assert_eq!(requests[0]["method"], "GET");
    assert_eq!(requests[0]["path"], "/v2/managed_accounts");
    assert_eq!(requests[0]["query"], "sort=email");
    assert_eq!(
        (&requests[0]["status"], &requests[1]["status"]),
        (&json!(200), &json!(404))
    );
    telnyx.delete("/_sandbox/log").await;
    assert_eq!(
        telnyx.get("/_sandbox/log").await.json()["requests"],
        json!([])
    );
}

#[tokio::test]
async fn an_address_changed_elsewhere_is_taken_and_the_old_one_free() {
    let telnyx = Upstream::start().await;
    let id = telnyx.id_of("enabled").await;
    let old = telnyx.truth(&id).await["email"].clone();
    let path = format!("/_sandbox/accounts/{id}");
    telnyx
        .post(&path, json!({ "email": "new@example.com" }))
        .await;
    for (email, status) in [(json!("new@example.com"), 422), (old, 200)] {
        let new = json!({ "business_name": "Another", "email": email });
        let answer = telnyx.post("/v2/managed_accounts", new).await;
        assert_eq!(answer.status, status, "{email}");
    }
}

#[tokio::test]
async fn lists_trail_behind_and_single_readings_do_not() {
    let telnyx = Upstream::start().await;
    let id = telnyx.id_of("enabled").await;
    telnyx.put("/_sandbox/lag", json!({ "ms": 600_000 })).await;
    telnyx
        .post(
            &format!("/v2/managed_accounts/{id}/actions/disable"),
            json!({}),
        )
        .await;
    let new = telnyx
        .post(
            "/v2/managed_accounts",
            json!({ "business_name": "Late Ltd" }),
        )
        .await
        .json();
    let new = new["data"]["id"].as_str().unwrap();
    assert_eq!(
        telnyx
            .get(&format!("/v2/managed_accounts/{new}"))
            .await
            .status,
        200
    );
    assert!(
        telnyx
            .listed("filter[status][eq]=enabled")
            .await
            .contains(&id)
    );
    assert!(
        telnyx
            .listed("filter[organization_name][eq]=Late Ltd")
            .await
            .is_empty()
    );
    let users = telnyx.get("/v2/organizations/users").await.json();
    let user = users["data"][5]["id"].as_str().unwrap();
    telnyx
        .post(
            &format!("/v2/organizations/users/{user}/actions/remove"),
            json!({}),
        )
        .await;
    assert_eq!(
        telnyx.get("/v2/organizations/users").await.json()["meta"]["total_results"],
        40
    );

    telnyx.put("/_sandbox/lag", json!({ "ms": 0 })).await;
    assert!(
        telnyx
            .listed("filter[status][eq]=disabled")
            .await
            .contains(&id)
    );
    assert_eq!(
        telnyx
            .listed("filter[organization_name][eq]=Late Ltd")
            .await,
        [new]
    );
    assert_eq!(
        telnyx.get("/v2/organizations/users").await.json()["meta"]["total_results"],
        39
    );
}

#[tokio::test]
async fn a_change_made_elsewhere_is_true_at_once() {
    let telnyx = Upstream::start().await;
    let id = telnyx.id_of("enabled").await;
    let path = format!("/_sandbox/accounts/{id}");
    let change = json!({ "status": "blocked", "channel_limit": 3, "managed_account_allow_custom_pricing": true });
    assert_eq!(
        telnyx.post(&path, change).await.json()["data"]["status"],
        "blocked"
    );
    assert!(
        telnyx
            .listed("filter[status][eq]=blocked")
            .await
            .contains(&id)
    );
    let truth = telnyx.truth(&id).await;
    assert_eq!(
        (
            &truth["channel_limit"],
            &truth["managed_account_allow_custom_pricing"]
        ),
        (&json!(3), &json!(true))
    );
    assert_eq!(
        telnyx
            .post(&path, json!({ "status": "cancelled" }))
            .await
            .json()["data"]["channel_limit"],
        0
    );
    assert!(!telnyx.listed("").await.contains(&id));
    assert_eq!(telnyx.delete(&path).await.status, 204);
    assert_eq!(
        telnyx
            .get(&format!("/v2/managed_accounts/{id}"))
            .await
            .refusal(),
        "404 10005"
    );
    assert!(!telnyx.listed("filter[status][eq]=all").await.contains(&id));
}

#[tokio::test]
async fn a_control_that_cannot_be_followed_is_refused_with_a_sentence() {
    let telnyx = Upstream::start().await;
    let id = telnyx.id_of("enabled").await;
    let account = format!("/_sandbox/accounts/{id}");
    for (method, path, body) in [
        (Method::PUT, "/_sandbox/lag", json!({ "ms": -1 })),
        (Method::PUT, "/_sandbox/lag", json!({})),
        (
            Method::PUT,
            "/_sandbox/rate_limit",
            json!({ "per_second": 0 }),
        ),
        (
            Method::PUT,
            "/_sandbox/rate_limit",
            json!({ "per_minute": 5 }),
        ),
        (Method::PUT, "/_sandbox/pool", json!({ "channels": "many" })),
        (
            Method::POST,
            account.as_str(),
            json!({ "status": "suspended" }),
        ),
        (
            Method::PUT,
            "/_sandbox/faults",
            json!({ "rules": [{ "path": "/v2/*" }] }),
        ),
        (
            Method::PUT,
            "/_sandbox/faults",
            json!({ "rules": [{ "path": "/v2/*", "then": {} }] }),
        ),
        (
            Method::PUT,
            "/_sandbox/faults",
            json!({ "rules": [{ "path": "/v2/*", "then": { "drop": "sometimes" } }] }),
        ),
        (
            Method::PUT,
            "/_sandbox/faults",
            json!({ "rules": [{ "path": "/v2/*", "then": { "status": 99 } }] }),
        ),
        (
            Method::PUT,
            "/_sandbox/faults",
            json!({ "rules": [{ "path": "/v2/*", "then": { "status": 500, "drop": "after" } }] }),
        ),
        (
            Method::PUT,
            "/_sandbox/faults",
            json!({ "rules": [{ "path": "/v2/*", "then": { "delay_ms": 5, "act": true } }] }),
        ),
        (
            Method::PUT,
            "/_sandbox/faults",
            json!({ "rules": [{ "path": "v2", "then": { "status": 500 } }] }),
        ),
    ] {
        let answer = telnyx.send(telnyx.request(method, path).json(&body)).await;
        assert_eq!(answer.status, 422, "{path} {body}");
        let detail = answer.json()["errors"][0]["detail"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(detail.ends_with('.') && detail.len() > 20, "{detail}");
    }
    let unknown = telnyx
        .post("/_sandbox/accounts/nobody", json!({ "status": "disabled" }))
        .await;
    assert_eq!(unknown.refusal(), "404 10005");
}
