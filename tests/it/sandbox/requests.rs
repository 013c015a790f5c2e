//! Rules for every request: key, envelope, paths, methods, request ID, rate limit.

use reqwest::Method;
use serde_json::json;

use super::Upstream;

#[tokio::test]
async fn a_missing_or_wrong_key_is_refused_in_the_envelope() {
    let telnyx = Upstream::with(5, 100).await;
    for header in ["", "Bearer", "Bearer WRONG", "Basic KEY_TEST", "KEY_TEST"] {
        let url = format!("http://{}/v2/managed_accounts", telnyx.address);
        let answer = telnyx
            .send(telnyx.http.get(url).header("authorization", header))
            .await;
        assert_eq!(answer.refusal(), "401 10009", "{header:?}");
    }
}

#[tokio::test]
async fn unknown_paths_and_wrong_methods_answer_in_the_envelope() {
    let telnyx = Upstream::with(5, 100).await;
    for path in [
        "/v2/managed_account",
        "/v2",
        "/",
        "/_sandbox/nothing",
        "/v2/managed_accounts/",
    ] {
        assert_eq!(telnyx.get(path).await.refusal(), "404 10005", "{path}");
    }
    assert_eq!(telnyx.delete("/v2/managed_accounts").await.refusal(), "405");
    let literal = "/v2/managed_accounts/allocatable_global_outbound_channels";
    assert_eq!(
        telnyx.patch(literal, json!({})).await.refusal(),
        "405",
        "a literal path is no account"
    );
}

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own() {
    let telnyx = Upstream::with(5, 100).await;
    let first = telnyx.get("/v2/managed_accounts").await;
    let second = telnyx.get("/v2/nothing").await;
    assert!(!first.header("x-request-id").is_empty());
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[tokio::test]
async fn beyond_the_rate_limit_requests_are_refused_and_not_acted_on() {
    let telnyx = Upstream::with(5, 100).await;
    assert_eq!(
        telnyx
            .get("/v2/managed_accounts")
            .await
            .header("x-ratelimit-limit"),
        ""
    );
    telnyx
        .put("/_sandbox/rate_limit", json!({ "per_second": 2 }))
        .await;
    let mut made = 0;
    let mut refused = 0;
    // The requests span at most two seconds of the clock, so some must be refused.
    for _ in 0..6 {
        let answer = telnyx
            .post("/v2/managed_accounts", json!({ "business_name": "Busy" }))
            .await;
        assert_eq!(answer.header("x-ratelimit-limit"), "2");
        assert!(!answer.header("x-ratelimit-reset").is_empty());
        if answer.status == 200 {
            made += 1;
        } else {
            assert_eq!(answer.refusal(), "429 10011");
            assert_eq!(answer.header("x-ratelimit-remaining"), "0");
            assert_eq!(answer.header("retry-after"), "1");
            refused += 1;
        }
    }
    assert!(refused > 0);
    assert_eq!(
        telnyx.state().await["accounts"].as_array().unwrap().len(),
        5 + made
    );
    telnyx
        .put("/_sandbox/rate_limit", json!({ "per_second": null }))
        .await;
    assert_eq!(telnyx.get("/v2/managed_accounts").await.status, 200);
}

#[tokio::test]
async fn a_body_beyond_reason_is_refused() {
    let telnyx = Upstream::with(5, 100).await;
    let huge = telnyx
        .request(Method::POST, "/v2/managed_accounts")
        .body(vec![b' '; 1_500_000]);
    assert_eq!(telnyx.send(huge).await.status, 413);
}
