//! Channels move from one account to another: taken first, then given.

use reseller_portal::bulk::Move;
use serde_json::json;

use super::*;

async fn move_channels(stage: &Stage, from: &AccountId, to: &AccountId, channels: u64) -> Job {
    let wanted = Move {
        from: from.clone(),
        to: to.clone(),
        channels: limit(channels),
        reason: reason(),
    };
    let id = JobId::new(stage.portal.clock.now());
    let job = bulk::preview_move(&stage.portal, &stage.ann, id, wanted)
        .await
        .unwrap();
    bulk::start(&stage.portal, &stage.ann, &job, None)
        .await
        .unwrap();
    job
}

#[tokio::test]
async fn channels_are_taken_before_they_are_given() {
    let stage = Stage::start(2).await;
    let ids = stage.ids().await;
    stage.portal.sandbox.pool(8).await;
    let slow = json!([{"method": "PATCH", "path": "*", "times": 1, "then": {"delay_ms": 200}}]);
    stage.portal.sandbox.faults(slow).await;
    let job = move_channels(&stage, &ids[0], &ids[1], 3).await;
    stage.run().await;
    assert_eq!(stage.counts(&job).await.summary(), "2 done");
    let mut limits = stage.true_limits().await;
    limits.sort_unstable();
    assert_eq!(limits, [1, 7]);
}

#[tokio::test]
async fn what_could_not_be_taken_is_not_given() {
    let stage = Stage::start(2).await;
    let ids = stage.ids().await;
    let refused = json!([{"method": "PATCH", "path": "*", "times": 1, "then": {"status": 422}}]);
    stage.portal.sandbox.faults(refused).await;
    let job = move_channels(&stage, &ids[0], &ids[1], 3).await;
    stage.run().await;
    assert_eq!(stage.counts(&job).await.summary(), "2 failed");
    assert_eq!(stage.true_limits().await, [4, 4]);
}

#[tokio::test]
async fn what_could_not_be_given_is_put_back_by_undoing_the_job() {
    let stage = Stage::start(2).await;
    let ids = stage.ids().await;
    let job = move_channels(&stage, &ids[0], &ids[1], 3).await;
    let path = format!("/v2/managed_accounts/{}/*", ids[1]);
    let refused = json!([{"method": "PATCH", "path": path, "times": 1, "then": {"status": 422}}]);
    stage.portal.sandbox.faults(refused).await;
    stage.run().await;
    assert_eq!(stage.counts(&job).await.summary(), "1 failed, 1 done");
    stage.portal.advance(Duration::from_secs(1));
    let job = stage.job(&job).await;
    let id = JobId::new(stage.portal.clock.now());
    let undo = bulk::preview_undo(&stage.portal, &stage.ann, id, &job, false, reason())
        .await
        .unwrap();
    bulk::start(&stage.portal, &stage.ann, &undo, None)
        .await
        .unwrap();
    stage.run().await;
    assert_eq!(stage.true_limits().await, [4, 4]);
}

#[tokio::test]
async fn a_move_that_cannot_be_made_is_refused_at_its_field() {
    let stage = Stage::start(2).await;
    let ids = stage.ids().await;
    for (from, to, channels, wrong) in [
        (&ids[0], &ids[0], 1, "to"),
        (&ids[0], &ids[1], 5, "channels"),
        (&ids[0], &ids[1], 0, "channels"),
    ] {
        let wanted = Move {
            from: from.clone(),
            to: to.clone(),
            channels: limit(channels),
            reason: reason(),
        };
        let id = JobId::new(stage.portal.clock.now());
        let made = bulk::preview_move(&stage.portal, &stage.ann, id, wanted).await;
        assert!(matches!(made, Err(PlanError::Field(field, _)) if field == wrong));
    }
}
