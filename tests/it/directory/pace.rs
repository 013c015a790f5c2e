//! Pace of the requests to Telnyx.

use std::time::Duration;

use reseller_portal::db::sweeps::{self, SweepKind};
use reseller_portal::jobs;

use super::sweep;
use crate::support::Portal;

#[tokio::test]
async fn there_is_a_sweep_a_minute_and_no_more() {
    let portal = Portal::start().await;
    jobs::sweep_once(&portal.app).await.unwrap();
    let first = sweeps::latest(&portal.db, SweepKind::Accounts)
        .await
        .unwrap();
    portal.advance(Duration::from_secs(59));
    jobs::sweep_once(&portal.app).await.unwrap();
    assert_eq!(
        sweeps::latest(&portal.db, SweepKind::Accounts)
            .await
            .unwrap(),
        first
    );
    portal.advance(Duration::from_secs(1));
    jobs::sweep_once(&portal.app).await.unwrap();
    let second = sweeps::latest(&portal.db, SweepKind::Accounts)
        .await
        .unwrap();
    assert_eq!(second.unwrap().started_at, portal.clock.now());
}

#[tokio::test]
async fn a_sweep_takes_no_more_than_a_fifth_of_the_rate_limit() {
    let portal = Portal::start().await;
    // 25 a second: a fifth of that is one request every 200 ms.
    portal.sandbox.rate_limit(Some(25)).await;
    sweep(&portal).await;
    let log = portal.sandbox.log().await;
    let times: Vec<jiff::Timestamp> = log
        .iter()
        .map(|request| request["time"].as_str().unwrap().parse().unwrap())
        .collect();
    assert!(times.len() >= 5);
    for pair in times.windows(2) {
        let between = pair[1].duration_since(pair[0]);
        assert!(
            between.as_millis() >= 190,
            "{between:?} between two requests"
        );
    }
}
