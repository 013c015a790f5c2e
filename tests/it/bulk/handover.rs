//! A portal that stops hands its jobs on to another one on the same database.

use std::time::Instant;

use reseller_portal::operations::settlement;
use serde_json::json;

use super::*;

#[tokio::test]
async fn a_portal_that_stops_hands_its_items_on_at_once_and_nothing_is_sent_twice() {
    let stage = Stage::start(14).await;
    let ids = stage.ids().await;
    let job = stage.started(set(7), &ids).await;
    let (other, _) = stage.portal.replica(&stage.portal.browser()).await;
    // Four requests of a job are sent at a time. The next four items wait for them.
    let slow =
        json!([{ "method": "PATCH", "path": "/v2/*", "times": 4, "then": { "delay_ms": 2_000 } }]);
    stage.portal.sandbox.faults(slow).await;
    let one = stage.portal.app.clone();
    let running = tokio::spawn(async move { bulk::run_once(&one).await.unwrap() });
    tokio::time::sleep(Duration::from_millis(500)).await;
    stage.portal.shutdown.cancel();
    let stopped = Instant::now();
    let done = async |least: i64| {
        loop {
            settlement::run_once(&other).await.unwrap();
            let counts = stage.counts(&job).await;
            if counts.of(ItemState::Done) >= least {
                break;
            }
            assert!(stopped.elapsed() < Duration::from_secs(10), "{counts:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let theirs = other.clone();
    let continued = tokio::spawn(async move { bulk::run_once(&theirs).await.unwrap() });
    done(10).await;
    assert!(
        stopped.elapsed() < Duration::from_millis(1_400),
        "the others are done before the slow ones are: {:?}",
        stopped.elapsed()
    );
    running.await.unwrap();
    done(14).await;
    continued.await.unwrap();
    bulk::run_once(&other).await.unwrap();
    assert_eq!(stage.job(&job).await.state, JobState::Ended);
    assert_eq!(stage.true_limits().await, vec![7; 14]);
    assert_eq!(stage.portal.sandbox.changes().await.len(), 14);
}
