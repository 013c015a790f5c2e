//! Channel pool and limits.

use serde_json::{Value, json};

use super::Upstream;

const POOL: &str = "/v2/managed_accounts/allocatable_global_outbound_channels";

async fn set(telnyx: &Upstream, id: &str, limit: Value) -> super::Answer {
    telnyx
        .patch(
            &format!("/v2/managed_accounts/{id}/update_global_channel_limit"),
            json!({ "channel_limit": limit }),
        )
        .await
}

#[tokio::test]
async fn a_limit_is_answered_by_its_change_and_counted_in_the_pool() {
    let telnyx = Upstream::start().await;
    let id = telnyx.id_of("enabled").await;
    let before = telnyx.truth(&id).await["channel_limit"].as_u64().unwrap();
    let pool = telnyx.get(POOL).await.json()["data"].clone();
    assert_eq!(pool["allocatable_global_outbound_channels"], 2000);
    let answer = set(&telnyx, &id, json!(before + 7)).await.json();
    assert_eq!(answer["data"]["channel_limit"], before + 7);
    assert_eq!(answer["data"]["id"], id);
    assert_eq!(
        answer["data"]["record_type"],
        "managed_account_global_outbound_settings"
    );
    let allocated = pool["total_global_channels_allocated"].as_u64().unwrap();
    assert_eq!(
        telnyx.get(POOL).await.json()["data"]["total_global_channels_allocated"],
        allocated + 7
    );
}

#[tokio::test]
async fn a_limit_that_the_pool_cannot_give_is_refused_at_the_field() {
    let telnyx = Upstream::start().await;
    let id = telnyx.id_of("enabled").await;
    let held = telnyx.truth(&id).await["channel_limit"].as_u64().unwrap();
    let allocated = telnyx.state().await["pool"]["total_global_channels_allocated"]
        .as_u64()
        .unwrap();
    let most = held + 2000 - allocated;
    assert_eq!(
        set(&telnyx, &id, json!(most + 1)).await.refusal(),
        "422 10027 /channel_limit"
    );
    assert_eq!(set(&telnyx, &id, json!(most)).await.status, 200);
}

#[tokio::test]
async fn lowering_is_never_refused_for_room() {
    let telnyx = Upstream::start().await;
    let id = telnyx.id_of("enabled").await;
    set(&telnyx, &id, json!(20)).await;
    telnyx.put("/_sandbox/pool", json!({ "channels": 5 })).await;
    assert_eq!(set(&telnyx, &id, json!(19)).await.status, 200);
    assert_eq!(
        set(&telnyx, &id, json!(20)).await.refusal(),
        "422 10027 /channel_limit"
    );
}

#[tokio::test]
async fn a_limit_that_is_no_whole_number_from_zero_is_refused_at_the_field() {
    let telnyx = Upstream::start().await;
    let id = telnyx.id_of("enabled").await;
    for bad in [
        json!(-1),
        json!(1.5),
        json!("30"),
        json!(true),
        Value::Null,
        json!(1e30),
    ] {
        assert_eq!(
            set(&telnyx, &id, bad.clone()).await.refusal(),
            "422 10027 /channel_limit",
            "{bad}"
        );
    }
    assert_eq!(
        set(&telnyx, &id, json!(0)).await.json()["data"]["channel_limit"],
        0
    );
}

#[tokio::test]
async fn where_the_feature_is_off_both_totals_are_zero() {
    let telnyx = Upstream::with(20, 0).await;
    let pool = telnyx.get(POOL).await.json()["data"].clone();
    assert_eq!(pool["allocatable_global_outbound_channels"], 0);
    assert_eq!(pool["total_global_channels_allocated"], 0);
    let id = telnyx.id_of("enabled").await;
    assert_eq!(
        set(&telnyx, &id, json!(1)).await.refusal(),
        "422 10027 /channel_limit"
    );
}

#[tokio::test]
async fn a_new_account_gets_no_more_than_what_is_left() {
    let telnyx = Upstream::with(0, 4).await;
    let account = telnyx
        .post(
            "/v2/managed_accounts",
            json!({ "business_name": "Last Ltd" }),
        )
        .await
        .json();
    assert_eq!(
        telnyx.truth(account["data"]["id"].as_str().unwrap()).await["channel_limit"],
        4
    );
}

#[tokio::test]
async fn a_body_without_the_limit_leaves_it_and_other_fields_are_ignored() {
    let telnyx = Upstream::start().await;
    let id = telnyx.id_of("enabled").await;
    let path = format!("/v2/managed_accounts/{id}/update_global_channel_limit");
    set(&telnyx, &id, json!(30.0)).await;
    for body in [json!({}), json!({ "note": null, "other": [1] })] {
        let answer = telnyx.patch(&path, body.clone()).await;
        assert_eq!(answer.status, 200, "{body}");
        assert_eq!(answer.json()["data"]["channel_limit"], 30, "{body}");
    }
    assert_eq!(telnyx.truth(&id).await["channel_limit"], 30);
}
