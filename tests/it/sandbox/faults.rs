//! Deliberate faults.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{KEY, Upstream};

const ACCOUNTS: &str = "/v2/managed_accounts";

impl Upstream {
    async fn create(&self) -> reqwest::Result<reqwest::Response> {
        let new = json!({ "business_name": "Faulty Ltd" });
        self.request(reqwest::Method::POST, ACCOUNTS)
            .json(&new)
            .send()
            .await
    }

    async fn created(&self) -> usize {
        let state = self.state().await;
        let accounts = state["accounts"].as_array().unwrap();
        accounts
            .iter()
            .filter(|account| account["organization_name"] == "Faulty Ltd")
            .count()
    }
}

#[tokio::test]
async fn a_status_is_answered_so_many_times_without_acting() {
    let telnyx = Upstream::with(5, 100).await;
    telnyx
        .faults(
            json!({ "method": "POST", "path": ACCOUNTS, "times": 2, "then": { "status": 503 } }),
        )
        .await;
    assert_eq!(
        telnyx.get(ACCOUNTS).await.status,
        200,
        "another method is left alone"
    );
    assert_eq!(telnyx.create().await.unwrap().status(), 503);
    assert_eq!(telnyx.create().await.unwrap().status(), 503);
    assert_eq!(telnyx.create().await.unwrap().status(), 200);
    assert_eq!(telnyx.created().await, 1);
}

#[tokio::test]
async fn a_status_may_name_when_to_come_back_and_may_act_all_the_same() {
    let telnyx = Upstream::with(5, 100).await;
    telnyx
        .faults(json!({ "path": "/v2/*", "times": 1, "then": { "status": 429, "retry_after": 3 } }))
        .await;
    let refused = telnyx.get(ACCOUNTS).await;
    assert_eq!(
        (refused.refusal().as_str(), refused.header("retry-after")),
        ("429 10011", "3")
    );
    telnyx
        .faults(json!({ "path": ACCOUNTS, "then": { "status": 500, "act": true } }))
        .await;
    assert_eq!(telnyx.create().await.unwrap().status(), 500);
    assert_eq!(telnyx.created().await, 1);
    assert_eq!(telnyx.delete("/_sandbox/faults").await.status, 204);
    assert_eq!(telnyx.get(ACCOUNTS).await.status, 200);
}

#[tokio::test]
async fn garbage_is_an_answer_that_is_not_json() {
    let telnyx = Upstream::with(5, 100).await;
    telnyx
        .faults(json!({ "path": ACCOUNTS, "times": 1, "then": { "garbage": true } }))
        .await;
    let answer = telnyx.create().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(serde_json::from_str::<serde_json::Value>(&answer.text().await.unwrap()).is_err());
    assert_eq!(telnyx.created().await, 0);
    telnyx
        .faults(json!({ "path": ACCOUNTS, "times": 1, "then": { "garbage": true, "act": true } }))
        .await;
    telnyx.create().await.unwrap();
    assert_eq!(telnyx.created().await, 1);
}

#[tokio::test]
async fn a_dropped_request_gets_not_a_single_byte() {
    let telnyx = Upstream::with(5, 100).await;
    for (when, created) in [("before", 0), ("after", 1)] {
        telnyx
            .faults(json!({ "path": ACCOUNTS, "times": 1, "then": { "drop": when } }))
            .await;
        let mut socket = tokio::net::TcpStream::connect(telnyx.address)
            .await
            .unwrap();
        let body = r#"{"business_name":"Faulty Ltd"}"#;
        let request = format!(
            "POST {ACCOUNTS} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KEY}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut received = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(5), socket.read_to_end(&mut received))
            .await
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&received), "");
        assert_eq!(telnyx.created().await, created, "drop {when}");
        let log = telnyx.get("/_sandbox/log").await.json();
        assert!(log["requests"].as_array().unwrap().last().unwrap()["status"].is_null());
    }
    telnyx
        .faults(json!({ "path": ACCOUNTS, "times": 1, "then": { "drop": "after" } }))
        .await;
    assert!(
        telnyx.create().await.is_err(),
        "a client sees a broken connection"
    );
}

#[tokio::test]
async fn a_delayed_request_acts_although_the_client_left() {
    let telnyx = Upstream::with(5, 100).await;
    telnyx
        .faults(json!({ "path": ACCOUNTS, "times": 1, "then": { "delay_ms": 1500 } }))
        .await;
    let left = tokio::time::timeout(Duration::from_millis(500), telnyx.create()).await;
    assert!(left.is_err());
    assert_eq!(telnyx.created().await, 0);
    let mut tries = 0;
    while telnyx.created().await == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        tries += 1;
        assert!(tries < 250, "it never acted");
    }
    let log = telnyx.get("/_sandbox/log").await.json();
    assert_eq!(log["requests"][0]["status"], 200);
}

#[tokio::test]
async fn a_request_can_be_answered_now_and_act_when_it_is_asked_to() {
    let telnyx = Upstream::with(5, 100).await;
    telnyx
        .faults(json!({ "path": ACCOUNTS, "times": 2, "then": { "status": 503, "late": true } }))
        .await;
    assert_eq!(telnyx.create().await.unwrap().status(), 503);
    assert_eq!(telnyx.create().await.unwrap().status(), 503);
    assert_eq!(telnyx.created().await, 0);
    assert_eq!(
        telnyx.post("/_sandbox/late", json!({})).await.json()["acted"],
        2
    );
    assert_eq!(telnyx.created().await, 2);
    assert_eq!(
        telnyx.post("/_sandbox/late", json!({})).await.json()["acted"],
        0
    );
}
