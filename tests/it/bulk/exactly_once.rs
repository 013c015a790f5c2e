//! Every row ends as one change or one honest refusal, whatever happens between.

use serde_json::json;

use super::*;
use reseller_portal::db::operations;
use reseller_portal::domain::operation::OperationState;

/// Faults for about a fifth of the requests, of every kind.
fn faults() -> Value {
    let then = [
        json!({"status": 503}),
        json!({"drop": "before"}),
        json!({"drop": "after"}),
        json!({"garbage": true}),
        json!({"status": 429, "retry_after": 0}),
        json!({"status": 500}),
    ];
    let rules = then
        .into_iter()
        .map(|then| json!({"path": "*", "times": 3, "every": 5, "then": then}));
    Value::Array(rules.collect())
}

#[tokio::test]
async fn with_faults_and_dying_runners_every_row_is_done_once_or_refused_in_truth() {
    let stage = Stage::start(40).await;
    let ids = stage.ids().await;
    let job = stage.started(set(7), &ids).await;
    stage.portal.sandbox.faults(faults()).await;
    for round in 0..60_u64 {
        // The runner dies at another moment each time.
        let life = Duration::from_millis(3 + 17 * (round % 7));
        let _ = tokio::time::timeout(life, stage.run()).await;
        stage.portal.run_jobs().await;
        stage.portal.advance(Duration::from_secs(61));
        let _ = stage.portal.telnyx.pool().await;
        if stage.job(&job).await.state == JobState::Ended {
            break;
        }
    }
    assert_eq!(stage.job(&job).await.state, JobState::Ended);
    let counts = stage.counts(&job).await;
    let finished = counts.of(ItemState::Done) + counts.of(ItemState::Refused);
    assert_eq!(finished, number(ids.len()), "{}", counts.summary());
    for item in stage.items(&job).await {
        let id = item.account.clone().unwrap();
        let now = stage.portal.sandbox.account(&id).await["channel_limit"].as_i64();
        let operation = operations::by_id(&stage.portal.db, item.operation_id)
            .await
            .unwrap();
        if item.state == ItemState::Done {
            assert_eq!(now, Some(7), "{}", item.message);
            assert_eq!(operation.unwrap().state, OperationState::Done);
        } else {
            assert_eq!(now, Some(4), "{}", item.message);
        }
    }
    assert_eq!(states(&stage.items(&job).await).len(), 40);
}
